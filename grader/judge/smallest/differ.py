"""Tell how an answer differs from the right one, in the parts that the checks compare.

Runs in: the judge.
"""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from grader.judge.compare import TOLERANCE, numeric
from grader.judge.failures import Mismatch, StudentError

_LEAST = 0.01  # a relative error that is no matter of rounding or of a tolerance
_TINY = 1e-3  # right values below it count as this much: next to 0, rounding is no error


class Part(NamedTuple):
    """A part of an answer that a check compares with that of the reference, and what it calls it.

    Its path holds the indices and keys that lead to it; the whole answer has an empty one.
    """

    path: tuple[int | str, ...]
    name: str


class Difference(NamedTuple):
    """One part of two answers, and in which way they differ."""

    kind: str  # "raises IndexError", "missing", "none", "shape", "nan" or "value"
    part: Part  # what follows is of this part alone
    theirs: Any
    right: Any
    error: float = 1.0  # as a share of the largest right value, where the kind is "value"


WHOLE = Part((), "result")


def difference(theirs: Any, right: Any, parts: Sequence[Part], least: float) -> Difference | None:
    """Return the first part that differs, by at least `least` where it is numbers."""
    if isinstance(theirs, StudentError):
        return Difference(f"raises {theirs.kind}", WHOLE, theirs, right)
    for part in parts:
        try:
            wanted = part_of(right, part)
        except LookupError:
            continue
        try:
            given = part_of(theirs, part)
        except LookupError:
            return Difference("missing", part, None, wanted)
        found = _compare(given, wanted, part)
        if found and found.error >= least:
            return found
    return None


def is_same(theirs: Any, right: Any, tol: float = TOLERANCE) -> bool:
    """Tell whether two answers agree in all their parts."""
    if isinstance(right, (tuple, list)) and isinstance(theirs, (tuple, list)):
        pairs = zip(theirs, right, strict=False)
        return len(theirs) == len(right) and all(is_same(*pair, tol) for pair in pairs)
    if isinstance(right, dict) and isinstance(theirs, dict):
        same_keys = theirs.keys() == right.keys()
        return same_keys and all(is_same(theirs[key], right[key], tol) for key in right)
    found = _compare(theirs, right, WHOLE)
    return found is None or (found.kind == "value" and found.error < tol)


def least_error(original: Difference) -> float:
    """Return how large an error has to be at least that stands for the original one."""
    return min(_LEAST, original.error / 2)


def part_of(answer: Any, part: Part) -> Any:
    """Return a part of an answer.

    Raises:
        LookupError: it has no such part.
    """
    key: Any
    for key in part.path:
        if not isinstance(answer, dict if isinstance(key, str) else (tuple, list)):
            raise LookupError(key)  # noqa: TRY004 as an index that is too large does
        answer = answer[key]
    return answer


def is_finite(value: Any) -> bool:
    """Tell whether a right answer is data without NaN and infinities."""
    if isinstance(value, (tuple, list)):
        return all(map(is_finite, value))
    if isinstance(value, dict):
        return all(map(is_finite, value.values()))
    if isinstance(value, (str, bytes)) or value is None:
        return True
    try:
        return bool(np.isfinite(numeric(value, "")).all())
    except (Mismatch, TypeError):
        return False


def _compare(theirs: Any, right: Any, part: Part) -> Difference | None:
    if isinstance(right, (str, bytes)) or right is None:
        same = type(theirs) is type(right) and theirs == right
        return None if same else Difference("value", part, theirs, right)
    if theirs is None:
        return Difference("none", part, theirs, right)
    try:
        wanted = numeric(right, "")
    except (Mismatch, TypeError):
        return None  # nobody can say how objects differ
    try:
        given = numeric(theirs, "")
    except (Mismatch, TypeError):
        return Difference("shape", part, theirs, right)
    if given.size != wanted.size or (given.ndim and wanted.ndim and given.shape != wanted.shape):
        return Difference("shape", part, theirs, right)
    return _numbers(given.reshape(wanted.shape), wanted, part, theirs, right)


def _numbers(
    given: np.ndarray, wanted: np.ndarray, part: Part, theirs: Any, right: Any
) -> Difference | None:
    kind = complex if "c" in (given.dtype.kind, wanted.dtype.kind) else float
    mine, ours = given.astype(kind), wanted.astype(kind)
    if not np.isfinite(ours).all():
        return None
    if not np.isfinite(mine).all():
        return Difference("nan", part, theirs, right)
    gap = float(np.abs(mine - ours).max(initial=0.0))
    if not gap:
        return None
    scale = max(float(np.abs(ours).max(initial=0.0)), _TINY)
    return Difference("value", part, theirs, right, gap / scale)
