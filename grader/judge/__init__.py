"""The judge: the trusted process that holds the suite and asks the worker for answers.

Runs in: the judge.
"""
