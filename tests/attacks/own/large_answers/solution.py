"""Gives 60 MiB in every answer, and asks for as much in every callback."""

import numpy as np

_BIG = 60 << 20


def softmax_loss(W, X, y, reg):
    return 0.0, np.zeros(_BIG, np.uint8)


class KNearestNeighbor:
    def train(self, X, y):
        return np.ones(_BIG, np.uint8)

    def compute_distances(self, X):
        return np.ones(_BIG, np.uint8)

    def predict_labels(self, dists, k):
        return np.ones(_BIG, np.uint8)


def numeric_gradient(f, x, h=1e-5):
    for _ in range(2000):
        try:
            f(np.ones(_BIG, np.uint8))
        except Exception:
            pass
    return x
