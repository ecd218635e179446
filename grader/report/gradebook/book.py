"""A gradebook file that a platform let somebody download, as far as grading changes it.

`Entry` is the row of a student, `Gradebook` the file with the one column that gets points. What a
platform's own importer makes of a file is in `canvas` and `moodle`, which make a `Gradebook`.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from grader.errors import UsageError, did_you_mean
from grader.record.inert import inert
from grader.report.gradebook.cells import Cells, letters

_NUMBER = re.compile(r"-?[0-9][0-9.,]*")


@dataclass(frozen=True)
class Entry:
    """The row of one student."""

    row: int
    name: str
    known_by: Mapping[str, str]  # what the platform calls the student, by columns of a roster
    keeps: str = ""  # why the points of this row stay as they are


@dataclass(frozen=True)
class Gradebook:
    """A downloaded file, its students, and the column that gets their points."""

    system: str
    cells: Cells
    column: int
    entries: list[Entry]
    possible: float | None  # what the column is worth; None if the file does not say
    comma: bool  # whether numbers have a decimal comma

    @property
    def title(self) -> str:
        return self.cells.at(0, self.column)

    def points(self, entry: Entry) -> float | None:
        """Return the points that a row holds."""
        return number_in(self.cells.at(entry.row, self.column))

    def written(self, points: float) -> str:
        """Return points as this file writes them: with two decimals, as both platforms do."""
        text = f"{points:.2f}"
        return text.replace(".", ",") if self.comma else text


def number_in(text: str) -> float | None:
    """Return the number in a cell: its last point or comma is the decimal one, as Canvas reads."""
    if not _NUMBER.fullmatch(text.strip()):
        return None
    *whole, last = re.split(r"[.,]", text.strip())
    return float(f"{''.join(whole)}.{last}" if whole else last)


def has_decimal_comma(texts: Iterable[str]) -> bool:
    return any(re.fullmatch(r"-?[0-9]+,[0-9]+", text.strip()) for text in texts)


def find_column(cells: Cells, wanted: str, candidates: Sequence[int]) -> int:
    """Return the column of this heading.

    Raises:
        UsageError: none of the candidates is called so, or several are.
    """
    found = [at for at in candidates if cells.at(0, at) == wanted]
    if len(found) == 1:
        return found[0]
    if found:
        columns = " and ".join(letters(at) for at in found)
        raise UsageError(f"{cells.where(0)}: columns {columns} are both called {inert(wanted)!r}")
    known = [cells.at(0, at) for at in candidates]
    near = did_you_mean(wanted, known) or f"; it has {inert(', '.join(known), 500)}"
    raise UsageError(f"{cells.where(0)}: no column for points is called {inert(wanted)!r}{near}")


def require_headings(cells: Cells) -> None:
    """Refuse a file with a row that is longer than the first: its cells may be shifted.

    Raises:
        UsageError: there is one, as where a decimal comma has no quotes.
    """
    width = len(cells.rows[0])
    for row, found in enumerate(cells.rows):
        if len(found) > width:
            raise UsageError(
                f"{cells.where(row, width)}: a cell without a heading; put quotes around what "
                f"holds {cells.delimiter!r} in this row, or download the file again"
            )


def require_different(cells: Cells, entries: Iterable[Entry], columns: Mapping[str, int]) -> None:
    """Refuse a file that has two rows of one student.

    Args:
        columns: where the kinds of names stand of which each student has another.

    Raises:
        UsageError: two rows have the same value of one of these kinds.
    """
    rows: dict[tuple[int, str], list[Entry]] = defaultdict(list)
    for entry in entries:
        for kind, column in columns.items():
            if value := entry.known_by.get(kind, "").casefold():
                rows[column, value].append(entry)
    for (column, _), same in rows.items():
        if len(same) > 1:
            others = " and ".join(str(entry.row + 1) for entry in same)
            value = inert(cells.at(same[0].row, column).strip())
            raise UsageError(
                f"{cells.path}, rows {others}, column {letters(column)}: {value} is there twice; "
                "keep one of them"
            )
