"""The course that the attacks are handed in to: softmax, k nearest neighbours, a callback."""

import numpy as np


def softmax_loss(W, X, y, reg):
    """Return the mean cross-entropy of a linear classifier plus reg * sum(W^2), and its gradient.

    Args:
        W: (D, C) float.
        X: (N, D) float. Not modified.
        y: (N,) int in [0, C).
        reg: float.

    Returns:
        loss: float.
        dW: (D, C) float.
    """
    N = X.shape[0]
    scores = X @ W
    scores = scores - scores.max(axis=1, keepdims=True)
    P = np.exp(scores)
    P /= P.sum(axis=1, keepdims=True)
    loss = -np.log(P[np.arange(N), y]).mean() + reg * np.sum(W * W)
    P[np.arange(N), y] -= 1
    return loss, X.T @ P / N + 2 * reg * W


class KNearestNeighbor:
    """Labels points by the nearest points that it was given."""

    def train(self, X, y):
        """Keep the points X (N, D) and their labels y (N,)."""
        self.X_train = X
        self.y_train = y

    def compute_distances(self, X):
        """Return the Euclidean distances (M, N) from X (M, D) to the points that were kept."""
        kept = self.X_train
        squares = (X * X).sum(1)[:, None] + (kept * kept).sum(1)[None, :] - 2 * X @ kept.T
        return np.sqrt(np.maximum(squares, 0))

    def predict_labels(self, dists, k):
        """Return the commonest label (M,) of the k nearest points, of several the smallest."""
        labels = np.zeros(dists.shape[0], dtype=self.y_train.dtype)
        for i in range(dists.shape[0]):
            nearest = self.y_train[np.argsort(dists[i], kind="stable")[:k]]
            labels[i] = np.bincount(nearest).argmax()
        return labels


def numeric_gradient(f, x, h=1e-5):
    """Return the central differences (N,) of f, which takes x (N,) to a number."""
    gradient = np.zeros_like(x)
    for i in range(x.size):
        step = np.zeros_like(x)
        step[i] = h
        gradient[i] = (f(x + step) - f(x - step)) / (2 * h)
    return gradient
