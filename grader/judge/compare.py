"""Compare an answer with the right one, and say how they differ.

Runs in: the judge.

An answer is right when  max|actual - expected| <= tol * max|expected|.  The default tol of 1e-6
sits between the largest rounding error of right public solutions (6e-8) and the smallest error of
wrong ones (7e-5), in float64. Whole numbers and booleans have to be equal. Every comparison is
written so that NaN fails it.
"""

from collections.abc import Callable
from datetime import datetime, timedelta
from enum import Enum
from functools import partial
from typing import Any

import numpy as np

from grader.judge.describe import describe
from grader.judge.failures import Mismatch
from grader.judge.figure import heatmap
from grader.judge.items import ITEMS, Compare, close_items
from grader.judge.pattern import TINY, agree, index_text, pattern_of, within
from grader.judge.proxy import AS_ARRAYS, StandIn
from grader.judge.structures import (
    close_fields,
    close_graph,
    close_member,
    close_sparse,
    has_fields,
)
from grader.judge.tables import close_frame, close_index, close_missing, close_series
from grader.sandbox.wire.arrays import shape_text
from grader.sandbox.wire.kinds import is_exact, kind_of, numbers_of

TOLERANCE = 1e-6
_ROUNDING = 1e-9  # what a pattern may be off by when the numbers are whole, or booleans
_NEARLY = 1e-3  # float32 or an added epsilon errs by less: such an error is shown in numbers
_DIGITS = 4  # significant digits of the numbers in a message
_LONG = 1e7  # a number that has more digits before the point is written with an exponent
_NUMERIC = "biufc"  # the kinds of dtypes that hold numbers


def close(
    actual: Any,
    expected: Any,
    *,
    tol: float = TOLERANCE,
    name: str = "result",
    hint: str | None = None,
) -> None:
    """Return if `actual` equals `expected` up to rounding.

    Args:
        actual: what the submission gave: a number, array, tensor, table, sparse matrix or graph,
            or a list, tuple or dict of these; an object with the fields of `expected`; or
            something that is either equal or not, such as a text or a set.
        expected: the right value, of the same form.
        tol: largest error allowed, as a share of the largest expected magnitude.
        name: what the student knows the value as.
        hint: shown to the student when they differ.

    Raises:
        Mismatch: they differ; it says how.
        TypeError: `expected` is of another form.
    """
    comparer = _comparer_of(expected)
    if comparer is not None:

        def compare(actual: Any, expected: Any, name: str) -> None:
            close(actual, expected, tol=tol, name=name)

        try:
            comparer(actual, expected, name, compare)
        except Mismatch as problem:
            raise problem.hinting(hint) from None
        return
    if isinstance(expected, (list, tuple)) and _sides(expected) is None:
        _require_parts(actual, expected, name, hint)
        for index, (mine, right) in enumerate(zip(actual, expected, strict=True)):
            close(mine, right, tol=tol, name=f"{name}[{index}]", hint=hint)
        return
    if is_exact(expected) or _is_huge(expected):
        if not _is_of_its_kind(actual, expected) or actual != expected:
            raise Mismatch(f"{name} is not right", f"got {actual!r}, expected {expected!r}", hint)
        return
    masked = isinstance(expected, np.ma.MaskedArray)
    if masked and isinstance(actual, StandIn):
        actual = _fetched(actual, name, hint)
    right = expected if masked else numbers_of(expected)
    if right.dtype.kind not in _NUMERIC:
        raise TypeError(f"close() cannot compare with {describe(expected)}")
    wrong = explain(numeric(actual, name, hint), right, tol, name)
    if wrong is not None:
        raise wrong.hinting(hint)


def _comparer_of(expected: Any) -> Callable[[Any, Any, str, Compare], None] | None:
    """Return the function that compares with a value, unless it is made of numbers or lists."""
    kind = kind_of(expected)
    if kind is None:
        is_member = isinstance(expected, Enum)
        return close_member if is_member else close_fields if has_fields(expected) else None
    if isinstance(expected, (np.ndarray, np.generic)) and expected.dtype.kind in ITEMS:
        return None if numbers_of(expected).dtype.kind in _NUMERIC else close_items
    return _COMPARERS.get(kind.tag)


