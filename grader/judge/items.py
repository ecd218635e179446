"""Compare arrays whose entries are equal or not: text, dates and objects.

Runs in: the judge.
"""

from collections.abc import Callable
from typing import Any

import numpy as np

from grader.judge.describe import describe
from grader.judge.failures import Mismatch
from grader.judge.pattern import index_text
from grader.sandbox.wire.arrays import shape_text
from grader.sandbox.wire.kinds import kind_of

Compare = Callable[[Any, Any, str], None]  # raises Mismatch; the text is a name for the student

ITEMS = "USOMm"  # the kinds of dtypes that are compared here
_DATES = {"M": "dates", "m": "durations"}
_SURE = (str, bytes, bool, int, type(None))  # equal items of one of these are the same


def close_items(actual: Any, expected: np.ndarray, name: str, compare: Compare) -> None:
    """Return if each entry of `actual` equals that of `expected`; two missing ones are equal."""
    mine = np.asarray(actual) if isinstance(actual, (list, tuple, np.ndarray, np.generic)) else None
    if mine is None or (mine.dtype.kind in _DATES) != (expected.dtype.kind in _DATES):
        raise Mismatch(f"{name} is {describe(actual)}, expected {describe(expected)}")
    if mine.shape != expected.shape:
        got, wanted = shape_text(mine.shape), shape_text(expected.shape)
        raise Mismatch(f"{name} has shape {got}, expected {wanted}")
    right = equal_items(mine, expected, compare)
    if right.all():
        return
    if mine.dtype.kind in _DATES:
        _require_unit(mine, expected, name)
    at = tuple(np.argwhere(~right)[0])
    safe = f"{name} is not right"
    if expected.ndim:
        safe = f"{name} is wrong in {int((~right).sum())} of {right.size} entries"
        safe += f", first at {index_text(~right)}"
    raise Mismatch(safe, f"got {_item_text(mine[at])}, expected {_item_text(expected[at])}")


def _item_text(item: object) -> str:
    return repr(str(item)) if isinstance(item, str) else str(item)


def equal_items(actual: np.ndarray, expected: np.ndarray, compare: Compare) -> np.ndarray:
    """Tell which entries of two arrays of one shape are equal."""
    if expected.dtype.kind in _DATES and actual.dtype.kind == expected.dtype.kind:
        right: np.ndarray = (actual == expected) | (np.isnat(actual) & np.isnat(expected))
        return right
    pairs = zip(actual.ravel().tolist(), expected.ravel().tolist(), strict=True)
    equal = [_is_equal(mine, right, compare) for mine, right in pairs]
    return np.array(equal, bool).reshape(expected.shape)


def _is_equal(actual: Any, expected: Any, compare: Compare) -> bool:
    if type(expected) in _SURE and type(actual) is type(expected):
        return bool(actual == expected)
    if is_missing(expected):
        return is_missing(actual)
    try:
        compare(actual, expected, "")
    except Mismatch:
        return False
    return True


def is_missing(value: object) -> bool:
    """Tell whether a value stands for one that is missing: None, NaN, NaT or NA."""
    if value is None or (isinstance(value, float) and value != value):
        return True
    kind = kind_of(value)
    return kind is not None and kind.tag == "missing"


def _require_unit(actual: np.ndarray, expected: np.ndarray, name: str) -> None:
    """Raise if the counts are right, and the unit is not: 3 days are not 3 hours."""
    units = [np.datetime_data(array.dtype)[0] for array in (actual, expected)]
    if units[0] != units[1] and np.array_equal(actual.view("i8"), expected.view("i8")):
        raise Mismatch(f"{name} is in the unit [{units[0]}], expected [{units[1]}]")
