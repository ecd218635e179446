"""The page that a student reads about their submission: what lost points comes first."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from markupsafe import Markup

from grader.record.check import Outcome
from grader.record.excerpt import Excerpt
from grader.record.record import BESIDE, DEMONSTRATIONS, CheckResult, ExerciseScore, Record
from grader.report.causes import Cause, is_unwritten, shared_causes
from grader.report.figures.draw import figure_html
from grader.report.html import page
from grader.report.own_code import OwnCode, own_code
from grader.report.place import Place, place_of
from grader.report.words import own_hint, sign_counts, unread

_FIGURES = 80_000  # bytes of all figures of a page, so that the page stays below 150 kB


class Numbered(NamedTuple):
    """A check and its number on the page."""

    n: int
    check: CheckResult


@dataclass(frozen=True)
class Reason:
    """Why some checks of an exercise lost points; what they share is told once."""

    checks: list[Numbered]
    hint: str = ""
    cause: int = 0  # the number of the cause at the top of the page that is theirs, too

    @property
    def message(self) -> str:
        """The message of all of them, or "" if they differ."""
        messages = {item.check.message for item in self.checks}
        return messages.pop() if len(messages) == 1 and not self.cause else ""


@dataclass(frozen=True)
class Exercise:
    """An exercise and its checks."""

    n: int
    score: ExerciseScore
    lost: list[Reason]
    passed: list[Numbered]
    is_unwritten: bool
    code: OwnCode | None = None

    @property
    def is_full(self) -> bool:
        return not self.lost


def student_page(record: Record) -> bytes:
    """Return the page that a student reads about their submission."""
    why_not = unread(record)
    causes = shared_causes(record)
    exercises = [] if why_not else _exercises(record, causes)
    notes = [note for note in record.notes if note != why_not]
    quiet = [note for note in notes if note.startswith((DEMONSTRATIONS, BESIDE))]
    return page(
        "student.html",
        record=record,
        counts=sign_counts(record),
        unread=why_not,
        causes=causes,
        lost=[one for one in exercises if not (one.is_full or one.is_unwritten)],
        unwritten=[one for one in exercises if one.is_unwritten],
        full=[one for one in exercises if one.is_full],
        notes=[note for note in notes if note not in quiet],
        quiet=quiet,
        facts=_facts(record),
        figures=_figures(record),
    )


def _figures(record: Record) -> dict[str, Markup]:
    """Return the figures that there is room for, by the id of their check."""
    figures, room = {}, _FIGURES
    for check in record.checks:
        if check.figure is not None:
            drawn = figure_html(check.figure)
            room -= len(drawn)
            if room >= 0:
                figures[check.id] = drawn
    return figures


def _exercises(record: Record, causes: Sequence[Cause]) -> list[Exercise]:
    found: dict[str, list[Numbered]] = {score.name: [] for score in record.exercises}
    for n, check in enumerate(record.checks, start=1):
        found[check.exercise].append(Numbered(n, check))
    written = {excerpt.exercise: excerpt for excerpt in record.code}
    return [
        _exercise(n, score, found[score.name], causes, written.get(score.name))
        for n, score in enumerate(record.exercises, start=1)
    ]


def _exercise(
    n: int,
    score: ExerciseScore,
    checks: Sequence[Numbered],
    causes: Sequence[Cause],
    written: Excerpt | None,
) -> Exercise:
    lost = [item for item in checks if _is_lost(item.check)]
    return Exercise(
        n,
        score,
        lost=_reasons(score, lost, causes),
        passed=[item for item in checks if not _is_lost(item.check)],
        is_unwritten=bool(checks) and all(is_unwritten(item.check) for item in checks),
        code=own_code(written, _places(score, lost)) if written else None,
    )


def _places(score: ExerciseScore, lost: Iterable[Numbered]) -> Iterator[Place | None]:
    """Yield the lines that messages name, and the one that the cause of the exercise names."""
    yield from (place_of(item.check.message) for item in lost)
    if score.cause:
        yield place_of(f" at {score.cause.place}")


def _is_lost(check: CheckResult) -> bool:
    return check.outcome is not Outcome.PASSED or check.earned < check.points


def _reasons(
    score: ExerciseScore, lost: Sequence[Numbered], causes: Sequence[Cause]
) -> list[Reason]:
    """Put together the checks that have one hint, or else one message."""
    top = {id: n for n, cause in enumerate(causes, start=1) for id in cause.checks}
    groups: dict[tuple[int, str, str], list[Numbered]] = {}
    for item in lost:
        cause, hint = top.get(item.check.id, 0), own_hint(score, item.check)
        key = (cause, "", "") if cause else (0, hint, "" if hint else item.check.message)
        groups.setdefault(key, []).append(item)
    return [Reason(checks, hint, cause) for (cause, hint, _), checks in groups.items()]


def _facts(record: Record) -> list[tuple[str, str]]:
    """Return what is known of the submission, each with its name."""
    facts = [
        ("submitted", when(record.submitted_at or "")),
        ("due", when(record.about.due)),
        ("attempt", str(record.attempt or "")),
        ("graded", when(record.graded_at or "")),
    ]
    return [(name, value) for name, value in facts if value]


def when(time: str) -> str:
    """Return a time of ISO 8601 as people write it, such as "5 January 2026, 12:00 UTC"."""
    try:
        moment = datetime.fromisoformat(time)
    except ValueError:
        return time
    zone = f" {moment:%Z}" if moment.tzinfo else ""
    return f"{moment.day} {moment:%B %Y, %H:%M}{zone}"
