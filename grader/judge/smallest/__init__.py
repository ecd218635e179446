"""The smallest call on which a submission and the reference still differ.

Runs in: the judge.
"""
