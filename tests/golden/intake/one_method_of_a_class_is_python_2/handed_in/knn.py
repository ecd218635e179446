import numpy as np


class KNearestNeighbor(object):
    """Votes."""

    k = 3

    def train(self, X, y):
        self.X, self.y = X, y

    @staticmethod
    def show(X):
        """Print."""
        for row in X:
            print "row", row
        return X

    def predict(self, X):
        try:
            return np.zeros(len(X))
        except ValueError, error:
            raise

    def score(self, X):
        return 1 if X <> 2 else 0


def helper(x):
    exec "x = 1"
    return x
