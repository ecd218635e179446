"""Compare tables of pandas: columns first, then the index, then what is in them.

Runs in: the judge.

Names of columns and labels stand in the detail only: in a hidden check they can be data.
"""

from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.judge.describe import describe
from grader.judge.failures import Mismatch
from grader.judge.items import ITEMS, Compare, close_items, equal_items
from grader.sandbox.wire.arrays import array_numbers
from grader.sandbox.wire.kinds import kind_of

_NUMBERS = "biufc"
_HOLDS = {"M": "dates", "m": "durations", **dict.fromkeys(_NUMBERS, "numbers")}
_TEXT = "text or objects"


def close_frame(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    _require_kind(actual, expected, name)
    _close_columns(list(actual.columns), list(expected.columns), name)
    _close_labels(actual.index, expected.index, name, compare)
    for place, label in enumerate(expected.columns):
        try:
            mine, right = actual.iloc[:, place], expected.iloc[:, place]
            _close_column(mine, right, f"a column of {name}", compare)
        except Mismatch as wrong:
            raise Mismatch(wrong.safe, f"column {label!r}: {wrong.detail}") from None


def close_series(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    _require_kind(actual, expected, name)
    _close_labels(actual.index, expected.index, name, compare)
    _close_column(actual, expected, name, compare)


def close_index(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    _require_kind(actual, expected, name)
    _close_labels(actual, expected, name, compare)


def close_missing(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    """Compare with NA or NaT, which equal nothing by ==."""
    if type(actual) is not type(expected):
        raise Mismatch(f"{name} is not right", f"got {actual!r}, expected {expected!r}")


def _require_kind(actual: Any, expected: Any, name: str) -> None:
    if kind_of(actual) is not kind_of(expected):
        got = "None (is a return missing?)" if actual is None else describe(actual)
        raise Mismatch(f"{name} is {got}, expected {describe(expected)}")


def _close_columns(actual: Sequence[Any], expected: Sequence[Any], name: str) -> None:
    missing = [label for label in expected if label not in actual]
    surplus = [label for label in actual if label not in expected]
    if missing:
        what = f"lacks {len(missing)} of its {len(expected)} columns"
        raise Mismatch(f"{name} {what}", f"column {missing[0]!r} is missing")
    if surplus:
        what = f"has {len(surplus)} of {len(actual)} columns too many"
        raise Mismatch(f"{name} {what}", f"such as {surplus[0]!r}")
    if actual != expected:
        raise Mismatch(
            f"{name} has the right columns in another order",
            f"got {list(actual)}, expected {list(expected)}",
        )


def _close_labels(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    if len(actual) != len(expected):
        raise Mismatch(f"{name} has {len(actual)} rows, expected {len(expected)}")
    if actual.nlevels != expected.nlevels:
        levels = f"{actual.nlevels} levels, expected {expected.nlevels}"
        raise Mismatch(f"the index of {name} has {levels}")
    right = np.ones(len(expected), bool)
    for level in range(expected.nlevels):
        mine, wanted = actual.get_level_values(level), expected.get_level_values(level)
        right &= equal_items(_objects(mine), _objects(wanted), compare)
    if right.all():
        return
    row = int(np.argmin(right))
    if sorted(map(repr, actual)) == sorted(map(repr, expected)):
        raise Mismatch(f"{name} has the right rows in another order, first at row {row}")
    raise Mismatch(
        f"the index of {name} differs at row {row}",
        f"got {actual[row]!r}, expected {expected[row]!r}",
    )


def _close_column(actual: Any, expected: Any, name: str, compare: Compare) -> None:
    missing, must = np.asarray(actual.isna()), np.asarray(expected.isna())
    wrong = np.flatnonzero(missing != must)
    if len(wrong):
        row = wrong[0]
        got, wanted = ("no value", "one") if missing[row] else ("a value", "none")
        raise Mismatch(f"{name} has {got} at row {row}, expected {wanted}")
    mine, right = _values(actual), _values(expected)
    holds, should = (_HOLDS.get(array.dtype.kind, _TEXT) for array in (mine, right))
    if holds != should and not must.all():
        raise Mismatch(f"{name} holds {holds}, expected {should}")
    if right.dtype.kind in ITEMS:
        close_items(mine, right, name, compare)
    else:
        compare(_without(mine, must), _without(right, must), name)


def _without(numbers: np.ndarray, missing: np.ndarray) -> np.ndarray:
    """Return a column with 0 where both have none: NaN would hide a pattern among the others."""
    return np.where(missing, 0, numbers) if missing.any() else numbers


def _values(column: Any) -> np.ndarray:
    """Return the values of a column: numbers if it can be, then dates, else objects."""
    if isinstance(column.dtype, np.dtype) and column.dtype.kind != "O":
        return np.asarray(column)
    if hasattr(column.dtype, "tz"):
        return np.asarray(column.dt.tz_convert("UTC").dt.tz_localize(None))
    if column.dtype.kind in _NUMBERS:
        kind = "complex128" if column.dtype.kind == "c" else "float64"
        return np.asarray(column.to_numpy(kind, na_value=np.nan))
    objects = _objects(column)
    objects[np.asarray(column.isna())] = np.nan
    return array_numbers(objects)


def _objects(values: Any) -> np.ndarray:
    return np.array(values.astype(object))
