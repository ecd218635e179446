"""The code cells of a notebook, formats 3 and 4, as lenient as what made it was careless.

Runs in: the conductor and the judge.
"""

import json
from typing import Any, NamedTuple

from grader.intake.code.strange import strange
from grader.intake.code.text import decode
from grader.intake.limits import JSON_MARKS
from grader.intake.unreadable import Unreadable


class Cell(NamedTuple):
    number: int  # its place in the notebook, from 1, text cells counted
    source: str


def code_cells(data: bytes, name: str) -> list[Cell]:
    """Return the code cells of the notebook `name` in order; what is not one is passed over.

    Raises:
        Unreadable: not JSON, or not a notebook's.
    """
    cells = _cells(_json(data, name))
    if cells is None:
        raise Unreadable(f"{name}: not a notebook (it has no list of cells); save it in Jupyter")
    return [
        Cell(number, source)
        for number, cell in enumerate(cells, start=1)
        if isinstance(cell, dict)
        and cell.get("cell_type") == "code"
        and (source := _source(cell)) is not None
    ]


def _json(data: bytes, name: str) -> Any:
    if sum(map(data.count, (b",", b"[", b"{"))) > JSON_MARKS:
        raise Unreadable(f"{name}: too large to read; clear the outputs and save it again")
    try:
        return json.loads(decode(data, name))
    except json.JSONDecodeError as error:
        raise Unreadable(f"{name}: not a notebook; {strange(data) or _broken(error)}") from error
    except (ValueError, RecursionError) as error:  # an endless number, endless brackets
        raise Unreadable(f"{name}: not a notebook; save it in Jupyter") from error


def _broken(error: json.JSONDecodeError) -> str:
    if error.msg.startswith("Unterminated string") or not error.doc[error.pos :].strip():
        return "it ends too early, as if it was not saved to its end; save it again"
    where = f"{error.msg} at line {error.lineno} of the file"
    return f"{where}; open it in Jupyter and save it again"


def _cells(notebook: Any) -> list[Any] | None:
    if not isinstance(notebook, dict):
        return None
    if isinstance(notebook.get("cells"), list):
        return list(notebook["cells"])
    worksheets = notebook.get("worksheets")  # format 3
    if not isinstance(worksheets, list):
        return None
    return [
        cell
        for sheet in worksheets
        if isinstance(sheet, dict) and isinstance(sheet.get("cells"), list)
        for cell in sheet["cells"]
    ]


def _source(cell: dict[str, Any]) -> str | None:
    source = cell.get("source", cell.get("input"))  # `input` in format 3
    if isinstance(source, list):
        source = "".join(line for line in source if isinstance(line, str))
    if not isinstance(source, str):
        return None
    return source.replace("\r\n", "\n").replace("\r", "\n")
