"""The descent reference against torch, SciPy, scikit-learn, and numbers worked by hand."""

import importlib.util
from itertools import pairwise
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest
import scipy.linalg
import scipy.optimize
import torch
from sklearn.linear_model import LinearRegression

ROOT = Path(__file__).parents[2]
# Lecture 001: the intercept, age, sex, bmi, map, tc, ldl, hdl, tch, ltg and glu.
LECTURE = [152.1, -10.0, -239.8, 519.8, 324.4, -792.2, 476.7, 101.0, 177.1, 751.3, 67.6]


def load_reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("descent", ROOT / "reference" / "descent.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


descent = load_reference()


def same(actual, expected):
    # float64 sums of a few hundred terms near 1: rounding stays below 1e-12
    np.testing.assert_allclose(actual, expected, rtol=1e-10, atol=1e-11)


def bowl(x):
    """x1^2 + 4 x2^2, whose Hessian is diag(2, 8)."""
    return float(x @ (x * [1, 4]))


def bowl_gradient(x):
    return x * [2, 8]


def walk(*args, f=bowl, grad=bowl_gradient, **kwargs):
    return descent.gradient_descent(f, grad, *args, **kwargs)


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def diabetes():
    """Return A (442, 11), with a column of ones in front, and b (442,)."""
    data = np.load(ROOT / "assignments" / "data" / "diabetes.npz")
    return np.column_stack([np.ones(442), data["x"]]), data["y"]


def test_central_difference_of_a_cube_is_off_by_h_squared():
    for h in (0.1, 0.05):
        same(descent.numeric_gradient(lambda x: x[0] ** 3, np.array([1.0]), h), [3 + h**2])


def test_halving_h_leaves_a_quarter_of_the_error(rng):
    x = rng.normal(size=(2, 3))
    error = [
        descent.numeric_gradient(lambda x: np.exp(x).sum(), x, h) - np.exp(x) for h in (0.1, 0.05)
    ]
    np.testing.assert_allclose(error[0] / error[1], 4, rtol=0.01)


def test_numeric_gradient_equals_scipy_and_leaves_x_alone(rng):
    x = rng.normal(size=5)
    before = x.copy()
    dx = descent.numeric_gradient(scipy.optimize.rosen, x)
    np.testing.assert_allclose(dx, scipy.optimize.rosen_der(x), rtol=1e-6)
    same(x, before)


def test_gradient_is_the_steepest_of_a_thousand_directions(rng):
    dx = np.array([3.0, 4.0])
    slopes = [descent.directional_slope(dx, u) for u in rng.normal(size=(1000, 2))]
    assert 0.99 * 5 < max(slopes) <= 5
    same(descent.directional_slope(dx, 7 * dx), 5)
    same(descent.directional_slope(dx, np.array([2.0, 0.0])), 3)


def test_directional_slope_is_the_measured_one(rng):
    x, u = rng.normal(size=(2, 4))
    ahead, behind = (scipy.optimize.rosen(x + s * u / np.linalg.norm(u)) for s in (1e-6, -1e-6))
    slope = descent.directional_slope(scipy.optimize.rosen_der(x), u)
    np.testing.assert_allclose(slope, (ahead - behind) / 2e-6, rtol=1e-6)


def test_walk_by_hand():
    path, values, reason = walk(np.array([1.0, 1.0]), 0.1, max_steps=3)
    same(path, [[1, 1], [0.8, 0.2], [0.64, 0.04], [0.512, 0.008]])
    same(values, [5, 0.8, 0.416, 0.2624])
    assert reason == "max_steps"


def test_walk_ends_where_it_is_flat():
    path, values, reason = walk(np.array([1.0, 1.0]), 0.1, tol=0.01)
    assert reason == "flat"
    assert len(path) == len(values) == 25  # 2 * 0.8^23 = 0.0118, 2 * 0.8^24 = 0.0094
    assert np.linalg.norm(bowl_gradient(path[-1])) <= 0.01 < np.linalg.norm(bowl_gradient(path[-2]))


def test_walk_of_no_steps_is_its_start():
    path, values, reason = walk(np.zeros(2), 0.1)
    assert (path.shape, list(values), reason) == ((1, 2), [0], "flat")
    path, values, reason = walk(np.ones(2), 0.1, max_steps=0)
    assert (path.shape, list(values), reason) == ((1, 2), [5], "max_steps")


def test_height_falls_at_a_stable_rate_and_says_nothing_about_the_end():
    _, values, _ = walk(np.ones(2), 0.2)
    assert (np.diff(values) < 0).all()
    assert values[-1] < 1e-12
    _, values, reason = walk(np.ones(2), 0.25)  # x2 jumps from 1 to -1 and back
    assert reason == "max_steps"
    assert (np.diff(values) <= 0).all()
    same(values[-1], 4)
    _, values, reason = walk(np.ones(2), 0.4)
    assert reason == "diverged"
    assert values[-1] > values[1] > values[0]


def test_ridge_of_a_saddle_holds_the_walk():
    def grad(x):
        return x * [2, -2]

    def f(x):
        return x[0] ** 2 - x[1] ** 2

    path, values, reason = walk(np.array([1.0, 0.0]), 0.1, f=f, grad=grad)
    assert reason == "flat"
    assert np.abs(path[-1]).max() < 1e-6
    assert 0 < values[-1] < 1e-12
    path, values, reason = walk(np.array([1.0, 1e-9]), 0.1, f=f, grad=grad, max_steps=200)
    assert reason == "max_steps"
    assert values[-1] < -1e12
    assert path[-1][1] > 1e6


@pytest.mark.parametrize(("factor", "reason"), [(0.99, "flat"), (1.3, "diverged")])
def test_largest_stable_rate_is_the_border(factor, reason):
    rate = factor * descent.largest_stable_rate(np.diag([2.0, 8.0]))
    same(rate, factor * 0.25)
    *_, ended = walk(np.ones(2), rate, max_steps=3000)
    assert ended == reason


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_gradient_that_is_not_finite_ends_the_walk(bad):
    path, values, reason = walk(np.ones(2), 0.1, grad=lambda x: np.array([bad, 0.0]))
    assert (len(path), list(values), reason) == (1, [5], "diverged")


def test_rate_of_a_rotated_bowl(rng):
    Q = scipy.linalg.qr(rng.normal(size=(4, 4)))[0]
    same(descent.largest_stable_rate(Q @ np.diag([0.5, 3.0, 8.0, 1.0]) @ Q.T), 0.25)


@pytest.mark.parametrize(
    ("curvatures", "kind"),
    [
        ((2, 2), "minimum"),
        ((-2, -1), "maximum"),
        ((2, -2), "saddle"),
        ((2, -2, 0), "saddle"),
        ((2, 0), "undecided"),
        ((-2, 0), "undecided"),
        ((0, 0), "undecided"),
    ],
)
def test_curvatures_decide_what_a_flat_point_is(rng, curvatures, kind):
    D = len(curvatures)
    Q = scipy.linalg.qr(rng.normal(size=(D, D)))[0]
    H = Q * np.array(curvatures, dtype=float) @ Q.T
    assert descent.classify_point(np.zeros(D), H) == kind
    assert descent.classify_point(np.full(D, 1e-3), H) == "slope"


def test_rosenbrock_equals_scipy(rng):
    value, dx = descent.rosenbrock(np.array([-1.2, 1.0]))
    same(value, 24.2)
    same(dx, [-215.6, -88])
    for x in rng.normal(size=(5, 2)):
        value, dx = descent.rosenbrock(x)
        same(value, scipy.optimize.rosen(x))
        same(dx, scipy.optimize.rosen_der(x))


def test_rosenbrock_takes_many_more_steps_than_a_bowl():
    start = np.array([-1.2, 1.0])
    _, values, _ = walk(start, 0.2, tol=1e-3)
    assert len(values) - 1 == 18
    valley = {"f": scipy.optimize.rosen, "grad": lambda x: descent.rosenbrock(x)[1]}
    _, values, reason = walk(start, 1e-3, max_steps=20_000, tol=1e-3, **valley)
    assert (len(values) - 1, reason) == (14_789, "flat")
    assert (np.diff(values) < 0).all()


def test_least_squares_gives_the_lecture_in_three_ways(diabetes):
    A, b = diabetes
    same(np.round(descent.ols_normal(A, b), 1), LECTURE)
    same(np.round(descent.qr_solve(A, b), 1), LECTURE)
    scale = np.r_[1, np.full(10, np.sqrt(442))]
    x = scale * descent.ols_descent(A * scale, b, 0.24, 4000)
    same(np.round(x, 1), LECTURE)


def test_least_squares_equals_scikit_learn(diabetes):
    A, b = diabetes
    model = LinearRegression().fit(A[:, 1:], b)
    for solve in (descent.ols_normal, descent.qr_solve):
        np.testing.assert_allclose(solve(A, b), [model.intercept_, *model.coef_], rtol=1e-9)


def test_condition_number_of_the_diabetes_data(diabetes):
    A, _ = diabetes
    assert round(descent.condition_number(A)) == 227
    assert round(descent.condition_number(A.T @ A)) == 51_631
    same(descent.condition_number(A), np.linalg.cond(A))


def test_back_substitution_by_hand_and_by_scipy(rng):
    R = np.array([[2.0, 1, -1], [0, 3, 2], [0, 0, 4]])
    same(descent.back_substitute(R, np.array([3.0, 13, 8])), [1, 3, 2])
    R = rng.normal(size=(6, 6)) + 5 * np.eye(6)  # entries below the diagonal are not read
    c = rng.normal(size=6)
    same(descent.back_substitute(R, c), scipy.linalg.solve_triangular(R, c))


def test_singular_triangle_is_refused():
    R = np.array([[1.0, 2, 3], [0, 0, 1], [0, 0, 2]])
    with pytest.raises(ValueError, match="got 0 in row 1"):
        descent.back_substitute(R, np.ones(3))


def test_factors_equal_scipy_up_to_signs(rng):
    A = rng.normal(size=(9, 4))
    Q, R = descent.qr_decompose(A)
    Q_scipy, R_scipy = scipy.linalg.qr(A, mode="economic")
    same(np.abs(Q), np.abs(Q_scipy))
    same(np.abs(R), np.abs(R_scipy))
    same(Q @ R, A)
    same(descent.qr_decompose(np.array([[3.0, 1], [4, 3]]))[1], [[5, 3], [0, 1]])


def test_factors_stay_orthonormal_where_the_columns_are_nearly_alike():
    hilbert = scipy.linalg.hilbert(12)[:, :6]
    assert descent.condition_number(hilbert) > 1e6
    Q, _ = descent.qr_decompose(hilbert)
    assert np.abs(Q.T @ Q - np.eye(6)).max() < 1e-14


def test_qr_keeps_the_digits_that_the_normal_equations_lose():
    t = np.linspace(1, 2, 30)
    powers = np.column_stack([t**k for k in range(7)])
    b = powers.sum(axis=1)
    assert np.abs(descent.qr_solve(powers, b) - 1).max() < 1e-8
    assert np.abs(descent.ols_normal(powers, b) - 1).max() > 1e-5


def test_mean_squared_error_by_hand_and_by_torch(rng):
    loss, dx = descent.least_squares_loss(np.zeros(2), np.eye(2), np.array([3.0, 1.0]))
    assert loss == 5
    same(dx, [-3, -1])
    A, b, x = rng.normal(size=(9, 4)), rng.normal(size=9), rng.normal(size=4)
    leaf = torch.tensor(x, requires_grad=True)
    wanted = torch.nn.functional.mse_loss(torch.tensor(A) @ leaf, torch.tensor(b))
    wanted.backward()
    loss, dx = descent.least_squares_loss(x, A, b)
    same(loss, wanted.item())
    same(dx, leaf.grad.numpy())


def test_batches_of_an_epoch_hold_every_row_once():
    batches = descent.minibatches(10, 4, 7)
    assert [len(rows) for rows in batches] == [4, 4, 2]
    assert sorted(np.concatenate(batches)) == list(range(10))
    again, other = descent.minibatches(10, 4, 7), descent.minibatches(10, 4, 8)
    same(np.concatenate(again), np.concatenate(batches))
    assert (np.concatenate(other) != np.concatenate(batches)).any()


def test_training_goes_through_all_rows_in_a_new_order_each_epoch():
    orders = []

    def loss(w, X, y):
        orders.extend(X[:, 0])
        assert (X[:, 0] == y).all()
        return 1.5, np.ones(1)

    rows = np.arange(20.0)
    w, losses = descent.train(
        loss, np.zeros(1), rows[:, None], rows, descent.sgd, {"learning_rate": 0.5}, 8, 2, 7
    )
    assert losses == [1.5] * 6
    same(w, [-3])
    assert sorted(orders[:20]) == sorted(orders[20:]) == list(rows)
    assert orders[:20] != orders[20:]


def test_training_comes_close_to_the_least_squares_solution(rng):
    A = rng.normal(size=(200, 3))
    b = A @ [1.0, -2.0, 3.0]
    config = {"learning_rate": 0.02}
    w, losses = descent.train(
        descent.least_squares_loss, np.zeros(3), A, b, descent.sgd_momentum, config, 16, 20, 7
    )
    np.testing.assert_allclose(w, [1, -2, 3], atol=1e-3)
    assert losses[-1] < 1e-6 * losses[0]


OPTIMISERS = [
    (descent.sgd, {"learning_rate": 0.3}, lambda p: torch.optim.SGD(p, 0.3)),
    (
        descent.sgd_momentum,
        {"learning_rate": 0.3, "momentum": 0.7},
        lambda p: torch.optim.SGD(p, 0.3, momentum=0.7),
    ),
    (
        descent.rmsprop,
        {"learning_rate": 0.3, "decay_rate": 0.8, "epsilon": 0.05},
        lambda p: torch.optim.RMSprop(p, 0.3, alpha=0.8, eps=0.05),
    ),
    (
        descent.adam,
        {"learning_rate": 0.3, "beta1": 0.7, "beta2": 0.85, "epsilon": 0.05},
        lambda p: torch.optim.Adam(p, 0.3, betas=(0.7, 0.85), eps=0.05),
    ),
]


@pytest.mark.parametrize(
    ("update", "config", "optimiser"), OPTIMISERS, ids=["sgd", "momentum", "rmsprop", "adam"]
)
def test_optimisers_equal_torch_for_ten_steps(rng, update, config, optimiser):
    w = rng.normal(size=(3, 4))
    leaf = torch.tensor(w.copy(), requires_grad=True)
    theirs, given = optimiser([leaf]), dict(config)
    for _ in range(10):
        dw = rng.normal(size=w.shape)
        leaf.grad = torch.tensor(dw)
        theirs.step()
        w, config = update(w, dw, config)
        same(w, leaf.detach().numpy())
    assert given.items() <= config.items()


@pytest.mark.parametrize("update", [descent.sgd, descent.sgd_momentum, descent.rmsprop])
def test_optimisers_start_without_a_config(update):
    w, config = update(np.zeros(2), np.array([1.0, -4.0]))
    assert config["learning_rate"] == 1e-2
    scale = np.array([0.1, -0.1]) if update is descent.rmsprop else np.array([0.01, -0.04])
    np.testing.assert_allclose(w, -scale, rtol=1e-6)  # epsilon is 1e-8 of a root of 0.1


def test_first_step_of_adam_is_the_learning_rate():
    w, config = descent.adam(np.zeros(2), np.array([100.0, -0.01]))
    np.testing.assert_allclose(w, [-1e-3, 1e-3], rtol=2e-6)  # epsilon is 1e-6 of 0.01
    assert config["t"] == 1


def test_optimisers_by_hand():
    velocity = {"learning_rate": 0.1, "momentum": 0.5, "velocity": np.array([0.2])}
    w, config = descent.sgd_momentum(np.array([1.0]), np.array([2.0]), velocity)
    same([w[0], config["velocity"][0]], [0.9, -0.1])
    cache = {"learning_rate": 0.1, "decay_rate": 0.75, "epsilon": 0.5, "cache": np.array([4.0])}
    w, config = descent.rmsprop(np.array([1.0]), np.array([4.0]), cache)
    np.testing.assert_allclose([w[0], config["cache"][0]], [1 - 0.12716, 7], atol=5e-6)
    state = {"learning_rate": 0.1, "beta1": 0.5, "beta2": 0.75, "epsilon": 1.0}
    state |= {"m": np.array([1.0]), "v": np.array([3.0]), "t": 1}
    w, config = descent.adam(np.array([1.0]), np.array([2.0]), state)
    np.testing.assert_allclose(w, [1 - 0.053683], atol=5e-7)
    assert (config["m"][0], config["v"][0], config["t"]) == (1.5, 3.25, 2)


@pytest.mark.parametrize("update", [case[0] for case in OPTIMISERS] + [descent.adam])
def test_optimisers_leave_their_arguments_alone(rng, update):
    w, dw, config = rng.normal(size=3), rng.normal(size=3), {"learning_rate": 0.5}
    before = w.copy(), dw.copy()
    update(w, dw, config)
    same((w, dw), before)
    assert config == {"learning_rate": 0.5}


def test_clipping_equals_torch(rng):
    dw = rng.normal(size=(4, 5))
    leaf = torch.zeros(4, 5, dtype=torch.float64)
    leaf.grad = torch.tensor(dw)
    torch.nn.utils.clip_grad_value_([leaf], 0.6)
    same(descent.clip_by_value(dw, 0.6), leaf.grad.numpy())
    leaf.grad = torch.tensor(dw)
    torch.nn.utils.clip_grad_norm_([leaf], 0.6)
    # torch divides by the length plus 1e-6
    np.testing.assert_allclose(descent.clip_by_norm(dw, 0.6), leaf.grad.numpy(), rtol=1e-5)


def test_clipping_by_hand():
    dw = np.array([3.0, -4.0])
    same(descent.clip_by_value(dw, 1.0), [1, -1])
    same(descent.clip_by_norm(dw, 1.0), [0.6, -0.8])
    for small in (dw / 10, np.zeros(2)):
        same(descent.clip_by_norm(small, 1.0), small)
        same(descent.clip_by_value(small, 1.0), small)
    same(dw, [3, -4])


def test_backward_norms_by_hand_and_by_torch(rng):
    norms = descent.backward_norms([np.diag([3.0, 4.0]), np.diag([2.0, 1.0])], np.ones(2))
    same(norms, np.sqrt([52, 5, 2]))
    sizes = [5, 3, 6, 4]
    Ws = [rng.normal(size=(b, a)) for a, b in pairwise(sizes)]
    dout = rng.normal(size=4)
    h = [torch.zeros(5, dtype=torch.float64, requires_grad=True)]
    for W in Ws:
        h.append(torch.tensor(W) @ h[-1])
    gradients = torch.autograd.grad(h[-1], h, torch.tensor(dout))
    same(descent.backward_norms(Ws, dout), [np.linalg.norm(g) for g in gradients])


def test_depth_makes_gradients_vanish_or_explode(rng):
    for factor, low, high in ((0.5, 0, 1e-7), (1, 0.05, 20), (2, 1e7, np.inf)):
        Ws = [factor / 10 * rng.normal(size=(100, 100)) for _ in range(30)]
        norms = descent.backward_norms(Ws, rng.normal(size=100))
        assert low < norms[0] / norms[-1] < high


def test_answers_are_letters():
    assert len(descent.ANSWERS) == 20
    assert set(descent.ANSWERS.values()) == set("abcd")
