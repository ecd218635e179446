"""Write a small call and its two answers as lines of Python that a student can run.

Runs in: the judge.
"""

import inspect
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.compare import in_digits
from grader.judge.smallest.call import Call, numbers_in
from grader.judge.smallest.differ import Difference
from grader.judge.smallest.search import Found

_MOST_SHOWN = 12  # numbers of an answer
_DIGITS = 4


def lines_of(found: Found, function: Callable[..., Any], name: str) -> str:
    """Return one line for each argument, one for the call, and one for the two answers."""
    given = _arguments(found.call, function)
    lines = [f"{parameter} = {written(value)}" for parameter, value in given.items()]
    call = f"{name}({', '.join(_passed(found.call, list(given)))})"
    return "\n".join([*lines, f"{call}  # {_answers(found.difference)}"])


def _arguments(call: Call, function: Callable[..., Any]) -> dict[str, Any]:
    """Return the arguments by the names that the reference gives them."""
    bound = inspect.signature(function).bind(*call.args, **call.kwargs)
    return dict(bound.arguments)


def _passed(call: Call, names: list[str]) -> list[str]:
    count = len(call.args)
    return [*names[:count], *(f"{name}={name}" for name in call.kwargs)]


def written(value: Any) -> str:
    """Return Python text that makes a value, with `np` and `torch` imported."""
    if type(value) in (tuple, list):
        inner = ", ".join(map(written, value))
        comma = "," if len(value) == 1 else ""
        return f"({inner}{comma})" if type(value) is tuple else f"[{inner}]"
    if type(value) is dict:
        return "{" + ", ".join(f"{key!r}: {written(part)}" for key, part in value.items()) + "}"
    numbers = numbers_in(value)
    if numbers is None or type(value) in (bool, int):
        return repr(value)
    if isinstance(value, (float, np.generic)):
        return _brief(numbers.item())
    maker = "np.array" if isinstance(value, np.ndarray) else "torch.tensor"
    return f"{maker}({_nested(numbers)}{_dtype(value)})"


def _dtype(value: Any) -> str:
    usual = "float64 int64 bool" if isinstance(value, np.ndarray) else "torch.float32 torch.int64"
    if str(value.dtype) in usual.split():
        return ""
    prefix = "np." if isinstance(value, np.ndarray) else ""
    return f", dtype={prefix}{value.dtype}"


def _nested(numbers: np.ndarray) -> str:
    if not numbers.ndim:
        return _brief(numbers.item())
    return f"[{', '.join(map(_nested, numbers))}]"


def _brief(number: Any) -> str:
    """Return a number as Python writes it; 2.0 as "2.0", so that it stays a float."""
    return repr(number) if isinstance(number, (bool, int)) else repr(float(f"{number:.6g}"))


def _answers(found: Difference) -> str:
    """Return e.g. "your loss is 1.31, right is 0.31"."""
    if found.kind.startswith("raises"):
        return f"your code {found.kind}, right is {_shown(found.right)}"
    what = f"your {found.part.name}"
    if found.kind in ("none", "missing"):
        word = "None" if found.kind == "none" else "missing"
        return f"{what} is {word}, right is {_shown(found.right)}"
    if found.kind == "shape":
        return f"{what} has shape {_shape(found.theirs)}, right is {_shape(found.right)}"
    return _compared(what, found.theirs, found.right)


def _compared(what: str, theirs: Any, right: Any) -> str:
    mine, ours = np.asarray(theirs), np.asarray(right)
    if mine.dtype.kind not in "biufc":
        return f"{what} is {theirs!r}, right is {right!r}"
    mine = mine.reshape(ours.shape)
    if ours.size == 1:
        given, wanted = in_digits(mine.reshape(())[()], ours.reshape(())[()])
        return f"{what} is {given}, right is {wanted}"
    if ours.size <= _MOST_SHOWN:
        return f"{what} is {_rounded(mine)}, right is {_rounded(ours)}"
    at = np.unravel_index(int(np.abs(mine - ours).argmax()), ours.shape)
    given, wanted = in_digits(mine[at], ours[at])
    return f"{what}[{', '.join(map(str, at))}] is {given}, right is {wanted}"


def _rounded(array: np.ndarray) -> str:
    if array.ndim:
        return f"[{', '.join(map(_rounded, array))}]"
    return f"{array.item():.{_DIGITS}g}" if array.dtype.kind == "f" else str(array.item())


def _shown(value: Any) -> str:
    array = np.asarray(value) if not isinstance(value, (tuple, list, dict)) else np.empty(99)
    if array.size > _MOST_SHOWN or array.dtype.kind not in "biuf":
        return "an answer"
    return _rounded(array)


def _shape(value: Any) -> str:
    array = np.asarray(value)
    return str(tuple(array.shape)) if array.dtype.kind in "biufc" else f"that of {value!r:.40}"
