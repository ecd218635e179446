"""Public checks for the descent assignment: the worked numbers of the text, 23 points.

These ship with the handout. The hidden suite asks the same functions about random data.
"""

import numpy as np
import pytest

# Lecture 001: the intercept, age, sex, bmi, map, tc, ldl, hdl, tch, ltg and glu.
DIABETES = [152.1, -10.0, -239.8, 519.8, 324.4, -792.2, 476.7, 101.0, 177.1, 751.3, 67.6]
PRINTED = 0.05 / 792.2  # half of the last printed digit, as a share of the largest coefficient


def diabetes_problem(data):
    """Return A (442, 11), with a column of ones in front, and b (442,)."""
    diabetes = data("diabetes")
    return np.column_stack([np.ones(442), diabetes["x"]]), diabetes["y"]


@pytest.mark.points(1)
@pytest.mark.exercise("numeric_gradient")
def test_gradient_of_a_cube(submission, close):
    """For x^3 at 1 a step of 0.1 gives 3.01, and one of 0.05 gives 3.0025."""
    for h, want in ((0.1, 3.01), (0.05, 3.0025)):
        dx = submission.numeric_gradient(lambda x: float(x[0] ** 3), np.array([1.0]), h)
        close(dx, np.array([want]), name="dx", hint="move by h both ways, and divide by 2 h")


@pytest.mark.points(1)
@pytest.mark.exercise("directional_slope")
def test_slopes_of_the_text(submission, close):
    """The gradient (3, 4) gives the slope 3 along (2, 0), 5 along itself and 0 along (4, -3)."""
    dx = np.array([3.0, 4.0])
    for direction, want in (((2.0, 0.0), 3.0), ((3.0, 4.0), 5.0), ((-3.0, -4.0), -5.0)):
        close(submission.directional_slope(dx, np.array(direction)), want, name="slope")
    assert abs(submission.directional_slope(dx, np.array([4.0, -3.0]))) < 1e-6


@pytest.mark.points(1)
@pytest.mark.exercise("gradient_descent")
def test_walk_of_the_text(submission, close):
    """On x1^2 + 4 x2^2 the walk goes over (0.8, 0.2) to (0.64, 0.04), and ends where it is flat."""

    def f(x):
        return float(x[0] ** 2 + 4 * x[1] ** 2)

    def grad(x):
        return x * [2, 8]

    start = np.array([1.0, 1.0])
    path, values, reason = submission.gradient_descent(f, grad, start, 0.1, max_steps=2)
    close(path, np.array([[1.0, 1.0], [0.8, 0.2], [0.64, 0.04]]), name="path")
    close(values, np.array([5.0, 0.8, 0.416]), name="values", hint="f at each point")
    assert reason == "max_steps", "hint: two steps were allowed, and two were taken"
    path, values, reason = submission.gradient_descent(f, grad, start, 0.1, tol=0.01)
    assert reason == "flat", "hint: stop as soon as the gradient is not longer than tol"
    close(path[-1][0], 0.8**24, name="x1 at the end")


@pytest.mark.points(1)
@pytest.mark.exercise("largest_stable_rate")
def test_rate_for_the_bowl(submission, close):
    """The bowl with the Hessian diag(2, 8) is stable up to 0.25."""
    close(submission.largest_stable_rate(np.diag([2.0, 8.0])), 0.25)


@pytest.mark.points(1)
@pytest.mark.exercise("classify_point")
def test_points_of_the_text(submission):
    """x1^2 + x2^2 has a minimum at 0, x1^2 - x2^2 a saddle, x1^2 + x2^4 is undecided."""
    flat = np.zeros(2)
    for curvatures, want in (((2, 2), "minimum"), ((2, -2), "saddle"), ((2, 0), "undecided")):
        H = np.diag(np.array(curvatures, dtype=float))
        got = submission.classify_point(flat, H)
        assert got == want, f"hint: curvatures {curvatures} are a case of {want!r}"
    assert submission.classify_point(np.ones(2), np.eye(2)) == "slope"


@pytest.mark.points(1)
@pytest.mark.exercise("rosenbrock")
def test_valley_of_the_text(submission, close):
    """At (-1.2, 1) Rosenbrock's valley has the value 24.2 and the gradient (-215.6, -88)."""
    value, dx = submission.rosenbrock(np.array([-1.2, 1.0]))
    close(value, 24.2, name="value")
    close(dx, np.array([-215.6, -88.0]), name="dx")


