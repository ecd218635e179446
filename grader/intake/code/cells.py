"""What a cell is, which begins with cell magics such as `%%time` or `%%bash`.

Runs in: the conductor and the judge.
"""

import ast
import re
from dataclasses import dataclass, replace

from grader.intake.code.magics import to_python
from grader.intake.code.piece import Piece

_MAGIC = re.compile(r"\s*%%(!|\w+)\s*(.*)$")
_RUN_HERE = {"capture", "code_wrap", "debug", "lprun", "memit", "mprun", "prun", "time", "timeit"}
_WRITES = {"file", "writefile"}
_ELSEWHERE = {  # IPython's own magics that hand a cell to something else than the notebook
    *("!", "HTML", "SVG", "bash", "cmd", "html", "javascript", "js", "latex", "markdown", "perl"),
    *("pypy", "python", "python2", "python3", "ruby", "script", "sh", "svg", "sx", "system"),
}
_MODULE = re.compile(r"[\"']?(?:\./)?(\w+)\.py[\"']?$")
_DEFINED = re.compile(r"^(?:async )?def (\w+)", re.MULTILINE)


@dataclass(frozen=True)
class Cell:
    """A cell without its magics."""

    code: Piece | None = None  # the Python in it
    below: Piece | None = None  # what a magic does with what it defines
    module: str = ""  # the module that it is written to, in which case it runs only if imported
    appends: bool = False  # to that module
    magic: str = ""  # what makes it something else than Python
    unknown: str = ""  # a magic that is not known, and is taken to run the cell


def read_cell(piece: Piece) -> Cell:
    """Say what a piece of code is, by the magics that it begins with."""
    unknown, magics = "", 0
    for number, line in enumerate(piece.text.split("\n")):
        if not line.strip() or line.startswith("#"):
            continue
        magic = _MAGIC.match(line)
        if not magic:
            break
        name, argument = magic.groups()
        magics = number + 1
        body = piece.part(magics)
        if name in _RUN_HERE:
            continue
        if name in _WRITES:
            return _written(name, argument, body)
        if name == "add_to" and argument.isidentifier():
            return Cell(_blanked(piece, magics), _added(piece, argument, number))
        if name in _ELSEWHERE or not _defines(body.text):
            return Cell(magic=f"%%{name}")
        unknown = f"%%{name}"
    return Cell(_blanked(piece, magics), unknown=unknown)


def _written(name: str, argument: str, body: Piece) -> Cell:
    options, _, path = argument.strip().rpartition(" ")
    module = _MODULE.match(path)
    if not module or not module[1].isidentifier():
        return Cell(magic=f"%%{name} {path}")
    return Cell(body, module=module[1], appends=options in ("-a", "--append"))


def _added(piece: Piece, kind: str, number: int) -> Piece:
    """Return what puts the functions of a cell into a class, as `%%add_to` does."""
    names = dict.fromkeys(_DEFINED.findall(piece.text))
    text = "; ".join(f"{kind}.{name} = {name}" for name in names)
    magic = piece.part(number, number + 1)
    return replace(magic, text=text, is_on_one_line=True)


def _blanked(piece: Piece, count: int) -> Piece:
    """Return a piece with blanks for its first lines."""
    lines = piece.text.split("\n")
    return piece.with_text("\n".join([""] * count + lines[count:]))


def _defines(text: str) -> bool:
    """Tell whether a text is Python and defines something."""
    try:
        body = ast.parse(to_python(text).text).body
    except (SyntaxError, ValueError):
        return False
    return any(
        isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) for node in body
    )
