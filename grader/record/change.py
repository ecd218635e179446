"""How the points of a submission moved when it was graded again."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from grader.record.record import Record


class Moved(NamedTuple):
    """A check whose points moved; None: there was, or is, no such check."""

    check: str  # its id
    before: float | None
    after: float | None


@dataclass(frozen=True)
class Earlier:
    """What is kept of a record to compare the next one with."""

    earned: float
    digest: str  # of the submission
    checks: Mapping[str, float]

    @classmethod
    def of(cls, record: Record) -> "Earlier":
        checks = {check.id: check.earned for check in record.checks}
        return cls(record.earned, record.digests.submission, checks)


@dataclass(frozen=True)
class Change:
    """The points of one submission, before and after."""

    submission: str
    name: str  # of the student
    before: float
    after: float
    moved: Sequence[Moved]
    handed_in_again: bool  # else the checks or the grader changed
    graded_at: str


def change(before: Earlier, record: Record) -> Change | None:
    """Return what moved from one record of a submission to the next; None if nothing did."""
    now = {check.id: check.earned for check in record.checks}
    moved = [
        Moved(check, before.checks.get(check), now.get(check))
        for check in {**now, **before.checks}
        if before.checks.get(check) != now.get(check)
    ]
    if not moved:
        return None
    return Change(
        submission=record.submission,
        name=record.student.name if record.student else "",
        before=before.earned,
        after=record.earned,
        moved=moved,
        handed_in_again=before.digest != record.digests.submission,
        graded_at=record.graded_at or "",
    )
