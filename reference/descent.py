"""Descent: gradients by differences, gradient descent, least squares, and networks' optimisers.

One step of gradient descent from the point x, with learning rate alpha and dx the gradient there:

    x <- x - alpha dx           a step of length alpha |dx|; |.| is the Euclidean length

What takes its place for the weights w of a network, with dw the gradient on a mini-batch:

    momentum    v <- mu v - alpha dw                      w <- w + v
    rmsprop     c <- rho c + (1 - rho) dw^2               w <- w - alpha dw / (sqrt(c) + eps)
    adam        t <- t + 1
                m <- beta1 m + (1 - beta1) dw             m_hat = m / (1 - beta1^t)
                v <- beta2 v + (1 - beta2) dw^2           v_hat = v / (1 - beta2^t)
                w <- w - alpha m_hat / (sqrt(v_hat) + eps)

Least squares looks for the x that brings A x closest to b; A is (N, D), N >= D, of full rank:

    A'A x = A'b (normal equations); A'A = L L'  =>  L z = A'b, L'x = z
    A = Q R, Q'Q = I                            =>  R x = Q'b

Sources: Nocedal and Wright, Numerical Optimization (2006), chapters 2 and 3; Trefethen and Bau,
Numerical Linear Algebra (1997), lectures 7 to 11; Kingma and Ba, Adam (2015). The optimisers have
the interface of CS231n's optim.py.
"""

from collections.abc import Callable

import numpy as np


def numeric_gradient(
    f: Callable[[np.ndarray], float], x: np.ndarray, h: float = 1e-5
) -> np.ndarray:
    """Return the gradient of f at x by central differences.

    Entry i is (f(x + h e_i) - f(x - h e_i)) / (2 h): x with one entry moved by h, both ways.

    Args:
        f: f(x) is a float, for any x of this shape.
        x: (...) float. A vector, a matrix or more. Not modified.
        h: float > 0, in the unit of x.

    Returns:
        Same shape as x. Off by O(h^2).
    """
    dx = np.zeros(x.shape)
    for index in np.ndindex(x.shape):
        above, below = x.copy(), x.copy()
        above[index] += h
        below[index] -= h
        dx[index] = (f(above) - f(below)) / (2 * h)
    return dx


def directional_slope(dx: np.ndarray, direction: np.ndarray) -> float:
    """Return how fast f rises per unit of length when one walks in a direction.

    Args:
        dx: (D,) float. The gradient of f where one stands. Not modified.
        direction: (D,) float, not all 0, of any length. Not modified.

    Returns:
        float. Negative where it goes down.
    """
    return float(dx @ direction / np.linalg.norm(direction))


def gradient_descent(
    f: Callable[[np.ndarray], float],
    grad: Callable[[np.ndarray], np.ndarray],
    x0: np.ndarray,
    learning_rate: float,
    max_steps: int = 1000,
    tol: float = 1e-6,
) -> tuple[np.ndarray, np.ndarray, str]:
    """Walk down from x0 until the ground is flat; return the path, its heights, and why it ended.

    Before each step the length |dx| of the gradient is looked at. If it is not finite, the walk
    ends as "diverged"; if it is at most `tol`, as "flat". Else x <- x - learning_rate * dx. A walk
    that has taken `max_steps` steps ends as "max_steps", without another look. The heights are
    written down, and decide nothing.

    Args:
        f: f(x) is the height at x (D,), a float.
        grad: grad(x) is the gradient (D,) of f at x.
        x0: (D,) float. Where the walk begins. Not modified.
        learning_rate: float > 0.
        max_steps: int >= 0.
        tol: float >= 0. Compared with |dx|, the Euclidean length.

    Returns:
        path: (T + 1, D) float. x0 and the point after each of the T steps.
        values: (T + 1,) float. f at each point of the path.
        reason: "flat", "diverged" or "max_steps".
    """
    path, reason = [np.array(x0, dtype=float)], "max_steps"
    for _ in range(max_steps):
        dx = grad(path[-1])
        with np.errstate(over="ignore"):  # of a walk that diverges; it is noticed below
            length = np.linalg.norm(dx)
        if not np.isfinite(length):
            reason = "diverged"
            break
        if length <= tol:
            reason = "flat"
            break
        path.append(path[-1] - learning_rate * dx)
    values = [f(x) for x in path]
    return np.array(path), np.array(values), reason


