"""The smallest course that has everything: a function, a class and a question."""

import numpy as np


def double(x):
    """Return 2 x.

    Args:
        x: (N,) float. Not modified.
    """
    return 2 * np.asarray(x)


def mean_square(x):
    """Return the mean of the squares of `x`, and its gradient.

    Args:
        x: (N,) float. Not modified.

    Returns:
        value: float.
        dx: (N,) float.
    """
    return float((x * x).mean()), 2 * x / x.size


class Counter:
    """Counts what it is given."""

    def __init__(self, start=0):
        self.total = start

    def add(self, number):
        """Add `number` to `total` and return the new total."""
        self.total += number
        return self.total


ANSWERS = {
    # Which is the derivative of x squared? (a) x  (b) 2 x
    "derivative": "b",
}
