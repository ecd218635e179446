"""The page on what a class got and where it failed."""

from typing import NamedTuple

from grader.record.check import Outcome
from grader.record.files import STUDENT_PAGE
from grader.report.html import page
from grader.report.summary import Summary

STEP = 60  # from one bar of the histogram to the next, in units of the picture
TALLEST = 120  # the height of the highest bar


class Bar(NamedTuple):
    """One bar of the histogram."""

    label: str
    submissions: int
    x: int
    height: float


def class_page(summary: Summary) -> bytes:
    """Return the page on a class, with links to the pages of its students beside it."""
    seen = {outcome for check in summary.checks.values() for outcome in check.outcomes}
    return page(
        "class.html",
        summary=summary,
        bars=_bars(summary.tenths),
        outcomes=[outcome for outcome in Outcome if outcome in seen],
        student_page=STUDENT_PAGE,
    )


def _bars(tenths: list[int]) -> list[Bar]:
    labels = [f"{10 * tenth}-{10 * tenth + 9}" for tenth in range(10)] + ["100"]
    scale = TALLEST / max(*tenths, 1)
    return [
        Bar(label, count, STEP * i, round(count * scale, 1))
        for i, (label, count) in enumerate(zip(labels, tenths, strict=True))
    ]
