"""The reference of linear against torch, scikit-learn, SciPy and numbers worked by hand."""

import os
from pathlib import Path

import numpy as np
import pytest
import scipy.special
import scipy.stats
import torch
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression, Ridge, RidgeClassifier
from sklearn.preprocessing import label_binarize

from reference import linear

COURSE = Path(__file__).parents[2]
DATA = Path(os.environ.get("NABLAGRADE_DATA", COURSE.parent / "shared" / "data"))
CIFAR = DATA / "cifar10_first5000_500.npz"

TABLE = np.array([[3.2, 5.1, -1.7], [1.3, 4.9, 2.0], [2.2, 2.5, -3.1]])  # cat, car, frog images
TRUE = np.array([0, 1, 2])
LECTURE_W = np.array([[0.2, -0.5, 0.1, 2.0], [1.5, 1.3, 2.1, 0.0], [0.0, 0.25, 0.2, -0.3]])
LECTURE_X, LECTURE_B = np.array([56.0, 231.0, 24.0, 2.0]), np.array([1.1, 3.2, -1.2])

SVM_LOSSES = [linear.svm_loss_naive, linear.svm_loss_vectorized]
SOFTMAX_LOSSES = [linear.softmax_loss_naive, linear.softmax_loss_vectorized]


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def problem(rng):
    """W (12, 5), X (23, 12), y (23,), all of order 1."""
    return rng.normal(size=(12, 5)), rng.normal(size=(23, 12)), rng.integers(5, size=23)


@pytest.fixture(scope="module")
def digits():
    """Centred digits with a column of ones: 1300 for training, 497 for validation."""
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(7).permutation(len(y))
    X, y = X[order] / 16, y[order]
    X = np.column_stack([X - X[:1300].mean(axis=0), np.ones(len(X))])
    return X[:1300], y[:1300], X[1300:], y[1300:]


def agree(mine, theirs):
    # Two float64 computations of a few hundred terms differ by some 1e-13 of the largest.
    theirs = np.asarray(theirs)
    np.testing.assert_allclose(mine, theirs, rtol=0, atol=1e-11 * np.abs(theirs).max())


def by_autograd(data_loss, W, X, y, reg):
    """Return loss and gradient of torch's mean data loss plus reg * sum(W^2)."""
    weights = torch.tensor(W, requires_grad=True)
    loss = data_loss(torch.tensor(X) @ weights, torch.tensor(y)) + reg * (weights**2).sum()
    loss.backward()
    return loss.item(), weights.grad.numpy()


def torch_hinge(scores, y):
    # torch divides the sum over the classes by their number; the lecture does not
    return scores.shape[1] * torch.nn.functional.multi_margin_loss(scores, y)


def test_the_lecture_image_scores_as_printed():
    agree(linear.scores(LECTURE_W, LECTURE_X, LECTURE_B), [-96.8, 437.9, 60.75])


def test_the_bias_trick_gives_the_same_scores():
    W1, x1 = linear.bias_trick(LECTURE_W, LECTURE_B, LECTURE_X)
    assert W1.shape == (3, 5)
    assert x1.shape == (5,)
    agree(W1 @ x1, [-96.8, 437.9, 60.75])


@pytest.mark.parametrize(("D", "C", "want"), [(3072, 10, 30730), (784, 10, 7850)])
def test_parameters_are_counted_with_biases(D, C, want):
    assert linear.n_params(D, C) == want


def test_templates_are_images_on_one_scale(rng):
    W = rng.normal(size=(3072, 10))
    pictures = linear.templates(W, (32, 32, 3))
    assert pictures.shape == (10, 32, 32, 3)
    np.testing.assert_allclose([pictures.min(), pictures.max()], [0, 255], atol=1e-10)
    grey = 255 * (W[(1 * 32 + 2) * 3, 4] - W.min()) / np.ptp(W)
    assert pictures[4, 1, 2, 0] == pytest.approx(grey)


