"""Wrong answers are explained by parts of the formula, in words that hold for every call."""

import numpy as np
import pytest

from grader.judge.formula import formula_of
from grader.judge.replay import Call


def loss(W, X, reg):
    """Return a loss and its gradient.

    Args:
        W: (D,) float.
        X: (N, D) float.
        reg: float.

    Returns:
        loss: float.
            Mean over the rows.
        dW: (D,) float.
    """
    data = X @ W
    return data.mean() + reg * np.sum(W**2), X.mean(axis=0) + 2 * reg * W


class Net:
    def __init__(self, W, b):
        self.params = {"W": W, "b": b}

    def loss(self, X, reg):
        W, b = self.params["W"], self.params["b"]
        return {"W": X.sum(axis=0) + 2 * reg * W, "b": np.full_like(b, len(X))}


def calls(wrong, count=3, function=loss, pick=None):
    """Return calls with random inputs, answered by `wrong` with the parts of the right answer."""
    rng = np.random.default_rng(3)
    for _ in range(count):
        W, X = rng.normal(size=4), rng.normal(size=(int(rng.integers(5, 9)), 4))
        reg = float(rng.uniform(0.5, 2))
        rest = np.array(function(W, X, 0.0), dtype=object)
        term = np.array(function(W, X, reg), dtype=object) - rest
        theirs, right = tuple(wrong(rest, term, len(X))), function(W, X, reg)
        if pick is not None:
            theirs, right = theirs[pick], right[pick]
        yield Call(function, (W, X), {"reg": reg}, pick, theirs, right)


def words(wrong, **given):
    formula = formula_of(list(calls(wrong, **given)))
    return formula.text, formula.open_parts


def test_a_right_answer_needs_no_words():
    assert words(lambda rest, term, N: rest + term) == ("", [])


def test_a_term_that_is_missing_in_both_parts_is_said_once():
    told = "In loss and dW, the regularisation (`reg`) is missing."
    assert words(lambda rest, term, N: rest) == (told, [])


def test_a_term_has_another_weight_in_one_part():
    told = "In dW, the regularisation (`reg`) is half of what it should be."
    assert words(lambda rest, term, N: rest + term * [1, 0.5]) == (told, [])


def test_the_rest_is_too_large_although_the_term_is_right():
    told = (
        "In loss and dW, the part without `reg` equals the right one times "
        "N (the number of rows of X): divide it by that."
    )
    assert words(lambda rest, term, N: N * rest + term) == (told, [])


def test_both_weights_of_one_part_are_told():
    told = (
        "In dW, the part without `reg` equals the right one times N (the number of rows of X): "
        "divide it by that; the regularisation (`reg`) is missing."
    )
    assert words(lambda rest, term, N: rest * [1, N] + term * [1, 0]) == (told, [])


def test_the_whole_is_divided_once_too_often():
    told = (
        "loss equals the right one times 1 / N (the number of rows of X): "
        "it is divided by that once too often."
    )
    assert words(lambda rest, term, N: (rest + term) / N, pick=0) == (told, [])


def test_a_sign_and_a_base_are_told():
    assert words(lambda rest, term, N: (rest + term) * [1, -1])[0] == "dW has the wrong sign."
    told = words(lambda rest, term, N: (rest + term) * [np.log(2), 1])[0]
    assert told == "loss equals the right one times log(2): the logarithm has another base."


def test_one_number_that_fits_by_chance_does_not_fit_the_next_call():
    assert words(lambda rest, term, N: rest + term * [N + 0.5, 1]) == ("", ["loss"])
    assert words(lambda rest, term, N: (rest + term) * [1, N - 4.5]) == ("", ["dW"])


def test_answers_of_another_shape_stay_open():
    assert words(lambda rest, term, N: [rest[0] + term[0], np.zeros(3)]) == ("", ["dW"])
    assert words(lambda rest, term, N: [rest[0] + term[0], None]) == ("", ["dW"])


def test_what_does_not_belong_there_is_named():
    rng = np.random.default_rng(4)
    net = Net(rng.normal(size=3), rng.normal(size=3))
    X, reg = rng.normal(size=(5, 3)), 0.7
    right = net.loss(X, reg)
    theirs = right | {"b": right["b"] + 2 * reg * net.params["b"]}
    formula = formula_of([Call(net.loss, (X, reg), {}, None, theirs, right)])
    assert formula.text == "In b, 2 * reg * b is added, which does not belong there."


@pytest.mark.parametrize("answer", [0.0, np.float64(0.0)])
def test_zeros_fit_no_relation(answer):
    assert words(lambda rest, term, N: [answer, rest[1] + term[1]]) == ("", ["loss"])
