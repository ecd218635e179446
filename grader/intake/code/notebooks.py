"""Notebooks that another one runs: `%run helpers.ipynb` runs their cells in its place.

Runs in: the conductor and the judge.
"""

import posixpath
import re
from collections.abc import Iterator, Mapping, Sequence

from grader.intake.code.cells import read_cell
from grader.intake.code.lexing import Between
from grader.intake.code.notebook import code_cells
from grader.intake.code.piece import Piece
from grader.intake.submission import NOTEBOOK
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

_RUN = re.compile(r"%run\s+(?:-\w+\s+)*(?:\"([^\"]+)\"|'([^']+)'|(\S+))")


class Notebooks:
    """Puts the cells of notebooks where others run them; of each notebook, once."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files
        self._open: set[str] = set()  # those that were put somewhere
        self.run: set[str] = set()  # the paths of all that are run, there or not

    def with_those_run(self, pieces: Sequence[Piece]) -> list[Piece]:
        return [part for piece in pieces for part in self._parts(piece)]

    def _parts(self, piece: Piece) -> Iterator[Piece]:
        cell = read_cell(piece) if "%run" in piece.text else None
        if cell is None or cell.code is None or cell.module:
            yield piece
            return
        start, between = 0, Between()
        for number, line in enumerate(piece.text.split("\n")):
            path = notebook_run(line) if between.statements else ""
            if path:
                self.run.add(path)
            between = between.after(line)
            if path and (cells := self._cells(path)) is not None:
                yield piece.part(start, number)
                yield from cells
                start = number + 1
        yield piece.part(start)

    def _cells(self, path: str) -> list[Piece] | None:
        """Return the cells of a notebook, none for the second time, None if it is not there."""
        if path in self._open:
            return []
        file = inert(path, 60)
        try:
            cells = code_cells(self._files[path], file)
        except (KeyError, Unreadable):
            return None
        self._open.add(path)
        return self.with_those_run([Piece(cell.source, cell.number, file=file) for cell in cells])


def notebook_run(line: str) -> str:
    """Return the path of the notebook that a line runs, or ""."""
    match = _RUN.match(line)
    path = next(filter(None, match.groups()), "") if match else ""
    return posixpath.normpath(path) if path.endswith(NOTEBOOK) else ""
