"""Hidden checks for the descent assignment: 77 points.

Sizes, data and hyperparameters are drawn at random, away from the values of the text and from the
defaults: epsilon is large enough for its place to matter, the learning rate is not one minus a
decay, and Adam's t does not start at 0. An optimiser is asked for single steps from a random state
and for several steps with its own config handed on.
"""

from itertools import pairwise

import numpy as np
import pytest


def rotation(rng, D):
    """Return a random orthogonal matrix (D, D)."""
    Q, R = np.linalg.qr(rng.normal(size=(D, D)))
    return Q * np.sign(np.diag(R))


def hessian(rng, eigenvalues):
    """Return a symmetric matrix with these eigenvalues and random eigenvectors."""
    V = rotation(rng, len(eigenvalues))
    H = V * eigenvalues @ V.T
    return (H + H.T) / 2


def problem(rng):
    """Return A (N, D) and b (N,): an overdetermined system of random size without a solution."""
    N, D = int(rng.integers(15, 30)), int(rng.integers(4, 9))
    return rng.normal(size=(N, D)), 3 * rng.normal(size=N)


def ill_conditioned(rng):
    """Return a matrix (N, D) of condition number 1e7."""
    N, D = int(rng.integers(15, 30)), int(rng.integers(6, 9))
    U = np.linalg.qr(rng.normal(size=(N, D)))[0]
    return U * np.geomspace(1, 1e-7, D) @ rotation(rng, D)


def number(value):
    """A loss is one number; an array that holds just one counts as well."""
    return value.item() if isinstance(value, np.ndarray) and value.size == 1 else value


class Bowl:
    """A random quadratic function with its minimum, of any height, at c."""

    def __init__(self, rng):
        D = int(rng.integers(3, 6))
        self.H, self.c = hessian(rng, rng.uniform(0.5, 6, size=D)), rng.normal(size=D)
        self.lowest, self.start = rng.uniform(-9, 9), 3 * rng.normal(size=D)
        self.L = np.linalg.eigvalsh(self.H).max()

    def f(self, x):
        away = np.asarray(x, dtype=float) - self.c
        with np.errstate(all="ignore"):  # of a walk that diverges
            return float(self.lowest + away @ self.H @ away / 2)

    def grad(self, x):
        with np.errstate(all="ignore"):
            return self.H @ (np.asarray(x, dtype=float) - self.c)


def heights(f, path):
    return np.array([f(x) for x in np.asarray(path, dtype=float)])


