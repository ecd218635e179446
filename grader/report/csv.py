"""Grades as CSV, for a spreadsheet. No text of a submission starts a formula."""

import csv
import io
import re

from grader.report.summary import Row, Summary
from grader.report.words import number, one_line

# A spreadsheet takes a cell that starts with one of these signs, or with its full-width form, for a
# formula. Where ";" separates cells, a new cell starts after each, even within quotes.
_FORMULA = re.compile(r"(?:^|(?<=;))\s*(?=[=+\-@\t\r＝＋－＠])")  # noqa: RUF001

Cell = str | float


def grades_csv(summary: Summary) -> bytes:
    """Return one line per submission, ordered by id, and a column per exercise.

    `notes` says what was repaired; `problem` counts checks that ended in no answer.
    """
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    header = ["submission", "earned", "possible", "percent", *summary.exercises, "notes", "problem"]
    writer.writerow([_safe(name) for name in header])
    writer.writerows(_cells(row, summary) for row in summary.rows)
    return text.getvalue().encode()


def _cells(row: Row, summary: Summary) -> list[Cell]:
    scores = [row.exercises.get(name) for name in summary.exercises]
    return [
        _safe(row.submission),
        number(row.earned),
        row.possible,
        round(100 * row.share, 2) if row.possible else "",
        *("" if score is None else number(score.earned) for score in scores),
        _safe("; ".join(row.notes)),
        _safe(row.problem),
    ]


def _safe(text: str) -> str:
    return _FORMULA.sub(lambda match: match[0] + "'", one_line(text))