def largest_stable_rate(H: np.ndarray) -> float:
    """Return the learning rate above which gradient descent on a quadratic function diverges.

    Args:
        H: (D, D) float, symmetric, all eigenvalues > 0. The Hessian. Not modified.

    Returns:
        float. 2 / L, with L the largest eigenvalue of H.
    """
    return float(2 / np.linalg.eigvalsh(H).max())


def classify_point(dx: np.ndarray, H: np.ndarray, tol: float = 1e-6) -> str:
    """Return what kind of place this is, by the gradient and the Hessian there.

    "slope"      |dx| > tol: not flat, whatever H is
    "minimum"    flat, all eigenvalues of H > tol
    "maximum"    flat, all eigenvalues of H < -tol
    "saddle"     flat, some eigenvalue > tol and some < -tol
    "undecided"  flat, anything else: some curvature is 0 and the rest has one sign, or is 0 too

    Args:
        dx: (D,) float. Gradient. Not modified.
        H: (D, D) float, symmetric. Hessian. Not modified.
        tol: float > 0.

    Returns:
        One of the five words.
    """
    if np.linalg.norm(dx) > tol:
        return "slope"
    curvatures = np.linalg.eigvalsh(H)
    up, down = curvatures > tol, curvatures < -tol
    if up.all():
        return "minimum"
    if down.all():
        return "maximum"
    if up.any() and down.any():
        return "saddle"
    return "undecided"


def rosenbrock(x: np.ndarray) -> tuple[float, np.ndarray]:
    """Return Rosenbrock's valley (1 - u)^2 + 100 (v - u^2)^2 at x = (u, v), and its gradient.

    Args:
        x: (2,) float. Not modified.

    Returns:
        value: float >= 0; 0 at (1, 1) only.
        dx: (2,) float. Gradient.
    """
    u, v = x
    value = (1 - u) ** 2 + 100 * (v - u**2) ** 2
    dx = np.array([-2 * (1 - u) - 400 * u * (v - u**2), 200 * (v - u**2)])
    return float(value), dx


def least_squares_loss(x: np.ndarray, A: np.ndarray, b: np.ndarray) -> tuple[float, np.ndarray]:
    """Return the mean squared error of A x for b, and its gradient with respect to x.

    Args:
        x: (D,) float. Coefficients. Not modified.
        A: (N, D) float. One row per measurement. Not modified.
        b: (N,) float. What was measured. Not modified.

    Returns:
        loss: float >= 0. Mean over the N rows of (A x - b)^2: not halved.
        dx: (D,) float. Gradient of `loss`.
    """
    residual = A @ x - b
    loss = np.mean(residual**2)
    dx = 2 * A.T @ residual / len(b)
    return float(loss), dx


