"""HIDDEN CHECKS - do not distribute.  CANARY-SRC-9f1c2e

Written as instructors write them: fixed seeds and random ones, a reference beside the tests,
expected arrays on disk, and NumPy's own asserts as often as the grader's.
"""

from itertools import starmap
from pathlib import Path

import numpy as np
import pytest

EXPECTED = dict(np.load(Path(__file__).with_name("expected.npz")))  # with a canary: "note"
EXPECTED_TOKEN = "CANARY-VAL-77ab03"


def relative_error(x, y):
    return np.max(np.abs(x - y) / np.maximum(1e-8, np.abs(x) + np.abs(y)))


def fixed_softmax_case(n=7, d=5, c=4):
    rng = np.random.RandomState(231)
    return rng.randn(d, c) * 0.1, rng.randn(n, d), rng.randint(c, size=n), 0.05


def softmax_case(rng):
    n, d, c = rng.integers(4, 9, size=3)
    return rng.normal(size=(d, c)), rng.normal(size=(n, d)), rng.integers(c, size=n), 0.1


def knn_case(rng, n=60, m=40, d=5):  # few points can be labelled right by luck
    return rng.normal(size=(m, d)), rng.integers(3, size=m), rng.normal(size=(n, d))


def trained(module, X, y):
    knn = module.KNearestNeighbor()
    knn.train(X, y)
    return knn


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_loss_value(submission):
    """The loss of a fixed problem is right."""
    loss, _ = submission.softmax_loss(*fixed_softmax_case())
    assert abs(loss - float(EXPECTED["loss"])) < 1e-7


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_gradient(submission, gradcheck):
    """The gradient of a fixed problem is right, and that of the loss."""
    W, X, y, reg = fixed_softmax_case()
    _, dW = submission.softmax_loss(W, X, y, reg)
    gradcheck(lambda W: submission.softmax_loss(W, X, y, reg), (W,), dW, pick=0)
    assert np.shape(dW) == EXPECTED["dW"].shape
    assert np.max(np.abs(dW - EXPECTED["dW"])) < 1e-6


@pytest.mark.points(2)
@pytest.mark.exercise("softmax_loss")
@pytest.mark.parametrize("seed", [1, 2])
def test_softmax_against_reference(submission, reference, rng, gradcheck, seed):
    """Loss and gradient of random problems are right."""
    cases = [softmax_case(rng) for _ in range(3)]
    answers = starmap(submission.softmax_loss, cases)
    for (loss, dW), case in zip(answers, cases, strict=False):
        right_loss, right_dW = reference.softmax_loss(*case)
        assert relative_error(dW, right_dW) < 1e-6  # of whatever shape
        assert np.isclose(loss, right_loss)
        gradcheck(submission.softmax_loss, case, dW, pick=0)


@pytest.mark.points(1)
@pytest.mark.exercise("KNearestNeighbor.compute_distances")
def test_distances(submission, reference, rng, close):
    """Distances are right, and the points are left alone."""
    X, y, Q = knn_case(rng)
    called = trained(submission, X, y).compute_distances.call(Q)
    right = trained(reference, X, y).compute_distances(Q)
    assert called.value.shape == right.shape
    assert np.linalg.norm(called.value - right, ord="fro") < 1e-6
    close(called.args[0], Q, name="the points")


@pytest.mark.points(1)
@pytest.mark.exercise("KNearestNeighbor.predict_labels")
def test_predict_labels(submission, reference, rng):
    """Labels are those of the majority."""
    X, y, Q = knn_case(rng)
    right = trained(reference, X, y)
    dists = right.compute_distances(Q)
    labels = trained(submission, X, y).predict_labels(dists, 3)
    expected = right.predict_labels(dists, 3)
    assert len(labels) == len(expected)
    for mine, label in zip(labels, expected, strict=True):
        assert mine == label


@pytest.mark.points(1)
@pytest.mark.exercise("KNearestNeighbor.train")
def test_end_to_end(submission, reference, rng):
    """Training, distances and labels fit together."""
    X, y, Q = knn_case(rng)
    knn, right = trained(submission, X, y), trained(reference, X, y)
    dists = knn.compute_distances(Q)
    labels = knn.predict_labels(np.asarray(dists), 1), knn.predict_labels(dists, 1)
    expected = right.predict_labels(right.compute_distances(Q), 1)
    assert np.array_equal(labels[0], expected)
    assert np.array_equal(labels[1], expected)


@pytest.mark.points(1)
@pytest.mark.exercise("numeric_gradient")
def test_numeric_gradient(submission, reference, rng, close):
    """The numeric gradient of a function, and of the submission's own loss, is right."""
    W, X, y, reg = softmax_case(rng)

    def loss(w):
        return reference.softmax_loss(w.reshape(W.shape), X, y, reg)[0]

    def own_loss(w):
        return submission.softmax_loss(w.reshape(W.shape), X, y, reg)[0]

    right = reference.softmax_loss(W, X, y, reg)[1].ravel()
    close(submission.numeric_gradient(loss, W.ravel()), right, tol=1e-7)
    close(submission.numeric_gradient(own_loss, W.ravel()), right, tol=1e-7)
