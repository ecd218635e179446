"""Code that is read as one cell of a notebook, and where the student finds it.

Runs in: the conductor and the judge.
"""

from bisect import bisect_right
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Piece:
    """A cell of a notebook, or a part of a script."""

    text: str
    cell: int = 0  # its number in the notebook, from 1, text cells counted; 0 in a script
    line: int = 1  # of its first line, in the cell or in the script
    is_on_one_line: bool = False  # all of it stands on that one line, within a string

    def part(self, start: int, end: int | None = None) -> "Piece":
        """Return some of its lines, counted from 0."""
        lines = self.text.split("\n")[start:end]
        line = self.line if self.is_on_one_line else self.line + start
        return Piece("\n".join(lines), self.cell, line, self.is_on_one_line)

    def with_text(self, text: str) -> "Piece":
        return Piece(text, self.cell, self.line, self.is_on_one_line)

    @property
    def shown(self) -> str:
        """Say where it stands as a whole."""
        return f"cell {self.cell}" if self.cell else f"line {self.line}"

    def place(self, line: int) -> str:
        """Say where a line of it is, counted from 0: "line 12", "cell 7, line 3"."""
        number = self.line if self.is_on_one_line else self.line + line
        return f"cell {self.cell}, line {number}" if self.cell else f"line {number}"


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

    def place(self, line: int) -> str:
        index = self.piece_at(line)
        if index < 0:
            return "the notebook"
        return self.pieces[index].place(line - self.starts[index])
