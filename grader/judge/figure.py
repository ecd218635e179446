"""Make figures of values that a check has compared: where an array differs, how a gradient is off.

Runs in: the judge.
"""

import numpy as np

from grader.record.figure import RIGHT, STRANGE, TOO_LARGE, TOO_SMALL, Heatmap, Scatter

_ROWS, _COLUMNS = 32, 48  # squares of a map; a larger array has several entries in one
_FEWEST = 6  # entries of an array that is worth a map
_POINTS = 100
_DIGITS = 4  # significant digits of a number in a figure


def heatmap(
    name: str, actual: np.ndarray, expected: np.ndarray, right: np.ndarray | None = None
) -> Heatmap | None:
    """Return where `actual` differs from `expected`; None if there is nothing to look at.

    Of an array with more than two axes, the first matrix that differs is shown.

    Args:
        name: what the student knows the array as.
        actual: numbers or booleans.
        expected: the same, of the same shape.
        right: which entries are right all the same, though rounded; None for those that are equal.
    """
    if actual.shape != expected.shape or actual.size < _FEWEST:
        return None
    with np.errstate(all="ignore"):
        difference = _difference(actual, expected)
    difference[actual == expected if right is None else right] = 0.0
    if not difference.any():
        return None
    part = _first_matrix(difference)
    shown = np.atleast_2d(difference[part])
    finite = np.abs(shown[np.isfinite(shown)])
    largest = float(finite.max(initial=0.0))
    rows = ["".join(_square(value, largest) for value in row) for row in _pooled(shown)]
    where = f"[{', '.join(map(str, part))}]" if part else ""
    height, width = shown.shape
    return Heatmap(name, where, rows, (height, width), _rounded(largest))


def scatter(name: str, measured: np.ndarray, claimed: np.ndarray) -> Scatter | None:
    """Return a gradient against measured slopes; None for fewer than two that are finite."""
    pairs = np.stack([measured.ravel(), claimed.ravel()], axis=1)
    pairs = pairs[np.isfinite(pairs).all(axis=1)][:_POINTS]
    points = [(_rounded(x), _rounded(y)) for x, y in pairs.tolist()]
    return Scatter(name, points) if len(points) > 1 else None


def _difference(actual: np.ndarray, expected: np.ndarray) -> np.ndarray:
    if "c" in (actual.dtype.kind, expected.dtype.kind):
        return np.abs(actual.astype(np.complex128) - expected.astype(np.complex128))
    difference: np.ndarray = actual.astype(np.float64) - expected.astype(np.float64)
    return difference


def _first_matrix(difference: np.ndarray) -> tuple[int, ...]:
    if difference.ndim < 3:
        return ()
    leading = difference.reshape(*difference.shape[:-2], -1).any(axis=-1)
    return tuple(int(i) for i in np.argwhere(leading)[0])


def _pooled(shown: np.ndarray) -> np.ndarray:
    """Return the largest difference of each block of entries, one that is not finite first."""
    for axis, most in ((0, _ROWS), (1, _COLUMNS)):
        step = -(-shown.shape[axis] // most)
        starts = range(0, shown.shape[axis], step)
        blocks = [shown.take(range(i, min(i + step, shown.shape[axis])), axis) for i in starts]
        shown = np.stack([_largest(block, axis) for block in blocks], axis)
    return shown


def _largest(block: np.ndarray, axis: int) -> np.ndarray:
    size = np.where(np.isfinite(block), np.abs(block), np.inf)
    at = np.expand_dims(size.argmax(axis=axis), axis)
    return np.take_along_axis(block, at, axis).squeeze(axis)


def _square(value: float, largest: float) -> str:
    if not np.isfinite(value):
        return STRANGE
    if value == 0:
        return RIGHT
    levels = TOO_LARGE if value > 0 else TOO_SMALL
    return levels[min(int(len(levels) * abs(value) / largest), len(levels) - 1)]


def _rounded(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
