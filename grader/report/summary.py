"""The sums over a class that its page and its table show, made in one pass over the records."""

import re
import statistics
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from grader.record.aside import Aside
from grader.record.change import Change
from grader.record.check import Outcome
from grader.record.record import BESIDE, DEMONSTRATIONS, CheckResult, ExerciseScore, Record
from grader.report.causes import UNWRITTEN, is_unwritten
from grader.report.items import Item, Lost
from grader.report.words import isolation_line, outcome_counts, percent, problem, unread

_PLACE = re.compile(r" at (?:cell \d+, )?line \d+ of .*")


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


@dataclass(slots=True)
class Summary:
    """The sums of a class."""

    title: str  # what reports on the class are called
    rows: list[Row] = field(default_factory=list)
    checks: dict[str, Item] = field(default_factory=dict)  # by their ids
    exercises: dict[str, int] = field(default_factory=dict)  # name -> points possible
    items: dict[str, Item] = field(default_factory=dict)  # by the names of exercises
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
    def hardest_first(self) -> list[Item]:
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
        for number, score in enumerate(record.exercises, start=1):
            self.exercises.setdefault(score.name, score.possible)
            self._add_exercise(row, record, score, number)
        for number, check in enumerate(record.checks, start=1):
            self._add_check(row, check, number)
        self.isolation[isolation_line(record.sandbox)] += 1

    def _add_exercise(self, row: Row, record: Record, score: ExerciseScore, number: int) -> None:
        new = Item(score.name, score.name, score.possible)
        item = self.items.setdefault(score.name, new)
        item.graded += 1
        item.earned += score.earned
        if row.unread:
            return
        checks = [check for check in record.checks if check.exercise == score.name]
        seconds = sum(check.seconds for check in checks)
        item.add_run(score.earned, row.earned - score.earned, seconds)
        if score.earned < score.possible:
            causes = [_cause(check) for check in checks if check.earned < check.points]
            if score.cause and score.cause.text:
                causes.insert(0, score.cause.text)
            item.add_loss(Lost(row.submission, f"exercise-{number}"), next(iter(causes), ""))

    def _add_check(self, row: Row, check: CheckResult, number: int) -> None:
        new = Item(check.title, check.exercise, check.points, check.visibility)
        item = self.checks.setdefault(check.id, new)
        item.graded += 1
        item.earned += check.earned
        item.outcomes[check.outcome] += 1
        if row.unread:
            return
        item.add_run(check.earned, row.earned - check.earned, check.seconds)
        if check.outcome is not Outcome.PASSED or check.earned < check.points:
            item.add_loss(Lost(row.submission, f"check-{number}"), _cause(check))


def _cause(check: CheckResult) -> str:
    """Return the hint of a check, or else the first line of its message without a line's number."""
    if check.hint or is_unwritten(check):
        return check.hint or UNWRITTEN
    return _PLACE.sub("", check.message.partition("\n")[0])


def summarise(records: Iterable[Record], title: str) -> Summary:
    """Return the sums over records, of which one at a time is held in memory."""
    summary = Summary(title)
    for record in records:
        summary.add(record)
    summary.rows.sort(key=lambda row: row.submission.casefold())
    return summary
