"""Measured partial credit: a number such as an accuracy, turned into a share of the points.

Runs in: the judge.
"""

from typing import Any

from grader.errors import CourseError
from grader.judge.compare import numeric
from grader.judge.describe import describe
from grader.judge.failures import Mismatch


def measured_share(value: Any, low: float, high: float, name: str) -> tuple[float, str]:
    """Return the share of the points in (0, 1], and what to tell the student about it.

    The share is nothing at or below `low`, everything at or above `high`, and linear in between.

    Raises:
        Mismatch: the value earns nothing, as NaN does.
        CourseError: `low` is not less than `high`.
    """
    if not low < high:
        raise CourseError(f"credit(): low must be less than high, got {low} and {high}")
    array = numeric(value, name)
    if array.size != 1 or array.dtype.kind == "c":
        raise Mismatch(f"{name} is {describe(value)}, expected a number")
    measured = float(array.reshape(()))
    if not measured > low:
        raise Mismatch(f"{name} {measured:.4g} earns nothing; points start above {low:.4g}")
    if measured >= high:
        return 1.0, ""
    share = (measured - low) / (high - low)
    return share, f"{name} {measured:.4g}; all points from {high:.4g}"
