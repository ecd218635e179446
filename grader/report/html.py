"""Pages in HTML, one for each student and one for the class.

Each page is a single file that has no script and loads nothing, and its content policy forbids
both. `_environment` makes every text that a template prints inert, then escapes it.
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

STEP = 60  # from one bar of the histogram to the next, in units of the picture
TALLEST = 120  # the height of the highest bar


class Numbered(NamedTuple):
    """A check and its number on the page."""

    n: int
    check: CheckResult


class Bar(NamedTuple):
    """One bar of the histogram."""

    label: str
    submissions: int
    x: int
    height: float


def student_page(record: Record) -> bytes:
    """Return the page that a student reads about their submission."""
    checks = [Numbered(n, check) for n, check in enumerate(record.checks, start=1)]
    return (
        _environment()
        .get_template("student.html")
        .render(
            record=record,
            counts=sign_counts(record),
            exercises=[(score, _checks_of(score, checks)) for score in record.exercises],
            next=next((item for item in checks if item.check.earned < item.check.points), None),
            unread=unread(record),
            isolation=isolation_line(record.sandbox),
        )
        .encode()
    )


def page_part(template: str, **values: object) -> str:
    """Return what a template of a part of a page makes of values; each is inert and escaped."""
    return _environment().get_template(template).render(**values)


def class_page(summary: Summary) -> bytes:
    """Return the page on what the class got and where it failed.

    It links to the page of each student, in the folders beside it.
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


def _checks_of(score: ExerciseScore, checks: list[Numbered]) -> list[Numbered]:
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
