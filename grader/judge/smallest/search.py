"""Search the smallest call on which a submission and the reference differ as they did in a check.

Runs in: the judge. The submission answers in a worker.

First come fresh calls of the same form, the smallest first, until one is answered wrongly in the
same way; then its options go back to their defaults and its numbers to 0, 1 or 2, one by one. A
call counts only if the reference answers it, and if both answers stay what they are when the
numbers are moved a little: so that no tie and no kink, where more than one answer is right, is told
as wrong.
"""

import copy
import inspect
import time
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from typing import Any, NamedTuple

import numpy as np

from grader.judge.smallest.call import Call, Path, leaves, like, mapped, numbers_in
from grader.judge.smallest.differ import (
    Difference,
    Part,
    difference,
    is_finite,
    least_error,
)
from grader.judge.smallest.draw import fresh_calls
from grader.judge.smallest.traits import NOT_NEGATIVE, domain_of, keeps

Ask = Callable[[Sequence[Call]], Sequence[Any]]  # the submission's answers, or StudentErrors
_AT_ONCE = 16  # calls in one question
_MOVED = 1e-7  # by how much numbers are moved, as a share of the largest
_STEADY = 1e-3  # how much an answer may move then
_SIMPLER = (0.0, 1.0, 2.0)


class Found(NamedTuple):
    """A small call, and how the answers to it differ."""

    call: Call
    difference: Difference


class Question(NamedTuple):
    """A call of a check that was answered wrongly."""

    call: Call
    difference: Difference
    parts: Sequence[Part]  # those that checks compare with the reference
    calls: Sequence[Call]  # all calls of this function in the checks, which show its domain


class Search:
    """Finds a smaller call for one question."""

    def __init__(
        self, question: Question, right: Callable[..., Any], ask: Ask, most: int, seconds: float
    ) -> None:
        """Prepare a search.

        Args:
            right: the function of the reference.
            ask: puts calls to the submission.
            most: numbers in what is found.
            seconds: wall time.
        """
        self._question = question
        self._right = right
        self._ask = ask
        self._most = most
        self._end = time.monotonic() + seconds
        self._rng = np.random.default_rng(7)
        self._least = least_error(question.difference)
        self._domain = domain_of(question.calls)
        self._has_ties = not self._is_steady(question.call, self._answer(question.call))

    def smallest(self) -> Found | None:
        """Return the smallest call found in the given time, or None."""
        found = self._first(fresh_calls(self._question.call, self._domain, self._most, self._rng))
        while found and (simpler := self._first(self._simpler(found.call))):
            found = simpler
        return found

    def _first(self, calls: Iterator[Call]) -> Found | None:
        """Return the first of the calls that is answered wrongly in the same way."""
        while time.monotonic() < self._end and (some := list(islice(calls, _AT_ONCE))):
            valid = [(call, right) for call in some if (right := self._valid(call)) is not None]
            answers = self._ask([call for call, _ in valid]) if valid else ()
            for (call, (right,)), theirs in zip(valid, answers, strict=True):
                found = self._differ(theirs, right)
                if found and self._stays(call, found):
                    return Found(call, found)
        return None

    def _differ(self, theirs: Any, right: Any) -> Difference | None:
        found = difference(theirs, right, self._question.parts, self._least)
        return found if found and found.kind == self._question.difference.kind else None

    def _stays(self, call: Call, found: Difference) -> bool:
        """Tell whether the answers differ in the same way next to the call."""
        if self._has_ties:
            return True
        near = self._moved(call)
        right = self._answer(near)
        if right is None:
            return False
        (theirs,) = self._ask([near])
        again = self._differ(theirs, right[0])
        return again is not None and again.part == found.part

    def _valid(self, call: Call) -> tuple[Any] | None:
        """Return the right answer, in a tuple, if it is finite and steady."""
        right = self._answer(call)
        if right is None or not is_finite(right[0]):
            return None
        return right if self._has_ties or self._is_steady(call, right) else None

    def _is_steady(self, call: Call, right: tuple[Any] | None) -> bool:
        near = self._answer(self._moved(call)) if right is not None else None
        return bool(
            right and near and difference(near[0], right[0], self._question.parts, _STEADY) is None
        )

    def _moved(self, call: Call) -> Call:
        """Return a call with numbers that are a little larger or smaller."""

        def change(path: Path, leaf: Any) -> Any:
            numbers = numbers_in(leaf)
            if numbers is None or numbers.dtype.kind != "f":
                return leaf
            step = _MOVED * max(1.0, float(np.abs(numbers).max(initial=0.0)))
            moved = numbers + step * self._rng.uniform(-1, 1, numbers.shape)
            if self._is_signed(path):
                return like(leaf, moved)
            return like(leaf, np.abs(moved))  # none becomes negative

        moved: Call = mapped(call, change)
        return moved

    def _is_signed(self, path: Path) -> bool:
        return NOT_NEGATIVE not in self._domain.get(path, ())

    def _answer(self, call: Call) -> tuple[Any] | None:
        """Return what the reference answers, in a tuple; None if it refuses the call."""
        args, kwargs = copy.deepcopy(call.args), copy.deepcopy(call.kwargs)
        try:
            with np.errstate(all="ignore"), warnings.catch_warnings():
                warnings.simplefilter("ignore")
                return (self._right(*args, **kwargs),)
        except Exception:
            return None

    def _simpler(self, call: Call) -> Iterator[Call]:
        """Yield calls with one option less, or with one number that is simpler."""
        yield from _without_options(call, self._right)
        for path, leaf in leaves(call).items():
            numbers = numbers_in(leaf)
            if numbers is None or numbers.dtype.kind == "b":
                continue
            for changed in _with_simpler_number(numbers):
                if keeps(changed, self._domain.get(path, ())):
                    yield _with_leaf(call, path, like(leaf, changed))


def _with_simpler_number(numbers: np.ndarray) -> Iterator[np.ndarray]:
    for index in np.ndindex(numbers.shape):
        for value in _SIMPLER:
            if _rank(value) < _rank(numbers[index].item()):
                changed = numbers.copy()
                changed[index] = value
                yield changed


def _rank(value: float) -> float:
    """Return how simple a number is: 0, then 1, then small whole ones, then their negatives."""
    return abs(value) + (0.5 if value < 0 else 0) + (0 if value == int(value) else 10)


def _with_leaf(call: Call, path: Path, new: Any) -> Call:
    changed: Call = mapped(call, lambda here, leaf: new if here == path else leaf)
    return changed


def _without_options(call: Call, function: Callable[..., Any]) -> Iterator[Call]:
    """Yield the call without its last argument, if that has a default, and without any keyword."""
    for name in call.kwargs:
        yield Call(call.args, {key: value for key, value in call.kwargs.items() if key != name})
    if call.args and not call.kwargs and len(call.args) > required(function):
        yield Call(call.args[:-1], {})


def required(function: Callable[..., Any]) -> int:
    """Return how many arguments a function cannot do without."""
    return sum(
        parameter.default is parameter.empty and parameter.kind is parameter.POSITIONAL_OR_KEYWORD
        for parameter in inspect.signature(function).parameters.values()
    )
