"""Make a notebook of percent text: the same text gives the same bytes."""

import hashlib

import jupytext
import nbformat
from nbformat import NotebookNode

KERNEL = {"display_name": "Python 3", "language": "python", "name": "python3"}


def notebook(percent: str) -> NotebookNode:
    """Return the nbformat 4.5 notebook of a percent text, its cells' tags kept."""
    made = jupytext.reads(percent, fmt="py:percent")
    made.nbformat, made.nbformat_minor = 4, 5
    made.metadata = NotebookNode(kernelspec=KERNEL, language_info={"name": "python"})
    for position, cell in enumerate(made.cells):
        cell.id = _cell_id(position, cell)
    nbformat.validate(made)
    return made


def notebook_text(percent: str) -> str:
    """Return the notebook of a percent text as its file holds it."""
    return str(nbformat.writes(notebook(percent))) + "\n"


def _cell_id(position: int, cell: NotebookNode) -> str:
    content = f"{position}\n{cell.cell_type}\n{cell.source}"
    return hashlib.sha256(content.encode()).hexdigest()[:12]