def _close_by_key(actual: Any, expected: dict[Any, Any], name: str, compare: Compare) -> None:
    """Compare dicts: first the keys, then value by value; only the detail names a key."""
    if not isinstance(actual, dict):
        raise Mismatch(f"{name} is {_described(actual)}, expected {describe(expected)}")
    missing = [key for key in expected if key not in actual]
    surplus = [key for key in actual if key not in expected]
    for keys, verb in ((missing, "lacks"), (surplus, "should not have")):
        if keys:
            what = f"{len(keys)} of its {len(expected if keys is missing else actual)} keys"
            raise Mismatch(f"{name} {verb} {what}", f"such as {keys[0]!r}")
    for key, right in expected.items():
        try:
            compare(actual[key], right, f"a value of {name}")
        except Mismatch as wrong:
            detail = f"at key {key!r}: {wrong.detail}"
            raise Mismatch(wrong.safe, detail, draw=wrong.draw) from None


_COMPARERS = {
    "d": _close_by_key,
    "missing": close_missing,
    "frame": close_frame,
    "series": close_series,
    "index": close_index,
    "sparse": close_sparse,
    "graph": close_graph,
}


def explain(actual: np.ndarray, expected: np.ndarray, tol: float, name: str) -> Mismatch | None:
    """Return None if the arrays agree, else a Mismatch that names the nearest known pattern."""
    with np.errstate(all="ignore"):
        if isinstance(actual, np.ma.MaskedArray) or isinstance(expected, np.ma.MaskedArray):
            return _explain_masked(actual, expected, tol, name)
        return _explain(actual, expected, tol, name)


def _fetched(actual: Any, name: str, hint: str | None) -> np.ma.MaskedArray:
    """Ask a masked array, which does not cross by itself, for its numbers and its mask."""
    numbers = numeric(actual.filled(0), name, hint)
    mask = numeric(actual.mask, f"the mask of {name}", hint)
    if mask.shape != numbers.shape or mask.dtype != bool:
        raise Mismatch(f"the mask of {name} does not fit its numbers", "", hint)
    return np.ma.MaskedArray(numbers, mask)


def _explain_masked(
    actual: np.ndarray, expected: np.ndarray, tol: float, name: str
) -> Mismatch | None:
    """Compare the masks, then what they leave uncovered."""
    if actual.shape == expected.shape:
        masks = np.ma.getmaskarray(actual), np.ma.getmaskarray(expected)
        wrong = _explain(*masks, tol, f"the mask of {name}")
        if wrong is not None:
            return wrong
    return _explain(np.ma.filled(actual, 0), np.ma.filled(expected, 0), tol, name)


def _explain(actual: np.ndarray, expected: np.ndarray, tol: float, name: str) -> Mismatch | None:
    if actual.shape != expected.shape:
        return Mismatch(_shape_text(actual, expected, tol, name))
    mine, wanted = _wide(actual, expected)
    exact = expected.dtype.kind in "biu"
    right = actual == expected if exact else within(mine, wanted, tol)
    if right.all():
        return None
    text = pattern_of(mine, wanted, _ROUNDING if exact else tol)
    text = text or _count(right) + ("" if exact else _nearly(mine, wanted) + _coarse(actual))
    draw = partial(heatmap, name, actual, expected, right)
    return Mismatch(f"{name} {text}", _first_wrong(actual, expected, right), draw=draw)


