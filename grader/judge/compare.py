"""Compare an answer with the right one, and say how they differ.

An answer is right when  max|actual - expected| <= tol * max|expected|.  The default tol of 1e-6
sits between the largest rounding error of right public solutions (6e-8) and the smallest error of
wrong ones (7e-5), in float64. Whole numbers and booleans have to be equal. Every comparison is
written so that NaN fails it.
"""

import math
from typing import Any

import numpy as np

from grader.judge.describe import describe, shape_text
from grader.judge.failures import Mismatch
from grader.judge.proxy import Function, Handle

TOLERANCE = 1e-6
_ROUNDING = 1e-9  # of patterns in whole numbers
_NEAR_1 = 1e-6  # a factor this near to 1 is no pattern
_TINY = 1e-12  # stands in for max|expected| where everything expected is 0
_NUMERIC = "biufc"  # kinds of dtypes
_BASES = {math.log(base): f"log({base})" for base in (2, 10)}  # what another logarithm leaves


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
        actual: what the submission gave: a number, array, tensor, or list or tuple of these.
        expected: the right value, of the same form.
        tol: largest error allowed, as a share of the largest expected magnitude.
        name: what the student knows the value as.
        hint: shown to the student when they differ.

    Raises:
        Mismatch: they differ; says how.
        TypeError: `expected` is of no such form.
    """
    if isinstance(expected, (list, tuple)) and not _is_table(expected):
        _require_parts(actual, expected, name, hint)
        for index, (mine, right) in enumerate(zip(actual, expected, strict=True)):
            close(mine, right, tol=tol, name=f"{name}[{index}]", hint=hint)
        return
    if isinstance(expected, str) or expected is None:
        if type(actual) is not type(expected) or actual != expected:
            raise Mismatch(f"{name} is not right", f"got {actual!r}, expected {expected!r}", hint)
        return
    right = _plain_array(expected)
    if right.dtype.kind not in _NUMERIC:
        raise TypeError(f"close() cannot compare with {describe(expected)}")
    wrong = explain(numeric(actual, name, hint), right, tol, name)
    if wrong is not None:
        raise Mismatch(wrong.safe, wrong.detail, hint)


def explain(actual: np.ndarray, expected: np.ndarray, tol: float, name: str) -> Mismatch | None:
    """Return None if the arrays agree, else a Mismatch that names the nearest known pattern."""
    with np.errstate(all="ignore"):
        return _explain(actual, expected, tol, name)


def _explain(actual: np.ndarray, expected: np.ndarray, tol: float, name: str) -> Mismatch | None:
    if actual.shape != expected.shape:
        return Mismatch(_shape_text(actual, expected, tol, name))
    mine, wanted = _wide(actual, expected)
    exact = expected.dtype.kind in "biu"
    right = actual == expected if exact else _within(mine, wanted, tol)
    if right.all():
        return None
    text = pattern_of(mine, wanted, _ROUNDING if exact else tol) or _count(right)
    return Mismatch(f"{name} {text}", _first_wrong(actual, expected, right))


def pattern_of(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    """Return how arrays of one shape that differ are related, e.g. "is 0 everywhere", or ""."""
    texts = (
        pattern(actual, expected, tol)
        for pattern in (
            _not_finite,
            _constant_factor,
            _transposed,
            _constant_offset,
            _cut_to_whole,
            _squared,
        )
    )
    return next(filter(None, texts), "")


def _wide(actual: np.ndarray, expected: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Return both as float64, or both as complex128: nothing overflows or wraps around."""
    wide = np.complex128 if "c" in (actual.dtype.kind, expected.dtype.kind) else np.float64
    return actual.astype(wide), expected.astype(wide)


def _within(actual: np.ndarray, expected: np.ndarray, tol: float) -> np.ndarray:
    """Tell where |actual - expected| <= tol * max|expected|, or both are the same NaN or inf."""
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(finite.max(initial=0.0), _TINY)
    right: np.ndarray = same | (np.abs(actual - expected) <= tol * scale)
    return right


def _shape_text(actual: np.ndarray, expected: np.ndarray, tol: float, name: str) -> str:
    got = f"has shape {shape_text(actual.shape)}" if actual.ndim else "is a number"
    wanted = str(expected.shape) if expected.ndim else "a number"
    text = f"{name} {got}, expected {wanted if actual.ndim else f'shape {wanted}'}"
    if actual.size != expected.size:
        return text
    mine, right = _wide(actual, expected)
    if mine.ndim == 2 and mine.T.shape == right.shape and _agree(mine.T, right, tol):
        return f"{text}: it is the transpose of the right one"
    if _agree(mine.reshape(right.shape), right, tol):
        return f"{text}: the numbers are right, the shape is not"
    return text


