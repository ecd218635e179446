"""Read a source notebook of nbgrader: what each cell is stands in its metadata.

solution, not grade       students write it: between ### BEGIN SOLUTION and ### END SOLUTION,
                          or all of it
grade, not solution       tests, worth points; what lies between ### BEGIN HIDDEN TESTS and
                          ### END HIDDEN TESTS, students do not see
grade and solution, task  graded by a person
"""

from pathlib import Path

from nbformat import NotebookNode

from grader.course.elsewhere.pieces import (
    Checked,
    Given,
    Passage,
    Solved,
    Source,
    cut,
    points_in,
    read_notebook,
    without,
)
from grader.errors import UsageError

_SOLUTION = ("BEGIN SOLUTION", "END SOLUTION")
_HIDDEN = ("BEGIN HIDDEN TESTS", "END HIDDEN TESTS")
_SCHEME = ("BEGIN MARK SCHEME", "END MARK SCHEME")


def read_nbgrader(path: Path) -> Source:
    """Return the pieces of a notebook in the source/ folder of a course.

    Raises:
        UsageError: it is no notebook of nbgrader's, or a region in it is not ended.
    """
    cells = read_notebook(path)
    if not any("nbgrader" in cell.metadata for cell in cells):
        raise UsageError(f"{path}: no cell is nbgrader's; name a notebook of its source/ folder")
    source = Source()
    for number, cell in enumerate(cells, start=1):
        _add(source, cell, number, f"{path}, cell {number}")
    return source


def _add(source: Source, cell: NotebookNode, number: int, place: str) -> None:
    about = cell.metadata.get("nbgrader", {})
    is_solution, is_grade = bool(about.get("solution")), bool(about.get("grade"))
    name = str(about.get("grade_id", f"cell {number}"))
    if about.get("task") or (is_solution and is_grade):
        points = about.get("points", 0)
        source.open.append(f"cell {number} ({name}): a person gave its {points} points; test it")
    if cell.cell_type == "markdown":
        text, answer = cut(cell.source, *_SOLUTION, place)
        text, scheme = cut(without(text, answer), *_SCHEME, place)
        source.pieces.append(Passage(without(text, scheme)))
    elif cell.cell_type != "code" or (is_solution and is_grade):
        return
    elif is_solution:
        code, lines = cut(cell.source, *_SOLUTION, place)
        everything = range(1, code.count("\n") + 2)
        source.pieces.append(Solved(number, name, code, lines or frozenset(everything)))
    elif is_grade:
        code, lines = cut(cell.source, *_HIDDEN, place)
        points = points_in(about.get("points", 0), place)
        visible = without(code, lines)
        source.pieces.append(Checked(number, name, points, visible, code if lines else ""))
    else:
        source.pieces.append(Given(number, cell.source))
