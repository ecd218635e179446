"""Does a mutant answer as the reference does, whatever it is asked?

The checks run with a mutant whose exercises are watched. Each call goes to the reference as well,
with copies of the arguments, and the two answers are compared. Then both are asked again with
arguments made of these: one row, fewer rows or more, zeros, ties, large and small numbers, other
labels and other numbers. What the reference refuses, or has no number for, is not asked.
"""

import copy
import functools
import random
import sys
import time
from collections.abc import Callable, Iterator
from types import ModuleType, TracebackType
from typing import Any, Self

import numpy as np

_RELATIVE, _ABSOLUTE = 1e-7, 1e-10
_MOST_SECONDS = 4.0  # for other arguments, in all
_MOST_CALLS = 40  # whose arguments are varied
_LEAST_ASKED = 5  # other arguments, before two functions count as the same

_watches: list["Watch"] = []  # the one that is on

_Arguments = tuple[list[Any], dict[str, Any]]


def watched(exercises: "tuple[str, ...]") -> str:
    """Return a line that lets the watch follow the calls of a module's exercises."""
    return f"__import__('sys').modules[{__name__!r}].follow(globals(), {list(exercises)!r})"


def follow(names: dict[str, Any], exercises: list[str]) -> None:
    """Put a watched function in the place of each exercise."""
    _watches[-1].follow(names, exercises)


