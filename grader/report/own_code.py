"""The student's own code of an exercise, with the lines that are to blame marked."""

from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby

from markupsafe import Markup, escape

from grader.record.excerpt import Excerpt
from grader.record.inert import inert
from grader.report.place import Place

_WHOLE = 30  # lines of code that are shown whole
_AROUND = 8  # lines shown above and below a marked one of longer code
_LIMIT = 20_000  # characters of one exercise


@dataclass(frozen=True)
class OwnCode:
    """Lines of a student's file, as a page shows them."""

    place: str  # where they stand, in words
    numbers: str  # of each line, one below the other
    pieces: list[tuple[Markup, bool]]  # lines, and whether they are marked
    has_marks: bool


def own_code(excerpt: Excerpt, places: Iterable[Place | None]) -> OwnCode:
    """Return the code of an exercise; of long code only what lies around the lines of places."""
    lines = inert(excerpt.text, _LIMIT, keep="\n").split("\n")
    marked = {index for place in places if (index := _index(excerpt, place)) in range(len(lines))}
    first, last = 0, len(lines) - 1
    if marked and len(lines) > _WHOLE:
        first, last = max(first, min(marked) - _AROUND), min(last, max(marked) + _AROUND)
    shown = range(first, last + 1)
    pieces = [
        (escape("\n".join(lines[i] for i in indices)), is_marked)
        for is_marked, indices in groupby(shown, marked.__contains__)
    ]
    numbers = [excerpt.line + index for index in shown]
    cell = f"cell {excerpt.cell}, " if excerpt.cell else ""
    return OwnCode(
        f"{cell}lines {numbers[0]} to {numbers[-1]} of {excerpt.file}",
        "\n".join(map(str, numbers)),
        pieces,
        bool(marked),
    )


def _index(excerpt: Excerpt, place: Place | None) -> int:
    """Return the index of a line in the code, or -1 if it stands elsewhere."""
    if place is None or (place.file, place.cell) != (excerpt.file, excerpt.cell):
        return -1
    return place.line - excerpt.line