@pytest.mark.points(1)
@pytest.mark.exercise("ols_normal")
def test_normal_equations_give_the_lecture(submission, close, data):
    """The diabetes data have the eleven coefficients that the lecture prints."""
    close(submission.ols_normal(*diabetes_problem(data)), np.array(DIABETES), tol=PRINTED)


@pytest.mark.points(1)
@pytest.mark.exercise("condition_number")
def test_condition_of_the_diabetes_data(submission, close, data):
    """cond(A) is 227 and cond(A'A) is 51,631."""
    A, _ = diabetes_problem(data)
    close(submission.condition_number(A), 227.0, tol=0.002, name="cond(A)")
    close(submission.condition_number(A.T @ A), 51_631.0, tol=1e-4, name="cond(A'A)")


@pytest.mark.points(1)
@pytest.mark.exercise("back_substitute")
def test_triangle_of_the_text(submission, close):
    """The triangle of the text has the solution (1, 3, 2)."""
    R = np.array([[2.0, 1.0, -1.0], [0.0, 3.0, 2.0], [0.0, 0.0, 4.0]])
    close(submission.back_substitute(R, np.array([3.0, 13.0, 8.0])), np.array([1.0, 3.0, 2.0]))


@pytest.mark.points(1)
@pytest.mark.exercise("qr_decompose")
def test_factors_of_the_text(submission, close):
    """The matrix of the text has R = [[5, 3], [0, 1]], up to signs, and Q R gives it back."""
    A = np.array([[3.0, 1.0], [4.0, 3.0]])
    Q, R = submission.qr_decompose(A)
    close(abs(R), np.array([[5.0, 3.0], [0.0, 1.0]]), name="R without its signs")
    close(Q @ R, A, name="Q R")
    close(Q.T @ Q, np.eye(2), name="Q'Q")


@pytest.mark.points(1)
@pytest.mark.exercise("qr_solve")
def test_qr_gives_the_lecture(submission, close, data):
    """QR gives the same eleven coefficients of the diabetes data."""
    close(submission.qr_solve(*diabetes_problem(data)), np.array(DIABETES), tol=PRINTED)


@pytest.mark.points(1)
@pytest.mark.exercise("least_squares_loss")
def test_loss_of_two_rows(submission, close):
    """A = I, b = (3, 1) costs 5 at x = 0, and the gradient there is (-3, -1)."""
    loss, dx = submission.least_squares_loss(np.zeros(2), np.eye(2), np.array([3.0, 1.0]))
    close(loss, 5.0, name="loss")
    close(dx, np.array([-3.0, -1.0]), name="dx")


@pytest.mark.points(1)
@pytest.mark.exercise("ols_descent")
def test_two_steps_by_hand(submission, close):
    """For A = I, b = (3, 1) two steps of 0.5 lead over (1.5, 0.5) to (2.25, 0.75)."""
    b = np.array([3.0, 1.0])
    close(submission.ols_descent(np.eye(2), b, 0.5, 1), np.array([1.5, 0.5]), name="one step")
    close(submission.ols_descent(np.eye(2), b, 0.5, 2), np.array([2.25, 0.75]), name="two steps")


@pytest.mark.points(1)
@pytest.mark.exercise("minibatches")
def test_ten_rows_in_batches_of_four(submission):
    """Ten rows in batches of 4 make batches of 4, 4 and 2, with every row in one of them."""
    batches = submission.minibatches(10, 4, 7)
    assert [len(rows) for rows in batches] == [4, 4, 2], "hint: the last batch may be shorter"
    drawn = sorted(int(row) for rows in batches for row in rows)
    assert drawn == list(range(10)), "hint: every row number from 0 to N - 1, once"


@pytest.mark.points(1)
@pytest.mark.exercise("train")
def test_training_hands_the_config_on(submission, close):
    """Two epochs of 5 rows in batches of 2 make 6 updates, each with its predecessor's config."""

    def loss(w, X, y):
        return float(len(X)), np.ones(2)

    def update(w, dw, config):
        return w - config["step"] * dw, {"step": config["step"] + 1}

    X, y = np.arange(10.0).reshape(5, 2), np.arange(5)
    w, losses = submission.train(loss, np.zeros(2), X, y, update, {"step": 1}, 2, 2, 7)
    close(w, np.array([-21.0, -21.0]), name="w", hint="the steps are 1, 2, .., 6")
    close(np.array(losses), np.array([2.0, 2.0, 1.0] * 2), name="losses")


