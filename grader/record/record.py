"""The record of one graded submission: points come from the assignment, outcomes from the judge.

A record is made here and nowhere else. A check that the judge did not report has not run;
a check that it reported twice, or that the assignment does not declare, is a fault of the grader.
"""

from collections.abc import Iterable, Mapping, Sequence

import msgspec

from grader.errors import ReportError
from grader.record.cause import Cause
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.excerpt import Excerpt
from grader.record.figure import Figure

SCHEMA = "nablagrade/record/v1"
DEMONSTRATIONS = "not run: "  # how a note begins that is no reason to look at a submission
BESIDE = "beside it, not read: "  # so does this one


class CheckResult(Check, frozen=True):
    """A declared check and how it ended."""

    earned: float
    outcome: Outcome
    message: str
    hint: str
    seconds: float
    figure: Figure | None = None


class ExerciseScore(msgspec.Struct, frozen=True, omit_defaults=True):
    """The points of one exercise, summed over its checks."""

    name: str
    earned: float
    possible: int
    cause: Cause | None = None  # why it lost points, if that is known


class Digests(msgspec.Struct, frozen=True):
    """SHA-256, in hex, of what decided the grade."""

    submission: str  # or of the reason why it could not be read
    suite: str  # and of the grader itself


class About(msgspec.Struct, frozen=True):
    """What the course says of the assignment to those who hand it in; "" for what it does not."""

    title: str = ""
    due: str = ""  # ISO 8601
    contact: str = ""  # whom to ask


UNSAID = About()


class Student(msgspec.Struct, frozen=True):
    """Who handed it in, as the roster says, or else the system of the course."""

    id: str
    name: str = ""
    email: str = ""


class HandIn(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a submission besides its files. Times are ISO 8601; None: nobody says."""

    student: Student | None = None
    submitted_at: str | None = None
    attempt: int | None = None
    source: str | None = None


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One graded submission, as record.json holds it."""

    schema: str = SCHEMA
    assignment: str
    submission: str  # its id
    seed: int  # `--seed` with this value draws the same inputs again
    earned: float
    possible: int
    checks: list[CheckResult]
    exercises: list[ExerciseScore]
    notes: list[str]  # what was repaired or could not be read
    sandbox: dict[str, str]  # "level", and for each layer "on" or why not
    versions: dict[str, str]
    digests: Digests
    seconds: float  # wall time
    student: Student | None = None
    submitted_at: str | None = None  # as the system of the course or an archive has it
    graded_at: str | None = None
    attempt: int | None = None  # which one of this student it is, from 1
    source: str | None = None  # the path of what was handed in, from the folder of the reports
    about: About = UNSAID
    code: list[Excerpt] = []  # what the student wrote for the exercises that lost points


def results(checks: Sequence[Check], outcomes: Iterable[CheckOutcome]) -> list[CheckResult]:
    """Return the result of every declared check: as it was reported, or NOT_RUN.

    Raises:
        ReportError: an outcome names a check that is not declared, or one twice, or a share
            outside [0, 1].
    """
    declared = {check.id for check in checks}
    reported: dict[str, CheckOutcome] = {}
    for outcome in outcomes:
        if outcome.id not in declared:
            raise ReportError(f"the judge reported a check that is not declared: {outcome.id!r}")
        if outcome.id in reported:
            raise ReportError(f"the judge reported a check twice: {outcome.id!r}")
        if not 0 <= outcome.share <= 1:  # also refuses NaN
            raise ReportError(f"the judge reported a share of {outcome.share} for {outcome.id!r}")
        reported[outcome.id] = outcome
    return [_result(check, reported.get(check.id)) for check in checks]


def exercise_scores(
    exercises: Sequence[str],
    checks: Iterable[CheckResult],
    causes: Mapping[str, Cause | None] | None = None,
) -> list[ExerciseScore]:
    """Add up the checks of each exercise, in the assignment's order."""
    known = causes or {}
    grouped: dict[str, list[CheckResult]] = {name: [] for name in exercises}
    for check in checks:
        grouped[check.exercise].append(check)
    return [
        ExerciseScore(
            name, _total(c.earned for c in group), sum(c.points for c in group), known.get(name)
        )
        for name, group in grouped.items()
    ]


def make_record(
    *,
    assignment: str,
    submission: str,
    seed: int,
    exercises: Sequence[str],
    checks: Sequence[Check],
    outcomes: Iterable[CheckOutcome],
    notes: Sequence[str],
    sandbox: dict[str, str],
    versions: dict[str, str],
    digests: Digests,
    seconds: float,
    causes: Mapping[str, Cause] | None = None,
    code: Iterable[Excerpt] = (),
    hand_in: HandIn | None = None,
    graded_at: str | None = None,
    about: About = UNSAID,
) -> Record:
    """Make the record of one attempt from the declared checks and the judge's outcomes."""
    graded = results(checks, outcomes)
    known = hand_in or HandIn()
    scores = exercise_scores(exercises, graded, causes)
    lost = {score.name for score in scores if score.earned < score.possible}
    return Record(
        assignment=assignment,
        submission=submission,
        seed=seed,
        earned=_total(check.earned for check in graded),
        possible=sum(check.points for check in graded),
        checks=graded,
        exercises=scores,
        notes=list(notes),
        sandbox=sandbox,
        versions=versions,
        digests=digests,
        seconds=round(seconds, 3),
        student=known.student,
        submitted_at=known.submitted_at,
        graded_at=graded_at,
        attempt=known.attempt,
        source=known.source,
        about=about,
        code=[one for one in code if one.exercise in lost],
    )


def _result(check: Check, outcome: CheckOutcome | None) -> CheckResult:
    ended = outcome or CheckOutcome(check.id, Outcome.NOT_RUN, message="grading ended before this")
    earned = check.points * ended.share if ended.outcome is Outcome.PASSED else 0.0
    return CheckResult(
        **msgspec.structs.asdict(check),
        earned=round(earned, 2),
        outcome=ended.outcome,
        message=ended.message,
        hint=ended.hint,
        seconds=round(ended.seconds, 4),
        figure=ended.figure,
    )


def _total(points: Iterable[float]) -> float:
    return round(sum(points), 2)
