"""Two functions count as the same if nothing that is asked tells them apart."""

import sys
import types

import numpy as np
import pytest

from grader.audit.mutants.trial.values import Watch, follow


@pytest.fixture
def judged(request):
    """Call a mutant, watched beside a right function, and return the watch."""

    def judge(right, mutant, *args):
        module = types.ModuleType("reference_sample")
        module.f = right
        sys.modules["reference_sample"] = module
        request.addfinalizer(lambda: sys.modules.pop("reference_sample", None))
        names = {"f": mutant}
        with Watch("sample") as watch:
            follow(names, ["f"])
            names["f"](*args)
        return watch

    return judge


X = np.array([[0.5, -1.25], [2.0, 3.0], [-0.75, 1.5]])


def test_the_same_function_in_other_words_is_the_same(judged):
    watch = judged(lambda x: x - x.mean(0), lambda x: -(x.mean(0) - x), X)
    assert watch.is_same


@pytest.mark.parametrize(
    ("right", "mutant", "difference"),
    [
        (lambda x: x.sum(0), lambda x: x.mean(0), "what a check drew"),
        (lambda x: np.abs(x), lambda x: np.abs(x) + (x == 0), "zeros"),
        (lambda x: x.max(0), lambda x: x[1], "the opposite numbers"),
        (lambda x: x / 3, lambda x: x / (3 if len(x) == 3 else 2), "arrays with 1 in place of 3"),
        (lambda x: x * 1.0, lambda x: np.clip(x, -99, 99), "a thousand times as large"),
    ],
)
def test_a_difference_is_found_and_named(judged, right, mutant, difference):
    watch = judged(right, mutant, X)
    assert not watch.is_same
    assert difference in watch.difference


def test_another_number_tells_them_apart(judged):
    watch = judged(lambda x, k: x[:k], lambda x, k: x[:2], X, 2)
    assert watch.difference == "argument 2 = 3"


def test_what_is_written_into_an_argument_counts(judged):
    def in_place(x):
        x -= 1
        return x

    assert judged(lambda x: x - 1, in_place, X).difference == "what a check drew"


def test_what_the_reference_refuses_or_has_no_number_for_is_not_asked(judged):
    def log(x):
        if (x < 0).any():
            raise ValueError
        return np.log(x)

    def too_lenient(x):
        return np.log(x) if (x > 0).all() else 7

    assert judged(log, too_lenient, np.abs(X)).is_same


def test_a_function_that_asks_back_is_never_called_the_same(judged):
    watch = judged(lambda f: f(1), lambda f: f(1), lambda x: x)
    assert not watch.is_same
    assert not watch.difference
