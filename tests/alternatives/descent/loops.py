"""A second right solution: plain loops, Householder reflections, and numpy only where needed."""

import math
import random

import numpy as np

ANSWERS = {
    "the_hiker": "c",
    "what_is_needed": "b",
    "length_of_a_step": "d",
    "flat_ground": "d",
    "halved_h": "a",
    "tiny_h": "c",
    "steepest_direction": "b",
    "rate_too_large": "a",
    "why_qr": "b",
    "factorisation_for_topics": "d",
    "what_lm_does": "c",
    "scaled_columns": "a",
    "one_epoch": "c",
    "batch_gradient": "a",
    "terminal_velocity": "d",
    "first_adam_step": "b",
    "twenty_layers": "b",
    "clipping_cures": "a",
    "clipped_direction": "d",
    "against_vanishing": "c",
}


def length_of(values):
    return math.sqrt(sum(float(v) ** 2 for v in np.ravel(values)))


def numeric_gradient(f, x, h=1e-5):
    grad = []
    flat = x.ravel().tolist()
    for i in range(len(flat)):
        both = []
        for sign in (1, -1):
            moved = list(flat)
            moved[i] += sign * h
            both.append(f(np.array(moved).reshape(x.shape)))
        grad.append((both[0] - both[1]) / (2 * h))
    return np.array(grad).reshape(x.shape)


def directional_slope(dx, direction):
    total = 0.0
    for a, b in zip(dx, direction, strict=True):
        total += a * b
    return total / length_of(direction)


def gradient_descent(f, grad, x0, learning_rate, max_steps=1000, tol=1e-6):
    x = [float(v) for v in x0]
    path, values = [x], [f(np.array(x))]
    while len(path) <= max_steps:
        dx = grad(np.array(x))
        try:
            length = length_of(dx)
        except OverflowError:
            length = math.inf
        if math.isinf(length) or math.isnan(length):
            return path, values, "diverged"
        if length <= tol:
            return path, values, "flat"
        x = [a - learning_rate * b for a, b in zip(x, dx, strict=True)]
        path.append(x)
        values.append(f(np.array(x)))
    return path, values, "max_steps"


def largest_stable_rate(H):
    return 2 / max(np.linalg.eigvals(H).real)


def classify_point(dx, H, tol=1e-6):
    if length_of(dx) > tol:
        return "slope"
    signs = set()
    for curvature in np.linalg.eigh(H)[0]:
        signs.add(0 if abs(curvature) <= tol else math.copysign(1, curvature))
    if {1, -1} <= signs:
        return "saddle"
    return {(1,): "minimum", (-1,): "maximum"}.get(tuple(signs), "undecided")


def rosenbrock(x):
    u, v = float(x[0]), float(x[1])
    above = v - u * u
    slope = 200 * above
    return (1 - u) ** 2 + 100 * above**2, np.array([2 * u - 2 - 2 * u * slope, slope])


def least_squares_loss(x, A, b):
    N = len(b)
    loss, dx = 0.0, np.zeros(len(x))
    for row, target in zip(A, b, strict=True):
        miss = float(row @ x - target)
        loss += miss * miss / N
        dx += 2 * miss * row / N
    return loss, dx


def ols_normal(A, b):
    left, right = A.T @ A, A.T @ b
    for i in range(len(right)):  # Gauss
        for k in range(i + 1, len(right)):
            factor = left[k, i] / left[i, i]
            left[k] -= factor * left[i]
            right[k] -= factor * right[i]
    return back_substitute(left, right)


def back_substitute(R, c):
    size = len(c)
    if any(R[i][i] == 0 for i in range(size)):
        raise ValueError("singular")
    x = [0.0] * size
    for i in range(size - 1, -1, -1):
        rest = c[i]
        for j in range(i + 1, size):
            rest -= R[i][j] * x[j]
        x[i] = rest / R[i][i]
    return np.array(x)


