"""How a wrong answer and the right one are related: by a factor, a transpose, a square.

Runs in: the judge.

Both are float64 or complex128 and have the same shape.
"""

import math

import numpy as np

_NEAR_1 = 1e-6  # a factor as near to 1 as this is no pattern
TINY = 1e-12  # stands in for max|expected| where everything expected is 0
_BASES = {math.log(base): f"log({base})" for base in (2, 10)}  # factors between logarithms


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
            _reversed,
        )
    )
    return next(filter(None, texts), "")


def _not_finite(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    bad = ~np.isfinite(actual) & np.isfinite(expected)
    if not bad.any():
        return ""
    kinds = "NaN" if np.isnan(actual[bad]).all() else "infinite"
    if not actual.ndim:
        return f"is {kinds}"
    return f"is {kinds} in {int(bad.sum())} of {bad.size} entries, first at {index_text(bad)}"


def _constant_factor(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    """A right answer times a number: N, 1/N, 2, -1, or 0."""
    if not actual.any():
        return "is 0 everywhere" if actual.size > 1 else "is 0"
    norm = float(np.vdot(expected, expected).real)
    if not norm > 0:
        return ""
    factor = float(np.vdot(expected, actual).real) / norm
    if not np.isfinite(factor) or abs(factor) < TINY or abs(factor - 1) < _NEAR_1:
        return ""
    if not agree(actual, factor * expected, tol):
        return ""
    if (expected == expected.flat[0]).all() and not (_is_simple(factor) or _logarithm(factor)):
        return ""  # any two numbers have a ratio; it is a pattern only if it is simple
    return f"equals the right one times {_ratio(factor)}"


def _transposed(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    square = actual.ndim == 2 and actual.shape[0] == actual.shape[1] > 1
    return "is the transpose of the right one" if square and agree(actual.T, expected, tol) else ""


def _constant_offset(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    if actual.size < 3:
        return ""
    difference = actual - expected
    same = agree(difference, np.full_like(difference, difference.flat[0]), tol)
    return "is off by the same amount in every entry" if same else ""


def _cut_to_whole(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    """The right answer kept in an array of whole numbers."""
    if not actual.any() or np.iscomplexobj(actual):
        return ""
    is_cut = np.array_equal(actual, np.trunc(expected))
    return "is the right one cut to whole numbers: keep it as float" if is_cut else ""


def _squared(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    if not actual.any():
        return ""
    if agree(actual, expected**2, tol):
        return "is the square of the right one"
    return "is the root of the right one" if agree(actual**2, expected, tol) else ""


def _reversed(actual: np.ndarray, expected: np.ndarray, tol: float) -> str:
    is_list = actual.ndim > 0 and len(actual) > 2
    is_reversed = is_list and agree(actual[::-1], expected, tol)
    return "is the right one in reverse order" if is_reversed else ""


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
    text = factor_in_digits(factor)
    return f"{text}, which is {base}" if base else text


def factor_in_digits(factor: float) -> str:
    """Return a factor with four significant digits, or with as many as tell it from 1 and -1."""
    texts = (f"{factor:.{digits}g}" for digits in range(4, 17))
    return next((text for text in texts if abs(float(text)) != 1), f"{factor:g}")


def within(actual: np.ndarray, expected: np.ndarray, tol: float) -> np.ndarray:
    """Tell where |actual - expected| <= tol * max|expected|, or both are the same NaN or inf."""
    same = (actual == expected) | (np.isnan(actual) & np.isnan(expected))
    finite = np.abs(expected[np.isfinite(expected)])
    scale = max(finite.max(initial=0.0), TINY)
    right: np.ndarray = same | (np.abs(actual - expected) <= tol * scale)
    return right


def agree(actual: np.ndarray, expected: np.ndarray, tol: float) -> bool:
    return bool(within(actual, expected, tol).all())


def index_text(where: np.ndarray) -> str:
    return str([int(i) for i in np.argwhere(where)[0]])
