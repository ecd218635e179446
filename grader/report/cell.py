"""What a notebook shows below a cell that checks: HTML that stays within it, and plain text."""

import io
from collections.abc import Sequence

from rich.console import Console

from grader.record.check import Step
from grader.record.record import Record
from grader.report.causes import shared_causes
from grader.report.html import page_part
from grader.report.text import result_lines
from grader.report.words import number

_WIDTH = 100  # characters of a line of text


def cell_html(record: Record, notes: Sequence[str]) -> str:
    """Return what a student sees of a check in a notebook."""
    causes = shared_causes(record)
    values = {"record": record, "notes": list(notes), "causes": causes}
    return page_part("cell.html", **values, step=None, told="")


def progress_html(step: Step | None, told: str = "checking ...") -> str:
    """Return what is shown meanwhile: how far the checks are, or else one line."""
    return page_part("cell.html", record=None, step=step, told=told)


def cell_text(record: Record, notes: Sequence[str]) -> str:
    """Return the same as text."""
    out = io.StringIO()
    console = Console(width=_WIDTH, file=out, color_system=None, force_jupyter=False)
    for cause in shared_causes(record):
        console.print(f"one reason for {len(cause.checks)} checks: {cause.text}", markup=False)
    for check in record.checks:
        for line in result_lines(console, check):
            console.print(line, no_wrap=True, overflow="ignore", crop=False)
    for note in notes:
        console.print(f"note: {note}", markup=False)
    console.print(f"{number(record.earned)} of {record.possible} points")
    return out.getvalue()
