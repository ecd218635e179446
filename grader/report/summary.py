"""The sums over a class that its page and its table show, made in one pass over the records."""

import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple

from grader.record.aside import Aside
from grader.record.change import Change
from grader.record.check import Outcome, Visibility
from grader.record.record import BESIDE, DEMONSTRATIONS, CheckResult, ExerciseScore, Record
from grader.report.words import isolation_line, outcome_counts, percent, problem, unread

HINTS_KEPT = 200  # different hints of one check, so that a large class needs little memory


@dataclass(frozen=True, slots=True)
class Row:
    """The part of one record that reports on a class show."""

    submission: str
    earned: float
    possible: int
    exercises: dict[str, ExerciseScore]
    outcomes: dict[Outcome, int]
    notes: list[str]  # those that staff should look at
    unread: str  # why no check was run; "" if one was
    name: str = ""  # of the student
    email: str = ""
    submitted_at: str = ""  # ISO 8601

    @property
    def percent(self) -> int:
        return percent(self.earned, self.possible)

    @property
    def share(self) -> float:
        return self.earned / self.possible if self.possible else 0.0

    @property
    def problem(self) -> str:
        return problem(self.outcomes)


class CommonHint(NamedTuple):
    """The hint that a check gave most often."""

    text: str
    times: int


@dataclass(slots=True)
class CheckTally:
    """How one check ended over the class."""

    title: str
    exercise: str
    visibility: Visibility
    points: int
    earned: float = 0.0
    outcomes: Counter[Outcome] = field(default_factory=Counter)
    hints: Counter[str] = field(default_factory=Counter)

    @property
    def share(self) -> float:
        """The share of the points that the class earned; without points, of those who passed."""
        got, most = (
            (self.earned, self.points) if self.points else (self.outcomes[Outcome.PASSED], 1)
        )
        return got / (most * self.outcomes.total())

    @property
    def common_hint(self) -> CommonHint | None:
        return CommonHint(*self.hints.most_common(1)[0]) if self.hints else None

    def add(self, check: CheckResult) -> None:
        self.earned += check.earned
        self.outcomes[check.outcome] += 1
        if check.hint and (check.hint in self.hints or len(self.hints) < HINTS_KEPT):
            self.hints[check.hint] += 1


@dataclass(slots=True)
class Summary:
    """The sums of a class."""

    title: str  # what reports on the class are called
    rows: list[Row] = field(default_factory=list)
    checks: dict[str, CheckTally] = field(default_factory=dict)
    exercises: dict[str, int] = field(default_factory=dict)  # name -> points possible
    isolation: Counter[str] = field(default_factory=Counter)
    changes: list[Change] = field(default_factory=list)  # by grading again
    aside: list[Aside] = field(default_factory=list)  # what lay among the submissions
    absent: list[str] = field(default_factory=list)  # people of the roster without a submission

    @property
    def mean(self) -> float:
        return statistics.fmean(row.share for row in self.rows)

    @property
    def median(self) -> float:
        return statistics.median(row.share for row in self.rows)

    @property
    def hardest_first(self) -> list[CheckTally]:
        return sorted(self.checks.values(), key=lambda check: check.share)

    @property
    def tenths(self) -> list[int]:
        """How many submissions got 0-9 %, 10-19 %, ... 90-99 %, and 100 %."""
        counts = Counter(row.percent // 10 for row in self.rows)
        return [counts[tenth] for tenth in range(11)]

    def add(self, record: Record) -> None:
        scores = {score.name: score for score in record.exercises}
        outcomes = outcome_counts(record)
        row = Row(
            submission=record.submission,
            earned=record.earned,
            possible=record.possible,
            exercises=scores,
            outcomes=outcomes,
            notes=[note for note in record.notes if not note.startswith((DEMONSTRATIONS, BESIDE))],
            unread=unread(record),
            name=record.student.name if record.student else "",
            email=record.student.email if record.student else "",
            submitted_at=record.submitted_at or "",
        )
        self.rows.append(row)
        for name, score in scores.items():
            self.exercises.setdefault(name, score.possible)
        for check in record.checks:
            self._tally(check).add(check)
        self.isolation[isolation_line(record.sandbox)] += 1

    def _tally(self, check: CheckResult) -> CheckTally:
        new = CheckTally(check.title, check.exercise, check.visibility, check.points)
        return self.checks.setdefault(check.id, new)


def summarise(records: Iterable[Record], title: str) -> Summary:
    """Return the sums over records, of which one at a time is held in memory."""
    summary = Summary(title)
    for record in records:
        summary.add(record)
    summary.rows.sort(key=lambda row: row.submission.casefold())
    return summary