def qr_decompose(A):
    N, D = A.shape
    R, Q = A.copy(), np.eye(N)
    for j in range(D):
        v = np.zeros(N)
        v[j:] = R[j:, j]
        v[j] += math.copysign(length_of(v), v[j])
        if length_of(v) > 0:
            v /= length_of(v)
            R -= 2 * np.outer(v, v @ R)
            Q -= 2 * np.outer(Q @ v, v)
    return Q[:, :D], np.triu(R[:D])


def qr_solve(A, b):
    Q, R = qr_decompose(A)
    return back_substitute(R, [float(q @ b) for q in Q.T])


def condition_number(A):
    eigenvalues = np.linalg.eigvalsh(A.T @ A)
    return math.sqrt(max(eigenvalues) / min(eigenvalues))


def ols_descent(A, b, learning_rate, num_steps):
    N = len(b)
    M, r = 2 * A.T @ A / N, 2 * A.T @ b / N
    x = 0 * r
    while num_steps:
        x = x - learning_rate * (M @ x - r)
        num_steps -= 1
    return x


def minibatches(N, batch_size, seed):
    rows = list(range(N))
    random.Random(seed).shuffle(rows)
    batches = []
    while rows:
        batches.append(rows[:batch_size])
        rows = rows[batch_size:]
    return batches


def train(loss, w, X, y, update, config, batch_size, num_epochs, seed):
    draw = random.Random(seed)
    losses = []
    for _ in range(num_epochs):
        rows = list(range(X.shape[0]))
        draw.shuffle(rows)
        for start in range(0, len(rows), batch_size):
            batch = rows[start : start + batch_size]
            value, gradient = loss(w, X[batch], y[batch])
            losses += [value]
            w, config = update(w, gradient, config)
    return w, losses


def sgd(w, dw, config=None):
    rate = (config or {}).get("learning_rate", 0.01)
    return w - rate * dw, {"learning_rate": rate}


def sgd_momentum(w, dw, config=None):
    config = dict(config or {})
    rate = config.setdefault("learning_rate", 0.01)
    mu = config.setdefault("momentum", 0.9)
    config["velocity"] = mu * config.get("velocity", 0) - rate * dw
    return w + config["velocity"], config


def rmsprop(w, dw, config=None):
    config = dict(config or {})
    rate, eps = config.get("learning_rate", 0.01), config.get("epsilon", 1e-8)
    rho = config.get("decay_rate", 0.99)
    old = config.get("cache", np.zeros(w.shape))
    new, cache = np.empty(w.shape), np.empty(w.shape)
    for i in np.ndindex(w.shape):
        cache[i] = old[i] + (1 - rho) * (dw[i] ** 2 - old[i])
        new[i] = w[i] - rate * dw[i] / (math.sqrt(cache[i]) + eps)
    return new, {**config, "cache": cache}


def adam(w, dw, config=None):
    config = {"learning_rate": 0.001, "beta1": 0.9, "beta2": 0.999, "epsilon": 1e-8} | (
        config or {}
    )
    b1, b2, t = config["beta1"], config["beta2"], config.get("t", 0) + 1
    m = config.get("m", 0) + (1 - b1) * (dw - config.get("m", 0))
    v = config.get("v", 0) + (1 - b2) * (dw * dw - config.get("v", 0))
    # both corrections folded into the rate and into epsilon
    root = math.sqrt(1 - b2**t)
    rate = config["learning_rate"] * root / (1 - b1**t)
    step = rate * m / (np.sqrt(v) + root * config["epsilon"])
    return w - step, config | {"m": m, "v": v, "t": t}


def backward_norms(Ws, dout):
    lengths = [length_of(dout)]
    row = dout.tolist()
    for W in Ws[::-1]:
        row = [sum(W[i][j] * row[i] for i in range(W.shape[0])) for j in range(W.shape[1])]
        lengths.insert(0, length_of(row))
    return lengths


def clip_by_value(dw, limit):
    return np.where(dw > limit, limit, np.where(dw < -limit, -limit, dw))


def clip_by_norm(dw, max_norm):
    length = length_of(dw)
    return dw / max(1, length / max_norm)