class Watch:
    """Compares what a mutant answers with what the reference does; a context manager."""

    def __init__(self, name: str) -> None:
        self._reference: ModuleType = sys.modules[f"reference_{name}"]
        self._left = _MOST_SECONDS
        self._calls = 0
        self._asked = 0
        self._is_blind = False  # something could not be compared
        self.difference = ""

    def __enter__(self) -> Self:
        _watches.append(self)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        _watches.pop()

    @property
    def is_same(self) -> bool:
        """Were all answers the same, and enough of them asked for?"""
        return not self.difference and not self._is_blind and self._asked >= _LEAST_ASKED

    def follow(self, names: dict[str, Any], exercises: list[str]) -> None:
        for exercise in exercises:
            holder, name, right = self._found(names, exercise)
            mutant = vars(holder).get(name) if isinstance(holder, type) else names.get(name)
            if callable(mutant) and callable(right):
                both = self._both(mutant, right)
                if isinstance(holder, type):
                    setattr(holder, name, both)
                else:
                    names[name] = both
            else:
                self._is_blind = True

    def _found(self, names: dict[str, Any], exercise: str) -> tuple[Any, str, Any]:
        owner, _, name = exercise.rpartition(".")
        if owner:
            return names.get(owner), name, vars(getattr(self._reference, owner)).get(name)
        return names, name, getattr(self._reference, name, None)

    def _both(self, mutant: Callable[..., Any], right: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(mutant)
        def both(*args: Any, **kwargs: Any) -> Any:
            try:
                self._compare(mutant, right, (list(args), kwargs))
            except Exception:  # what cannot be copied cannot be compared
                self._is_blind = True
            return mutant(*args, **kwargs)

        return both

    def _compare(
        self, mutant: Callable[..., Any], right: Callable[..., Any], given: _Arguments
    ) -> None:
        if self.difference:
            return
        if any(map(_asks_back, (*given[0], *given[1].values()))):
            self._is_blind = True
            return
        self._ask(mutant, right, given, "what a check drew")
        self._calls += 1
        started = time.monotonic()
        for words, other in _others(given) if self._calls <= _MOST_CALLS else ():
            if self.difference or self._left < time.monotonic() - started:
                break
            self._asked += self._ask(mutant, right, other, words)
        self._left -= time.monotonic() - started

    def _ask(
        self,
        mutant: Callable[..., Any],
        right: Callable[..., Any],
        given: _Arguments,
        words: str,
    ) -> bool:
        """Ask both; tell whether the reference had an answer."""
        expected, left = _answer(right, given)
        if isinstance(expected, Exception) or not _is_finite(expected):
            return False
        got, also_left = _answer(mutant, given)
        if not (_same(got, expected) and _same(also_left, left)):
            self.difference = words
        return True


def _answer(function: Callable[..., Any], given: _Arguments) -> tuple[Any, Any]:
    """Return what a function answers and what it leaves in copies of its arguments."""
    args, kwargs = _copied(given)
    _seed_all()
    try:
        with np.errstate(all="ignore"):
            return function(*args, **kwargs), (args, kwargs)
    except Exception as error:
        return error, None


def _seed_all() -> None:
    random.seed(0)
    np.random.seed(0)
    if torch := sys.modules.get("torch"):
        torch.manual_seed(0)


def _copied(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return type(value)(_copied(part) for part in value)
    if isinstance(value, dict):
        return {key: _copied(part) for key, part in value.items()}
    if type(value).__name__ == "Generator" and hasattr(value, "get_state"):  # of torch
        other = type(value)()
        other.set_state(value.get_state())
        return other
    if hasattr(value, "detach") and not getattr(value, "is_leaf", True):
        return value.detach().clone()
    return copy.deepcopy(value)


def _asks_back(value: Any) -> bool:
    """Is it a function of the check, which would notice that it is asked more often?"""
    return callable(value) and not hasattr(value, "state_dict")


def _same(a: Any, b: Any) -> bool:
    """Tell whether two answers are the same but for rounding."""
    if isinstance(a, Exception) or isinstance(b, Exception):
        return type(a) is type(b)
    if isinstance(a, (list, tuple)) and isinstance(b, (list, tuple)):
        return len(a) == len(b) and all(map(_same, a, b))
    if isinstance(a, dict) and isinstance(b, dict):
        return a.keys() == b.keys() and all(_same(a[key], b[key]) for key in a)
    if isinstance(a, np.random.Generator):
        return isinstance(b, np.random.Generator) and (
            a.bit_generator.state == b.bit_generator.state
        )
    x, y = _array(a), _array(b)
    if x is not None and y is not None:
        return _same_numbers(x, y)
    if hasattr(a, "__dict__") and hasattr(b, "__dict__") and not callable(a):
        return _same(vars(a), vars(b))
    if hasattr(a, "state_dict") and hasattr(b, "state_dict"):
        return _same(a.state_dict(), b.state_dict()) and a.training == b.training
    return type(a) is type(b) and (callable(a) or repr(a) == repr(b))


def _same_numbers(x: np.ndarray, y: np.ndarray) -> bool:
    if x.shape != y.shape or x.dtype.kind != y.dtype.kind or x.dtype.itemsize != y.dtype.itemsize:
        return False
    if x.dtype.kind not in "fc":
        return bool(np.array_equal(x, y))
    scale = np.max(np.abs(y[np.isfinite(y)]), initial=0.0)
    return bool(np.allclose(x, y, _RELATIVE, _ABSOLUTE * scale, equal_nan=True))


def _array(value: Any) -> np.ndarray | None:
    """Return numbers as an array, also those of a tensor, and None for what is none."""
    if hasattr(value, "detach") and hasattr(value, "numpy"):
        value = value.detach().cpu().numpy()
    if isinstance(value, (np.ndarray, np.generic, float, int)):
        array = np.asarray(value)
        return array if array.dtype.kind in "biufc" else None
    return None


def _is_finite(value: Any) -> bool:
    if isinstance(value, (list, tuple)):
        return all(map(_is_finite, value))
    if isinstance(value, dict):
        return all(map(_is_finite, value.values()))
    array = _array(value)
    return array is None or array.dtype.kind not in "fc" or bool(np.isfinite(array).all())


def _others(given: _Arguments) -> Iterator[tuple[str, _Arguments]]:
    """Yield other arguments that are like the ones that were given."""
    for words, change in _CHANGES_OF_ARRAYS.items():
        yield words, _mapped(given, functools.partial(_changed, _is_real, change))
    for words, change in _CHANGES_OF_LABELS.items():
        yield words, _mapped(given, functools.partial(_changed, _is_whole, change))
    sizes = {size for array in _arrays(given) for size in array.shape}
    for size in sorted(sizes):
        for new in sorted({1, 2, size // 2, 2 * size + 1} - {0, size}):
            resized = functools.partial(_resized, size=size, new=new)
            yield f"arrays with {new} in place of {size}", _mapped(given, resized)
    yield from _other_numbers(given)


def _changed(applies: Callable[[Any], bool], change: Callable[[Any], Any], array: Any) -> Any:
    return change(array) if applies(array) else array


def _reversed(array: Any) -> Any:
    return array.flip(0) if hasattr(array, "flip") else array[::-1].copy()


_CHANGES_OF_ARRAYS: dict[str, Callable[[Any], Any]] = {
    "zeros": lambda a: a * 0,
    "ones": lambda a: a * 0 + 1,
    "numbers a thousand times as large": lambda a: a * 1000,
    "numbers a thousandth as large": lambda a: a / 1000,
    "the opposite numbers": lambda a: -a,
    "numbers without a sign": abs,
    "whole numbers, many of them equal": lambda a: a.round(),
    "rows in the other order": _reversed,
}
_CHANGES_OF_LABELS: dict[str, Callable[[Any], Any]] = {
    "labels that are all 0": lambda a: a * 0,
    "labels in the other order": _reversed,
}


def _is_array(value: Any) -> bool:
    return hasattr(value, "shape") and hasattr(value, "dtype") and len(value.shape) > 0


def _is_real(value: Any) -> bool:
    return _is_array(value) and "float" in str(value.dtype)


def _is_whole(value: Any) -> bool:
    return _is_array(value) and "int" in str(value.dtype)


def _arrays(value: Any) -> Iterator[Any]:
    if isinstance(value, (list, tuple)):
        for part in value:
            yield from _arrays(part)
    elif isinstance(value, dict):
        yield from _arrays(list(value.values()))
    elif _is_array(value):
        yield value


def _mapped(value: Any, change: Callable[[Any], Any]) -> Any:
    """Return arguments in which each array is changed."""
    if isinstance(value, (list, tuple)):
        return type(value)(_mapped(part, change) for part in value)
    if isinstance(value, dict):
        return {key: _mapped(part, change) for key, part in value.items()}
    if not _is_array(value):
        return value
    new = change(value.detach() if hasattr(value, "detach") else value)
    if getattr(value, "requires_grad", False):
        return new.clone().requires_grad_()
    return new


def _resized(array: Any, size: int, new: int) -> Any:
    """Return an array with other entries, fewer or more, along every axis of a size.

    What is added to the first of these axes repeats what is there, a quarter larger each time.
    """
    axes = [axis for axis, own in enumerate(array.shape) if own == size]
    for axis in axes:
        array = array[(slice(None),) * axis + ([place % size for place in range(new)],)]
    if axes and new > size and _is_real(array):
        for place in range(size, new):
            array[(slice(None),) * axes[0] + (place,)] *= 1 + 0.25 * (place // size)
    return array


def _other_numbers(given: _Arguments) -> Iterator[tuple[str, _Arguments]]:
    args, kwargs = given
    for place, value in enumerate(args):
        for other in _near(value):
            yield (
                f"argument {place + 1} = {other}",
                ([*args[:place], other, *args[place + 1 :]], kwargs),
            )
    for name, value in kwargs.items():
        for other in _near(value):
            yield f"{name} = {other}", (args, {**kwargs, name: other})


def _near(value: Any) -> Iterator[Any]:
    if isinstance(value, bool):
        yield not value
    elif isinstance(value, (int, np.integer)):
        yield from (type(value)(number) for number in (value + 1, value - 1, 1, 2) if number > 0)
    elif isinstance(value, (float, np.floating)):
        yield from (type(value)(number) for number in (0.0, 1.0, value * 10, value / 10, -value))
