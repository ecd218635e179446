import numpy as np


def train(X):
    return X


def predict(X)
    return np.abs(X)


@staticmethod
def score(X):
    """Return
the score
of X.
"""
    return [
1,
2]
