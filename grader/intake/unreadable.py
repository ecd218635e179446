"""One submission could not be read; the rest of the class goes on.

Runs in: the conductor and the judge.
"""


class Unreadable(Exception):
    """str(error) is one line for the student: which file, what is wrong, what to do."""
