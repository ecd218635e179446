"""A second right solution: plain Python loops and the math module, as little numpy as possible."""

import math
import random

import numpy as np


def scores(W, x, b):
    return np.array(
        [sum(w * v for w, v in zip(W[c], x, strict=True)) + b[c] for c in range(len(b))]
    )


def bias_trick(W, b, x):
    W1 = np.array([[*row, bias] for row, bias in zip(W, b, strict=True)])
    return W1, np.array([*x, 1])


def n_params(D, C):
    return sum(D + 1 for _ in range(C))


def templates(W, image_shape):
    entries = [float(w) for w in W.flatten()]
    low, span = min(entries), max(entries) - min(entries)
    pictures = np.zeros((W.shape[1], *image_shape))
    for c in range(W.shape[1]):
        picture = np.array([(w - low) / span * 255.0 for w in W[:, c]])
        pictures[c] = picture.reshape(image_shape)
    return pictures


def signed_distance(w, b, X):
    length = math.sqrt(sum(v * v for v in w))
    return np.array([(sum(a * v for a, v in zip(x, w, strict=True)) + b) / length for x in X])


def one_hot(y, C):
    return np.array([[1.0 if c == label else 0.0 for c in range(C)] for label in y])


def one_vs_rest(X, y, C, fit):
    W, b = np.zeros((X.shape[1], C)), np.zeros(C)
    for c in range(C):
        targets = np.array([1.0 if label == c else -1.0 for label in y])
        W[:, c], b[c] = fit(X, targets)
    return W, b


def hinge(s, y, delta=1.0):
    return sum(max(0.0, s[j] - s[y] + delta) for j in range(len(s)) if j != y)


def squared_hinge(s, y, delta=1.0):
    return sum(max(0.0, s[j] - s[y] + delta) ** 2 for j in range(len(s)) if j != y)


def L_i_vectorized(x, y, W):
    s = W.dot(x)
    return np.maximum(0, np.delete(s, y) - s[y] + 1).sum()


def l2_penalty(W):
    total = 0.0
    for w in W.flatten():
        total += w * w
    return total


def init_loss(C, kind):
    if kind not in ("hinge", "softmax"):
        raise ValueError(kind)
    return {"hinge": C - 1.0, "softmax": math.log(C)}[kind]


def softmax(s):
    if s.ndim == 2:
        return np.array([softmax(row) for row in s])
    top = max(s)
    e = [math.exp(v - top) for v in s]
    return np.array([v / math.fsum(e) for v in e])


def entropy(u, base=2.0):
    return sum(-v * math.log(v, base) for v in u if v > 0)


def cross_entropy(p, q):
    total = 0.0
    for a, b in zip(p, q, strict=True):
        if a > 0:
            total += math.inf if b == 0 else -a * math.log(b)
    return total


def kl(p, q):
    total = 0.0
    for a, b in zip(p, q, strict=True):
        if a > 0:
            total += math.inf if b == 0 else a * (math.log(a) - math.log(b))
    return total


def dataset_loss(W, X, P):
    total = 0.0
    for x, p in zip(X, P, strict=True):
        total += cross_entropy(p, softmax(x @ W))
    return total / len(X)


def sigmoid(z):
    def one(v):
        return 1 / (1 + math.exp(-v)) if v >= 0 else math.exp(v) / (1 + math.exp(v))

    return np.array([one(v) for v in z.flatten()]).reshape(z.shape)


def bce(z, t):
    loss, slopes = 0.0, []
    for v, target in zip(z, t, strict=True):
        sign = 2 * target - 1  # the loss is log(1 + exp(-sign * v))
        loss += max(0.0, -sign * v) + math.log1p(math.exp(-abs(v)))
        slopes.append(float(sigmoid(np.array([v]))[0]) - target)
    return loss / len(z), np.array(slopes) / len(z)