@pytest.mark.points(1)
@pytest.mark.exercise("sgd")
def test_sgd_by_hand(submission, close):
    """w = (1, 2) with dw = (10, -10) and learning rate 0.1 becomes (0, 3)."""
    config = {"learning_rate": 0.1}
    w, _ = submission.sgd(np.array([1.0, 2.0]), np.array([10.0, -10.0]), config)
    close(w, np.array([0.0, 3.0]), name="next_w")


@pytest.mark.points(1)
@pytest.mark.exercise("sgd_momentum")
def test_momentum_by_hand(submission, close):
    """From w = 1 with velocity 0.2, momentum 0.5 and dw = 2 a rate of 0.1 leads to 0.9."""
    config = {"learning_rate": 0.1, "momentum": 0.5, "velocity": np.array([0.2])}
    w, config = submission.sgd_momentum(np.array([1.0]), np.array([2.0]), config)
    hint = "v = momentum * velocity - learning_rate * dw, and w + v"
    close(w, np.array([0.9]), name="next_w", hint=hint)
    close(config["velocity"], np.array([-0.1]), name="the new velocity", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("rmsprop")
def test_rmsprop_by_hand(submission, close):
    """With cache 4, decay 0.75, dw = 4 and epsilon 0.5 a rate of 0.1 lowers w by 0.12716."""
    config = {"learning_rate": 0.1, "decay_rate": 0.75, "epsilon": 0.5, "cache": np.array([4.0])}
    w, config = submission.rmsprop(np.array([1.0]), np.array([4.0]), config)
    hint = "epsilon is added to the root, not under it; the new cache is used"
    close(w, np.array([1 - 0.4 / (np.sqrt(7) + 0.5)]), name="next_w", hint=hint)
    close(config["cache"], np.array([7.0]), name="the new cache")


@pytest.mark.points(1)
@pytest.mark.exercise("adam")
def test_adam_by_hand(submission, close):
    """The second step of the text lowers w by 0.053683."""
    config = {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 1.0}
    config |= {"m": np.array([1.0]), "v": np.array([3.0]), "t": 1}
    w, config = submission.adam(np.array([1.0]), np.array([2.0]), config)
    hint = "raise t first, divide m and v by 1 - beta^t, keep epsilon outside the root"
    close(w, np.array([1 - 0.2 / (np.sqrt(3.25 / 0.4375) + 1)]), name="next_w", hint=hint)
    assert config["t"] == 2, "hint: raise t by 1, and keep it in config"


@pytest.mark.points(1)
@pytest.mark.exercise("backward_norms")
def test_two_layers_by_hand(submission, close):
    """W1 = diag(3, 4), W2 = diag(2, 1) and (1, 1) give the lengths of (6, 4), (2, 1), (1, 1)."""
    Ws = [np.diag([3.0, 4.0]), np.diag([2.0, 1.0])]
    norms = submission.backward_norms(Ws, np.ones(2))
    close(norms, np.sqrt([52.0, 5.0, 2.0]), name="norms", hint="from the input to the output")


@pytest.mark.points(1)
@pytest.mark.exercise("clip_by_value")
def test_value_clipping_of_the_text(submission, close):
    """(3, -4) clipped at value 1 becomes (1, -1), and (0.2, -0.4) stays as it is."""
    close(submission.clip_by_value(np.array([3.0, -4.0]), 1.0), np.array([1.0, -1.0]))
    close(submission.clip_by_value(np.array([0.2, -0.4]), 1.0), np.array([0.2, -0.4]))


@pytest.mark.points(1)
@pytest.mark.exercise("clip_by_norm")
def test_norm_clipping_of_the_text(submission, close):
    """(3, -4) clipped to norm 1 becomes (0.6, -0.8), and (0.3, -0.4) stays as it is."""
    close(submission.clip_by_norm(np.array([3.0, -4.0]), 1.0), np.array([0.6, -0.8]))
    close(submission.clip_by_norm(np.array([0.3, -0.4]), 1.0), np.array([0.3, -0.4]))


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_every_question_has_a_letter(answers):
    """Every question is answered by one letter, and length_of_a_step is right."""
    hint = "the learning rate times the length of (6, 8)"
    answers({"length_of_a_step": "d"}, letters="abcd", hint=hint)