def test_distance_is_how_far_a_point_moved_along_the_normal(rng):
    w, b = rng.normal(size=5), 1.7
    foot = -b * w / (w @ w)  # the point of the plane that is nearest to the origin
    distances = np.array([-2.0, 0.5, 3.0])
    X = foot + np.outer(distances, w / np.linalg.norm(w))
    np.testing.assert_allclose(linear.signed_distance(w, b, X), distances, atol=1e-12)


def test_one_hot_rows_equal_scikit_learns(rng):
    y = rng.integers(7, size=30)
    np.testing.assert_array_equal(linear.one_hot(y, 9), label_binarize(y, classes=np.arange(9)))
    assert linear.one_hot(y, 9).dtype == np.float64


def test_one_vs_rest_with_ridge_is_scikit_learns_ridge_classifier(rng):
    X, y = rng.normal(size=(60, 6)), rng.integers(4, size=60)

    def fit(X, t):
        ridge = Ridge(alpha=0.7).fit(X, t)
        return ridge.coef_, ridge.intercept_

    W, b = linear.one_vs_rest(X, y, 4, fit)
    theirs = RidgeClassifier(alpha=0.7).fit(X, y)
    np.testing.assert_allclose(W, theirs.coef_.T, atol=1e-9)
    np.testing.assert_allclose(b, theirs.intercept_, atol=1e-9)


def test_hinge_of_the_lectures():
    assert linear.hinge(np.array([13.0, -7.0, 11.0]), 0, 10.0) == 8
    np.testing.assert_allclose([linear.hinge(s, y) for y, s in enumerate(TABLE)], [2.9, 0, 12.9])
    np.testing.assert_allclose(
        [linear.squared_hinge(s, y) for y, s in enumerate(TABLE)], [8.41, 0, 83.25]
    )


@pytest.mark.parametrize("delta", [0.5, 1.0, 4.0])
def test_hinges_equal_torchs_margin_loss(rng, delta):
    for power, mine in ((1, linear.hinge), (2, linear.squared_hinge)):
        s, y = 3 * rng.normal(size=6), int(rng.integers(6))
        theirs = 6 * torch.nn.functional.multi_margin_loss(
            torch.tensor(s), torch.tensor(y), p=power, margin=delta
        )
        assert mine(s, y, delta) == pytest.approx(theirs.item(), rel=1e-12)


def test_the_car_tolerates_any_move_below_095():
    car = TABLE[1]
    assert linear.hinge(car + np.array([0.949, -0.949, 0.949]), 1) == 0
    assert linear.hinge(car + np.array([0.0, -0.96, 0.96]), 1) == pytest.approx(0.02)


def test_doubled_scores_keep_a_zero_loss():
    assert linear.hinge(2 * TABLE[1], 1) == 0


def test_repaired_code_equals_the_naive_loss(problem):
    W, X, y = problem
    losses = [linear.L_i_vectorized(x, int(label), W.T) for x, label in zip(X, y, strict=True)]
    assert np.mean(losses) == pytest.approx(linear.svm_loss_naive(W, X, y, 0.0)[0])


def test_penalties_of_the_lecture():
    assert linear.l2_penalty(np.array([1.0, 0, 0, 0])) == 1.0
    assert linear.l2_penalty(np.full(4, 0.25)) == 0.25


@pytest.mark.parametrize("C", [3, 10])
def test_init_loss_is_the_loss_at_zero_weights(rng, C):
    X, y, W = rng.normal(size=(11, 4)), rng.integers(C, size=11), np.zeros((4, C))
    hinge, softmax = linear.svm_loss_naive(W, X, y, 1.0), linear.softmax_loss_naive(W, X, y, 1.0)
    assert linear.init_loss(C, "hinge") == pytest.approx(hinge[0])
    assert linear.init_loss(C, "softmax") == pytest.approx(softmax[0])


def test_init_loss_refuses_another_kind():
    with pytest.raises(ValueError, match="kind must be 'hinge' or 'softmax', got 'squared'"):
        linear.init_loss(10, "squared")


def test_softmax_of_the_lectures():
    p = linear.softmax(np.array([1.0, 0.0, 4.0]))
    np.testing.assert_allclose(p, [0.0466, 0.0171, 0.9362], atol=5e-5)
    np.testing.assert_allclose(linear.softmax(TABLE[0]), [0.13, 0.869, 0.001], atol=5e-5)


