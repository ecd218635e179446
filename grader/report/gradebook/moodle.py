"""Moodle's grading worksheet of an assignment: its rows, the grades and their maximum.

Moodle writes the headings in the language of the site. Its columns have an order instead
(mod/assign/gradingtable.php): the identifier is the first, and the maximum stands behind the grade.
Its importer passes over a grade above the maximum or below 0 and over a locked one in silence, and
over a row whose grade was changed since the download, unless it is told otherwise.
"""

import re
from collections.abc import Iterator, Sequence

from grader.errors import UsageError
from grader.record.inert import inert
from grader.report.gradebook.book import (
    Entry,
    Gradebook,
    find_column,
    has_decimal_comma,
    number_in,
    require_different,
    require_headings,
)
from grader.report.gradebook.cells import Cells

_PARTICIPANT = re.compile(r"\D+\d+")
_TAG = re.compile(r"<[^>]*>")  # around the name of a student who is suspended
_IDENTIFIER, _LOCKED, _MODIFIED = "Identifier", "Grade can be changed", "Last modified (grade)"


def is_moodle(cells: Cells) -> bool:
    return len(cells.rows) > 1 and _PARTICIPANT.fullmatch(cells.at(1, 0)) is not None


def moodle_gradebook(cells: Cells, wanted: str) -> Gradebook:
    """Return what a worksheet from Moodle holds.

    Args:
        wanted: the heading of the column for grades, "Grade" on a site in English.

    Raises:
        UsageError: Moodle would not read the file, or no points in this column.
    """
    require_headings(cells)
    header = cells.texts(0)
    if header[0] == _IDENTIFIER and _MODIFIED not in header:
        raise UsageError(f"{cells.where(0)}: Moodle demands a column {_MODIFIED!r}")
    column = find_column(cells, wanted, range(1, len(header) - 1))
    entries = list(_entries(cells, header, column))
    require_different(cells, entries, {"moodle": 0})
    maxima = [cells.at(entry.row, column + 1) for entry in entries]
    return Gradebook(
        "Moodle",
        cells,
        column,
        entries,
        possible=_maximum(cells, column, maxima),
        comma=has_decimal_comma([*maxima, *(cells.at(e.row, column) for e in entries)]),
    )


def _maximum(cells: Cells, column: int, maxima: Sequence[str]) -> float:
    possible = number_in(maxima[0])
    if possible is None:
        raise UsageError(
            f"{cells.where(1, column + 1)}: holds no maximum of the grades; name the column of "
            "grades, of an assignment that is graded with points and by no scale"
        )
    for row, text in enumerate(maxima, start=1):
        if text != maxima[0]:
            what = f"holds {inert(text)!r}, where row 2 has {inert(maxima[0])!r}"
            raise UsageError(f"{cells.where(row, column + 1)}: {what}; download the file again")
    return possible


def _entries(cells: Cells, header: Sequence[str], column: int) -> Iterator[Entry]:
    lock = header.index(_LOCKED) if _LOCKED in header else None
    for row in range(1, len(cells.rows)):
        if not _PARTICIPANT.fullmatch(cells.at(row, 0)):
            what = f"holds {inert(cells.at(row, 0))!r}, where the row above names a participant"
            raise UsageError(f"{cells.where(row, 0)}: {what}; download the file again")
        if column >= len(cells.rows[row]):
            raise UsageError(f"{cells.where(row, column)}: the row ends before this column")
        text = cells.at(row, column).strip()
        if text not in ("", "-") and number_in(text) is None:
            what = f"holds {inert(text)!r}, which is no grade in points"
            raise UsageError(f"{cells.where(row, column)}: {what}; empty the cell, or name another")
        known = {"moodle": cells.at(row, 0), "name": _TAG.sub("", cells.at(row, 1)).strip()}
        emails = [text for text in cells.texts(row)[2:column] if "@" in text]
        known |= {"email": emails[0]} if emails else {}
        is_locked = lock is not None and cells.at(row, lock) == "No"
        yield Entry(row, known["name"], known, keeps="its grade is locked" if is_locked else "")
