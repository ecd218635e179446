"""Linear classifiers: scores, the SVM and softmax losses with their gradients, and their training.

One row of scores per image, s = x W + b, one column of W per class. For a row with true class y,

    hinge      L_i = sum_{j != y} max(0, s_j - s_y + delta)
    softmax    p_j = exp(s_j) / sum_k exp(s_k),    L_i = -log p_y
    data set   L = mean_i L_i + reg * sum(W^2)     so that dL/dW ends in 2 * reg * W

Information theory, for pmfs p and q, with 0 log 0 = 0:

    H(p) = -sum p log p    H(p, q) = -sum p log q    KL(p, q) = sum p log(p / q) = H(p, q) - H(p)

N rows, D features, C classes. The batch functions take X (N, D) and W (D, C), as CS231n does; the
functions of one image x (D,) take W (C, D), so that W x + b reads as in the lecture.

Source: CS231n notes, linear-classify (cs231n.github.io); Bishop, Pattern Recognition and Machine
Learning (2006), sections 1.6, 4.1 and 4.3.
"""

from collections.abc import Callable

import numpy as np


def scores(W: np.ndarray, x: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the class scores W x + b of one image.

    Args:
        W: (C, D) float. One row of weights per class. Not modified.
        x: (D,) float. The image, flattened. Not modified.
        b: (C,) float. One bias per class. Not modified.

    Returns:
        (C,) float. One score per class.
    """
    return W @ x + b


def bias_trick(W: np.ndarray, b: np.ndarray, x: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return (W1, x1) such that W1 @ x1 == W @ x + b: the bias becomes the last column of W.

    Args:
        W: (C, D) float. Not modified.
        b: (C,) float. Not modified.
        x: (D,) float. One image, flattened. Not modified.

    Returns:
        W1: (C, D + 1) float. W with b appended as its last column.
        x1: (D + 1,) float. x with a 1 appended.
    """
    return np.column_stack([W, b]), np.append(x, 1.0)


def n_params(D: int, C: int) -> int:
    """Return how many numbers a linear classifier with bias learns.

    Args:
        D: features per image, >= 1.
        C: classes, >= 2.

    Returns:
        int. The weights and the biases.
    """
    return D * C + C


def templates(W: np.ndarray, image_shape: tuple[int, ...]) -> np.ndarray:
    """Return the weights of every class as a picture with values from 0 to 255.

    Args:
        W: (D, C) float, without a bias row; not all entries equal. Not modified.
        image_shape: shape of one image, for example (32, 32, 3). Its product is D.

    Returns:
        (C, *image_shape) float in [0, 255]. One scale for all classes: the smallest entry of
        the whole W becomes 0, the largest 255.
    """
    low, high = W.min(), W.max()
    pictures = W.T.reshape(W.shape[1], *image_shape)
    return 255 * (pictures - low) / (high - low)


def signed_distance(w: np.ndarray, b: float, X: np.ndarray) -> np.ndarray:
    """Return the distance of every row of X to the hyperplane w.x + b = 0.

    Args:
        w: (D,) float, not all zero. The normal of the hyperplane. Not modified.
        b: float. The bias.
        X: (N, D) float. One point per row. Not modified.

    Returns:
        (N,) float. Positive on the side that w points to, negative on the other.
    """
    return (X @ w + b) / np.sqrt(np.sum(w**2))


def one_hot(y: np.ndarray, C: int) -> np.ndarray:
    """Return one row per label: 1 in the column of the label, 0 elsewhere.

    Args:
        y: (N,) int in [0, C). Labels. Not modified.
        C: classes.

    Returns:
        (N, C) float64. Every row is a pmf.
    """
    o = np.zeros((len(y), C))
    o[np.arange(len(y)), y] = 1.0
    return o


def one_vs_rest(
    X: np.ndarray,
    y: np.ndarray,
    C: int,
    fit: Callable[[np.ndarray, np.ndarray], tuple[np.ndarray, float]],
) -> tuple[np.ndarray, np.ndarray]:
    """Return the C binary classifiers "class c against all others", side by side.

    Args:
        X: (N, D) float. Not modified.
        y: (N,) int in [0, C). Not modified.
        C: classes.
        fit: fit(X, t) trains one binary classifier; t is (N,) float, +1 for the rows of the
            class and -1 for all others. It returns its weights (D,) and its bias (float).

    Returns:
        W: (D, C) float. Column c holds the weights for class c.
        b: (C,) float. Entry c holds the bias for class c.
    """
    planes = [fit(X, np.where(y == c, 1.0, -1.0)) for c in range(C)]
    W = np.column_stack([w for w, _ in planes])
    b = np.array([bias for _, bias in planes])
    return W, b


def hinge(s: np.ndarray, y: int, delta: float = 1.0) -> float:
    """Return the SVM loss of one image: sum_{j != y} max(0, s_j - s_y + delta).

    Args:
        s: (C,) float. Scores. Not modified.
        y: int in [0, C). True class.
        delta: float > 0. The margin by which the true class must win.

    Returns:
        float >= 0. A sum over the classes j != y.
    """
    margins = np.maximum(0, s - s[y] + delta)
    margins[y] = 0
    return float(margins.sum())


def squared_hinge(s: np.ndarray, y: int, delta: float = 1.0) -> float:
    """Return the squared SVM loss of one image: sum_{j != y} max(0, s_j - s_y + delta)^2.

    Args:
        s: (C,) float. Scores. Not modified.
        y: int in [0, C). True class.
        delta: float > 0. The margin by which the true class must win.

    Returns:
        float >= 0. A sum over the classes j != y.
    """
    margins = np.maximum(0, s - s[y] + delta)
    margins[y] = 0
    return float((margins**2).sum())


def L_i_vectorized(x: np.ndarray, y: int, W: np.ndarray) -> float:
    """Return the SVM loss of one image with margin 1, without a loop.

    Args:
        x: (D,) float. The image, flattened, with its 1 for the bias. Not modified.
        y: int in [0, C). True class.
        W: (C, D) float. One row per class. Not modified.

    Returns:
        float >= 0. A sum over the classes j != y.
    """
    s = W.dot(x)
    margins = np.maximum(0, s - s[y] + 1)
    margins[y] = 0
    loss_i = np.sum(margins)
    return float(loss_i)


def l2_penalty(W: np.ndarray) -> float:
    """Return R(W), the sum of all squared weights (not halved, not a mean, no root).

    Args:
        W: (...) float. A vector or a matrix. Not modified.

    Returns:
        float >= 0.
    """
    return float(np.sum(W**2))


def init_loss(C: int, kind: str) -> float:
    """Return the loss per image before training, when all C scores are equal.

    Args:
        C: classes, >= 2.
        kind: "hinge" (with delta = 1) or "softmax" (natural logarithm).

    Returns:
        float. The data loss; no regularisation.

    Raises:
        ValueError: `kind` is neither.
    """
    if kind == "hinge":
        return float(C - 1)
    if kind == "softmax":
        return float(np.log(C))
    raise ValueError(f"kind must be 'hinge' or 'softmax', got {kind!r}")


def softmax(s: np.ndarray) -> np.ndarray:
    """Return exp(s_k) / sum_j exp(s_j) for every row of scores, however large the scores are.

    Args:
        s: (C,) or (N, C) float. Scores, one row per image; +-1000 is allowed. Not modified.

    Returns:
        Same shape as s. Every row is >= 0 and adds to 1.
    """
    shifted = s - s.max(axis=-1, keepdims=True)  # same quotient; exp cannot overflow
    e = np.exp(shifted)
    return e / e.sum(axis=-1, keepdims=True)


def entropy(u: np.ndarray, base: float = 2.0) -> float:
    """Return H(u) = -sum u log u, the mean surprise of a draw from u.

    Args:
        u: (C,) float. A pmf: >= 0, adds to 1. An entry 0 contributes 0. Not modified.
        base: of the logarithm: 2 gives bits, np.e gives nats.

    Returns:
        float >= 0.

    Raises:
        ValueError: u is not a pmf (`_require_pmf` raises it).
    """
    _require_pmf("u", u)
    u = u[u > 0]  # 0 log 0 = 0
    return float(np.sum(u * np.log(1 / u)) / np.log(base))


def cross_entropy(p: np.ndarray, q: np.ndarray) -> float:
    """Return H(p, q) = -sum p log q, in nats (natural logarithm).

    Args:
        p: (C,) float. The true pmf. An entry 0 contributes 0, whatever q is. Not modified.
        q: (C,) float. The estimated pmf. Not modified.

    Returns:
        float >= 0; infinite where q is 0 and p is not.

    Raises:
        ValueError: p or q is not a pmf (`_require_pmf` raises it).
    """
    _require_pmf("p", p)
    _require_pmf("q", q)
    some = p > 0  # 0 log q = 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[some] * np.log(1 / q[some])))


def kl(p: np.ndarray, q: np.ndarray) -> float:
    """Return KL(p, q) = sum p log(p / q), in nats: what H(p, q) costs above H(p).

    Args:
        p: (C,) float. The true pmf. An entry 0 contributes 0, whatever q is. Not modified.
        q: (C,) float. The estimated pmf. Not modified.

    Returns:
        float >= 0, and 0 only where p == q; infinite where q is 0 and p is not.

    Raises:
        ValueError: p or q is not a pmf (`_require_pmf` raises it).
    """
    _require_pmf("p", p)
    _require_pmf("q", q)
    some = p > 0  # 0 log 0 = 0
    with np.errstate(divide="ignore"):
        return float(np.sum(p[some] * np.log(p[some] / q[some])))


def dataset_loss(W: np.ndarray, X: np.ndarray, P: np.ndarray) -> float:
    """Return the mean over the rows of H(p, softmax(x W)): the cross-entropy loss of a data set.

    Args:
        W: (D, C) float. Not modified.
        X: (N, D) float. One image per row. Not modified.
        P: (N, C) float. One target pmf per row; one-hot for plain labels. Not modified.

    Returns:
        float >= 0, in nats. The mean over the N rows, no regularisation.
    """
    s = X @ W
    s = s - s.max(axis=1, keepdims=True)
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    return float(-np.sum(P * log_p) / len(X))


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-z)), entry by entry, however large z is.

    Args:
        z: (...) float array. Logits; +-1000 is allowed. Not modified.

    Returns:
        Same shape as z, in [0, 1].
    """
    e = np.exp(-np.abs(z))  # in (0, 1]: cannot overflow
    return np.where(z >= 0, 1 / (1 + e), e / (1 + e))


def bce(z: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean binary cross-entropy of sigmoid(z), and its gradient with respect to z.

    Args:
        z: (N,) float. Logits; +-1000 is allowed. Not modified.
        t: (N,) float, 0 or 1. Targets. Not modified.

    Returns:
        loss: float >= 0, in nats. The mean over the N rows of
            -(t log y + (1 - t) log(1 - y)), y = sigmoid(z).
        dz: (N,) float. Gradient of `loss`, the 1 / N included.
    """
    e = np.exp(-np.abs(z))  # in (0, 1]: cannot overflow
    y = np.where(z >= 0, 1, e) / (1 + e)
    loss = np.mean(np.maximum(z, 0) - t * z + np.log1p(e))  # no log(0)
    dz = (y - t) / len(z)
    return float(loss), dz