def ols_normal(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the least squares solution by the normal equations A'A x = A'b.

    With Cholesky's A'A = L L' they are two triangular systems: L z = A'b, then L'x = z. Only x is
    graded, so any way of solving them will do.

    Args:
        A: (N, D) float, N >= D, of full rank. Not modified.
        b: (N,) float. Not modified.

    Returns:
        (D,) float. The x with the smallest |A x - b|.
    """
    L = np.linalg.cholesky(A.T @ A)
    c = A.T @ b
    z, x = np.zeros(len(c)), np.zeros(len(c))
    for i in range(len(c)):  # L z = A'b, from the first row downwards
        z[i] = (c[i] - L[i, :i] @ z[:i]) / L[i, i]
    for i in reversed(range(len(c))):  # L'x = z, from the last row upwards
        x[i] = (z[i] - L[i + 1 :, i] @ x[i + 1 :]) / L[i, i]
    return x


def back_substitute(R: np.ndarray, c: np.ndarray) -> np.ndarray:
    """Return the solution of R x = c for an upper triangular R, from the last row upwards.

    Args:
        R: (D, D) float. What stands below the diagonal is not read, and need not be 0. Not
            modified.
        c: (D,) float. Not modified.

    Returns:
        (D,) float.

    Raises:
        ValueError: an entry of the diagonal is 0 (`_require_pivots` raises it).
    """
    _require_pivots(R)
    x = np.zeros(len(c))
    for i in reversed(range(len(c))):
        x[i] = (c[i] - R[i, i + 1 :] @ x[i + 1 :]) / R[i, i]
    return x


def qr_decompose(A: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return Q with orthonormal columns and an upper triangular R such that Q R = A.

    Args:
        A: (N, D) float, N >= D, of full rank, condition number up to 1e7. Not modified.

    Returns:
        Q: (N, D) float. No entry of Q'Q - I is larger than 1e-12, however long or alike the
            columns of A are.
        R: (D, D) float. 0 below the diagonal; the signs on the diagonal are free.
    """
    N, D = A.shape
    Q, R = np.zeros((N, D)), np.zeros((D, D))
    for j in range(D):
        v = A[:, j]
        for _ in range(2):  # what rounding left of the earlier directions goes the second time
            share = Q[:, :j].T @ v
            v = v - Q[:, :j] @ share
            R[:j, j] += share
        R[j, j] = np.linalg.norm(v)
        Q[:, j] = v / R[j, j]
    return Q, R


def qr_solve(A: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Return the least squares solution by A = Q R and back substitution of R x = Q'b.

    Only x is graded, so any way of factorising A and of solving R x = Q'b will do.

    Args:
        A: (N, D) float, N >= D, of full rank. Not modified.
        b: (N,) float. Not modified.

    Returns:
        (D,) float. The x with the smallest |A x - b|. If A x = b has a solution, right to a
        millionth of its largest entry for a condition number of A up to 1e7.
    """
    Q, R = np.linalg.qr(A)
    c = Q.T @ b
    x = np.zeros(len(c))
    for i in reversed(range(len(c))):
        x[i] = (c[i] - R[i, i + 1 :] @ x[i + 1 :]) / R[i, i]
    return x


def condition_number(A: np.ndarray) -> float:
    """Return the largest singular value of A divided by the smallest.

    Args:
        A: (N, D) float, N >= D, of full rank. Not modified.

    Returns:
        float >= 1.
    """
    singular_values = np.linalg.svd(A, compute_uv=False)
    return float(singular_values.max() / singular_values.min())


def ols_descent(A: np.ndarray, b: np.ndarray, learning_rate: float, num_steps: int) -> np.ndarray:
    """Return where gradient descent on the mean squared error of A x for b has come to.

    Args:
        A: (N, D) float. Not modified.
        b: (N,) float. Not modified.
        learning_rate: float > 0. A step is x <- x - learning_rate * dx, dx the gradient of
            mean((A x - b)^2).
        num_steps: int >= 0. How many steps to take; there is no other reason to stop.

    Returns:
        (D,) float. x after the steps; it starts as all 0.
    """
    x = np.zeros(A.shape[1])
    for _ in range(num_steps):
        dx = 2 * A.T @ (A @ x - b) / len(b)
        x = x - learning_rate * dx
    return x


def minibatches(N: int, batch_size: int, seed: int) -> list[np.ndarray]:
    """Return one epoch: the row numbers 0 to N - 1 in random order, cut into batches.

    Args:
        N: rows of the data set, >= 1.
        batch_size: rows of a batch, >= 1.
        seed: of the order. The same seed gives the same order, another seed another order.

    Returns:
        list of (batch_size,) int arrays. Every row number occurs in one of them, once. The last
        array is shorter where batch_size does not divide N.
    """
    order = np.random.default_rng(seed).permutation(N)
    return [order[start : start + batch_size] for start in range(0, N, batch_size)]


def train(
    loss: Callable[[np.ndarray, np.ndarray, np.ndarray], tuple[float, np.ndarray]],
    w: np.ndarray,
    X: np.ndarray,
    y: np.ndarray,
    update: Callable[[np.ndarray, np.ndarray, dict | None], tuple[np.ndarray, dict]],
    config: dict | None,
    batch_size: int,
    num_epochs: int,
    seed: int,
) -> tuple[np.ndarray, list[float]]:
    """Return the weights after `num_epochs` epochs of mini-batch descent, and all losses.

    One epoch goes through all rows once, in random order, batch by batch (see `minibatches`); the
    next epoch takes another order. Each batch gives one gradient, and each gradient one update.

    Args:
        loss: loss(w, X_batch, y_batch) is (float, gradient of the shape of w).
        w: (...) float. The weights to start from. May be modified.
        X: (N, D) float. One row per example. Not modified.
        y: (N,) float or int. The target of each row. Not modified.
        update: update(w, dw, config) is (new w, new config), like `sgd` and `adam`.
        config: for the first update; every later one gets the config that its predecessor gave.
        batch_size: rows of a batch; the last one of an epoch may have fewer.
        num_epochs: int >= 0.
        seed: of the orders. The same seed gives the same training.

    Returns:
        w: same shape as w. The weights after the last update.
        losses: list of floats, the loss of every batch before its update.
    """
    N, losses = len(X), []
    for epoch in range(num_epochs):
        order = np.random.default_rng(seed + epoch).permutation(N)
        for start in range(0, N, batch_size):
            rows = order[start : start + batch_size]
            value, dw = loss(w, X[rows], y[rows])
            losses.append(value)
            w, config = update(w, dw, config)
    return w, losses


def sgd(w: np.ndarray, dw: np.ndarray, config: dict | None = None) -> tuple[np.ndarray, dict]:
    """Take one step of stochastic gradient descent.

    next_w = w - learning_rate * dw

    Args:
        w: (...) float. Weights. May be modified.
        dw: same shape. Gradient of the loss with respect to w.
        config: dict, may be modified; None counts as {}. A key that is missing has its default:
            learning_rate: 1e-2.

    Returns:
        next_w: same shape as w.
        config: dict for the next step, with the same keys.
    """
    config = {"learning_rate": 1e-2, **(config or {})}
    next_w = w - config["learning_rate"] * dw
    return next_w, config


def sgd_momentum(
    w: np.ndarray, dw: np.ndarray, config: dict | None = None
) -> tuple[np.ndarray, dict]:
    """Take one step of gradient descent with momentum.

    v = momentum * velocity - learning_rate * dw,  next_w = w + v,  and v is the next velocity

    Args:
        w: (...) float. Weights. May be modified.
        dw: same shape. Gradient of the loss with respect to w.
        config: dict, may be modified; None counts as {}. A key that is missing has its default:
            learning_rate: 1e-2.
            momentum: 0.9. The share of the velocity that is kept.
            velocity: zeros of the shape of w.

    Returns:
        next_w: same shape as w.
        config: dict for the next step, with the same keys and the new velocity.
    """
    defaults = {"learning_rate": 1e-2, "momentum": 0.9, "velocity": np.zeros_like(w)}
    config = {**defaults, **(config or {})}
    v = config["momentum"] * config["velocity"] - config["learning_rate"] * dw
    next_w = w + v
    return next_w, {**config, "velocity": v}


def rmsprop(w: np.ndarray, dw: np.ndarray, config: dict | None = None) -> tuple[np.ndarray, dict]:
    """Take one step of RMSProp: every weight has its own step, scaled by its recent gradients.

    c = decay_rate * cache + (1 - decay_rate) * dw^2,  which is also the next cache
    next_w = w - learning_rate * dw / (sqrt(c) + epsilon),  epsilon outside the root

    Args:
        w: (...) float. Weights. May be modified.
        dw: same shape. Gradient of the loss with respect to w.
        config: dict, may be modified; None counts as {}. A key that is missing has its default:
            learning_rate: 1e-2.
            decay_rate: 0.99. The share of the cache that is kept.
            epsilon: 1e-8. Keeps the quotient finite.
            cache: zeros of the shape of w. Running mean of dw^2.

    Returns:
        next_w: same shape as w.
        config: dict for the next step, with the same keys and the new cache.
    """
    defaults = {
        "learning_rate": 1e-2,
        "decay_rate": 0.99,
        "epsilon": 1e-8,
        "cache": np.zeros_like(w),
    }
    config = {**defaults, **(config or {})}
    rho = config["decay_rate"]
    cache = rho * config["cache"] + (1 - rho) * dw**2
    next_w = w - config["learning_rate"] * dw / (np.sqrt(cache) + config["epsilon"])
    return next_w, {**config, "cache": cache}


def adam(w: np.ndarray, dw: np.ndarray, config: dict | None = None) -> tuple[np.ndarray, dict]:
    """Take one step of Adam: momentum and RMSProp at once, both corrected for starting at 0.

    t = t + 1, before it is used: the first step has t = 1
    m = beta1 * m + (1 - beta1) * dw            m_hat = m / (1 - beta1^t)
    v = beta2 * v + (1 - beta2) * dw^2          v_hat = v / (1 - beta2^t)
    next_w = w - learning_rate * m_hat / (sqrt(v_hat) + epsilon),  epsilon outside the root

    Args:
        w: (...) float. Weights. May be modified.
        dw: same shape. Gradient of the loss with respect to w.
        config: dict, may be modified; None counts as {}. A key that is missing has its default:
            learning_rate: 1e-3.
            beta1: 0.9. The share of m that is kept.
            beta2: 0.999. The share of v that is kept.
            epsilon: 1e-8. Keeps the quotient finite.
            m: zeros of the shape of w. Running mean of dw.
            v: zeros of the shape of w. Running mean of dw^2.
            t: 0. Steps taken so far.

    Returns:
        next_w: same shape as w.
        config: dict for the next step, with the same keys and the new m, v (without the hats), t.
    """
    defaults = {
        "learning_rate": 1e-3,
        "beta1": 0.9,
        "beta2": 0.999,
        "epsilon": 1e-8,
        "m": np.zeros_like(w),
        "v": np.zeros_like(w),
        "t": 0,
    }
    config = {**defaults, **(config or {})}
    beta1, beta2 = config["beta1"], config["beta2"]
    t = config["t"] + 1
    m = beta1 * config["m"] + (1 - beta1) * dw
    v = beta2 * config["v"] + (1 - beta2) * dw**2
    m_hat = m / (1 - beta1**t)
    v_hat = v / (1 - beta2**t)
    next_w = w - config["learning_rate"] * m_hat / (np.sqrt(v_hat) + config["epsilon"])
    return next_w, {**config, "m": m, "v": v, "t": t}


def clip_by_value(dw: np.ndarray, limit: float) -> np.ndarray:
    """Return the gradient with every entry cut off at +-limit.

    Args:
        dw: (...) float. Gradient. Not modified.
        limit: float > 0.

    Returns:
        Same shape as dw, in [-limit, limit]. The direction may change.
    """
    return np.clip(dw, -limit, limit)


def clip_by_norm(dw: np.ndarray, max_norm: float) -> np.ndarray:
    """Return the gradient, shortened to the length max_norm if it is longer.

    Args:
        dw: (...) float. Gradient; may be all 0. Not modified.
        max_norm: float > 0.

    Returns:
        Same shape as dw, of the same direction. The length is the root of the sum of all squared
        entries, whatever the shape; a gradient not longer than max_norm is unchanged.
    """
    length = np.sqrt(np.sum(dw**2))
    if length <= max_norm:
        return dw.copy()
    return dw * (max_norm / length)


def backward_norms(Ws: list[np.ndarray], dout: np.ndarray) -> np.ndarray:
    """Return how long the gradient is at every layer of a deep linear network.

    The network computes h_1 = W_1 h_0, h_2 = W_2 h_1, ..., h_L = W_L h_(L-1). On the way back
    dh_(l-1) = W_l' dh_l.

    Args:
        Ws: list of L float arrays W_1 .. W_L; W_l is (size of h_l, size of h_(l-1)). Not modified.
        dout: (size of h_L,) float. dh_L, the gradient with respect to the output. Not modified.

    Returns:
        (L + 1,) float. |dh_0|, |dh_1|, .., |dh_L|: from the input to the output.
    """
    dh = dout
    norms = [np.linalg.norm(dh)]
    for W in reversed(Ws):
        dh = W.T @ dh
        norms.append(np.linalg.norm(dh))
    return np.array(norms[::-1])


def _require_pivots(R: np.ndarray) -> None:
    """Raise ValueError if an entry of the diagonal of R is 0."""
    zeros = np.flatnonzero(np.diag(R) == 0)
    if zeros.size:
        raise ValueError(f"the diagonal of R must not be 0, got 0 in row {zeros[0]}")


# The letter of the right answer to each question of the assignment's last section.
ANSWERS = {
    # Walking downhill.
    "the_hiker": "c",
    "what_is_needed": "b",
    "length_of_a_step": "d",
    "flat_ground": "d",
    # Slopes and rates.
    "halved_h": "a",
    "tiny_h": "c",
    "steepest_direction": "b",
    "rate_too_large": "a",
    # Least squares.
    "why_qr": "b",
    "factorisation_for_topics": "d",
    "what_lm_does": "c",
    "scaled_columns": "a",
    # Batches and optimisers.
    "one_epoch": "c",
    "batch_gradient": "a",
    "terminal_velocity": "d",
    "first_adam_step": "b",
    # Deep networks.
    "twenty_layers": "b",
    "clipping_cures": "a",
    "clipped_direction": "d",
    "against_vanishing": "c",
}
