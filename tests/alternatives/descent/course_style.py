"""A third right solution, in the manner of CS231n submissions.

It writes into its arguments, keeps its state in the config that it is handed, and takes what numpy
has ready.
"""

import numpy as np

ANSWERS = dict(
    the_hiker="c",
    what_is_needed="b",
    length_of_a_step="d",
    flat_ground="d",
    halved_h="a",
    tiny_h="c",
    steepest_direction="b",
    rate_too_large="a",
    why_qr="b",
    factorisation_for_topics="d",
    what_lm_does="c",
    scaled_columns="a",
    one_epoch="c",
    batch_gradient="a",
    terminal_velocity="d",
    first_adam_step="b",
    twenty_layers="b",
    clipping_cures="a",
    clipped_direction="d",
    against_vanishing="c",
)


def numeric_gradient(f, x, h=1e-5):
    grad = np.zeros_like(x)
    it = np.nditer(x, flags=["multi_index"], op_flags=["readwrite"])
    while not it.finished:
        ix = it.multi_index
        oldval = x[ix]
        x[ix] = oldval + h
        fxph = f(x)
        x[ix] = oldval - h
        fxmh = f(x)
        x[ix] = oldval
        grad[ix] = (fxph - fxmh) / (2 * h)
        it.iternext()
    return grad


def directional_slope(dx, direction):
    direction /= np.sqrt(direction.dot(direction))
    return dx.dot(direction)


def gradient_descent(f, grad, x0, learning_rate, max_steps=1000, tol=1e-6):
    x = x0.copy()
    path, values = x0[None], np.array([f(x0)])
    for _ in range(max_steps):
        dx = grad(x)
        norm = np.sqrt((dx**2).sum())
        if np.isnan(norm) or np.isinf(norm):
            return path, values, "diverged"
        if norm <= tol:
            return path, values, "flat"
        x += -learning_rate * dx
        path = np.vstack([path, x])
        values = np.append(values, f(x))
    return path, values, "max_steps"


def largest_stable_rate(H):
    return 2 / np.linalg.norm(H, 2)


def classify_point(dx, H, tol=1e-6):
    if np.sqrt(np.sum(dx**2)) > tol:
        return "slope"
    low, high = np.linalg.eigvalsh(H)[[0, -1]]
    if low < -tol and high > tol:
        return "saddle"
    if low > tol:
        return "minimum"
    if high < -tol:
        return "maximum"
    return "undecided"


def rosenbrock(x):
    value = np.sum(100.0 * (x[1:] - x[:-1] ** 2.0) ** 2.0 + (1 - x[:-1]) ** 2.0)
    dx = np.zeros_like(x)
    dx[0] = -400 * x[0] * (x[1] - x[0] ** 2) - 2 * (1 - x[0])
    dx[-1] = 200 * (x[-1] - x[-2] ** 2)
    return value, dx


def least_squares_loss(x, A, b):
    N = A.shape[0]
    diff = A.dot(x) - b
    return diff.dot(diff) / N, (2.0 / N) * A.T.dot(diff)


def ols_normal(A, b):
    L, V = np.linalg.eigh(A.T.dot(A))
    return V.dot(V.T.dot(A.T.dot(b)) / L)


def back_substitute(R, c):
    n = R.shape[0]
    if np.prod(np.diag(R)) == 0:
        raise ValueError("R is singular")
    for i in range(n - 1, -1, -1):  # column by column, in place
        c[i] /= R[i, i]
        c[:i] -= c[i] * R[:i, i]
    return c


def qr_decompose(A):
    Q1, R1 = np.linalg.qr(A)
    signs = np.sign(np.diag(R1))
    return Q1 * signs, R1 * signs[:, None]


def qr_solve(A, b):
    Q, R = np.linalg.qr(A)
    return back_substitute(R, Q.T.dot(b))


def condition_number(A):
    return np.linalg.cond(A)


def ols_descent(A, b, learning_rate, num_steps):
    x = np.zeros(A.shape[1])
    for _ in range(num_steps):
        x -= learning_rate * least_squares_loss(x, A, b)[1]
    return x


def minibatches(N, batch_size, seed):
    np.random.seed(seed)
    indices = np.random.permutation(N)
    return np.split(indices, np.arange(batch_size, N, batch_size))


def train(loss, w, X, y, update, config, batch_size, num_epochs, seed):
    np.random.seed(seed)
    num_train = X.shape[0]
    per_epoch = int(np.ceil(num_train / batch_size))
    loss_history = []
    for it in range(num_epochs * per_epoch):
        if it % per_epoch == 0:
            order = np.random.choice(num_train, num_train, replace=False)
        mask = order[(it % per_epoch) * batch_size :][:batch_size]
        value, dw = loss(w, X[mask], y[mask])
        loss_history.append(value)
        w, config = update(w, dw, config)
    return w, loss_history


def sgd(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    w -= config["learning_rate"] * dw
    return w, config


def sgd_momentum(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("momentum", 0.9)
    v = config.get("velocity", np.zeros_like(w))
    v *= config["momentum"]
    v -= config["learning_rate"] * dw
    w += v
    config["velocity"] = v
    return w, config


def rmsprop(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-2)
    config.setdefault("decay_rate", 0.99)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("cache", np.zeros_like(w))
    config["cache"] *= config["decay_rate"]
    config["cache"] += (1 - config["decay_rate"]) * dw**2
    w -= config["learning_rate"] * dw / (np.sqrt(config["cache"]) + config["epsilon"])
    return w, config


def adam(w, dw, config=None):
    if config is None:
        config = {}
    config.setdefault("learning_rate", 1e-3)
    config.setdefault("beta1", 0.9)
    config.setdefault("beta2", 0.999)
    config.setdefault("epsilon", 1e-8)
    config.setdefault("m", np.zeros_like(w))
    config.setdefault("v", np.zeros_like(w))
    config.setdefault("t", 0)
    config["t"] += 1
    config["m"] = config["beta1"] * config["m"] + (1 - config["beta1"]) * dw
    config["v"] = config["beta2"] * config["v"] + (1 - config["beta2"]) * (dw**2)
    mt = config["m"] / (1 - config["beta1"] ** config["t"])
    vt = config["v"] / (1 - config["beta2"] ** config["t"])
    w += -config["learning_rate"] * mt / (np.sqrt(vt) + config["epsilon"])
    return w, config


def backward_norms(Ws, dout):
    norms = np.zeros(len(Ws) + 1)
    norms[-1] = np.linalg.norm(dout)
    for l in range(len(Ws) - 1, -1, -1):  # noqa: E741
        dout = dout.dot(Ws[l])
        norms[l] = np.linalg.norm(dout)
    return norms


def clip_by_value(dw, limit):
    dw[dw > limit] = limit
    dw[dw < -limit] = -limit
    return dw


def clip_by_norm(dw, max_norm):
    norm = np.linalg.norm(dw.ravel())
    if norm > max_norm:
        dw *= max_norm / norm
    return dw