def test_softmax_equals_scipys_up_to_a_thousand(rng):
    s = rng.uniform(-1000, 1000, size=(100, 6))
    agree(linear.softmax(s), scipy.special.softmax(s, axis=1))
    agree(linear.softmax(s[0]), scipy.special.softmax(s[0]))


def test_softmax_ignores_shifts_but_not_scale():
    s = np.array([1.0, 0.0, 4.0])
    agree(linear.softmax(s + 1000), linear.softmax(s))
    assert np.abs(linear.softmax(2 * s) - linear.softmax(s)).max() > 0.05


def test_entropies_equal_scipys(rng):
    p, q = rng.dirichlet(np.ones(6)), rng.dirichlet(np.ones(6))
    assert linear.entropy(p) == pytest.approx(scipy.stats.entropy(p, base=2), rel=1e-12)
    assert linear.entropy(p, np.e) == pytest.approx(scipy.stats.entropy(p), rel=1e-12)
    assert linear.kl(p, q) == pytest.approx(scipy.stats.entropy(p, q), rel=1e-12)
    total = scipy.stats.entropy(p) + scipy.stats.entropy(p, q)
    assert linear.cross_entropy(p, q) == pytest.approx(total, rel=1e-12)


def test_worked_entropies():
    fair, biased = np.array([0.5, 0.5]), np.array([0.25, 0.75])
    assert linear.entropy(np.array([1.0, 0.0])) == 0
    assert linear.entropy(fair) == 1
    assert linear.entropy(fair, np.e) == pytest.approx(np.log(2))
    assert linear.cross_entropy(fair, biased) == pytest.approx(0.8370, abs=5e-5)
    assert linear.kl(fair, biased) == pytest.approx(0.1438, abs=5e-5)


def test_zeros_of_a_pmf():
    sure, fair = np.array([1.0, 0.0]), np.array([0.5, 0.5])
    assert linear.cross_entropy(sure, sure) == linear.kl(sure, sure) == 0
    assert linear.kl(sure, fair) == pytest.approx(np.log(2))
    assert linear.cross_entropy(fair, sure) == linear.kl(fair, sure) == np.inf


@pytest.mark.parametrize("function", [linear.entropy, linear.cross_entropy, linear.kl])
@pytest.mark.parametrize(
    ("p", "message"),
    [([0.5, 0.4], "must add to 1"), ([1.5, -0.5], "numbers >= 0"), ([[1.0]], "a vector")],
)
def test_what_is_no_pmf_is_refused(function, p, message):
    pmfs = [np.array(p)] if function is linear.entropy else [np.array([0.5, 0.5]), np.array(p)]
    with pytest.raises(ValueError, match=message):
        function(*pmfs)


def test_losses_of_satisfied_scores():
    rows = np.array([[10.0, -2.0, 3.0], [10.0, 9.0, 9.0], [10.0, -100.0, -100.0]])
    assert [linear.hinge(s, 0) for s in rows] == [0, 0, 0]
    costs = [linear.cross_entropy(np.array([1.0, 0, 0]), linear.softmax(s)) for s in rows]
    np.testing.assert_allclose(costs, [9.18e-4, 0.5514, 0], atol=5e-5)


def test_dataset_loss_is_torchs_with_soft_targets(problem, rng):
    W, X, _ = problem
    P = rng.dirichlet(np.ones(5), size=23)
    theirs = torch.nn.functional.cross_entropy(torch.tensor(X @ W), torch.tensor(P))
    assert linear.dataset_loss(W, X, P) == pytest.approx(theirs.item(), rel=1e-12)
    assert linear.dataset_loss(np.eye(3), TABLE, np.eye(3)) == pytest.approx(2.7587, abs=5e-5)


def test_sigmoid_equals_scipys_and_stays_finite():
    z = np.concatenate([np.linspace(-40, 40, 81), [-1000.0, 1000.0]])
    np.testing.assert_allclose(linear.sigmoid(z), scipy.special.expit(z), rtol=1e-13)
    slip, right = scipy.special.expit(1 - 0.5), linear.sigmoid(np.array([1 + 0.5]))[0]
    assert (round(slip, 3), round(right, 3)) == (0.622, 0.818)


