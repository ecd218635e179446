"""The record of one graded submission: points come from the assignment, outcomes from the judge.

A record is made here and nowhere else. A check that the judge did not report has not run;
a check that it reported twice, or that the assignment does not declare, is our fault.
"""

from collections.abc import Iterable, Sequence

import msgspec

from grader.errors import ReportError
from grader.record.check import Check, CheckOutcome, Outcome, Visibility

SCHEMA = "nablagrade/record/v1"
DEMONSTRATIONS = "not run: "  # begins a note that nearly every submission has: nothing to look at


class CheckResult(msgspec.Struct, frozen=True):
    """A declared check and how it ended."""

    id: str
    title: str
    exercise: str
    visibility: Visibility
    points: int
    earned: float
    outcome: Outcome
    message: str
    hint: str
    seconds: float


class ExerciseScore(msgspec.Struct, frozen=True):
    """The points of one exercise: the sum over its checks."""

    name: str
    earned: float
    possible: int


class Digests(msgspec.Struct, frozen=True):
    """SHA-256, in hex, of what went in."""

    submission: str  # of the reason, if it could not be read
    suite: str


class Record(msgspec.Struct, frozen=True, kw_only=True):
    """One graded submission, as record.json holds it."""

    schema: str = SCHEMA
    assignment: str
    submission: str  # the id of who handed it in
    seed: int  # `--seed` with this value draws the same inputs again
    earned: float
    possible: int
    checks: list[CheckResult]
    exercises: list[ExerciseScore]
    notes: list[str]  # what was repaired or could not be read
    sandbox: dict[str, str]  # "level" and each layer -> "on" or why not
    versions: dict[str, str]
    digests: Digests
    seconds: float  # wall time


def results(checks: Sequence[Check], outcomes: Iterable[CheckOutcome]) -> list[CheckResult]:
    """Pair every declared check with its reported outcome, or with NOT_RUN.

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


def exercise_scores(exercises: Sequence[str], checks: Iterable[CheckResult]) -> list[ExerciseScore]:
    """Add up the checks of each exercise, in the assignment's order."""
    of: dict[str, list[CheckResult]] = {name: [] for name in exercises}
    for check in checks:
        of[check.exercise].append(check)
    return [
        ExerciseScore(name, _total(c.earned for c in mine), sum(c.points for c in mine))
        for name, mine in of.items()
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
) -> Record:
    """Make the record of one attempt from the declared checks and the judge's outcomes."""
    paired = results(checks, outcomes)
    return Record(
        assignment=assignment,
        submission=submission,
        seed=seed,
        earned=_total(check.earned for check in paired),
        possible=sum(check.points for check in paired),
        checks=paired,
        exercises=exercise_scores(exercises, paired),
        notes=list(notes),
        sandbox=sandbox,
        versions=versions,
        digests=digests,
        seconds=round(seconds, 3),
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
    )


def _total(points: Iterable[float]) -> float:
    return round(sum(points), 2)