def svm_loss_naive(
    W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> tuple[float, np.ndarray]:
    """Return the SVM loss with margin 1 and its gradient, with loops over rows and classes.

    Args:
        W: (D, C) float. Weights. Not modified.
        X: (N, D) float. One image per row. Not modified.
        y: (N,) int in [0, C). True classes. Not modified.
        reg: float >= 0. Strength of the regularisation.

    Returns:
        loss: float >= 0. Mean over the N rows of the hinge loss, plus reg * sum(W^2).
        dW: (D, C) float. Gradient of `loss`, with 2 * reg * W.

    Raises:
        ValueError: the shapes disagree, or N is 0 (`_require_batch` raises it).
    """
    _require_batch(W, X, y)
    N, C = X.shape[0], W.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        s = X[i] @ W
        for j in range(C):
            if j == y[i]:
                continue
            margin = s[j] - s[y[i]] + 1
            if margin > 0:
                loss += margin
                dW[:, j] += X[i]
                dW[:, y[i]] -= X[i]
    loss = loss / N + reg * np.sum(W**2)
    dW = dW / N + 2 * reg * W
    return float(loss), dW


def svm_loss_vectorized(
    W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> tuple[float, np.ndarray]:
    """Return what `svm_loss_naive` returns, without a loop.

    Args:
        W: (D, C) float. Weights. Not modified.
        X: (N, D) float. One image per row. Not modified.
        y: (N,) int in [0, C). True classes. Not modified.
        reg: float >= 0. Strength of the regularisation.

    Returns:
        loss: float >= 0. Mean over the N rows of the hinge loss, plus reg * sum(W^2).
        dW: (D, C) float. Gradient of `loss`, with 2 * reg * W.

    Raises:
        ValueError: the shapes disagree, or N is 0 (`_require_batch` raises it).
    """
    _require_batch(W, X, y)
    N = X.shape[0]
    rows = np.arange(N)

    s = X @ W
    margins = np.maximum(0, s - s[rows, y][:, None] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / N + reg * np.sum(W**2)

    ds = (margins > 0).astype(float)  # +1 for every class that is too close
    ds[rows, y] = -ds.sum(axis=1)  # the true class is pushed once for each of them
    dW = X.T @ ds / N + 2 * reg * W
    return float(loss), dW


def softmax_loss_naive(
    W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> tuple[float, np.ndarray]:
    """Return the softmax cross-entropy loss and its gradient, with loops over rows and classes.

    Args:
        W: (D, C) float. Weights. Not modified.
        X: (N, D) float. One image per row. Not modified.
        y: (N,) int in [0, C). True classes. Not modified.
        reg: float >= 0. Strength of the regularisation.

    Returns:
        loss: float >= 0. Mean over the N rows of -log p_y, in nats, plus reg * sum(W^2).
        dW: (D, C) float. Gradient of `loss`, with 2 * reg * W.

    Raises:
        ValueError: the shapes disagree, or N is 0 (`_require_batch` raises it).
    """
    _require_batch(W, X, y)
    N, C = X.shape[0], W.shape[1]
    loss = 0.0
    dW = np.zeros_like(W)
    for i in range(N):
        s = X[i] @ W
        s = s - s.max()  # same probabilities; exp cannot overflow
        p = np.exp(s) / np.sum(np.exp(s))
        loss += -np.log(p[y[i]])
        for j in range(C):
            dW[:, j] += (p[j] - (j == y[i])) * X[i]
    loss = loss / N + reg * np.sum(W**2)
    dW = dW / N + 2 * reg * W
    return float(loss), dW


def softmax_loss_vectorized(
    W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float
) -> tuple[float, np.ndarray]:
    """Return what `softmax_loss_naive` returns, without a loop.

    Args:
        W: (D, C) float. Weights. Not modified.
        X: (N, D) float. One image per row. Not modified.
        y: (N,) int in [0, C). True classes. Not modified.
        reg: float >= 0. Strength of the regularisation.

    Returns:
        loss: float >= 0. Mean over the N rows of -log p_y, in nats, plus reg * sum(W^2).
        dW: (D, C) float. Gradient of `loss`, with 2 * reg * W.

    Raises:
        ValueError: the shapes disagree, or N is 0 (`_require_batch` raises it).
    """
    _require_batch(W, X, y)
    N = X.shape[0]
    rows = np.arange(N)

    s = X @ W
    s = s - s.max(axis=1, keepdims=True)  # same probabilities; exp cannot overflow
    log_p = s - np.log(np.exp(s).sum(axis=1, keepdims=True))
    loss = -log_p[rows, y].mean() + reg * np.sum(W**2)

    ds = np.exp(log_p)
    ds[rows, y] -= 1
    dW = X.T @ ds / N + 2 * reg * W
    return float(loss), dW


class LinearClassifier:
    """A linear classifier trained by mini-batch gradient descent; a subclass says on which loss.

    Attributes:
        W: (D, C) float. The weights, or None before the first `train`.
    """

    def __init__(self) -> None:
        self.W: np.ndarray | None = None

    def train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        learning_rate: float = 1e-3,
        reg: float = 1e-5,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> list[float]:
        """Take `num_iters` steps down the gradient of `self.loss`, each on a new random batch.

        A first call starts from small random weights (0.001 times a standard normal), with
        C = max(y) + 1 classes. If `self.W` is not None, training goes on from it.

        Args:
            X: (N, D) float. One image per row. Not modified.
            y: (N,) int in [0, C). True classes. Not modified.
            learning_rate: float > 0. A step is W <- W - learning_rate * dW.
            reg: float >= 0. Handed on to `self.loss`.
            num_iters: number of steps.
            batch_size: rows of each batch, at most N, drawn at random from all N rows, with or
                without replacement.
            verbose: print the loss of every hundredth step.

        Returns:
            list of `num_iters` floats: the loss of every batch, before its step.
        """
        rng = np.random.default_rng()
        N, D = X.shape
        if self.W is None:
            self.W = 0.001 * rng.standard_normal((D, int(y.max()) + 1))
        loss_history = []
        for step in range(num_iters):
            batch = rng.integers(N, size=batch_size)
            loss, dW = self.loss(X[batch], y[batch], reg)
            loss_history.append(loss)
            self.W = self.W - learning_rate * dW
            if verbose and step % 100 == 0:
                print(f"step {step} of {num_iters}: loss {loss:.4f}")
        return loss_history

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the class with the highest score for every row of X.

        Args:
            X: (N, D) float. One image per row. Not modified.

        Returns:
            (N,) int in [0, C).
        """
        return np.argmax(X @ self.W, axis=1)

    def loss(
        self, X_batch: np.ndarray, y_batch: np.ndarray, reg: float
    ) -> tuple[float, np.ndarray]:
        """Return the loss of a batch and its gradient with respect to W: a subclass does it."""
        raise NotImplementedError("a subclass defines the loss")


class LinearSVM(LinearClassifier):
    """A linear classifier with the SVM loss."""

    def loss(
        self, X_batch: np.ndarray, y_batch: np.ndarray, reg: float
    ) -> tuple[float, np.ndarray]:
        return svm_loss_vectorized(self.W, X_batch, y_batch, reg)


class Softmax(LinearClassifier):
    """A linear classifier with the softmax cross-entropy loss."""

    def loss(
        self, X_batch: np.ndarray, y_batch: np.ndarray, reg: float
    ) -> tuple[float, np.ndarray]:
        return softmax_loss_vectorized(self.W, X_batch, y_batch, reg)


def _require_batch(W: np.ndarray, X: np.ndarray, y: np.ndarray) -> None:
    """Raise ValueError unless X (N, D), W (D, C) and y (N,) fit together, with N >= 1."""
    if X.ndim != 2 or len(X) == 0:
        raise ValueError(f"X must have shape (N, D), N >= 1, got {X.shape}")
    if W.ndim != 2 or W.shape[0] != X.shape[1]:
        raise ValueError(f"W must have shape ({X.shape[1]}, C) to match X, got {W.shape}")
    if y.shape != (len(X),):
        raise ValueError(f"y must have shape ({len(X)},) to match X, got {y.shape}")


def _require_pmf(name: str, p: np.ndarray) -> None:
    """Raise ValueError unless p is a vector >= 0 that adds to 1."""
    if p.ndim != 1 or (p < 0).any():
        raise ValueError(f"{name} must be a vector of numbers >= 0, got {p}")
    if abs(p.sum() - 1) > 1e-9:  # a sum of C rounded terms is off by about C * 1e-16
        raise ValueError(f"{name} must add to 1, got a sum of {p.sum()}")


# The letter of the right answer to each question of the assignment's last section.
ANSWERS = {
    # Viewpoints.
    "row_as_picture": "b",
    "set_of_functions": "a",
    "two_headed_horse": "c",
    "template_background": "d",
    # Limits and features.
    "separable_case": "d",
    "gabor_brightness": "a",
    "linear_head": "c",
    "diabetes_qr": "b",
    # The hinge loss.
    "hinge_range": "c",
    "car_scores_move": "b",
    "true_class_in_sum": "d",
    "mean_over_classes": "a",
    # Variants and regularisation.
    "squared_hinge_differs": "b",
    "w_unique": "c",
    "l2_same_scores": "d",
    "duplicated_columns": "a",
    # Softmax.
    "softmax_104": "d",
    "softmax_invariance": "a",
    "start_of_training": "c",
    "satisfied_scores": "b",
    # Information theory, and two classes.
    "entropy_of_itself": "c",
    "kl_or_cross_entropy": "d",
    "sigmoid_bias_sign": "a",
    "frog_or_ship": "b",
}
