"""Backpropagation: the chain rule, one layer at a time, up to a two-layer network.

Every layer is a pair. forward computes `out` and keeps in `cache` what backward needs; backward
takes dout = dL/dout of a scalar loss L and returns the gradient of L with respect to each input:

    affine    out = x w + b               dx = dout w'    dw = x' dout    db = sum over rows of dout
    relu      out = max(0, x)             dx = dout [x > 0]
    sigmoid   out = 1 / (1 + exp(-x))     dx = dout out (1 - out)
    dropout   out = x mask                dx = dout mask                  mask in {0, 1/p}

A loss needs no dout, for dL/dL = 1; with p_j = exp(x_j) / sum_k exp(x_k) and the true class y,

    softmax   L = -log p_y                               dx_j = p_j - [j == y]
    svm       L = sum over j != y of max(0, x_j - x_y + 1)
    logistic  L = -(t log s + (1 - t) log(1 - s))        dz = s - t       s = sigmoid(z)

and the loss of a batch is the mean over its rows.
Source: Rumelhart, Hinton, Williams, Learning representations by back-propagating errors (1986);
interfaces as in CS231n; dropout (inverted): Srivastava et al. (2014).
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

HARD_CASES = ("xor", "ring", "three_modes")
MODES = np.array([[0.0, 1.5], [-1.3, -0.75], [1.3, -0.75]])  # centres of the three modes
MODE_RADIUS = 0.75

ANSWERS = {
    # Shapes: X of lecture 001 is 8x4, and the next layer has 10 neurons. The weights are
    # a: 8x10   b: 10x4   c: 8x4   d: 4x10
    "weight_shape": "d",
    # The term-document table of lecture 001 has 20 rows (words) and 9 columns (documents). As the
    # input x of a layer that reads documents, one a row, it has the shape
    # a: (20, 9)   b: (9, 20)   c: (180,)   d: (9, 9)
    "documents_as_rows": "b",
    # The X of lecture 001 (1 to 32 in 8 rows) has rank 2. Who knows X and X W knows W?
    # a: yes, W = inverse(X) (X W)        b: yes, by least squares
    # c: no: W + V gives the same product wherever X V = 0        d: no: 8 rows are too few
    "weights_from_the_product": "c",
    # Lecture 001 writes the sigmoid as 1/(1 + e^(-w.x + b)). Right, at w.x = 1 and b = 0.5, is
    # a: 0.818   b: 0.622   c: 0.731   d: 0.378
    "sigmoid_value": "a",
    # Its dE/dy_i takes sum_j w_ij out of the sum over outputs j. When is that right?
    # a: always   b: if the weights add to 1   c: never
    # d: with one output, or with the same dE/dz_j at every output
    "sum_of_the_weights": "d",
    # Its last formula, (y-t)/(y(1-y)) * y(1-y) * y_i, is labelled dE/dy_i. It is
    # a: dE/dy_i   b: dE/dz_j   c: dE/dw_ij   d: dy_j/dz_j
    "last_formula": "c",
    # Which change makes the hypothesis space (the functions a model can be) larger?
    # a: more training rows   b: more hidden units   c: more steps   d: a smaller learning rate
    "capacity": "b",
    # A two-layer network without its ReLU is trained on XOR for as long as you like. It gets
    # a: near 50 %   b: near 75 %   c: near 100 %   d: 100 % with enough hidden units
    "two_layers_without_relu": "a",
    # The slopes of five sigmoids in a chain multiply to at most
    # a: 1   b: 1/4   c: 5/4   d: 1/1024
    "five_sigmoid_slopes": "d",
    # Clipping the gradient at a threshold helps when gradients
    # a: vanish   b: explode   c: vanish or explode   d: are noisy
    "gradient_clipping": "b",
    # A network was trained with inverted dropout, p = 0.8 kept. At test time its activations are
    # a: left as they are   b: multiplied by 0.8   c: divided by 0.8   d: dropped with chance 0.2
    "dropout_at_test": "a",
}


def images_to_rows(images: np.ndarray) -> np.ndarray:
    """Return each image as one row of numbers from 0 to 1: a grey level g becomes g / 255.

    Args:
        images: (N, H, W) or (N, H, W, C) uint8. Grey levels, 0 to 255. Not modified.

    Returns:
        (N, D) float64, D = H*W or H*W*C. Row n holds image n in row-major order (the order of
        `reshape`): the last index runs fastest. Grey level 1 is 1/255 = 0.00392 in any image.
    """
    return images.reshape(len(images), -1) / 255.0


def sigmoid(z: np.ndarray) -> np.ndarray:
    """Return 1 / (1 + exp(-z)) of each element, without NaN for any finite z.

    Args:
        z: array of any shape, float. Not modified.

    Returns:
        array of the shape of z, from 0 to 1.
    """
    e = np.exp(-np.abs(z))  # at most 1: cannot overflow
    return np.where(z >= 0, 1.0, e) / (1.0 + e)


def binary_cross_entropy(z: np.ndarray, t: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean binary cross-entropy of sigmoid(z) against t, and its gradient.

    With y = sigmoid(z), one row costs -(t log y + (1 - t) log(1 - y)).

    Args:
        z: (N,) float. Logits, of any size: z = 1000 with t = 0 costs 1000. Not modified.
        t: (N,) int or float, 0 or 1. Targets. Not modified.

    Returns:
        loss: float, in nats. Mean over the N rows.
        dz: (N,) float. Gradient of that mean with respect to z.
    """
    # -log sigmoid(z) = log(1 + exp(-z)); written with |z| so that exp cannot overflow
    e = np.exp(-np.abs(z))
    y = np.where(z >= 0, 1.0, e) / (1.0 + e)
    loss = np.mean(np.maximum(z, 0) - z * t + np.log1p(e))
    dz = (y - t) / len(z)
    return float(loss), dz


