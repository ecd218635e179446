"""The gradient check accepts every right gradient and refuses every wrong one, and says why.

Functions and gradients are written out here; their gradients follow from calculus.
"""

import time
import warnings

import numpy as np
import pytest

from grader.judge.failures import Mismatch
from grader.judge.gradcheck import gradcheck

SEEDS = range(50)


def squares(x):
    return float((x**2).sum())


def squared_error(X, W, y):
    return float(((X @ W - y) ** 2).mean())


def squared_error_gradient(X, W, y):
    return 2 * X.T @ (X @ W - y) / y.size


def softmax_loss(W, X, y, reg):
    scores = X @ W
    log_p = scores - np.log(np.exp(scores).sum(axis=1, keepdims=True))
    return -log_p[np.arange(len(y)), y].mean() + reg * (W**2).sum()


def softmax_gradient(W, X, y, reg):
    scores = np.exp(X @ W)
    p = scores / scores.sum(axis=1, keepdims=True)
    p[np.arange(len(y)), y] -= 1
    return X.T @ p / len(y) + 2 * reg * W


def hinge_loss(W, X, y, reg):
    scores = X @ W
    margins = np.maximum(0, scores - scores[np.arange(len(y)), y, None] + 1)
    return margins.sum() / len(y) - 1 + reg * (W**2).sum()


def hinge_gradient(W, X, y, reg):
    scores = X @ W
    active = (scores - scores[np.arange(len(y)), y, None] + 1 > 0).astype(float)
    active[np.arange(len(y)), y] -= active.sum(axis=1)
    return X.T @ active / len(y) + 2 * reg * W


def problem(seed):
    """Return W, X, y and reg of random sizes, from a single row to more entries than are tried."""
    rng = np.random.default_rng(seed)
    n, d, c = rng.integers(1, 30), rng.integers(1, 40), rng.integers(2, 8)
    W = rng.normal(size=(d, c)) * rng.choice([1e-3, 0.1, 1])
    return W, rng.normal(size=(n, d)), rng.integers(0, c, n), rng.uniform(0, 0.5)


def check(function, args, analytic, seed=7, **options):
    gradcheck(function, args, analytic, rng=np.random.default_rng(seed), **options)


def refused(*args, **options):
    with pytest.raises(Mismatch) as caught:
        check(*args, **options)
    return caught.value


@pytest.mark.parametrize(
    ("function", "gradient"),
    [(softmax_loss, softmax_gradient), (hinge_loss, hinge_gradient)],
    ids=["smooth", "hinge"],
)
def test_a_right_gradient_is_accepted_and_a_wrong_one_refused(function, gradient):
    for seed in SEEDS:
        args = problem(seed)
        right = gradient(*args)
        check(function, args, right, seed)
        one_wrong = right.copy()
        place = np.random.default_rng(seed).integers(right.size)
        one_wrong.flat[place] += 0.01 * np.abs(right).max()
        for wrong in (right * len(args[1]) * 2, -right, one_wrong, right * 0, right * 1.0001):
            refused(function, args, wrong, seed)


@pytest.mark.parametrize("seed", SEEDS)
def test_errors_that_cancel_in_half_of_all_sign_patterns_are_refused(seed):
    x = np.arange(1.0, 7)
    wrong = 2 * x
    wrong[1] += 1
    wrong[4] -= 1
    refused(squares, (x,), wrong, seed)


@pytest.mark.parametrize("seed", range(10))
def test_one_wrong_entry_among_thousands_is_refused(seed):
    x = np.random.default_rng(seed).normal(size=(40, 60))
    wrong = 2 * x
    wrong[17, 23] *= 1.01
    refused(squares, (x,), wrong, seed)


def test_a_value_worked_by_hand():
    check(lambda x: x[0] ** 2 * x[1], (np.array([3.0, 5.0]),), [30.0, 9.0])
    refused(lambda x: x[0] ** 2 * x[1], (np.array([3.0, 5.0]),), [30.0, 9.001])


@pytest.mark.parametrize(
    ("factor", "words"),
    [
        (4, "equals the right one times 4"),
        (1 / 4, "equals the right one times 1/4"),
        (-1, "equals the right one times -1"),
        (0.3, "equals the right one times 0.3"),
        (0, "is 0 everywhere"),
    ],
)
def test_a_constant_factor_is_named(factor, words):
    W, X, y, reg = problem(3)
    wrong = softmax_gradient(W, X, y, reg) * factor
    assert refused(softmax_loss, (W, X, y, reg), wrong, name="dW").safe == f"dW {words}"


def test_one_wrong_entry_is_named_with_its_ratio():
    x = np.arange(1.0, 7).reshape(2, 3)
    wrong = 2 * x
    wrong[1, 2] *= 3
    error = refused(squares, (x,), wrong, name="dx")
    assert "is wrong in 1 of 6 entries" in error.safe
    assert "most at [1, 2]: 3 times the slope there" in error.safe
    assert error.detail == "dx[1, 2]: got 36.0, measured 12.0"


