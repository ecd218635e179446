"""One reason for many checks is told once, on top; what is not written yet takes one line."""

from collections.abc import Sequence
from typing import NamedTuple

from grader.record.check import Outcome
from grader.record.record import CheckResult, Record

UNWRITTEN = "not written yet"
_NOT_THERE = (" does not define ", " has no method ", "while it was imported, ")


class Cause(NamedTuple):
    """Why checks of several exercises lost their points."""

    text: str
    checks: tuple[str, ...]  # their ids


def shared_causes(record: Record) -> list[Cause]:
    """Return what checks of two exercises or more have in common, the most frequent first."""
    found: dict[tuple[str, str], list[CheckResult]] = {}
    for check in record.checks:
        if key := _key(check):
            found.setdefault(key, []).append(check)
    causes = [
        Cause(text, tuple(check.id for check in checks))
        for (text, _), checks in found.items()
        if len({check.exercise for check in checks}) > 1
    ]
    return sorted(causes, key=lambda cause: -len(cause.checks))


def is_unwritten(check: CheckResult) -> bool:
    """Tell whether a check found that its exercise is not written yet."""
    return check.message.startswith(UNWRITTEN)


def folded(checks: Sequence[CheckResult], causes: Sequence[Cause]) -> str:
    """Return the few words that tell of all checks of an exercise, or "" if there are none."""
    if checks and all(map(is_unwritten, checks)):
        return UNWRITTEN
    told = {identity for cause in causes for identity in cause.checks}
    return "for the reason on top" if checks and all(c.id in told for c in checks) else ""


def _key(check: CheckResult) -> tuple[str, str] | None:
    """Return what is said of a check's cause, and at which line of the file it is.

    An answer that is wrong has a cause of its own, and so has a hint of the suite.
    """
    if check.outcome in (Outcome.PASSED, Outcome.NOT_RUN) or UNWRITTEN in check.message:
        return None
    first, *rest = check.message.split("\nyour code printed:")[0].split("\n")
    if any(words in first for words in _NOT_THERE) or first.startswith("NameError"):
        return (check.hint or first, "")
    if check.outcome is Outcome.FAILED:
        return None
    return (check.hint or first, rest[-1] if rest else "")
