"""Pages for people: one for each student, one for the class.

Each is a single file without scripts that loads nothing, and its content policy says so.
The environment below makes every text that a template prints inert, then escapes it.
"""

from functools import cache
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from grader.record.check import Outcome
from grader.record.files import STUDENT_PAGE
from grader.record.record import CheckResult, ExerciseScore, Record
from grader.report.summary import Summary
from grader.report.words import (
    SIGNS,
    isolation_line,
    number,
    percent,
    shown,
    sign,
    sign_counts,
    unread,
)

STEP = 60  # of the histogram, in its own units: from one bar to the next
TALLEST = 120


class Numbered(NamedTuple):
    """A check and its place on the page."""

    n: int
    check: CheckResult


class Bar(NamedTuple):
    """One bar of the histogram."""

    label: str
    submissions: int
    x: int
    height: float


def student_page(record: Record) -> bytes:
    """Return what one student reads about the submission, as one HTML file."""
    checks = [Numbered(n, check) for n, check in enumerate(record.checks, start=1)]
    return (
        _environment()
        .get_template("student.html")
        .render(
            record=record,
            counts=sign_counts(record),
            exercises=[(score, _of(score, checks)) for score in record.exercises],
            next=next((item for item in checks if item.check.earned < item.check.points), None),
            unread=unread(record),
            isolation=isolation_line(record.sandbox),
        )
        .encode()
    )


def class_page(summary: Summary) -> bytes:
    """Return what the class got and where it failed, as one HTML file.

    Links lead to each student's page, in a folder beside this one.
    """
    seen = {outcome for check in summary.checks.values() for outcome in check.outcomes}
    return (
        _environment()
        .get_template("class.html")
        .render(
            summary=summary,
            bars=_bars(summary.tenths),
            outcomes=[outcome for outcome in Outcome if outcome in seen],
            student_page=STUDENT_PAGE,
        )
        .encode()
    )


def _of(score: ExerciseScore, checks: list[Numbered]) -> list[Numbered]:
    return [item for item in checks if item.check.exercise == score.name]


def _bars(tenths: list[int]) -> list[Bar]:
    labels = [f"{10 * tenth}-{10 * tenth + 9}" for tenth in range(10)] + ["100"]
    scale = TALLEST / max(*tenths, 1)
    return [
        Bar(label, count, STEP * i, round(count * scale, 1))
        for i, (label, count) in enumerate(zip(labels, tenths, strict=True))
    ]


@cache
def _environment() -> Environment:
    environment = Environment(
        loader=PackageLoader("grader.report"),
        autoescape=True,
        undefined=StrictUndefined,
        finalize=_inert,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters |= {"number": number, "path": _path}
    environment.globals |= {"SIGNS": SIGNS, "percent": percent, "sign": sign}
    return environment


def _inert(value: object) -> object:
    if isinstance(value, str) and not isinstance(value, Markup):
        return shown(value)
    return value


def _path(name: str) -> str:
    """Return a file name as one segment of a relative link: no scheme, no folder."""
    return "./" + quote(shown(name), safe="")
