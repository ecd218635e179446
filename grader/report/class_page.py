"""The page on what a class got and where it failed.

Its one script sorts and searches the table of students; the content policy lets it run by its
hash, and nothing else. Without a script the table can still be filtered, by style alone.
"""

import base64
import hashlib
from functools import cache
from importlib.resources import files
from typing import NamedTuple

from markupsafe import Markup

from grader.record.check import Outcome
from grader.record.figure import RIGHT, TOO_LARGE
from grader.record.files import STUDENT_PAGE
from grader.report.figures.squares import squares
from grader.report.html import page
from grader.report.summary import Row, Summary

STEP = 60  # from one bar of the histogram to the next, in units of the picture
TALLEST = 120  # the height of the highest bar
_BLANK = " "  # in the map, of a submission that was not run


class Bar(NamedTuple):
    """One bar of the histogram."""

    label: str
    submissions: int
    x: int
    height: float


class Script(NamedTuple):
    """A script of a page, and what lets it run."""

    text: Markup
    source: str  # of the content policy


class Strip(NamedTuple):
    """One exercise over the whole class, best first."""

    name: str
    number: int
    squares: Markup
    lost: int


def class_page(summary: Summary) -> bytes:
    """Return the page on a class, with links to the pages of its students beside it."""
    seen = {outcome for check in summary.checks.values() for outcome in check.outcomes}
    return page(
        "class.html",
        summary=summary,
        bars=_bars(summary.tenths),
        outcomes=[outcome for outcome in Outcome if outcome in seen],
        student_page=STUDENT_PAGE,
        script=script(),
        strips=_strips(summary),
        numbers={name: n for n, name in enumerate(summary.exercises, start=1)},
        hardest=sorted(summary.items.values(), key=lambda item: item.share),
        names={row.submission: row.name or row.submission for row in summary.rows},
        kinds={row.submission: _kinds(row, summary) for row in summary.rows},
    )


@cache
def script() -> Script:
    """Return the script of the page."""
    text = files("grader.report").joinpath("templates/class.js").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
    return Script(Markup(text), f"sha256-{digest}")


def _kinds(row: Row, summary: Summary) -> str:
    """Return the classes by which a row of the table is filtered."""
    kinds = ["full" if row.earned == row.possible else "lost"]
    if row.unread:
        kinds = ["unread", "odd"]
    elif row.problem or row.notes:
        kinds.append("odd")
    for number, name in enumerate(summary.exercises, start=1):
        score = row.exercises.get(name)
        if score and score.earned < score.possible and not row.unread:
            kinds.append(f"in-{number}")
    return " ".join(kinds)


def _strips(summary: Summary) -> list[Strip]:
    """Return a row of the map for each exercise, and the students of each from the best on."""
    best_first = sorted(summary.rows, key=lambda row: (bool(row.unread), -row.share))
    return [
        Strip(
            name,
            number,
            squares(["".join(_square(row, name) for row in best_first)]),
            summary.items[name].losers,
        )
        for number, name in enumerate(summary.exercises, start=1)
    ]


def _square(row: Row, exercise: str) -> str:
    score = row.exercises.get(exercise)
    if row.unread or score is None:
        return _BLANK
    lost = 1 - score.earned / score.possible if score.possible else 0.0
    return TOO_LARGE[min(int(len(TOO_LARGE) * lost), len(TOO_LARGE) - 1)] if lost > 0 else RIGHT


def _bars(tenths: list[int]) -> list[Bar]:
    labels = [f"{10 * tenth}-{10 * tenth + 9}" for tenth in range(10)] + ["100"]
    scale = TALLEST / max(*tenths, 1)
    return [
        Bar(label, count, STEP * i, round(count * scale, 1))
        for i, (label, count) in enumerate(zip(labels, tenths, strict=True))
    ]