def _wide(actual: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both as float64, or both as complex128: nothing overflows or wraps around."""
    wide = np.complex128 if "c" in (actual.dtype.kind, expected.dtype.kind) else np.float64
    return actual.astype(wide), expected.astype(wide)


def _shape_text(actual: np.ndarray, expected: np.ndarray, tol: float, name: str) -> str:
    got = f"has shape {shape_text(actual.shape)}" if actual.ndim else "is a number"
    wanted = str(expected.shape) if expected.ndim else "a number"
    text = f"{name} {got}, expected {wanted if actual.ndim else f'shape {wanted}'}"
    if actual.size != expected.size:
        return text + _excess(actual, expected, tol)
    mine, right = _wide(actual, expected)
    if mine.ndim == 2 and mine.T.shape == right.shape and agree(mine.T, right, tol):
        return f"{text}: it is the transpose of the right one"
    if agree(mine.reshape(right.shape), right, tol):
        return f"{text}: the numbers are right, the shape is not"
    return text


def _excess(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    """Say where the surplus numbers come from, if that can be told."""
    if expected.ndim == 1 and actual.shape == 2 * expected.shape:
        return f": did a column {(*expected.shape, 1)} meet a row {expected.shape}?"
    if actual.ndim == expected.ndim:
        borders = [m - n for m, n in zip(actual.shape, expected.shape, strict=True)]
        middle = tuple(
            slice(border // 2, border // 2 + n)
            for border, n in zip(borders, expected.shape, strict=True)
        )
        if min(borders) >= 0 and agree(*_wide(actual[middle], expected), tol):
            return ": the right one lies in its middle"
    return ""


def _count(right: np.ndarray) -> str:
    if right.ndim == 0:
        return "is not right"
    wrong = right.size - int(right.sum())
    if wrong == right.size:
        return "is wrong in every entry" if right.size > 1 else "is not right"
    rows = np.asarray(right.reshape(right.shape[0], -1).all(axis=1))
    if right.ndim > 1 and rows[0] and len(rows) > 2 and not rows[1:].any():
        return f"is right in its first row alone, of {len(rows)}"
    return f"is wrong in {wrong} of {right.size} entries, first at {index_text(~right)}"


def _nearly(actual: np.ndarray, expected: np.ndarray) -> str:
    """Say how large the error is if it is less than a thousandth of the largest value."""
    error = float(np.abs(actual - expected).max() / max(np.abs(expected).max(), TINY))
    return f", by {error:.0e} of its largest value" if error < _NEARLY else ""


def _coarse(actual: np.ndarray) -> str:
    """Name a dtype that rounds too much, where only rounding is told."""
    coarse = actual.dtype in (np.float16, np.float32, np.complex64)
    return f"; it is {actual.dtype}: compute in float64" if coarse else ""


def _first_wrong(actual: np.ndarray, expected: np.ndarray, right: np.ndarray) -> str:
    at = tuple(int(i) for i in np.argwhere(~right)[0])
    where = f"at {list(at)}: " if at else ""
    got, wanted = in_digits(actual[at], expected[at])
    return f"{where}got {got}, expected {wanted}"


def in_digits(actual: Any, expected: Any) -> tuple[str, str]:
    """Return two numbers with four significant digits, or with as many as tell them apart."""
    if not {actual.dtype.kind, expected.dtype.kind} <= {"i", "u", "f"}:
        return str(actual), str(expected)
    for digits in range(_DIGITS, 18):
        texts = _rounded(actual, digits), _rounded(expected, digits)
        if texts[0] != texts[1]:
            return texts
    return str(actual), str(expected)


def _rounded(value: Any, digits: int) -> str:
    """Return a number with so many significant digits; those before the point all stay."""
    if value.dtype.kind in "iu":
        return str(value)
    is_long = 10**digits <= abs(value) < _LONG
    text = f"{float(value):.0f}" if is_long else f"{float(value):.{digits}g}"
    return text if set(text) & set(".en") else f"{text}.0"


def _sides(value: Any) -> tuple[int, ...] | None:
    """Return the shape of nested lists that stand for one array of numbers, None for others."""
    if isinstance(value, (list, tuple)):
        parts = {_sides(part) for part in value}
        (sides,) = parts if len(parts) == 1 else (None,)
        return None if sides is None else (len(value), *sides)
    is_number = isinstance(value, (bool, int, float, complex)) and not _is_huge(value)
    return () if is_number else None


def _is_of_its_kind(actual: Any, expected: Any) -> bool:
    """Tell whether both are of one kind; the dates of pandas are dates of Python, too."""
    if kind_of(actual) is kind_of(expected):
        return True
    return any(
        isinstance(actual, kind) and isinstance(expected, kind) for kind in (datetime, timedelta)
    )


def _is_huge(value: Any) -> bool:
    """Tell whether a whole number is one that numpy can only take for an object."""
    return isinstance(value, int) and not -(1 << 63) <= value < 1 << 63


def _require_parts(actual: Any, expected: Any, name: str, hint: str | None) -> None:
    if not isinstance(actual, (list, tuple)):
        raise Mismatch(f"{name} is {_described(actual)}, expected {describe(expected)}", "", hint)
    if len(actual) != len(expected):
        raise Mismatch(f"{name} has {len(actual)} parts, expected {len(expected)}", "", hint)


def _described(actual: Any) -> str:
    return "None (is a return missing?)" if actual is None else describe(actual)


def numeric(actual: Any, name: str, hint: str | None = None) -> np.ndarray:
    """Return an answer as an array of numbers.

    Raises:
        Mismatch: it is something else.
    """
    array: np.ndarray
    if isinstance(actual, np.ma.MaskedArray):
        array = actual
    elif isinstance(actual, StandIn) or is_exact(actual):
        array = np.asarray(None)
    else:
        try:
            array = numbers_of(actual)
        except (ValueError, TypeError, OverflowError):  # a ragged list, a huge int
            array = np.asarray(None)
    if array.dtype.kind not in _NUMERIC:
        words = _described(actual)
        advice = ": return np.asarray(...) of it" if words in AS_ARRAYS else ""
        raise Mismatch(f"{name} is {words}, expected numbers{advice}", "", hint)
    return array