def logistic_regression(
    X: np.ndarray, t: np.ndarray, learning_rate: float, num_iters: int
) -> tuple[np.ndarray, float, list[float]]:
    """Return weights, bias and losses of logistic regression by gradient descent from zero.

    One iteration takes the loss of all N rows at the present w and b, records it, then subtracts
    learning_rate times the gradient from w and from b. No regularisation.

    Args:
        X: (N, D) float. One example a row. Not modified.
        t: (N,) int, 0 or 1. Targets. Not modified.
        learning_rate: float > 0.
        num_iters: int >= 1.

    Returns:
        w: (D,) float. Weights after the last step.
        b: float. Bias after the last step.
        losses: list of num_iters floats. Mean binary cross-entropy before each step, so that
            losses[0] = log 2.
    """
    w, b, losses = np.zeros(X.shape[1]), 0.0, []
    for _ in range(num_iters):
        z = X @ w + b
        y = 0.5 + 0.5 * np.tanh(0.5 * z)  # sigmoid(z), without exp(-z) that can overflow
        losses.append(float(np.mean(np.logaddexp(0, z) - z * t)))
        dz = (y - t) / len(z)
        w -= learning_rate * (X.T @ dz)
        b -= learning_rate * float(dz.sum())
    return w, b, losses


def chain_rule(h: np.ndarray, W: np.ndarray, b: np.ndarray, t: np.ndarray) -> dict[str, np.ndarray]:
    """Return every gradient of the chain of lecture 001, for one example and J sigmoid outputs.

        z_j = sum_i h_i W_ij + b_j     y_j = sigmoid(z_j)
        E = sum_j -(t_j log y_j + (1 - t_j) log(1 - y_j))

    Args:
        h: (I,) float. Outputs y_i of the last hidden layer. Not modified.
        W: (I, J) float. W[i, j] leads from hidden unit i to output j. Not modified.
        b: (J,) float. Biases. Not modified.
        t: (J,) int or float, 0 or 1. Targets. Not modified.

    Returns:
        dict of these gradients of the sum E over the outputs:
            "dE_dy": (J,) float. Step 1, dE/dy_j.
            "dy_dz": (J,) float. Step 2, dy_j/dz_j.
            "dE_dz": (J,) float. Their product.
            "dE_dW": (I, J) float. By step 3a, dE/dW_ij.
            "dE_db": (J,) float. dE/db_j.
            "dE_dh": (I,) float. By step 3b, dE/dh_i: a sum over the outputs j.
    """
    y = 1 / (1 + np.exp(-(h @ W + b)))
    dE_dy = (y - t) / (y * (1 - y))
    dy_dz = y * (1 - y)
    dE_dz = dE_dy * dy_dz
    return {
        "dE_dy": dE_dy,
        "dy_dz": dy_dz,
        "dE_dz": dE_dz,
        "dE_dW": np.outer(h, dE_dz),
        "dE_db": dE_dz,
        "dE_dh": W @ dE_dz,
    }