@pytest.mark.points(2)
@pytest.mark.exercise("numeric_gradient")
def test_central_differences_of_a_matrix_function(submission, rng, close):
    """With a large step the result is the central difference, entry by entry, in any shape."""
    x, h = rng.normal(size=rng.integers(2, 5, size=2)), rng.uniform(0.05, 0.4)
    a, b = rng.normal(size=(2, *x.shape))

    def f(x):
        return float(np.sum(a * x**3) + np.sum(b * x) ** 2 / 4)

    # the central difference of x^3 is 3 x^2 + h^2, that of a square is exact
    want = a * (3 * x**2 + h**2) + b * np.sum(b * x) / 2
    hint = "(f(x + h) - f(x - h)) / (2 h), with a single entry of x moved"
    close(submission.numeric_gradient(f, x, h), want, name="dx", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("numeric_gradient")
def test_numeric_gradient_of_a_smooth_function(submission, rng, close):
    """With the default step the gradient is right, and x is as it was."""
    a, x = rng.normal(size=(2, int(rng.integers(3, 8))))
    call = submission.numeric_gradient.call(lambda x: float(np.sin(a @ x)), x)
    close(call.value, a * np.cos(a @ x), name="dx")
    close(call.args[1], x, name="x", hint="undo every move, or move a copy")


@pytest.mark.points(2)
@pytest.mark.exercise("directional_slope")
def test_slopes_in_random_directions(submission, rng, close):
    """The slope does not depend on the direction's length, and the gradient's own is steepest."""
    dx = 2 * rng.normal(size=int(rng.integers(3, 7)))
    for _ in range(3):
        u = rng.normal(size=len(dx))
        u /= np.sqrt(np.sum(u**2))
        slope = submission.directional_slope(dx, u * rng.uniform(0.2, 5))
        close(slope, float(np.dot(dx, u)), name="slope", hint="divide the direction by its length")
    steepest = float(np.sqrt(np.sum(dx**2)))
    close(submission.directional_slope(dx, 3 * dx), steepest, name="slope along the gradient")


@pytest.mark.points(3)
@pytest.mark.exercise("gradient_descent")
def test_iterates_on_a_random_bowl(submission, rng, close):
    """Points and heights of the walk are right, on a stable and on an unstable learning rate."""
    bowl, steps = Bowl(rng), int(rng.integers(6, 15))
    c, away = bowl.c, bowl.start - bowl.c
    for rate in (rng.uniform(0.3, 1.8) / bowl.L, rng.uniform(2.1, 2.5) / bowl.L):
        path, values, reason = submission.gradient_descent(
            bowl.f, bowl.grad, bowl.start, rate, max_steps=steps, tol=0.0
        )
        shrink = np.eye(len(c)) - rate * bowl.H
        want = [c + np.linalg.matrix_power(shrink, k) @ away for k in range(steps + 1)]
        hint = "x0 first, then a point of its own for every step"
        close(path, np.array(want), name="path", hint=hint)
        hint = "f at every point of the path, x0 and the last one included"
        close(values, heights(bowl.f, want), name="values", hint=hint)
        assert reason == "max_steps", "hint: the walk took all of its steps: 'max_steps'"


@pytest.mark.points(2)
@pytest.mark.exercise("gradient_descent")
def test_walk_stops_where_it_is_flat(submission, rng, close):
    """The walk stops at the first point where the gradient is not longer than tol."""
    bowl = Bowl(rng)
    rate, x = rng.uniform(0.6, 1.2) / bowl.L, bowl.start
    for _ in range(int(rng.integers(5, 12))):
        x = x - rate * bowl.grad(x)
    dx = bowl.grad(x)
    tol = (np.abs(dx).max() + np.linalg.norm(dx)) / 2  # by its largest entry it would be flat here
    steps, x = 0, bowl.start
    while np.linalg.norm(bowl.grad(x)) > tol:
        x, steps = x - rate * bowl.grad(x), steps + 1
    path, values, reason = submission.gradient_descent(bowl.f, bowl.grad, bowl.start, rate, tol=tol)
    hint = "compare the length of the gradient with tol: not its largest entry, the step or f"
    assert len(path) == steps + 1, f"hint: {hint}"
    close(path[0], bowl.start, name="first point", hint="the path begins at x0")
    close(path[-1], x, name="last point")
    close(values, heights(bowl.f, path), name="values", hint="f at every point")
    assert reason == "flat", "hint: the reason is 'flat'"
    path, values, reason = submission.gradient_descent(bowl.f, bowl.grad, bowl.c, rate)
    assert len(path) == 1, "hint: look at the gradient before the first step"
    close(values, np.array([bowl.lowest]), name="values", hint="f at x0")
    assert reason == "flat", "hint: the reason is 'flat'"
    slope = np.array([3.0, -4.0])  # its length is exactly 5
    _, _, reason = submission.gradient_descent(
        lambda x: float(slope @ x), lambda _: slope, rng.normal(size=2), rate, tol=5.0
    )
    assert reason == "flat", "hint: a gradient that is just as long as tol is short enough"


@pytest.mark.points(1)
@pytest.mark.exercise("gradient_descent")
def test_walk_on_a_saddle(submission, rng, close):
    """A walk on the ridge of a saddle ends there as flat; one beside the ridge gets away."""
    a, b = rng.uniform(0.5, 2, size=2)

    def f(x):
        return float(a * x[0] ** 2 - b * x[1] ** 2) / 2

    def grad(x):
        return x * [a, -b]

    start = np.array([rng.uniform(1, 3), 0.0])
    path, _, reason = submission.gradient_descent(f, grad, start, 0.3 / a, tol=1e-7)
    assert reason == "flat", "hint: the gradient is 0 on a saddle too"
    close(path[0], start, name="first point", hint="the path begins at x0")
    assert np.abs(np.asarray(path[-1])).max() < 1e-6, "hint: the walk ends on the saddle"
    beside = np.array([start[0], 1e-3])
    path, values, reason = submission.gradient_descent(
        f, grad, beside, 0.3 / a, max_steps=50, tol=1e-7
    )
    assert reason == "max_steps", "hint: beside the ridge it goes on downhill"
    close(path[-1][1], 1e-3 * (1 + 0.3 * b / a) ** 50, name="how far it got")
    close(values[-1], f(np.asarray(path[-1])), name="the last height")


@pytest.mark.points(2)
@pytest.mark.exercise("gradient_descent")
def test_walk_diverges(submission, rng, close):
    """A learning rate that is far too large ends the walk as diverged, at any start."""
    bowl = Bowl(rng)
    rate = rng.uniform(3.5, 4.5) / bowl.L
    path, values, reason = submission.gradient_descent(
        bowl.f, bowl.grad, bowl.start, rate, max_steps=1500
    )
    assert reason == "diverged", "hint: stop when the gradient's length is infinite or NaN"
    close(path[1], bowl.start - rate * bowl.grad(bowl.start), name="first step")
    close(values[:20], heights(bowl.f, path[:20]), name="the first 20 values")


@pytest.mark.points(2)
@pytest.mark.exercise("largest_stable_rate")
def test_rates_of_random_hessians(submission, rng, close):
    """The limit is 2 over the largest eigenvalue, for eigenvectors in any direction."""
    for _ in range(3):
        eigenvalues = rng.uniform(0.2, 20, size=int(rng.integers(2, 7)))
        rate = submission.largest_stable_rate(hessian(rng, eigenvalues))
        close(rate, 2 / eigenvalues.max(), name="rate", hint="L is the largest eigenvalue of H")


@pytest.mark.points(2)
@pytest.mark.exercise("classify_point")
def test_flat_points_of_five_kinds(submission, rng):
    """The signs of all eigenvalues decide, in any direction, and small ones count as 0."""
    tol = 10 ** rng.uniform(-5, -3)
    a, b, c = rng.uniform(0.5, 3, size=3)
    kinds = [
        ((a, b, c), "minimum"),
        ((-a, -b, -c), "maximum"),
        ((a, b, -c), "saddle"),
        ((a, -b, 0.0), "saddle"),
        ((a, b, tol / 2), "undecided"),
        ((-a, -b, -tol / 2), "undecided"),
        ((0.0, 0.0, tol / 2), "undecided"),
    ]
    for eigenvalues, want in kinds:
        dx = rng.normal(size=3)
        dx *= tol / 2 / np.linalg.norm(dx)
        got = submission.classify_point(dx, hessian(rng, np.array(eigenvalues)), tol)
        assert got == want, f"hint: a {want} was not recognised; look at the eigenvalues of H"


@pytest.mark.points(1)
@pytest.mark.exercise("classify_point")
def test_slopes_are_no_flat_points(submission, rng):
    """Where the gradient is longer than tol there is a slope, whatever the Hessian is."""
    tol, D = 10 ** rng.uniform(-4, -2), int(rng.integers(5, 9))
    dx = rng.choice([-0.7, 0.7], size=D) * tol  # no entry above tol, but a length of 1.5 tol
    for sign in (1, -1):
        H = hessian(rng, sign * rng.uniform(1, 2, size=D))
        got = submission.classify_point(dx, H, tol)
        assert got == "slope", "hint: compare the length of the gradient with tol"


@pytest.mark.points(2)
@pytest.mark.exercise("rosenbrock")
def test_valley_at_random_points(submission, rng, close, gradcheck):
    """Value and gradient are right at random points."""
    for _ in range(3):
        u, v = x = rng.uniform(-2, 2, size=2)
        value, dx = submission.rosenbrock(x)
        want = 1 - 2 * u + u * u + 100 * (v * v - 2 * v * u * u + u**4)
        close(number(value), want, name="value")
        gradcheck(submission.rosenbrock, (x,), dx, pick=0, name="dx")


@pytest.mark.points(2)
@pytest.mark.exercise("ols_normal")
def test_normal_equations_of_random_data(submission, rng, close):
    """The solution of a random overdetermined system is the least squares solution."""
    A, b = problem(rng)
    want = np.linalg.lstsq(A, b, rcond=None)[0]
    close(submission.ols_normal(A, b), want, name="x", hint="solve A'A x = A'b")


@pytest.mark.points(2)
@pytest.mark.exercise("condition_number")
def test_condition_of_random_matrices(submission, rng, close):
    """The condition number is the ratio of the extreme singular values."""
    for _ in range(2):
        N, D = int(rng.integers(7, 12)), int(rng.integers(3, 6))
        s = rng.uniform(0.05, 9, size=D)
        A = np.linalg.qr(rng.normal(size=(N, D)))[0] * s @ rotation(rng, D)
        close(submission.condition_number(A), s.max() / s.min(), name="condition number")


@pytest.mark.points(2)
@pytest.mark.exercise("back_substitute")
def test_random_triangles(submission, rng, close):
    """Random triangles are solved, whatever stands below their diagonal."""
    for D in (1, int(rng.integers(3, 9))):
        R = rng.normal(size=(D, D)) + np.diag(rng.choice([-4.0, 4.0], size=D))
        x = rng.normal(size=D)
        solved = submission.back_substitute(R, np.triu(R) @ x)
        close(
            solved, x, name="x", hint="from the last row upwards, reading only above the diagonal"
        )


@pytest.mark.points(1)
@pytest.mark.exercise("back_substitute")
def test_triangle_without_a_solution(submission, rng):
    """A 0 on the diagonal is refused with a ValueError."""
    D = int(rng.integers(3, 7))
    R = np.triu(rng.normal(size=(D, D)))
    R[int(rng.integers(D)), :] = 0
    with pytest.raises(ValueError):  # noqa: PT011
        submission.back_substitute(R, rng.normal(size=D))


def check_factors(submission, A, slack):
    """Check Q'Q = I to `slack` units in the last place: of float32, if the factors are so."""
    N, D = A.shape
    call = submission.qr_decompose.call(A)
    Q, R = (np.asarray(factor) for factor in call.value)
    assert np.array_equal(call.args[0], A), "hint: A[:, j] is a view: v -= ... writes into A"
    assert Q.shape == (N, D), "hint: Q has the shape of A"
    assert R.shape == (D, D), "hint: R is square, with one row per column of A"
    unit = np.finfo(np.result_type(Q, R, np.float32)).eps
    assert np.abs(np.tril(R, -1)).max() <= 1e4 * unit * np.abs(R).max(), (
        "hint: R is 0 below the diagonal"
    )
    assert np.abs(Q @ R - A).max() <= 1e4 * unit * np.abs(A).max(), "hint: Q R gives A"
    orthonormal = np.abs(Q.T @ Q - np.eye(D)).max() <= slack * unit
    assert orthonormal, "hint: Q'Q is not I; subtract the earlier directions a second time"


@pytest.mark.points(2)
@pytest.mark.exercise("qr_decompose")
def test_factors_of_a_random_matrix(submission, rng):
    """Q has orthonormal columns, R is triangular, and Q R gives the matrix back."""
    A, _ = problem(rng)
    check_factors(submission, A * rng.uniform(0.1, 10, size=A.shape[1]), 1e6)


@pytest.mark.points(2)
@pytest.mark.exercise("qr_decompose")
def test_factors_of_columns_that_are_nearly_alike(submission, rng):
    """For a condition number of 1e7 the columns of Q are as orthonormal as ever."""
    # twice Gram-Schmidt and Householder: 2e-15; once: 1e-6 and more; modified once: 1e-11 and more
    check_factors(submission, ill_conditioned(rng), 1e4)


@pytest.mark.points(2)
@pytest.mark.exercise("qr_solve")
def test_qr_solves_random_data(submission, rng, close):
    """QR gives the least squares solution of a random overdetermined system."""
    A, b = problem(rng)
    want = np.linalg.lstsq(A, b, rcond=None)[0]
    close(submission.qr_solve(A, b), want, name="x", hint="solve R x = Q'b")


@pytest.mark.points(2)
@pytest.mark.exercise("qr_solve")
def test_qr_solves_what_normal_equations_cannot(submission, rng, close):
    """For a condition number of 1e7 the solution keeps its digits."""
    # right: up to 1e-9; by the normal equations: 6e-6 and more
    A = ill_conditioned(rng)
    x = rng.normal(size=A.shape[1])
    hint = "use an orthonormal Q, and do not form A'A: it squares the condition number"
    close(submission.qr_solve(A, A @ x), x, name="x", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("least_squares_loss")
def test_mean_squared_error(submission, rng, close):
    """The loss is the mean of the squared residuals."""
    A, b = problem(rng)
    x = rng.normal(size=A.shape[1])
    want = sum((row @ x - t) ** 2 for row, t in zip(A, b, strict=True)) / len(b)
    close(number(submission.least_squares_loss(x, A, b)[0]), want, name="loss", hint="not halved")


@pytest.mark.points(2)
@pytest.mark.exercise("least_squares_loss")
def test_gradient_of_the_mean_squared_error(submission, reference, rng, gradcheck, faster):
    """The gradient is the slope of the mean squared error, by a formula."""
    A, b = problem(rng)
    x = rng.normal(size=A.shape[1])
    dx = submission.least_squares_loss(x, A, b)[1]
    gradcheck(reference.least_squares_loss, (x, A, b), dx, pick=0, name="dx")
    x, A, b = rng.normal(size=2000), rng.normal(size=(20, 2000)), rng.normal(size=20)

    def losses():  # 20 of the 4000 that central differences need
        for _ in range(20):
            reference.least_squares_loss(x, A, b)

    hint = "a formula gives all of dx at once; differences need two losses for each entry of x"
    faster(lambda: submission.least_squares_loss(x, A, b), losses, times=40, hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("ols_descent")
def test_descent_on_random_data(submission, rng, close):
    """After any number of steps the walk is where the eigenvalues of the Hessian say."""
    A, b = problem(rng)
    H, target = 2 * A.T @ A / len(b), np.linalg.lstsq(A, b, rcond=None)[0]
    rate, steps = rng.uniform(0.3, 1.5) / np.linalg.eigvalsh(H).max(), int(rng.integers(3, 20))
    shrink = np.linalg.matrix_power(np.eye(len(H)) - rate * H, steps)
    hint = "from 0, num_steps times x <- x - learning_rate * dx"
    close(submission.ols_descent(A, b, rate, steps), target - shrink @ target, name="x", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("ols_descent")
def test_descent_reaches_the_diabetes_coefficients(submission, rng, close, data):
    """On columns of one scale the walk arrives at the least squares solution."""
    diabetes = data("diabetes")
    rows = np.sort(rng.permutation(442)[:400])
    A = np.column_stack([np.ones(400), np.sqrt(400) * diabetes["x"][rows]])
    b = diabetes["y"][rows]
    want = np.linalg.lstsq(A, b, rcond=None)[0]
    close(submission.ols_descent(A, b, 0.23, 3000), want, tol=1e-3, name="x")


@pytest.mark.points(2)
@pytest.mark.exercise("minibatches")
def test_batches_hold_every_row_once(submission, rng):
    """All batches but the last have batch_size rows, and every row number occurs once."""
    size, full, rest = int(rng.integers(5, 9)), int(rng.integers(4, 9)), int(rng.integers(1, 5))
    for N in (size * full, size * full + rest, size * full + 1, size - 1):
        batches = [np.asarray(rows) for rows in submission.minibatches(N, size, 11)]
        assert all(rows.dtype.kind in "iu" for rows in batches), "hint: row numbers are ints"
        sizes = [size] * (N // size) + [N % size] * (N % size > 0)
        assert [len(rows) for rows in batches] == sizes, "hint: only the last may be shorter"
        drawn = np.sort(np.concatenate(batches))
        assert (drawn == np.arange(N)).all(), "hint: each of 0 .. N - 1 occurs exactly once"


@pytest.mark.points(1)
@pytest.mark.exercise("minibatches")
def test_orders_come_from_the_seed(submission, rng):
    """Rows are shuffled: one seed always gives the same order, and another seed another."""
    N, size, seed = int(rng.integers(40, 60)), int(rng.integers(5, 9)), int(rng.integers(1000))
    # two random orders of 40 rows are equal with probability 1e-48
    calls = submission.minibatches.batch([(N, size, s) for s in (seed, seed, seed + 1)])
    one, again, other = (np.concatenate([np.asarray(rows) for rows in call]) for call in calls)
    assert (one == again).all(), "hint: draw from a generator that was made with the seed"
    assert (one != other).any(), "hint: another seed gives another order"
    assert (one != np.arange(N)).any(), "hint: shuffle the rows"


class Recorder:
    """Stands in for loss and update: random answers, and a note of every question."""

    def __init__(self, rng, shape):
        self.rng, self.shape = rng, shape
        self.batches, self.labels, self.losses = [], [], []
        self.steps = 0

    def loss(self, w, X, y):
        self.batches.append(np.array(X))
        self.labels.append(np.array(y))
        self.losses.append(float(self.rng.uniform(1, 9)))
        return self.losses[-1], np.asarray(w) * 0.1 + len(self.losses)

    def update(self, w, dw, config):
        assert config["steps"] == self.steps, "hint: hand on the config of the update before"
        self.steps += 1
        next_w = np.asarray(w) - config["rate"] * np.asarray(dw)
        return next_w, {"rate": 0.9 * config["rate"], "steps": self.steps}


def training(submission, rng, seed, left_over=None):
    """Train on a recorder; return w, losses, the recorder, and what was given.

    Args:
        left_over: rows of the last batch of an epoch, 0 for a whole one; random if it is None.
    """
    N, D, size = int(rng.integers(31, 40)), int(rng.integers(3, 6)), int(rng.integers(6, 10))
    if left_over is not None:
        N = 4 * size + left_over
    X, y, w = rng.normal(size=(N, D)), rng.permutation(N), rng.normal(size=(D, 2))
    recorder, rate, epochs = Recorder(rng, w.shape), rng.uniform(0.2, 0.9), int(rng.integers(3, 6))
    got = submission.train(
        recorder.loss, w, X, y, recorder.update, {"rate": rate, "steps": 0}, size, epochs, seed
    )
    return *got, recorder, {"X": X, "y": y, "w": w, "rate": rate, "size": size, "epochs": epochs}


def rows_of(recorder, X):
    """Return the row numbers of every batch, None for a row that X does not have."""
    index = {row.tobytes(): i for i, row in enumerate(X)}
    return [[index.get(row.tobytes()) for row in batch] for batch in recorder.batches]


@pytest.mark.points(2)
@pytest.mark.exercise("train")
def test_training_makes_one_update_per_batch(submission, rng, close):
    """Every batch gives one update, with the config of the one before, and one loss."""
    w, losses, recorder, given = training(submission, rng, 7)
    steps = given["epochs"] * -(-len(given["X"]) // given["size"])
    assert recorder.steps == steps, "hint: one update per batch, the shorter last one included"
    close(losses, np.array(recorder.losses), name="losses")
    want, rate = given["w"], given["rate"]
    for step in range(steps):
        want = want - rate * (0.1 * want + step + 1)
        rate *= 0.9
    close(w, want, name="w", hint="the gradient is taken at the newest w")


@pytest.mark.points(2)
@pytest.mark.exercise("train")
def test_every_epoch_takes_every_row_once(submission, rng):
    """In each epoch every row occurs once, with its own target, in an order of its own."""
    for left_over in (None, 0, 1):
        check_epochs(submission, rng, left_over)


def check_epochs(submission, rng, left_over):
    _, _, recorder, given = training(submission, rng, 7, left_over)
    X, y, size = given["X"], given["y"], given["size"]
    batches = rows_of(recorder, X)
    assert all(None not in rows for rows in batches), "hint: a batch is made of rows of X"
    for rows, labels in zip(batches, recorder.labels, strict=True):
        assert list(y[rows]) == list(labels), "hint: take X and y at the same rows"
    per_epoch = -(-len(X) // size)
    assert len(batches) == per_epoch * given["epochs"], "hint: an epoch is ceil(N / size) batches"
    flat = [row for rows in batches for row in rows]
    orders = [flat[start : start + len(X)] for start in range(0, len(flat), len(X))]
    for order in orders:
        assert sorted(order) == list(range(len(X))), "hint: every row once in every epoch"
    assert orders[0] != orders[1], "hint: shuffle anew for every epoch"


@pytest.mark.points(1)
@pytest.mark.exercise("train")
def test_training_can_be_repeated(submission, rng):
    """The same seed goes through the rows in the same order."""
    state = rng.bit_generator.state
    runs = []
    for seed in (23, 23, 24):
        rng.bit_generator.state = state
        _, _, recorder, given = training(submission, rng, seed)
        runs.append(rows_of(recorder, given["X"]))
    assert runs[0] == runs[1], "hint: all orders come from the seed"
    assert runs[0] != runs[2], "hint: another seed gives other orders"


def weights(rng):
    """Return w and dw of a random shape of one to three dimensions."""
    shape = tuple(int(n) for n in rng.integers(2, 5, size=rng.integers(1, 4)))
    return rng.normal(size=shape), rng.normal(size=shape)


def check_steps(update, expected, w, config, rng, close, steps=5):
    """Take several steps, each with the config that the one before gave back."""
    want, right = w.copy(), dict(config)
    for _ in range(steps):
        dw = rng.normal(size=w.shape)
        w, config = update(w, dw, config)
        want, right = expected(want, dw, right)
        close(w, want, name="next_w", hint="what is remembered goes back in config, by its name")


@pytest.mark.points(1)
@pytest.mark.exercise("sgd")
def test_sgd_with_any_rate(submission, reference, rng, close):
    """The step is learning_rate times the gradient, 1e-2 if none is given, and config goes on."""
    w, dw = weights(rng)
    rate = rng.uniform(0.1, 0.9)
    close(submission.sgd(w, dw, {"learning_rate": rate})[0], w - rate * dw, name="next_w")
    close(submission.sgd(w, dw)[0], w - dw / 100, name="next_w by default")
    check_steps(submission.sgd, reference.sgd, w, {"learning_rate": rate}, rng, close)


@pytest.mark.points(2)
@pytest.mark.exercise("sgd_momentum")
def test_momentum_from_a_random_velocity(submission, rng, close):
    """One step from a random velocity is right."""
    w, dw = weights(rng)
    rate, mu, v = rng.uniform(0.1, 0.9), rng.uniform(0.3, 0.8), rng.normal(size=w.shape)
    config = {"learning_rate": rate, "momentum": mu, "velocity": v}
    want = w + mu * v - rate * dw
    hint = "v = momentum * velocity - learning_rate * dw, and w + v"
    close(submission.sgd_momentum(w, dw, config)[0], want, name="next_w", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("sgd_momentum")
def test_momentum_keeps_its_velocity(submission, reference, rng, close):
    """Several steps in a row are right, each with the velocity of the one before."""
    w, _ = weights(rng)
    config = {"learning_rate": rng.uniform(0.1, 0.9), "momentum": rng.uniform(0.3, 0.8)}
    config["velocity"] = rng.normal(size=w.shape)
    check_steps(submission.sgd_momentum, reference.sgd_momentum, w, config, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("sgd_momentum")
def test_momentum_from_nothing(submission, rng, close):
    """Without a config the velocity starts at 0, the rate is 1e-2 and the momentum 0.9."""
    w, dw = weights(rng)
    one, config = submission.sgd_momentum(w, dw)
    close(one, w - 0.01 * dw, name="next_w", hint="the defaults of the docstring")
    hint = "the second step keeps 0.9 of the first"
    two, _ = submission.sgd_momentum(one, dw, config)
    close(two, w - 0.029 * dw, name="second next_w", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("rmsprop")
def test_rmsprop_from_a_random_cache(submission, rng, close):
    """One step from a random cache is right, epsilon and all."""
    w, dw = weights(rng)
    rate, rho, eps = rng.uniform(0.1, 0.9), rng.uniform(0.5, 0.95), rng.uniform(0.01, 0.1)
    cache = rng.uniform(0.1, 2, size=w.shape)
    config = {"learning_rate": rate, "decay_rate": rho, "epsilon": eps, "cache": cache}
    want = w - rate * dw / (np.sqrt(rho * cache + (1 - rho) * dw * dw) + eps)
    hint = "the share of dw^2 is 1 - decay_rate, the new cache is used, epsilon is outside the root"
    close(submission.rmsprop(w, dw, config)[0], want, name="next_w", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("rmsprop")
def test_rmsprop_keeps_its_cache(submission, reference, rng, close):
    """Several steps in a row are right, each with the cache of the one before."""
    w, _ = weights(rng)
    config = {"learning_rate": rng.uniform(0.1, 0.9), "decay_rate": rng.uniform(0.5, 0.95)}
    config |= {"epsilon": rng.uniform(0.01, 0.1), "cache": rng.uniform(0.1, 2, size=w.shape)}
    check_steps(submission.rmsprop, reference.rmsprop, w, config, rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("rmsprop")
def test_rmsprop_from_nothing(submission, rng, close):
    """Without a config the cache starts at 0, the rate is 1e-2 and the decay rate 0.99."""
    w, dw = weights(rng)
    dw = np.sign(dw) * rng.uniform(0.5, 2, size=w.shape)
    one, config = submission.rmsprop(w, dw)
    hint = "a cache of 0 becomes 1 - decay_rate times dw^2 first"
    close(one, w - 0.1 * np.sign(dw), name="next_w", hint=hint)  # 0.01 dw / sqrt(0.01 dw^2)
    want = one - 0.01 * np.sign(dw) / np.sqrt(0.0199)
    close(submission.rmsprop(one, dw, config)[0], want, name="second next_w", hint=hint)
    hint = "epsilon is 1e-8 if none is given: 0 / 0 is no step"
    close(submission.rmsprop(w, 0 * dw)[0], w, name="next_w without a slope", hint=hint)


def adam_config(rng, w):
    """Return random hyperparameters and the state after a few steps."""
    return {
        "learning_rate": rng.uniform(0.1, 0.9),
        "beta1": rng.uniform(0.6, 0.85),
        "beta2": rng.uniform(0.86, 0.97),
        "epsilon": rng.uniform(0.01, 0.1),
        "m": rng.normal(size=w.shape),
        "v": rng.uniform(0.1, 2, size=w.shape),
        "t": int(rng.integers(1, 6)),
    }


@pytest.mark.points(3)
@pytest.mark.exercise("adam")
def test_adam_from_a_random_state(submission, rng, close):
    """One step from random m, v and t is right, both corrections and epsilon included."""
    w, dw = weights(rng)
    config = adam_config(rng, w)
    b1, b2, t = config["beta1"], config["beta2"], config["t"] + 1
    mean = (b1 * config["m"] + (1 - b1) * dw) / (1 - b1**t)
    square = (b2 * config["v"] + (1 - b2) * dw * dw) / (1 - b2**t)
    want = w - config["learning_rate"] * mean / (np.sqrt(square) + config["epsilon"])
    hint = "raise t first, divide m and v by 1 - beta^t, keep epsilon outside the root"
    close(submission.adam(w, dw, config)[0], want, name="next_w", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("adam")
def test_adam_keeps_its_state(submission, reference, rng, close):
    """Several steps in a row are right, each with the m, v and t of the one before."""
    w, _ = weights(rng)
    check_steps(submission.adam, reference.adam, w, adam_config(rng, w), rng, close)


@pytest.mark.points(1)
@pytest.mark.exercise("adam")
def test_adam_from_nothing(submission, rng, close):
    """Without a state every weight moves by the learning rate first, 1e-3 if none is given."""
    w, dw = weights(rng)
    dw = np.sign(dw) * rng.uniform(0.5, 2, size=w.shape)
    hint = "at t = 1 both corrections undo the shares: m_hat = dw and v_hat = dw^2"
    close(submission.adam(w, dw)[0], w - 1e-3 * np.sign(dw), name="next_w by default", hint=hint)
    rate = rng.uniform(0.1, 0.9)
    one, config = submission.adam(w, dw, {"learning_rate": rate})
    close(one, w - rate * np.sign(dw), name="next_w", hint=hint)
    mean, square = -0.2 * dw + 0.09 * dw, dw**2  # second step, with -2 dw
    mean, square = mean / (1 - 0.9**2), (0.004 + 0.000999) * square / (1 - 0.999**2)
    want = one - rate * mean / np.sqrt(square)
    hint = "the second step has t = 2"
    close(submission.adam(one, -2 * dw, config)[0], want, name="second next_w", hint=hint)
    hint = "epsilon is 1e-8 if none is given: 0 / 0 is no step"
    close(submission.adam(w, 0 * dw)[0], w, name="next_w without a slope", hint=hint)


@pytest.mark.points(3)
@pytest.mark.exercise("backward_norms")
def test_lengths_through_random_layers(submission, rng, close):
    """The gradient's length is right at every layer, from the input to the output."""
    sizes = rng.choice(np.arange(3, 10), size=int(rng.integers(4, 7)), replace=False)
    Ws = [rng.normal(size=(out, into)) for into, out in pairwise(sizes)]
    dout = rng.normal(size=sizes[-1])
    want = []
    for layer in range(len(sizes)):
        jacobian = np.eye(sizes[layer])
        for W in Ws[layer:]:
            jacobian = W @ jacobian
        want.append(np.sqrt(np.sum((jacobian.T @ dout) ** 2)))
    hint = "dh_(l-1) = W_l' dh_l, starting at the output; the first number belongs to the input"
    close(submission.backward_norms(Ws, dout), np.array(want), name="norms", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("clip_by_value")
def test_random_gradients_clipped_by_value(submission, rng, close):
    """Every entry is cut off at the limit, on both sides, and smaller ones are unchanged."""
    dw, _ = weights(rng)
    limit = rng.uniform(0.3, 0.9)
    dw.flat[:2] = 3, -4
    want = np.array([min(max(a, -limit), limit) for a in dw.ravel()]).reshape(dw.shape)
    close(submission.clip_by_value(dw, limit), want, name="dw", hint="cut at +limit and at -limit")


@pytest.mark.points(2)
@pytest.mark.exercise("clip_by_norm")
def test_random_gradients_clipped_by_norm(submission, rng, close):
    """A long gradient of any shape gets the length max_norm and keeps its direction."""
    for shape in ((6,), (4, 5), (2, 3, 4)):
        dw, limit = 3 * rng.normal(size=shape), rng.uniform(0.3, 0.9)
        want = dw * limit / np.sqrt(sum(a * a for a in dw.ravel()))
        hint = "one length for the whole array, and one factor"
        close(submission.clip_by_norm(dw, limit), want, name="dw", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("clip_by_norm")
def test_short_gradients_stay_as_they_are(submission, rng, close):
    """A gradient that is short enough is unchanged, and so is one that is 0; no other is."""
    dw, _ = weights(rng)
    length = np.sqrt(np.sum(dw**2))
    close(submission.clip_by_norm(dw, length * rng.uniform(1.1, 3)), dw, name="dw")
    close(submission.clip_by_norm(0 * dw, rng.uniform(0.5, 2)), 0 * dw, name="dw, all 0")
    close(submission.clip_by_norm(dw, length / 2), dw / 2, name="dw, twice too long")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_walking(answers):
    """The questions about walking downhill are right."""
    answers(["the_hiker", "what_is_needed", "length_of_a_step", "flat_ground"])


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_slopes(answers):
    """The questions about slopes and rates are right."""
    answers(["halved_h", "tiny_h", "steepest_direction", "rate_too_large"])


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_least_squares(answers):
    """The questions about least squares are right."""
    answers(["why_qr", "factorisation_for_topics", "what_lm_does", "scaled_columns"])


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_optimisers(answers):
    """The questions about batches and optimisers are right."""
    answers(["one_epoch", "batch_gradient", "terminal_velocity", "first_adam_step"])


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_answers_about_deep_networks(answers):
    """The questions about deep networks are right."""
    answers(["twenty_layers", "clipping_cures", "clipped_direction", "against_vanishing"])
