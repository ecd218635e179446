"""Make a notebook of percent text: the same text gives the same bytes.

Only authors make notebooks, so the libraries for it are of an extra, as grader/cli.py says.
"""

import hashlib
import re
from collections.abc import Sequence

import jupytext
import nbformat
from nbformat import NotebookNode

from grader.course.unsolved import may_raise

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}
RAISES = "raises-exception"  # Jupyter goes on after a cell with this tag, if all cells are run
# With comment_magics, jupytext takes "# why?" and "# copy of the data" for commands of IPython.
_PERCENT = {"extension": ".py", "format_name": "percent", "comment_magics": False}
_INDENTED = re.compile(r"^([ \t]+#[ ]?)%%", re.MULTILINE)  # jupytext would begin a cell there
_KEPT = "\N{WORD JOINER}%%"


def notebook(percent: str, unsolved: Sequence[str] = ()) -> NotebookNode:
    """Return the nbformat 4.5 notebook of a percent text, its cells' tags kept.

    Args:
        percent: the text.
        unsolved: the exercises that a student has yet to write; cells that need one get a tag.
    """
    made = jupytext.reads(_INDENTED.sub(rf"\1{_KEPT}", percent), fmt=_PERCENT)
    made.nbformat, made.nbformat_minor = 4, 5
    made.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for position, cell in enumerate(made.cells):
        cell.source = cell.source.replace(_KEPT, "%%")
        cell.id = _cell_id(position, cell)
    _tag(made, unsolved)
    nbformat.validate(made)
    return made


def written(made: NotebookNode) -> str:
    """Return a notebook as its file holds it."""
    return str(nbformat.writes(made)) + "\n"


def code_cell(source: str) -> NotebookNode:
    """Return a cell of code."""
    return nbformat.v4.new_code_cell(source)


def _tag(made: NotebookNode, unsolved: Sequence[str]) -> None:
    code = [cell for cell in made.cells if cell.cell_type == "code"]
    found = may_raise([cell.source for cell in code], unsolved)
    for cell, raises in zip(code, found, strict=True):
        if raises:
            cell.metadata.tags = [*cell.metadata.get("tags", ()), RAISES]


def _cell_id(position: int, cell: NotebookNode) -> str:
    content = f"{position}\n{cell.cell_type}\n{cell.source}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]