def test_bce_equals_torchs(rng):
    z, t = np.append(3 * rng.normal(size=9), [1000.0, -1000.0]), rng.integers(2, size=11) * 1.0
    logits = torch.tensor(z, requires_grad=True)
    theirs = torch.nn.functional.binary_cross_entropy_with_logits(logits, torch.tensor(t))
    theirs.backward()
    loss, dz = linear.bce(z, t)
    assert loss == pytest.approx(theirs.item(), rel=1e-12)
    agree(dz, logits.grad.numpy())


@pytest.mark.parametrize("function", SVM_LOSSES)
@pytest.mark.parametrize("reg", [0.0, 1.3])
def test_svm_losses_equal_torchs(problem, function, reg):
    loss, dW = function(*problem, reg)
    their_loss, their_dW = by_autograd(torch_hinge, *problem, reg)
    assert loss == pytest.approx(their_loss, rel=1e-12)
    agree(dW, their_dW)


@pytest.mark.parametrize("function", SOFTMAX_LOSSES)
@pytest.mark.parametrize("reg", [0.0, 1.3])
def test_softmax_losses_equal_torchs(problem, function, reg):
    loss, dW = function(*problem, reg)
    their_loss, their_dW = by_autograd(torch.nn.functional.cross_entropy, *problem, reg)
    assert loss == pytest.approx(their_loss, rel=1e-12)
    agree(dW, their_dW)


@pytest.mark.parametrize("function", SVM_LOSSES)
def test_the_table_costs_527(function):
    loss, dW = function(np.eye(3), TABLE, TRUE, 0.1)
    assert loss == pytest.approx(15.8 / 3 + 0.3)
    pushes = np.array([[-1, 1, 0], [0, 0, 0], [1, 1, -2]])
    agree(dW, TABLE.T @ pushes / 3 + 0.2 * np.eye(3))


@pytest.mark.parametrize("function", SOFTMAX_LOSSES)
def test_softmax_losses_survive_large_scores(function):
    X = np.array([[1000.0, 0.0], [0.0, -1000.0]])
    loss, dW = function(np.eye(2), X, np.array([0, 0]), 0.0)
    assert loss == 0
    assert not dW.any()


def test_the_gradient_vanishes_at_scikit_learns_minimum(digits):
    X, y, _, _ = digits
    reg = 1e-3
    # scikit-learn adds sum(W^2) / 2C to the sum of the losses; we add reg * sum(W^2) to their mean
    model = LogisticRegression(C=1 / (2 * reg * len(y)), fit_intercept=False, tol=1e-8)
    W = model.fit(X, y).coef_.T.copy()
    _, dW = linear.softmax_loss_vectorized(W, X, y, reg)
    assert np.abs(dW).max() < 1e-5 * np.abs(W).max()


@pytest.mark.parametrize("function", SVM_LOSSES + SOFTMAX_LOSSES)
@pytest.mark.parametrize(
    ("shapes", "message"),
    [
        (((4, 3), (0, 4), (0,)), r"X must have shape \(N, D\), N >= 1"),
        (((5, 3), (6, 4), (6,)), r"W must have shape \(4, C\) to match X, got \(5, 3\)"),
        (((4, 3), (6, 4), (5,)), r"y must have shape \(6,\) to match X, got \(5,\)"),
    ],
)
def test_shapes_that_do_not_fit_are_refused(function, shapes, message):
    W, X, y = (np.zeros(shape, int if i == 2 else float) for i, shape in enumerate(shapes))
    with pytest.raises(ValueError, match=message):
        function(W, X, y, 0.0)


