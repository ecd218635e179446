"""The cells of a CSV file, of which some get new text while every other byte stays as it is.

Rows and columns are named as a spreadsheet names them: row 3, column H.
"""

import codecs
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError

_END = re.compile(r"\r\n|\n|\r|\Z")
_QUOTED = re.compile(r'"([^"]*(?:""[^"]*)*)"')


@dataclass(frozen=True)
class Cell:
    """The text of a cell, and where it stands in the text of the file, with its quotes."""

    text: str
    start: int
    end: int
    is_quoted: bool


@dataclass(frozen=True)
class Cells:
    """A file as it was read: rows of cells."""

    path: Path
    data: str  # without the byte order mark
    mark: bytes
    delimiter: str
    rows: list[list[Cell]]

    def at(self, row: int, column: int) -> str:
        """Return the text of a cell, and "" where a row is too short to have it."""
        cells = self.rows[row]
        return cells[column].text if column < len(cells) else ""

    def texts(self, row: int) -> list[str]:
        return [cell.text for cell in self.rows[row]]

    def where(self, row: int, column: int | None = None) -> str:
        return where(self.path, row, column)

    def replaced(self, column: int, texts: Mapping[int, str]) -> bytes:
        """Return the file with new text in one column, for each row that `texts` names."""
        pieces, at = [], 0
        for row, text in sorted(texts.items()):
            cell = self.rows[row][column]
            pieces += [self.data[at : cell.start], self._written(text, cell)]
            at = cell.end
        return self.mark + "".join([*pieces, self.data[at:]]).encode()

    def _written(self, text: str, cell: Cell) -> str:
        needs_quotes = any(sign in text for sign in (self.delimiter, '"', "\r", "\n"))
        return f'"{text.replace(chr(34), chr(34) * 2)}"' if cell.is_quoted or needs_quotes else text


def read_text(path: Path) -> tuple[bytes, str]:
    """Return the byte order mark of a file, and its text.

    Raises:
        UsageError: it cannot be read, or is not UTF-8.
    """
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    mark = codecs.BOM_UTF8 if data.startswith(codecs.BOM_UTF8) else b""
    try:
        return mark, data.removeprefix(mark).decode()
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, len(mark) + error.start) + 1
        raise UsageError(
            f"{path}, line {line}: is not UTF-8, as a spreadsheet may have saved it; download the "
            "file again, and leave it as it is"
        ) from None


def read_cells(path: Path, mark: bytes, data: str, delimiter: str) -> Cells:
    """Return the cells of a text.

    Raises:
        UsageError: a quote stands where no reader of CSV can take it.
    """
    rows: list[list[Cell]] = [[]]
    for cell, is_last in _each_cell(path, data, delimiter, rows):
        rows[-1].append(cell)
        if is_last:
            rows.append([])
    if not rows[-1] or (len(rows) > 1 and _is_empty(rows[-1])):
        rows.pop()  # behind the last line end
    return Cells(path, data, mark, delimiter, rows)


def where(path: Path, row: int, column: int | None = None) -> str:
    """Return the name of a row or a cell, both counted from 0, as people find it."""
    place = f"{path}, row {row + 1}"
    return place if column is None else f"{place}, column {letters(column)}"


def letters(column: int) -> str:
    """Return what a spreadsheet calls a column: A to Z, then AA."""
    name, number = "", column + 1
    while number:
        number, rest = divmod(number - 1, 26)
        name = chr(ord("A") + rest) + name
    return name


def _is_empty(row: list[Cell]) -> bool:
    return len(row) == 1 and row[0].start == row[0].end


def _each_cell(
    path: Path, data: str, delimiter: str, rows: list[list[Cell]]
) -> Iterator[tuple[Cell, bool]]:
    """Yield the cells, and whether each is the last of its row; `rows` says where we are."""
    plain = re.compile(rf'[^"\r\n{re.escape(delimiter)}]*')
    at = 0
    while True:
        quoted = _QUOTED.match(data, at)
        found = quoted or plain.match(data, at)
        assert found is not None, "the plain pattern matches the empty text"
        end = found.end()
        text = quoted[1].replace('""', '"') if quoted else found[0]
        cell = Cell(text, at, end, quoted is not None)
        if data.startswith(delimiter, end):
            yield cell, False
            at = end + len(delimiter)
            continue
        ending = _END.match(data, end)
        if ending is None:
            what = "a text goes on behind its quotes" if quoted else "a quote has no partner"
            place = where(path, len(rows) - 1, len(rows[-1]))
            raise UsageError(f"{place}: {what}; download the file again")
        if ending.end() == ending.start():  # the end of the file
            yield cell, False
            return
        yield cell, True
        at = ending.end()