def _not_finite(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    bad = ~np.isfinite(actual) & np.isfinite(expected)
    if not bad.any():
        return ""
    kinds = "NaN" if np.isnan(actual[bad]).all() else "infinite"
    if not actual.ndim:
        return f"is {kinds}"
    return f"is {kinds} in {int(bad.sum())} of {bad.size} entries, first at {_index(bad)}"


def _constant_factor(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    """A right answer times a number: N, 1/N, 2, -1, or 0."""
    if not actual.any():
        return "is 0 everywhere" if actual.size > 1 else "is 0"
    norm = float(np.vdot(expected, expected).real)
    if not norm > 0:
        return ""
    factor = float(np.vdot(expected, actual).real) / norm
    if not np.isfinite(factor) or abs(factor) < _TINY or abs(factor - 1) < _NEAR_1:
        return ""
    if not _agree(actual, factor * expected, tol):
        return ""
    if (expected == expected.flat[0]).all() and not (_is_simple(factor) or _logarithm(factor)):
        return ""  # any two numbers have a ratio; only a telling one is a pattern
    return f"equals the right one times {_ratio(factor)}"


def _transposed(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    square = actual.ndim == 2 and actual.shape[0] == actual.shape[1] > 1
    return "is the transpose of the right one" if square and _agree(actual.T, expected, tol) else ""


def _constant_offset(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    if actual.size < 3:
        return ""
    difference = actual - expected
    same = _agree(difference, np.full_like(difference, difference.flat[0]), tol)
    return "is off by the same amount in every entry" if same else ""


def _cut_to_whole(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    """The right answer kept in an array of whole numbers."""
    if not actual.any() or np.iscomplexobj(actual):
        return ""
    is_cut = np.array_equal(actual, np.fix(expected))
    return "is the right one cut to whole numbers: keep it as float" if is_cut else ""


def _squared(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    if not actual.any():
        return ""
    if _agree(actual, expected**2, tol):
        return "is the square of the right one"
    return "is the root of the right one" if _agree(actual**2, expected, tol) else ""


def _count(right: np.ndarray) -> str:
    if right.ndim == 0:
        return "is not right"
    wrong = right.size - int(right.sum())
    if wrong == right.size:
        return "is wrong in every entry" if right.size > 1 else "is not right"
    return f"is wrong in {wrong} of {right.size} entries, first at {_index(~right)}"


def _first_wrong(actual: np.ndarray, expected: np.ndarray, right: np.ndarray) -> str:
    at = tuple(int(i) for i in np.argwhere(~right)[0])
    where = f"at {list(at)}: " if at else ""
    return f"{where}got {actual[at]!s}, expected {expected[at]!s}"


def _agree(actual: np.ndarray, expected: np.ndarray, tol: float) -> bool:
    return bool(_within(actual, expected, tol).all())


def _index(where: np.ndarray) -> str:
    return str([int(i) for i in np.argwhere(where)[0]])


def _is_simple(factor: float) -> bool:
    size = max(abs(factor), 1 / abs(factor))
    return abs(size - round(size)) < 1e-7 * size and size < 1e4


def _logarithm(factor: float) -> str:
    """Return "log(2)" or "1/log(2)" for the factor that another base leaves, or ""."""
    for value, name in _BASES.items():
        if abs(factor - value) < 1e-7:
            return name
        if abs(factor * value - 1) < 1e-7:
            return f"1/{name}"
    return ""


def _ratio(factor: float) -> str:
    if _is_simple(factor):
        sign = "-" if factor < 0 else ""
        size = abs(factor)
        return f"{sign}{round(size)}" if size > 0.75 else f"{sign}1/{round(1 / size)}"
    base = _logarithm(factor)
    return f"{factor:.6g}, which is {base}" if base else f"{factor:.6g}"


def _is_table(value: Any) -> bool:
    """Tell whether nested lists hold numbers only, and so stand for one array."""
    if isinstance(value, (list, tuple)):
        return bool(value) and all(_is_table(part) for part in value)
    return isinstance(value, (bool, int, float, complex))


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
    if isinstance(actual, (Handle, Function, str, bytes, dict)) or actual is None:
        array = np.asarray(None)
    else:
        try:
            array = _plain_array(actual)
        except (ValueError, TypeError, OverflowError):  # a ragged list, a huge int
            array = np.asarray(None)
    if array.dtype.kind not in _NUMERIC:
        raise Mismatch(f"{name} is {_described(actual)}, expected numbers", "", hint)
    return array


def _plain_array(value: Any) -> np.ndarray:
    if type(value).__module__.startswith("torch"):
        value = value.detach().cpu()
        value = value.float() if str(value.dtype) == "torch.bfloat16" else value
        return np.asarray(value.numpy())
    if isinstance(value, (list, tuple)):
        return np.asarray([_plain_array(part) for part in value])
    return np.asarray(value)
