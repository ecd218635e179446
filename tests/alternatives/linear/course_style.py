"""A third right solution, in the manner of CS231n submissions.

It writes into its arguments in the batch losses, draws from numpy's global generator, returns numpy
scalars and labels as floats, and does not shift the scores in the naive softmax loss.
"""

import numpy as np


def scores(W, x, b):
    return np.dot(x, W.T) + b


def bias_trick(W, b, x):
    return np.hstack((W, b.reshape(-1, 1))), np.hstack((x, [1]))


def n_params(D, C):
    return np.zeros((D + 1, C)).size


def templates(W, image_shape):
    w = W.reshape(*image_shape, W.shape[1])
    w_min, w_max = np.min(w), np.max(w)
    wimg = 255.0 * (w.squeeze() - w_min) / (w_max - w_min)
    return np.moveaxis(wimg, -1, 0)


def signed_distance(w, b, X):
    return (X.dot(w) + b) / np.linalg.norm(w)


def one_hot(y, C):
    return np.eye(C)[y]


def one_vs_rest(X, y, C, fit):
    W, b = [], []
    for c in range(C):
        t = -np.ones(y.shape[0])
        t[y == c] = 1
        w, bias = fit(X, t)
        W.append(w)
        b.append(bias)
    return np.stack(W, axis=1), np.asarray(b)


def hinge(s, y, delta=1.0):
    return np.sum(np.maximum(0, s - s[y] + delta)) - delta


def squared_hinge(s, y, delta=1.0):
    return np.sum(np.square(np.maximum(0, s - s[y] + delta))) - delta**2


def L_i_vectorized(x, y, W):
    scores = W.dot(x)
    margins = np.maximum(0, scores - scores[y] + 1)
    margins[y] = 0
    return np.sum(margins)


def l2_penalty(W):
    return np.linalg.norm(W) ** 2


def init_loss(C, kind):
    if kind == "hinge":
        return C - 1
    elif kind == "softmax":
        return -np.log(1 / C)
    else:
        raise ValueError("unknown loss")


def softmax(s):
    e = np.exp(s - np.max(s, axis=-1)[..., np.newaxis])
    return e / np.sum(e, axis=-1)[..., np.newaxis]


def entropy(u, base=2.0):
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(u > 0, u * np.log(u), 0)
    return -np.sum(terms) / np.log(base)


def cross_entropy(p, q):
    with np.errstate(divide="ignore", invalid="ignore"):
        return -np.where(p == 0, 0, p * np.log(q)).sum()


def kl(p, q):
    return cross_entropy(p, q) - cross_entropy(p, p)


def dataset_loss(W, X, P):
    Q = softmax(X.dot(W))
    return np.mean(np.sum(-P * np.log(Q), axis=1))


def sigmoid(z):
    return 0.5 * (1 + np.tanh(0.5 * z))


def bce(z, t):
    loss = np.mean(np.logaddexp(0, z) - t * z)
    return loss, (sigmoid(z) - t) / z.shape[0]


def svm_loss_naive(W, X, y, reg):
    dW = np.zeros(W.shape)
    num_classes = W.shape[1]
    num_train = X.shape[0]
    loss = 0.0
    for i in range(num_train):
        scores = X[i].dot(W)
        correct_class_score = scores[y[i]]
        count = 0
        for j in range(num_classes):
            if j == y[i]:
                continue
            margin = scores[j] - correct_class_score + 1  # note delta = 1
            if margin > 0:
                loss += margin
                count += 1
                dW[:, j] += X[i, :].T
        dW[:, y[i]] += -count * X[i, :].T
    loss /= num_train
    dW /= num_train
    loss += reg * np.sum(W * W)
    dW += 2 * reg * W
    return loss, dW


def svm_loss_vectorized(W, X, y, reg):
    num_train = X.shape[0]
    scores = X.dot(W)
    correct = scores[np.arange(num_train), y].reshape(num_train, 1)
    scores -= correct - 1
    scores[np.arange(num_train), y] = 0
    scores[scores < 0] = 0
    loss = np.sum(scores) / num_train + reg * np.sum(W * W)
    scores[scores > 0] = 1
    scores[np.arange(num_train), y] -= np.sum(scores, axis=1)
    dW = np.dot(X.T, scores) / num_train
    W *= 2 * reg
    return loss, dW + W


def softmax_loss_naive(W, X, y, reg):
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(X.shape[0]):
        e = np.exp(X[i].dot(W))
        p = e / np.sum(e)
        loss -= np.log(p[y[i]])
        p[y[i]] -= 1
        dW += np.outer(X[i], p)
    return loss / X.shape[0] + reg * np.sum(W * W), dW / X.shape[0] + reg * 2 * W


def softmax_loss_vectorized(W, X, y, reg):
    N = X.shape[0]
    f = X.dot(W)
    f -= f.max(axis=1).reshape(-1, 1)
    total = np.sum(np.exp(f), axis=1)
    loss = np.mean(-f[range(N), y] + np.log(total)) + reg * np.sum(np.square(W))
    targets = np.zeros_like(f)
    targets[range(N), y] = 1
    X /= N
    return loss, X.T.dot(np.exp(f) / total[:, None] - targets) + 2 * reg * W


class LinearClassifier:
    def __init__(self):
        self.W = None

    def train(
        self, X, y, learning_rate=1e-3, reg=1e-5, num_iters=100, batch_size=200, verbose=False
    ):
        num_train, dim = X.shape
        num_classes = np.max(y) + 1
        if self.W is None:
            self.W = 0.001 * np.random.randn(dim, num_classes)
        loss_history = []
        for it in range(num_iters):
            idx = np.random.choice(num_train, batch_size, replace=True)
            loss, grad = self.loss(X[idx], y[idx], reg)
            loss_history.append(loss)
            self.W += -learning_rate * grad
            if verbose and it % 100 == 0:
                print(f"iteration {it} / {num_iters}: loss {loss}")
        return loss_history

    def predict(self, X):
        y_pred = np.zeros(X.shape[0])
        y_pred[:] = X.dot(self.W).argmax(axis=1)
        return y_pred

    def loss(self, X_batch, y_batch, reg):
        pass


class LinearSVM(LinearClassifier):
    def loss(self, X_batch, y_batch, reg):
        return svm_loss_vectorized(self.W, X_batch, y_batch, reg)


ANSWERS = dict(
    row_as_picture="b",
    set_of_functions="a",
    two_headed_horse="c",
    template_background="d",
    separable_case="d",
    gabor_brightness="a",
    linear_head="c",
    diabetes_qr="b",
    hinge_range="c",
    car_scores_move="b",
    true_class_in_sum="d",
    mean_over_classes="a",
    squared_hinge_differs="b",
    w_unique="c",
    l2_same_scores="d",
    duplicated_columns="a",
    softmax_104="d",
    softmax_invariance="a",
    start_of_training="c",
    satisfied_scores="b",
    entropy_of_itself="c",
    kl_or_cross_entropy="d",
    sigmoid_bias_sign="a",
    frog_or_ship="b",
)