def svm_loss_naive(W, X, y, reg):
    D, C = W.shape
    loss, dW = 0.0, [[0.0] * C for _ in range(D)]
    for x, label in zip(X, y, strict=True):
        s = [sum(x[d] * W[d, c] for d in range(D)) for c in range(C)]
        for j in range(C):
            if j != label and s[j] - s[label] + 1 > 0:
                loss += (s[j] - s[label] + 1) / len(X)
                for d in range(D):
                    dW[d][j] += x[d] / len(X)
                    dW[d][label] -= x[d] / len(X)
    for d in range(D):
        for c in range(C):
            loss += reg * W[d, c] ** 2
            dW[d][c] += 2 * reg * W[d, c]
    return np.array([loss]), np.array(dW)  # an array of one number is a number


def svm_loss_vectorized(W, X, y, reg):
    s, rows = np.einsum("nd,dc->nc", X, W), np.arange(len(X))
    margins = np.maximum(s - s[rows, y][:, None] + 1, 0)
    margins[rows, y] = 0
    slopes = np.sign(margins)
    slopes[rows, y] = -np.count_nonzero(margins, axis=1)
    dW = np.einsum("nd,nc->dc", X, slopes) / len(X) + 2 * reg * W
    return margins.sum() / len(X) + reg * l2_penalty(W), dW


def softmax_loss_naive(W, X, y, reg):
    D, C = W.shape
    loss, dW = 0.0, [[0.0] * C for _ in range(D)]
    for x, label in zip(X, y, strict=True):
        s = [sum(x[d] * W[d, c] for d in range(D)) for c in range(C)]
        log_sum = math.log(sum(math.exp(v) for v in s))
        loss += (log_sum - s[label]) / len(X)
        for c in range(C):
            slope = math.exp(s[c] - log_sum) - (1 if c == label else 0)
            for d in range(D):
                dW[d][c] += slope * x[d] / len(X)
    for d in range(D):
        for c in range(C):
            loss += reg * W[d, c] ** 2
            dW[d][c] += 2 * reg * W[d, c]
    return loss, np.array(dW)


def softmax_loss_vectorized(W, X, y, reg):
    s, rows = np.einsum("nd,dc->nc", X, W), np.arange(len(X))
    log_sum = np.logaddexp.reduce(s, axis=1)
    slopes = np.exp(s - log_sum[:, None])
    slopes[rows, y] -= 1
    dW = np.einsum("nd,nc->dc", X, slopes) / len(X) + 2 * reg * W
    return np.mean(log_sum - s[rows, y]) + reg * l2_penalty(W), dW


class LinearClassifier:
    W = None

    def train(
        self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False
    ):
        if self.W is None:
            C = len(range(max(y) + 1))
            rows = [[random.gauss(0, 0.001) for _ in range(C)] for _ in range(X.shape[1])]
            self.W = np.array(rows)
        history = []
        while len(history) < num_iters:
            batch = random.sample(range(len(X)), batch_size)
            value, gradient = self.loss(
                np.array([X[i] for i in batch]), np.array([y[i] for i in batch]), reg
            )
            self.W = self.W - learning_rate * gradient
            history.append(value)
        return history

    def predict(self, X):
        labels = []
        for x in X:
            s = list(x @ self.W)
            labels.append(s.index(max(s)))
        return np.array(labels)

    def loss(self, X_batch, y_batch, reg):
        raise NotImplementedError


ANSWERS = {
    "row_as_picture": "b",
    "set_of_functions": "a",
    "two_headed_horse": "c",
    "template_background": "d",
    "separable_case": "d",
    "gabor_brightness": "a",
    "linear_head": "c",
    "diabetes_qr": "b",
    "hinge_range": "c",
    "car_scores_move": "b",
    "true_class_in_sum": "d",
    "mean_over_classes": "a",
    "squared_hinge_differs": "b",
    "w_unique": "c",
    "l2_same_scores": "d",
    "duplicated_columns": "a",
    "softmax_104": "d",
    "softmax_invariance": "a",
    "start_of_training": "c",
    "satisfied_scores": "b",
    "entropy_of_itself": "c",
    "kl_or_cross_entropy": "d",
    "sigmoid_bias_sign": "a",
    "frog_or_ship": "b",
}