def test_arguments_are_left_alone(problem):
    W, X, y = problem
    P, s, b, p = np.full((23, 5), 0.2), X @ W, np.arange(5.0), np.full(5, 0.2)
    calls = [
        *((loss, (W, X, y, 0.5)) for loss in SVM_LOSSES + SOFTMAX_LOSSES),
        (linear.dataset_loss, (W, X, P)),
        (linear.softmax, (s,)),
        (linear.hinge, (s[0], 2)),
        (linear.squared_hinge, (s[0], 2)),
        (linear.L_i_vectorized, (X[0], 2, W.T)),
        (linear.bias_trick, (W.T, b, X[0])),
        (linear.templates, (W, (3, 4))),
        (linear.one_hot, (y, 5)),
        (linear.kl, (p, p)),
        (linear.bce, (s[:, 0], P[:, 0])),
        (linear.sigmoid, (s,)),
    ]
    for function, arguments in calls:
        before = [np.copy(argument) for argument in arguments]
        function(*arguments)
        for was, argument in zip(before, arguments, strict=True):
            np.testing.assert_array_equal(argument, was, err_msg=function.__name__)


@pytest.mark.parametrize(("kind", "rate"), [(linear.LinearSVM, 0.05), (linear.Softmax, 0.5)])
def test_training_on_digits_reaches_92_percent(digits, kind, rate):
    X, y, X_val, y_val = digits
    classifier = kind()
    history = classifier.train(X, y, learning_rate=rate, reg=1e-4, num_iters=1500)
    start = linear.init_loss(10, "hinge" if kind is linear.LinearSVM else "softmax")
    assert len(history) == 1500
    assert history[0] == pytest.approx(start, rel=0.02)
    assert np.mean(history[-50:]) < 0.1 * start
    # Another random seed moves this by half a percent around 0.95.
    assert np.mean(classifier.predict(X_val) == y_val) > 0.92


def test_a_template_resembles_the_mean_image_of_its_class(digits):
    X, y, _, _ = digits
    classifier = linear.Softmax()
    classifier.train(X, y, learning_rate=0.5, reg=1e-3, num_iters=500)
    for digit in range(10):
        mean_image = X[y == digit, :-1].mean(axis=0)
        assert np.corrcoef(classifier.W[:-1, digit], mean_image)[0, 1] > 0


def test_training_goes_on_from_the_weights_and_prints_when_asked(problem, capsys):
    W, X, y = problem
    classifier = linear.Softmax()
    classifier.W = W
    classifier.train(X, y, learning_rate=0.0, num_iters=101, batch_size=5, verbose=True)
    np.testing.assert_array_equal(classifier.W, W)
    printed = capsys.readouterr().out.splitlines()
    assert [line.partition(":")[0] for line in printed] == ["step 0 of 101", "step 100 of 101"]


def test_a_linear_classifier_alone_has_no_loss(problem):
    _, X, y = problem
    with pytest.raises(NotImplementedError, match="a subclass defines the loss"):
        linear.LinearClassifier().train(X, y, num_iters=1, batch_size=5)


def test_condition_numbers_of_the_diabetes_data():
    with np.load(COURSE / "assignments" / "data" / "diabetes.npz") as data:
        A = np.column_stack([np.ones(len(data["x"])), data["x"]])
    assert A.shape == (442, 11)
    assert round(np.linalg.cond(A)) == 227
    assert round(np.linalg.cond(A.T @ A)) == 51_631


@pytest.mark.skipif(not CIFAR.is_file(), reason=f"no CIFAR-10 at {CIFAR}; set NABLAGRADE_DATA")
def test_first_losses_on_cifar10(rng):
    with np.load(CIFAR) as data:
        X, y = data["x_train"][:500].reshape(500, -1).astype(float), data["y_train"][:500]
    X, y = np.column_stack([X - X.mean(axis=0), np.ones(500)]), y.astype(int)
    weights = 1e-4 * rng.normal(size=(12, 3073, 10))
    # One draw spreads by 0.3 (SVM) and 0.03 (softmax); the mean of 12 by a third of that.
    svm = np.mean([linear.svm_loss_vectorized(W, X, y, 5e-6)[0] for W in weights])
    softmax = np.mean([linear.softmax_loss_vectorized(W, X, y, 5e-6)[0] for W in weights])
    assert 8.8 < svm < 9.4
    assert 2.33 < softmax < 2.39
