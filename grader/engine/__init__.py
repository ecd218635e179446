"""How submissions of one assignment are graded: the conductor's side, and the judge process.

Runs in: the conductor, the warm judge and the judge.
"""
