"""The line to look at: where one small edit of the student's function makes every check pass.

Runs in: the judge.
"""
