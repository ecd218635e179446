"""Code that is read as one cell of a notebook, and where the student finds it.

Runs in: the conductor and the judge.
"""

from bisect import bisect_right
from dataclasses import dataclass, field, replace


@dataclass(frozen=True)
class Piece:
    """A cell of a notebook, or a part of a script."""

    text: str
    cell: int = 0  # its number in the notebook, from 1, text cells counted; 0 in a script
    line: int = 1  # of its first line, in the cell or in the script; 0 if it has no place there
    is_on_one_line: bool = False  # all of it stands on that one line, within a string
    file: str = ""  # that it stands in, if that is not the deliverable

    def part(self, start: int, end: int | None = None) -> "Piece":
        """Return some of its lines, counted from 0."""
        lines = self.text.split("\n")[start:end]
        return replace(self, text="\n".join(lines), line=self.number(start))

    def with_text(self, text: str) -> "Piece":
        return replace(self, text=text)

    @property
    def shown(self) -> str:
        """Say where it stands as a whole."""
        return self._in_file(f"cell {self.cell}" if self.cell else f"line {self.line}")

    def place(self, line: int, last: int | None = None) -> str:
        """Say where a line of it is, or some lines are, counted from 0.

        So in words: "line 12", "cell 7, lines 3 to 5", "line 1 of part2.py".
        """
        number = self.number(line)
        end = number if last is None else self.number(last)
        lines = f"line {number}" if number == end else f"lines {number} to {end}"
        if not number:
            return self.file
        return self._in_file(f"cell {self.cell}, {lines}" if self.cell else lines)

    def number(self, line: int) -> int:
        """Return the number of one of its lines, which is counted from 0."""
        return self.line if self.is_on_one_line else self.line + line

    def _in_file(self, place: str) -> str:
        return f"{place} of {self.file}" if self.file else place


@dataclass
class Text:
    """Lines that come from pieces, and from which."""

    lines: list[str] = field(default_factory=list)
    pieces: list[Piece] = field(default_factory=list)
    starts: list[int] = field(default_factory=list)  # the number of each piece's first line

    def add(self, piece: Piece) -> None:
        self.pieces.append(piece)
        self.starts.append(len(self.lines) + 1)
        self.lines += piece.text.split("\n")

    def piece_at(self, line: int) -> int:
        """Return the index of the piece that a line belongs to; -1 for a line above all."""
        return bisect_right(self.starts, line) - 1

    def append(self, other: "Text", file: str) -> None:
        above = len(self.lines)
        self.pieces += [Piece("", line=0, file=file), *other.pieces]  # first, what is above all
        self.starts += [above + start for start in (1, *other.starts)]
        self.lines += other.lines or [""]

    def at(self, line: int) -> tuple[str, int, int]:
        """Return where a line stands: another file than the deliverable or "", cell and number."""
        index = self.piece_at(line)
        if index < 0:
            return "", 0, line
        piece = self.pieces[index]
        return piece.file, piece.cell, piece.number(line - self.starts[index])

    def place(self, line: int, last: int | None = None) -> str:
        """Say where the student finds a line, or the lines up to `last` of the same piece."""
        index = self.piece_at(line)
        if index < 0:
            return "the notebook"
        start = self.starts[index]
        return self.pieces[index].place(line - start, None if last is None else last - start)

    def place_in(self, line: int, file: str) -> str:
        """Say where a line is, and in which file; `file` is what the deliverable is called."""
        index = self.piece_at(line)
        is_elsewhere = index >= 0 and self.pieces[index].file
        return self.place(line) if is_elsewhere else f"{self.place(line)} of {file}"