def input_gradient(
    X: np.ndarray, t: np.ndarray, W1: np.ndarray, b1: np.ndarray, w2: np.ndarray, b2: float
) -> np.ndarray:
    """Return the gradient of each row's own loss with respect to that row of the input.

        h = sigmoid(X W1 + b1)     z = h w2 + b2     y = sigmoid(z)
        E_n = -(t_n log y_n + (1 - t_n) log(1 - y_n))

    Args:
        X: (N, D) float. One example a row. Not modified.
        t: (N,) int or float, 0 or 1. Targets. Not modified.
        W1: (D, H) float. Weights of the hidden layer. Not modified.
        b1: (H,) float. Its biases. Not modified.
        w2: (H,) float. Weights of the one output. Not modified.
        b2: float. Its bias.

    Returns:
        dX: (N, D) float. Row n is dE_n/dX_n. There is no mean over the rows, so it does not
            matter what else is in the batch.
    """
    h = 1 / (1 + np.exp(-(X @ W1 + b1)))
    y = 1 / (1 + np.exp(-(h @ w2 + b2)))
    dz = y - t  # steps 1 and 2: y (1 - y) cancels
    dh = np.outer(dz, w2)
    return (dh * h * (1 - h)) @ W1.T


def affine_forward(x: np.ndarray, w: np.ndarray, b: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return out = x w + b, with each example flattened to one row.

    Args:
        x: (N, d_1, ..., d_k) float, k >= 1. N examples of D = d_1 * ... * d_k numbers each,
            flattened in row-major order (the order of `reshape`). Not modified.
        w: (D, M) float. Weights. Not modified.
        b: (M,) float. Biases. Not modified.

    Returns:
        out: (N, M) float.
        cache: (x, w, b), for affine_backward.
    """
    out = x.reshape(len(x), -1) @ w + b
    return out, (x, w, b)


def affine_backward(dout: np.ndarray, cache: Any) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the gradients of an affine layer.

    Args:
        dout: (N, M) float. Gradient of the loss with respect to the layer's output.
        cache: (x, w, b), as affine_forward got them.

    Returns:
        dx: (N, d_1, ..., d_k) float. In the shape of x.
        dw: (D, M) float. Sum over the N rows, no mean: the loss has divided already.
        db: (M,) float. Sum over the N rows.
    """
    x, w, _ = cache
    dx = (dout @ w.T).reshape(x.shape)
    dw = x.reshape(len(x), -1).T @ dout
    db = dout.sum(axis=0)
    return dx, dw, db


def relu_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return max(0, x), element by element.

    Args:
        x: array of any shape, float. Not modified.

    Returns:
        out: array of the shape of x.
        cache: x, for relu_backward.
    """
    return np.maximum(0, x), x


def relu_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Return the gradient of a ReLU: dout where the input was positive, 0 where it was negative.

    Args:
        dout: array of any shape, float. Gradient of the loss with respect to the output.
        cache: x, as relu_forward got it.

    Returns:
        dx: array of the shape of x.
    """
    x = cache
    return dout * (x > 0)


def sigmoid_forward(x: np.ndarray) -> tuple[np.ndarray, Any]:
    """Return the sigmoid of each element as a layer.

    Args:
        x: array of any shape, float. Not modified.

    Returns:
        out: array of the shape of x, from 0 to 1.
        cache: out, for sigmoid_backward: the slope is known from the output alone.
    """
    e = np.exp(-np.abs(x))  # at most 1: cannot overflow
    out = np.where(x >= 0, 1.0, e) / (1.0 + e)
    return out, out


def sigmoid_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Return the gradient of a sigmoid layer.

    Args:
        dout: array of any shape, float. Gradient of the loss with respect to the output.
        cache: out, as sigmoid_forward returned it (the sigmoid's output, not its input).

    Returns:
        dx: array of the shape of dout.
    """
    out = cache
    return dout * out * (1 - out)


def dropout_forward(x: np.ndarray, dropout_param: dict[str, Any]) -> tuple[np.ndarray, Any]:
    """Return the output of inverted dropout, where p is the probability to KEEP an element.

    Args:
        x: array of any shape, float. Not modified.
        dropout_param: dict. Not modified.
            "p": float in (0, 1]. Each element is kept with probability p, on its own.
            "mode": "train" or "test".
            "seed": int, optional. The same seed gives the same mask; without it masks differ.

    Returns:
        out: array of the shape of x. In "train" mode a kept element is divided by p and a dropped
            one is 0, so that the mean stays what it was; in "test" mode out equals x.
        cache: (dropout_param, mask), for dropout_backward. mask has the shape of x and holds
            1/p (kept) or 0 (dropped); it is None in "test" mode.
    """
    p, mode = dropout_param["p"], dropout_param["mode"]
    if mode == "test":
        return x, (dropout_param, None)
    rng = np.random.default_rng(dropout_param.get("seed"))
    mask = (rng.random(x.shape) < p) / p
    return x * mask, (dropout_param, mask)


def dropout_backward(dout: np.ndarray, cache: Any) -> np.ndarray:
    """Return the gradient of inverted dropout.

    Args:
        dout: array of any shape, float. Gradient of the loss with respect to the output.
        cache: (dropout_param, mask), as dropout_forward returned it: mask holds 1/p (kept) or
            0 (dropped), and is None in "test" mode.

    Returns:
        dx: array of the shape of dout.
    """
    dropout_param, mask = cache
    return dout if dropout_param["mode"] == "test" else dout * mask


def softmax_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean cross-entropy of the labels y under softmax(x), and its gradient.

    Args:
        x: (N, C) float. Logits, also in the thousands: exp must not overflow. Not modified.
        y: (N,) int in [0, C). True class of each row. Not modified.

    Returns:
        loss: float >= 0, in nats. Mean over the N rows.
        dx: (N, C) float. Gradient of that mean with respect to x.
    """
    n, rows = len(x), np.arange(len(x))
    shifted = x - x.max(axis=1, keepdims=True)  # p is unchanged; exp cannot overflow
    log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
    loss = -log_p[rows, y].mean()

    dx = np.exp(log_p)
    dx[rows, y] -= 1
    return float(loss), dx / n


def svm_loss(x: np.ndarray, y: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean multiclass hinge loss, margin 1, of the labels y, and its gradient.

    One row costs the sum over the wrong classes j of max(0, x_j - x_y + 1).

    Args:
        x: (N, C) float. Scores. Not modified.
        y: (N,) int in [0, C). True class of each row. Not modified.

    Returns:
        loss: float >= 0. Mean over the N rows.
        dx: (N, C) float. Gradient of that mean with respect to x.
    """
    n, rows = len(x), np.arange(len(x))
    margins = np.maximum(0, x - x[rows, y][:, np.newaxis] + 1)
    margins[rows, y] = 0
    loss = margins.sum() / n

    dx = (margins > 0).astype(float)
    dx[rows, y] = -dx.sum(axis=1)  # x_y stands in every positive margin of its row
    return float(loss), dx / n


class TwoLayerNet:
    """A network affine - ReLU - affine with softmax loss: max(0, X W1 + b1) W2 + b2."""

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        output_size: int,
        std: float = 1e-4,
        seed: int | None = None,
    ) -> None:
        """Draw the weights from N(0, std^2); biases start at zero.

        Args:
            input_size: int. D, numbers per example.
            hidden_size: int. H, hidden units.
            output_size: int. C, classes.
            std: float. Standard deviation of the first weights.
            seed: int, optional. The same seed gives the same weights and the same batches.
        """
        self.rng = np.random.default_rng(seed)
        self.params = {
            "W1": std * self.rng.normal(size=(input_size, hidden_size)),
            "b1": np.zeros(hidden_size),
            "W2": std * self.rng.normal(size=(hidden_size, output_size)),
            "b2": np.zeros(output_size),
        }

    def loss(
        self, X: np.ndarray, y: np.ndarray | None = None, reg: float = 0.0
    ) -> np.ndarray | tuple[float, dict[str, np.ndarray]]:
        """Return the scores of X, or with labels the loss and its gradients.

            scores = max(0, X W1 + b1) W2 + b2
            loss = mean softmax loss + reg * sum(W1^2) + reg * sum(W2^2)

        There is no factor 1/2 before reg, and the biases are not regularised.

        Args:
            X: (N, D) float. One example a row. Not modified.
            y: (N,) int in [0, C), or None. True class of each row. Not modified.
            reg: float >= 0. Weight of the regularisation term.

        Returns:
            If y is None:
                scores: (N, C) float.
            else:
                loss: float. Mean over the N rows, plus the regularisation term.
                grads: dict "W1", "b1", "W2", "b2" of the gradient of loss with respect to
                    self.params of the same name, and of its shape.
        """
        W1, b1, W2, b2 = (self.params[name] for name in ("W1", "b1", "W2", "b2"))
        hidden = np.maximum(0, X @ W1 + b1)
        scores = hidden @ W2 + b2
        if y is None:
            return scores

        n, rows = len(X), np.arange(len(X))
        shifted = scores - scores.max(axis=1, keepdims=True)  # exp cannot overflow
        log_p = shifted - np.log(np.exp(shifted).sum(axis=1, keepdims=True))
        data_loss = -log_p[rows, y].mean()
        loss = data_loss + reg * np.sum(W1**2) + reg * np.sum(W2**2)

        dscores = np.exp(log_p)
        dscores[rows, y] -= 1
        dscores /= n
        dhidden = (dscores @ W2.T) * (hidden > 0)
        grads = {
            "W1": X.T @ dhidden + 2 * reg * W1,
            "b1": dhidden.sum(axis=0),
            "W2": hidden.T @ dscores + 2 * reg * W2,
            "b2": dscores.sum(axis=0),
        }
        return float(loss), grads

    def train(
        self,
        X: np.ndarray,
        y: np.ndarray,
        X_val: np.ndarray,
        y_val: np.ndarray,
        learning_rate: float = 1e-3,
        learning_rate_decay: float = 0.95,
        reg: float = 5e-6,
        num_iters: int = 100,
        batch_size: int = 200,
        verbose: bool = False,
    ) -> dict[str, list[float]]:
        """Train by stochastic gradient descent; return what happened on the way.

        An epoch is E = max(N // batch_size, 1) iterations. Iteration it = 0, 1, ..., num_iters - 1
            1. draws batch_size rows of X with their labels, at random among all N rows,
            2. calls self.loss(X_batch, y=y_batch, reg=reg) and records the loss,
            3. subtracts learning_rate times its gradient from each of self.params,
            4. if it is a multiple of E (so at it = 0 too): records the accuracies of
               self.predict on this batch and on X_val, then multiplies the learning rate by
               learning_rate_decay.

        Args:
            X: (N, D) float. Training examples. Not modified.
            y: (N,) int in [0, C). Their classes. Not modified.
            X_val: (N_val, D) float. Validation examples. Not modified.
            y_val: (N_val,) int in [0, C). Their classes. Not modified.
            learning_rate: float > 0. Step size of iteration 0.
            learning_rate_decay: float in (0, 1]. Factor on the learning rate, once per epoch.
            reg: float >= 0. As in loss.
            num_iters: int. Number of steps.
            batch_size: int. Rows per step, at most N.
            verbose: bool. Print the loss of every hundredth iteration.

        Returns:
            dict of lists of floats:
                "loss_history": num_iters losses, one per iteration.
                "train_acc_history", "val_acc_history": one accuracy (0 to 1) per multiple of E.
        """
        n = len(X)
        epoch = max(n // batch_size, 1)
        losses, train_accuracies, val_accuracies = [], [], []
        for it in range(num_iters):
            batch = self.rng.integers(n, size=batch_size)
            X_batch, y_batch = X[batch], y[batch]

            loss, grads = self.loss(X_batch, y=y_batch, reg=reg)
            losses.append(loss)
            for name in self.params:
                self.params[name] -= learning_rate * grads[name]
            if verbose and it % 100 == 0:
                print(f"iteration {it} / {num_iters}: loss {loss:.4f}")

            if it % epoch == 0:
                train_accuracies.append(float(np.mean(self.predict(X_batch) == y_batch)))
                val_accuracies.append(float(np.mean(self.predict(X_val) == y_val)))
                learning_rate *= learning_rate_decay
        return {
            "loss_history": losses,
            "train_acc_history": train_accuracies,
            "val_acc_history": val_accuracies,
        }

    def predict(self, X: np.ndarray) -> np.ndarray:
        """Return the class with the highest score for each row.

        Args:
            X: (N, D) float. One example a row. Not modified.

        Returns:
            (N,) int in [0, C).
        """
        return self.loss(X).argmax(axis=1)


def layer_gradient_norms(
    x: np.ndarray, weights: Sequence[np.ndarray], activation: str, dout: np.ndarray
) -> list[float]:
    """Return how large the gradient of each weight matrix of a deep network is.

        h_0 = x     h_l = f(h_{l-1} W_l) for l < L     out = h_{L-1} W_L

    No biases; f stands after every layer but the last.

    Args:
        x: (N, D_0) float. Input. Not modified.
        weights: L >= 1 arrays, W_l of shape (D_{l-1}, D_l) float. Not modified.
        activation: "sigmoid" or "relu". What f is.
        dout: (N, D_L) float. Gradient of the loss with respect to out. Not modified.

    Returns:
        list of L floats. Entry l is the Frobenius norm sqrt(sum of squares) of dloss/dW_l, first
        layer first.
    """
    inputs = [x]  # inputs[l] goes into W_{l+1}
    for w in weights[:-1]:
        z = inputs[-1] @ w
        inputs.append(1 / (1 + np.exp(-z)) if activation == "sigmoid" else np.maximum(0, z))

    norms = []
    for h, w in zip(reversed(inputs), reversed(weights), strict=True):
        norms.append(float(np.linalg.norm(h.T @ dout)))
        slope = h * (1 - h) if activation == "sigmoid" else h > 0
        dout = (dout @ w.T) * slope
    return norms[::-1]


def hard_case_labels(name: str, X: np.ndarray) -> np.ndarray:
    """Return the class, 0 or 1, of points in the plane in one of the three hard cases.

    Class 1 of
        "xor": the first and third quadrants, where both coordinates have the same sign;
        "ring": Euclidean norm from 1 to 2;
        "three_modes": within MODE_RADIUS of at least one of the three rows of MODES.
    Everything else is class 0.

    Args:
        name: one of HARD_CASES.
        X: (N, 2) float. Points; none lies on a border between the classes. Not modified.

    Returns:
        (N,) int, 0 or 1.
    """
    if name == "xor":
        return (X[:, 0] * X[:, 1] > 0).astype(int)
    if name == "ring":
        norm = np.sqrt(np.sum(X**2, axis=1))
        return ((norm >= 1) & (norm <= 2)).astype(int)
    to_modes = np.sqrt(np.sum((X[:, np.newaxis] - MODES) ** 2, axis=2))
    return (to_modes.min(axis=1) <= MODE_RADIUS).astype(int)


def sample_hard_case(name: str, n: int, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """Return n points of a hard case, half of them of each class, and their classes.

    Points are uniform in the square from -2.5 to 2.5, less a strip of 0.1 on each side of every
    border, where a point's class would be a matter of luck.

    Args:
        name: one of HARD_CASES.
        n: int. Number of points, even, up to 2000.
        seed: int. The same seed gives the same points.

    Returns:
        X: (n, 2) float. Class 0 first.
        y: (n,) int, 0 or 1.
    """
    X = np.random.default_rng(seed).uniform(-2.5, 2.5, size=(20_000, 2))
    angles = np.linspace(0, 2 * np.pi, 16, endpoint=False)
    around = 0.1 * np.stack([np.cos(angles), np.sin(angles)], axis=1)
    y = hard_case_labels(name, X)
    clear = np.all([hard_case_labels(name, X + step) == y for step in around], axis=0)
    rows = np.concatenate([np.flatnonzero(clear & (y == label))[: n // 2] for label in (0, 1)])
    return X[rows], y[rows]


def fit_hard_case(X: np.ndarray, y: np.ndarray, seed: int) -> dict[str, np.ndarray]:
    """Return the parameters of a two-layer ReLU network that separates a hard case.

    Args:
        X: (N, 2) float. Training points, from -2.5 to 2.5. Not modified.
        y: (N,) int, 0 or 1. Their classes. Not modified.
        seed: int. Seed of whatever is random in the training.

    Returns:
        dict "W1" (2, H), "b1" (H,), "W2" (H, 2), "b2" (2,) float, H at most 64. The prediction
        is the argmax over columns of max(0, X W1 + b1) W2 + b2.
    """
    rng = np.random.default_rng(seed)
    std, learning_rate, num_iters, batch_size = 0.5, 1.0, 3000, 100
    W1, b1 = std * rng.normal(size=(2, 64)), np.zeros(64)
    W2, b2 = std * rng.normal(size=(64, 2)), np.zeros(2)
    for it in range(num_iters):
        batch = rng.integers(len(X), size=batch_size)
        X_batch, y_batch = X[batch], y[batch]

        hidden = np.maximum(0, X_batch @ W1 + b1)
        scores = hidden @ W2 + b2
        p = np.exp(scores - scores.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        dscores = (p - np.eye(2)[y_batch]) / batch_size
        dhidden = (dscores @ W2.T) * (hidden > 0)

        step = learning_rate * (1 - it / num_iters)
        W1 -= step * (X_batch.T @ dhidden)
        b1 -= step * dhidden.sum(axis=0)
        W2 -= step * (hidden.T @ dscores)
        b2 -= step * dscores.sum(axis=0)
    return {"W1": W1, "b1": b1, "W2": W2, "b2": b2}