def test_a_missing_regularisation_term_is_recognised():
    W, X, y, reg = problem(5)
    wrong = softmax_gradient(W, X, y, reg) - 2 * reg * W
    error = refused(softmax_loss, (W, X, y, reg), wrong)
    assert f"is off by {-2 * reg:.4g} times the argument itself" in error.safe
    assert "regularisation" in error.safe


def test_a_transposed_gradient_of_a_square_is_recognised():
    X, W, y = (np.random.default_rng(s).normal(size=(3, 3)) for s in range(3))
    right = squared_error_gradient(X, W, y)
    check(squared_error, (X, W, y), right, wrt=1)
    assert refused(squared_error, (X, W, y), right.T, wrt=1).safe == (
        "gradient is the transpose of the right one"
    )


def test_a_wrong_shape_is_named_and_called_transposed_only_if_it_is():
    x = np.arange(1.0, 7).reshape(2, 3)
    transposed = refused(squares, (x,), 2 * x.T)
    assert transposed.safe == (
        "gradient has shape (3, 2), expected (2, 3): it is the transpose of the right one"
    )
    assert refused(squares, (x,), 3 * x.T).safe == "gradient has shape (3, 2), expected (2, 3)"
    assert refused(squares, (x,), 2 * x.ravel()).safe == "gradient has shape (6,), expected (2, 3)"
    assert refused(squares, (x,), 0.0).safe == "gradient has shape (), expected (2, 3)"


@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_one_entry_that_is_not_finite_is_refused(bad):
    x = np.arange(1.0, 5)
    wrong = 2 * x
    wrong[2] = bad
    assert "in 1 of 4 entries, first at [2]" in refused(squares, (x,), wrong).safe
    refused(squares, (np.array([1.0]),), [bad])
    refused(squares, (1.0,), bad)


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_a_function_that_is_not_finite_has_no_gradient(value):
    for gradient in (np.zeros(2), np.full(2, np.nan)):
        error = refused(lambda x: value, (np.ones(2),), gradient)
        assert "NaN" in error.safe


def test_a_zero_gradient_of_a_function_that_varies_is_refused():
    for seed in SEEDS:
        args = problem(seed)
        assert "is 0 everywhere" in refused(softmax_loss, args, np.zeros_like(args[0]), seed).safe


def test_a_zero_gradient_of_a_constant_is_right():
    check(lambda x: 3.0, (np.ones(4),), np.zeros(4))
    refused(lambda x: 3.0, (np.ones(4),), np.full(4, 1e-3))


def test_a_small_gradient_of_a_large_value_is_still_told_from_a_wrong_one():
    for seed in SEEDS:
        x = np.random.default_rng(seed).normal(size=20)
        check(lambda x: 1e3 + 1e-2 * squares(x), (x,), 2e-2 * x, seed)
        refused(lambda x: 1e3 + 1e-2 * squares(x), (x,), 2.2e-2 * x, seed)


def test_a_gradient_at_the_minimum_is_zero():
    check(squares, (np.zeros(5),), np.zeros(5))
    refused(squares, (np.zeros(5),), np.full(5, 1e-3))


def test_a_kink_at_the_point_itself_is_left_out():
    x = np.array([0.0, 1.0, -2.0, 3.0])
    slope = np.array([0.0, 1.0, 0.0, 1.0])
    for at_kink in (0.0, 0.5, 1.0):
        slope[0] = at_kink
        check(lambda x: np.maximum(x, 0).sum(), (x,), slope)
    slope[3] = 0.9
    refused(lambda x: np.maximum(x, 0).sum(), (x,), slope)


@pytest.mark.parametrize("share", [0.1, 1 / 3, 0.5, 0.9])
def test_a_kink_within_a_step_of_the_point_is_left_out(share):
    x = np.array([1.0, share * 1e-5, 1.0])
    check(lambda x: np.abs(x).sum(), (x,), np.ones(3))
    refused(lambda x: np.abs(x).sum(), (x,), np.array([1.0, 1.0, -1.0]))


def test_a_function_of_kinks_only_is_refused_whatever_the_gradient():
    error = refused(lambda x: np.abs(x).sum(), (np.zeros(4),), np.zeros(4))
    assert "cannot be measured" in error.safe


def test_a_function_that_answers_at_random_is_refused():
    noise = np.random.default_rng(0)
    for seed in range(20):
        refused(lambda x: noise.normal(), (np.ones(4),), np.zeros(4), seed)


def test_an_array_valued_function_is_weighted_by_upstream():
    x, dout = np.array([0.5, -1.0, 2.0]), np.array([1.0, 2.0, -3.0])
    check(np.tanh, (x,), dout * (1 - np.tanh(x) ** 2), upstream=dout)
    refused(np.tanh, (x,), 1 - np.tanh(x) ** 2, upstream=dout)
    refused(np.tanh, (x,), dout * (1 - np.tanh(x) ** 2), upstream=np.ones(3))
    assert "gives shape (3,), expected (2,)" in refused(np.tanh, (x,), x, upstream=dout[:2]).safe
    assert "gives shape (3,), expected one number" in refused(np.tanh, (x,), x).safe


