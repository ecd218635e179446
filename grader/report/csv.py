"""Grades as CSV, for a spreadsheet and for programs. No text of a submission starts a formula.

A file for a spreadsheet begins with a byte order mark: without one, spreadsheets take it for the
system's old encoding, and show no name that is not Latin. Programs would read the mark as a part
of the first heading.
"""

import codecs
import csv
import io
import re
from collections.abc import Iterable

from grader.report.summary import Row, Summary
from grader.report.words import number, one_line

# A spreadsheet takes a cell that starts with one of these signs, or with its full-width form, for a
# formula. Where ";" separates cells, a new cell starts after each, even within quotes.
_FORMULA = re.compile(r"(?:^|(?<=;))\s*(?=[=+\-@\t\r＝＋－＠])")  # noqa: RUF001

_NBGRADER = (
    "assignment",
    "duedate",
    "timestamp",
    "student_id",
    "last_name",
    "first_name",
    "email",
    "raw_score",
    "late_submission_penalty",
    "score",
    "max_score",
)

Cell = str | float


def grades_csv(summary: Summary) -> bytes:
    """Return one line per submission, ordered by id, and a column per exercise.

    `notes` says what was repaired; `problem` counts checks that ended in no answer.
    """
    who = ["submission", "name", "email"]
    header = [*who, "earned", "possible", "percent", *summary.exercises, "notes", "problem"]
    return _table(header, (_cells(row, summary) for row in summary.rows))


def changes_csv(summary: Summary) -> bytes:
    """Return a line for each check whose points moved when a submission was graded again."""
    header = ["submission", "name", "before", "after", "check", "check_before", "check_after"]
    return _table(
        [*header, "why", "graded_at"],
        (
            [
                _safe(change.submission),
                _safe(change.name),
                number(change.before),
                number(change.after),
                moved.check,
                *("" if points is None else number(points) for points in moved[1:]),
                "handed in again" if change.handed_in_again else "graded again",
                change.graded_at,
            ]
            for change in summary.changes
            for moved in change.moved
        ),
    )


def nbgrader_csv(summary: Summary) -> bytes:
    """Return the columns that `nbgrader export` writes, for programs that read those.

    Nobody knows here when it was due, so the penalty for being late is 0.
    """
    return _lines(_NBGRADER, (_nbgrader_cells(row, summary.title) for row in summary.rows))


def _nbgrader_cells(row: Row, assignment: str) -> list[Cell]:
    first, last = _first_and_last(row.name)
    return [
        _safe(assignment),
        "",
        row.submitted_at.replace("T", " "),  # as nbgrader writes it
        _safe(row.submission),
        _safe(last),
        _safe(first),
        _safe(row.email),
        row.earned,
        0.0,
        row.earned,
        float(row.possible),
    ]


def _first_and_last(name: str) -> tuple[str, str]:
    """Return the parts of "Lee, Ann", or of "Ann Lee", where the last word is the last name."""
    if "," in name:
        last, _, first = name.partition(",")
    else:
        first, _, last = name.rpartition(" ")
    return first.strip(), last.strip()


def _table(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    return codecs.BOM_UTF8 + _lines(header, rows)


def _lines(header: Iterable[str], rows: Iterable[Iterable[Cell]]) -> bytes:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([_safe(name) for name in header])
    writer.writerows(rows)
    return text.getvalue().encode()


def _cells(row: Row, summary: Summary) -> list[Cell]:
    scores = [row.exercises.get(name) for name in summary.exercises]
    return [
        _safe(row.submission),
        _safe(row.name),
        _safe(row.email),
        number(row.earned),
        row.possible,
        round(100 * row.share, 2) if row.possible else "",
        *("" if score is None else number(score.earned) for score in scores),
        _safe("; ".join(row.notes)),
        _safe(row.problem),
    ]


def _safe(text: str) -> str:
    return _FORMULA.sub(lambda match: match[0] + "'", one_line(text))
