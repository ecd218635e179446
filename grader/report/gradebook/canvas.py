"""Canvas's gradebook file: which column takes points, and which rows do.

Canvas's importer (lib/gradebook_importer.rb) knows the first columns by their order, up to
`Section`; an assignment by the number behind its title; a row without a student by what it says
("Points Possible", "Manual Posting"). It changes whatever a file says differently, so this file
gets new text in one column only.
"""

import re
from collections.abc import Iterator, Sequence
from pathlib import Path

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
from grader.report.gradebook.cells import Cells, read_cells

# Canvas passes over a column whose heading holds one of these, with or without a group's name.
_TOTAL = re.compile(r"(Current|Final) (Score|Points|Grade)|Override (Score|Grade|Status)")
_ASSIGNMENT = re.compile(r"(?P<title>.*)\s\((?P<id>\d+)\)", re.DOTALL)
_NO_STUDENT = re.compile(r"\s*(Muted|Manual Posting.*)?\s*", re.IGNORECASE | re.DOTALL)
_KEPT = {"EX": "excused", "N/A": "not assigned to this student"}
_FORMULA_NAME = re.compile(r'="(.*)"', re.DOTALL)  # how Canvas writes a name that starts with "="


def is_canvas(header: Sequence[str]) -> bool:
    return len(header) > 3 and (
        ("Student" in header[0] and "ID" in header[1])
        or ("LastName" in header[0] and "FirstName" in header[1] and "ID" in header[2])
    )


def canvas_gradebook(cells: Cells, wanted: str) -> Gradebook:
    """Return what a file from Canvas holds.

    Args:
        wanted: the heading of the column for points: "Linear (123)", "Linear" or "123".

    Raises:
        UsageError: Canvas would not read the file, or no points in this column.
    """
    known, section = _columns(cells)
    require_headings(cells)
    _require_delimiter(cells)
    column = _column(cells, wanted, section)
    others = [row for row in range(1, len(cells.rows)) if _is_other(cells, row)]
    possible = [row for row in others if "Points Possible" in cells.at(row, 0)]
    _require_open(cells, others, column)
    entries = list(_entries(cells, others, column, known))
    ids = {kind: at for kind, at in known.items() if kind in ("canvas", "sis", "login")}
    require_different(cells, entries, ids)
    worth = [_worth(cells, row, column) for row in possible]
    return Gradebook(
        "Canvas",
        cells,
        column,
        entries,
        possible=number_in(worth[0]) if worth else None,
        comma=has_decimal_comma([*worth, *(cells.at(entry.row, column) for entry in entries)]),
    )


def _require_delimiter(cells: Cells) -> None:
    """Refuse a file in which Canvas would take another sign for the delimiter.

    It parses each of the first three lines by ";" and by ",", and takes the sign that gives all
    three the same number of cells, and more of them; "," where neither does.
    """
    lines = re.findall(r".*?\n|.+\Z", cells.data, re.DOTALL)[:3]
    counts = {}
    for sign in ";,":
        sizes = {_size(cells.path, line, sign) for line in lines}
        counts[sign] = sizes.pop() if len(sizes) == 1 else 0
    guess = ";" if counts[";"] > counts[","] else ","
    if guess != cells.delimiter:
        _require_whole(cells)
        raise UsageError(
            f"{cells.where(0)}: Canvas would take {guess!r} for the sign between cells; rename "
            "the assignment whose title holds it, and download the file again"
        )


def _require_whole(cells: Cells) -> None:
    """Refuse a row among the first three that is shorter than the heading: it misleads Canvas."""
    for row, found in enumerate(cells.rows[:3]):
        if len(found) < len(cells.rows[0]):
            raise UsageError(
                f"{cells.where(row, len(found))}: the row ends here, and the heading goes on; "
                "complete or drop the row, or download the file again"
            )


def _size(path: Path, line: str, delimiter: str) -> int:
    try:
        rows = read_cells(path, b"", line, delimiter).rows
    except UsageError:
        return 0
    return len(rows[0]) if rows else 0


def _columns(cells: Cells) -> tuple[dict[str, int], int]:
    """Return where the columns about a student are, and where the last of them is."""
    header = cells.texts(0)
    name = 1 if "LastName" in header[0] else 0
    known = {"first": 1, "last": 0} if name else {"name": 0}
    known["canvas"] = at = name + 1
    for kind, pattern in (("sis", r"SIS\s+User\s+ID"), ("login", r"SIS\s+Login\s+ID")):
        if re.search(pattern, cells.at(0, at + 1)):
            known[kind] = at = at + 1
    for pattern in (r"Integration\s+ID", r"Root\s+Account") if "sis" in known else ():
        at += bool(re.search(pattern, cells.at(0, at + 1)))
    at += 1
    if "Section" not in cells.at(0, at):
        raise UsageError(
            f"{cells.where(0, at)}: Canvas looks for 'Section' here; download the file again, and "
            "leave its columns as they are"
        )
    return known, at


def _column(cells: Cells, wanted: str, section: int) -> int:
    header = cells.texts(0)
    parts = {
        at: match
        for at, text in enumerate(header)
        if at > section and not _TOTAL.search(text) and (match := _ASSIGNMENT.fullmatch(text))
    }
    for key in ("title", "id"):
        short = [at for at, match in parts.items() if match[key] == wanted]
        if len(short) == 1 and wanted not in header:
            return short[0]
    return find_column(cells, wanted, list(parts))


def _is_other(cells: Cells, row: int) -> bool:
    """Tell whether a row is no student's: of points possible, of manual posting, or empty."""
    if "Points Possible" in cells.at(row, 0):
        return True
    return all(_NO_STUDENT.fullmatch(text) for text in cells.texts(row))


def _worth(cells: Cells, row: int, column: int) -> str:
    text = cells.at(row, column).strip()
    if text and number_in(text) is None:
        what = f"holds {inert(text)!r}, which is no number of points"
        raise UsageError(f"{cells.where(row, column)}: {what}; download the file again")
    return text


def _require_open(cells: Cells, others: Sequence[int], column: int) -> None:
    for row in others:
        text = cells.at(row, column)
        if re.search(r"read\s+only", text):
            what = "Canvas changes no column that is read only"
        elif re.search(r"Manual Posting\s*\(", text):
            what = "Canvas takes no points for an anonymous assignment; post its grades first"
        else:
            continue
        raise UsageError(f"{cells.where(row, column)}: {what}")


def _entries(
    cells: Cells, others: Sequence[int], column: int, known: dict[str, int]
) -> Iterator[Entry]:
    for row in range(1, len(cells.rows)):
        if row in others:
            continue
        values = {kind: cells.at(row, at).strip() for kind, at in known.items()}
        if not any(values.values()):
            raise UsageError(f"{cells.where(row)}: names no student; drop the row")
        if formula := _FORMULA_NAME.fullmatch(values.get("name", "")):
            values["name"] = formula[1]
        if "@" in values.get("login", ""):
            values["email"] = values["login"]
        name = values.get("name") or f"{values.get('first', '')} {values.get('last', '')}".strip()
        yield Entry(row, name, values, keeps=_kept(cells, row, column))


def _kept(cells: Cells, row: int, column: int) -> str:
    if column >= len(cells.rows[row]):
        raise UsageError(f"{cells.where(row, column)}: the row ends before this column")
    text = cells.at(row, column).strip()
    if why := _KEPT.get(text.upper()):
        return why
    if text not in ("", "-") and number_in(text) is None:
        what = f"holds {inert(text)!r}, which is neither points nor EX"
        raise UsageError(f"{cells.where(row, column)}: {what}; empty the cell, or name another")
    return ""