@pytest.mark.parametrize("value", [None, 1.0, (1.0,), {1: 2.0}, "text"])
def test_a_function_without_the_item_to_pick_is_wrong(value):
    wrong = refused(lambda x: value, (np.ones(2),), np.ones(2), pick=1)
    assert "expected a tuple" in wrong.safe


def test_pick_and_wrt_choose_value_and_argument():
    X, W, y = (np.random.default_rng(s).normal(size=(4, 4)) for s in range(3))

    def both(X, W, y):
        return None, squared_error(X, W, y)

    check(both, (X, W, y), squared_error_gradient(X, W, y), wrt=1, pick=1)
    refused(both, (X, W, y), squared_error_gradient(X, W, y), wrt=0, pick=1)


def test_a_number_has_a_gradient_too():
    check(lambda x: x**3, (2.0,), 12.0)
    assert refused(lambda x: x**3, (2.0,), 24.0).safe == "gradient equals the right one times 2"
    assert "got 11" in refused(lambda x: x**3, (2.0,), 11.0).detail


def test_nothing_to_differentiate_by_has_an_empty_gradient():
    check(lambda x: 0.0, (np.zeros((0, 3)),), np.zeros((0, 3)))
    refused(lambda x: 0.0, (np.zeros((0, 3)),), np.zeros((3, 3)))


def test_whole_numbers_are_measured_as_floats():
    check(squares, (np.array([1, 2, 3]),), [2, 4, 6])


def test_the_arguments_are_left_alone():
    x = np.arange(1.0, 4)
    check(squares, (x,), 2 * x)
    assert x.tolist() == [1, 2, 3]


@pytest.mark.parametrize(
    ("analytic", "words"),
    [
        (None, "dx is None (is a return missing?), expected numbers"),
        (np.full(3, 1j), "dx is an array (3,) of complex128, expected real numbers"),
        ("zeros", "dx is a str, expected numbers"),
    ],
)
def test_a_gradient_of_another_kind_is_described(analytic, words):
    assert refused(squares, (np.ones(3),), analytic, name="dx").safe == words


def test_a_function_without_a_value_is_described():
    assert "the value of the function is None" in refused(lambda x: None, (1.0,), 1.0).safe


def test_the_hint_goes_along():
    for wrong in (np.zeros(3), np.zeros(2), np.full(3, np.nan), None):
        assert refused(squares, (np.ones(3),), wrong, hint="chain rule").hint == "chain rule"


def test_a_tolerance_of_ones_own_has_two_sides():
    x = np.arange(1.0, 4)
    check(squares, (x,), 2 * x * 1.0005, tol=1e-3)
    refused(squares, (x,), 2 * x * 1.005, tol=1e-3)


def test_a_function_that_warns_does_not_break_the_check():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        check(
            lambda x: np.log(np.abs(x)).sum() + 0 * np.float64(1) / 0.5, (np.ones(2),), np.ones(2)
        )
        refused(lambda x: np.log(x * 0).sum(), (np.ones(2),), np.ones(2))


def test_the_cost_of_accepting_does_not_grow_with_the_number_of_parameters():
    calls = []

    def counted(x):
        calls.append(1)
        return squares(x)

    check(counted, (np.ones(10),), np.full(10, 2.0))
    few = len(calls)
    check(counted, (np.ones(10_000),), np.full(10_000, 2.0))
    assert len(calls) == 2 * few


def test_the_submissions_own_function_is_asked_in_one_message(submit):
    answer = submit("""\
        import numpy as np
        calls = []
        def loss(W, X):
            calls.append(1)
            return ((X @ W) ** 2).sum(), None
        def count(): return len(calls)
        """)
    X, W = np.eye(3), np.arange(6.0).reshape(3, 2)
    check(answer.loss, (W, X), 2 * W, pick=0)
    assert answer.count() > 20
    assert refused(answer.loss, (W, X), W, pick=0).safe.endswith("times 1/2")


def test_fifty_checks_take_less_than_ten_seconds():
    started = time.monotonic()
    for seed in SEEDS:
        args = problem(seed)
        check(softmax_loss, args, softmax_gradient(*args), seed)
    assert time.monotonic() - started < 10


@pytest.mark.parametrize("right", [True, False])
def test_a_function_in_float32_is_called_so_and_has_no_kinks(right):
    x = np.linspace(1.0, 2.0, 5)
    gradient = 2 * x if right else 3 * x
    with pytest.raises(Mismatch, match="computes in float32: use float64") as wrong:
        gradcheck(lambda x: np.float32((x**2).sum()), [x], gradient, rng=np.random.default_rng(7))
    assert "kinks" not in wrong.value.safe
