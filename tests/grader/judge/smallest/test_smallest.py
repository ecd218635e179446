"""The smallest call: found from a large one, by the submission's answers and the reference's."""

import warnings
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest

from grader.judge.failures import student_error
from grader.judge.smallest.call import Call, size_of
from grader.judge.smallest.differ import Part, difference
from grader.judge.smallest.lines import lines_of
from grader.judge.smallest.search import Found, Question, Search

WHOLE = [Part((), "result")]
LOSS = [Part((0,), "loss"), Part((1,), "dW")]


def answering(function: Callable[..., Any]) -> Callable[[Sequence[Call]], list[Any]]:
    def answer(call: Call) -> Any:
        args = [arg.copy() if isinstance(arg, np.ndarray) else arg for arg in call.args]
        try:
            with warnings.catch_warnings(action="ignore"):
                return function(*args, **call.kwargs)
        except Exception as error:
            return student_error([type(error).__name__], str(error), [])

    return lambda calls: [answer(call) for call in calls]


def search(
    right: Callable[..., Any],
    wrong: Callable[..., Any],
    call: Call,
    parts: Sequence[Part] = WHOLE,
    others: Sequence[Call] = (),
) -> Found | None:
    ask = answering(wrong)
    seen = difference(ask([call])[0], right(*call.args, **call.kwargs), parts, 1e-6)
    assert seen is not None
    question = Question(call, seen, parts, [call, *others])
    return Search(question, right, ask, most=12, seconds=20).smallest()


def shown(right: Callable[..., Any], wrong: Callable[..., Any], call: Call, **more: Any) -> str:
    found = search(right, wrong, call, **more)
    return lines_of(found, right, "f") if found else "nothing"


def regularised(
    W: np.ndarray, X: np.ndarray, y: np.ndarray, reg: float, weight: float = 1.0
) -> tuple[float, np.ndarray]:
    loss = ((X @ W)[np.arange(len(y)), y]).mean() + weight * reg * np.sum(W**2)
    return float(loss), 2 * weight * reg * W


def problem(reg: float = 0.7) -> Call:
    rng = np.random.default_rng(1)
    y = rng.permutation(np.arange(20) % 5)
    return Call((rng.normal(size=(10, 5)), rng.normal(size=(20, 10)), y, reg), {})


class TestSearch:
    def test_rows_columns_and_classes_go_together_and_numbers_become_0_and_1(self) -> None:
        def without(W: Any, X: Any, y: Any, reg: float) -> Any:
            return regularised(W, X, y, 0.0)

        assert shown(regularised, without, problem(), parts=LOSS) == (
            "W = np.array([[1.0, 0.0]])\n"
            "X = np.array([[0.0]])\n"
            "y = np.array([0])\n"
            "reg = 0.25\n"
            "f(W, X, y, reg)  # your loss is 0.0, right is 0.25"
        )

    def test_a_range_that_other_calls_show_is_used(self) -> None:
        found = search(
            regularised,
            lambda W, X, y, reg: regularised(W, X, y, 0.0),
            problem(),
            parts=LOSS,
            others=[problem(0.0), problem(2.5)],
        )
        assert found is not None
        assert found.call.args[3] == 1.0

    def test_options_go_back_to_their_defaults(self) -> None:
        call = Call((np.array([0.3, -1.2, 2.2]), 2.7), {})
        assert shown(lambda x, scale=1.0: scale * np.sum(x), lambda x, scale=1.0: 0.0, call) == (
            "x = np.array([1.0])\nf(x)  # your result is 0.0, right is 1.0"
        )

    def test_a_pmf_stays_one(self) -> None:
        def entropy(p: np.ndarray) -> float:
            return float(-(p * np.log2(p)).sum())

        found = search(entropy, lambda p: 0.1 + entropy(p), Call((np.array([0.2, 0.3, 0.5]),), {}))
        assert found is not None
        assert found.call.args[0].sum() == 1

    def test_what_is_right_but_at_a_kink_is_not_told_as_wrong(self) -> None:
        """Both slopes of |x| at 0 are right; the factor 2 is wrong anywhere else."""
        call = Call((np.array([3.0, -2.0, 5.0]),), {})
        found = search(np.sign, lambda x: 2.0 * np.where(x >= 0, 1, -1), call)
        assert found is not None
        assert found.call.args[0].tolist() in ([1], [-1], [2], [-2])

    def test_an_exception_is_kept_with_its_class(self) -> None:
        def counts(y: np.ndarray) -> np.ndarray:
            return np.bincount(y, minlength=10)[:10]

        def wrong(y: np.ndarray) -> np.ndarray:
            places = np.zeros(2)
            for label in y:
                places[label] += 1
            return places

        call = Call((np.array([0, 4, 2, 2, 7, 5]),), {})
        assert shown(counts, wrong, call) == (
            "y = np.array([2])\n"
            "f(y)  # your code raises IndexError, right is [0, 0, 1, 0, 0, 0, 0, 0, 0, 0]"
        )

    def test_a_reference_that_refuses_a_call_is_not_asked_for_it(self) -> None:
        def needs_three(x: np.ndarray) -> float:
            if len(x) < 3:
                raise ValueError(len(x))
            return float(np.sum(x))

        call = Call((np.random.default_rng(0).normal(size=9),), {})
        found = search(needs_three, lambda x: 1 + needs_three(x), call)
        assert found is not None
        assert found.call.args[0].tolist() == [0, 0, 0]

    def test_a_mistake_that_needs_large_numbers_is_found_with_large_ones(self) -> None:
        def softmax(s: np.ndarray) -> np.ndarray:
            e = np.exp(s - s.max())
            return e / e.sum()

        def overflowing(s: np.ndarray) -> np.ndarray:
            return np.exp(s) / np.exp(s).sum()

        call = Call((np.array([900.0, -200.0, 30.0]),), {})
        found = search(softmax, overflowing, call)
        assert found is not None
        assert found.difference.kind == "nan"

    def test_a_right_function_has_no_smaller_call(self) -> None:
        """It answered the one call wrongly, by whatever chance, and no other."""
        call = Call((np.arange(7.0),), {})

        def wrong_once(x: np.ndarray) -> float:
            return -1.0 if len(x) == 7 else float(x.sum())

        assert search(lambda x: float(x.sum()), wrong_once, call) is None

    @pytest.mark.parametrize("most", [1, 4])
    def test_a_call_holds_no_more_numbers_than_it_may(self, most: int) -> None:
        call = problem()
        seen = difference((0.0, 0.0), regularised(*call.args), LOSS, 1e-6)
        assert seen is not None
        question = Question(call, seen, LOSS, [call])
        ask = answering(lambda *_: (-99.0, np.zeros((1, 1))))
        found = Search(question, regularised, ask, most, seconds=20).smallest()
        assert found is None or size_of(found.call) <= most
