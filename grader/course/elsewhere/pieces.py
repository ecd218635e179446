"""What a notebook of another tool is made of, whichever tool it is.

`nbgrader` and `otter` read a notebook into pieces; `draft` makes an assignment of them.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import nbformat

from grader.errors import UsageError


@dataclass(frozen=True)
class Passage:
    """Text for students, in Markdown."""

    text: str


@dataclass(frozen=True)
class Given:
    """Code that students receive as it is."""

    cell: int  # its number in the notebook, from 1
    code: str


@dataclass(frozen=True)
class Solved:
    """Code of which students write a part, with that part in it."""

    cell: int
    name: str  # of the question
    code: str
    written: frozenset[int]  # the lines that students write, from 1


@dataclass(frozen=True)
class Checked:
    """Tests, of which students see a part."""

    cell: int
    name: str
    points: Fraction
    visible: str
    hidden: str  # what runs after it; "" if students see all


Piece = Passage | Given | Solved | Checked


@dataclass
class Source:
    """A notebook, and what of it nobody but a person can carry over."""

    pieces: list[Piece] = field(default_factory=list)
    open: list[str] = field(default_factory=list)


def read_notebook(path: Path) -> list[nbformat.NotebookNode]:
    """Return the cells of a notebook.

    Raises:
        UsageError: it is none.
    """
    try:
        with path.open(encoding="utf-8") as file:
            return list(nbformat.read(file, as_version=4).cells)
    except (OSError, ValueError, TypeError, AttributeError, nbformat.ValidationError) as error:
        why = str(error).partition("\n")[0]
        raise UsageError(f"{path}: is not a notebook ({why}); name the source .ipynb") from error


def cut(code: str, begin: str, end: str, place: str) -> tuple[str, frozenset[int]]:
    """Return code without the lines that mark its regions, and the lines that lay within them.

    Args:
        begin: a pattern of the lines that begin a region.
        end: a pattern of those that end one.
        place: what an error calls the code.

    Raises:
        UsageError: a region is not ended, or one is begun within another.
    """
    lines: list[str] = []
    inside: set[int] = set()
    is_inside = False
    for line in code.split("\n"):
        begins, ends = re.search(begin, line), re.search(end, line)
        if begins or ends:
            if bool(begins) == is_inside:
                raise UsageError(f"{place}: {line.strip()!r} has no partner; mend the notebook")
            is_inside = bool(begins)
            continue
        lines.append(line)
        if is_inside:
            inside.add(len(lines))
    if is_inside:
        raise UsageError(f"{place}: a region is not ended; mend the notebook")
    return "\n".join(lines), frozenset(inside)


def without(code: str, lines: Iterable[int]) -> str:
    """Return code without some lines, counted from 1."""
    gone = frozenset(lines)
    return "\n".join(line for n, line in enumerate(code.split("\n"), 1) if n not in gone)


def points_in(value: object, place: str) -> Fraction:
    """Return the points that a notebook gives.

    Raises:
        UsageError: this is no number of points.
    """
    try:
        points = Fraction(str(value))
    except (ValueError, ZeroDivisionError):
        points = Fraction(-1)
    if points < 0:
        raise UsageError(f"{place}: points must be a number >= 0, got {value!r}; mend the notebook")
    return points
