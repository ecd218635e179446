"""What a class got as JSON, for programs: one object, whose schema is class.schema.json."""

from collections.abc import Iterable
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from grader.record.change import Change
from grader.record.record import ExerciseScore
from grader.report.json import encoded, kept
from grader.report.summary import Row, Summary

SCHEMA = "nablagrade/class/v1"


def _says(description: str) -> Meta:
    return Meta(description=description)


class Got(msgspec.Struct, frozen=True):
    """What one submission got."""

    submission: Annotated[str, _says("Its id, which names its folder of reports.")]
    name: Annotated[str, _says("Of the student, if a roster or the system says it.")]
    email: Annotated[str, _says("Of the student, likewise.")]
    earned: float
    possible: int
    percent: Annotated[int, _says("Rounded down.")]
    exercises: list[ExerciseScore]
    outcomes: Annotated[dict[str, int], _says("How many checks ended how.")]
    notes: Annotated[list[str], _says("What staff should look at.")]
    unread: Annotated[str, _says("Why no check was run; empty if one was.")]


class MovedCheck(msgspec.Struct, frozen=True):
    """A check whose points moved; null: there was, or is, no such check."""

    check: str
    before: float | None
    after: float | None


class MovedGrade(msgspec.Struct, frozen=True):
    """How the points of a submission moved when it was graded again."""

    submission: str
    before: float
    after: float
    handed_in_again: Annotated[bool, _says("Else the checks or the grader changed.")]
    checks: list[MovedCheck]


class LeftAside(msgspec.Struct, frozen=True):
    """A file or folder among the submissions that is none."""

    path: str
    why: str
    is_open: Annotated[bool, _says("Somebody has to decide what it is.")]


class Fault(msgspec.Struct, frozen=True):
    """A submission that the grader could not grade, by no fault of the student."""

    submission: str
    why: str


class ClassReport(msgspec.Struct, frozen=True, tag_field="schema", tag=SCHEMA):
    """What a class got, as class.json and `grader grade --json` have it."""

    title: Annotated[str, _says("Of the assignment.")]
    submissions: list[Got]
    changes: list[MovedGrade]
    left_aside: list[LeftAside]
    absent: Annotated[list[str], _says("People of the roster who handed in nothing.")]
    faults: Annotated[list[Fault], _says("Of this run; class.json has none.")] = []


def class_json(summary: Summary, faults: Iterable[tuple[str, str]] = ()) -> bytes:
    """Return the sums over a class, indented.

    Args:
        summary: the sums.
        faults: the ids of submissions that could not be graded, each with the reason.
    """
    report = ClassReport(
        title=summary.title,
        submissions=[_got(row) for row in summary.rows],
        changes=[_moved(change) for change in summary.changes],
        left_aside=[LeftAside(one.path, one.why, one.is_open) for one in summary.aside],
        absent=summary.absent,
        faults=[Fault(name, why) for name, why in faults],
    )
    return msgspec.json.format(encoded(_inert(msgspec.to_builtins(report))), indent=2) + b"\n"


def _got(row: Row) -> Got:
    return Got(
        submission=row.submission,
        name=row.name,
        email=row.email,
        earned=row.earned,
        possible=row.possible,
        percent=row.percent,
        exercises=list(row.exercises.values()),
        outcomes={str(outcome): count for outcome, count in row.outcomes.items()},
        notes=row.notes,
        unread=row.unread,
    )


def _moved(change: Change) -> MovedGrade:
    return MovedGrade(
        submission=change.submission,
        before=change.before,
        after=change.after,
        handed_in_again=change.handed_in_again,
        checks=[MovedCheck(*moved) for moved in change.moved],
    )


def _inert(value: Any) -> Any:
    """Return plain values with every text of them made inert."""
    if isinstance(value, str):
        return kept(value)
    if isinstance(value, list):
        return [_inert(item) for item in value]
    if isinstance(value, dict):
        return {key: _inert(item) for key, item in value.items()}
    return value
