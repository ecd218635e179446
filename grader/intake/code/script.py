"""Read a .py file like the notebook that it was exported from, if it was.

Runs in: the conductor and the judge.

exporter              cells begin at             magics are
nbconvert             # In[3]:                   get_ipython().run_line_magic('time', 'x = 3')
jupytext, VS Code     # %%   # +                 comments, `# %time x = 3`
Colab                 (no mark)                  comments below a line that says so
Databricks, Fabric    # COMMAND ---   # CELL *** lines that begin with `# MAGIC `
marimo                functions                  (none)
"""

import ast
import re
from collections.abc import Iterator

from grader.intake.code.cells import read_cell
from grader.intake.code.lexing import Between
from grader.intake.code.magics import to_python
from grader.intake.code.marimo import is_marimo, marimo_pieces
from grader.intake.code.piece import Piece

_CELL = re.compile(
    r"# ?%%(?:\s|$)|# In ?\[[\d ]*\]:?|# \+(?:\s|$)|# -$|# COMMAND -{5,}|# (?:CELL|MARKDOWN) \*{5,}"
)
_IS_TEXT = re.compile(r"# ?%%.*\[(?:markdown|md|raw)\]")
_PAIRED = re.compile(r"^# ?%%(?:\s|$)|^#\s+jupytext:", re.MULTILINE)
_MAGIC = re.compile(
    r"^(\s*)# ?((?:[A-Za-z_][\w.,]*\s*=\s*)?(?:%{1,2}[A-Za-z]|!{1,2}\S).*)$", re.MULTILINE
)
_COLAB = "# Commented out IPython magic to ensure Python compatibility."
_COLAB_CELL = re.compile(r"# %%[A-Za-z]")
_COMMENT = re.compile(r"^# ?", re.MULTILINE)
_DATABRICKS = re.compile(r"# MAGIC(?: |$)")
_LANGUAGE = re.compile(r"%(fs|md|md-sandbox|python|r|scala|sh|sql)\b *(.*)$")
_CALL = re.compile(r"(\s*(?:[A-Za-z_][\w.,]*\s*=\s*)?)get_ipython\(\)\.(\w+)\((.*)\)\s*$")


def pieces_of(text: str) -> list[Piece]:
    """Return the cells of a script, or the script as a whole."""
    if is_marimo(text):
        return marimo_pieces(text)
    lines = text.split("\n")
    is_databricks = any(map(_DATABRICKS.match, lines))
    lines = [_DATABRICKS.sub("", line, count=1) for line in lines] if is_databricks else lines
    if _COLAB in lines:
        lines = _with_colabs_magics(lines)
    pieces = list(_cells(lines))
    if _PAIRED.search(text):
        pieces = list(map(_with_commented_magics, pieces))
    if is_databricks:
        pieces = list(map(_in_its_language, pieces))
    return [part for piece in pieces for part in _with_called_magics(piece)]


def _cells(lines: list[str]) -> Iterator[Piece]:
    """Yield the parts of a script between marks of cells."""
    start, between = 0, Between()
    for number, line in enumerate(lines):
        if number and between.statements and _CELL.match(line) and not _is_within(lines, number):
            yield Piece("\n".join(lines[start:number]), line=start + 1)
            start = number
        between = between.after(line)
    yield Piece("\n".join(lines[start:]), line=start + 1)


def _is_within(lines: list[str], number: int) -> bool:
    """Tell whether a mark stands within a function: the next line of code is indented."""
    for line in lines[number:]:
        if line.strip() and not line.startswith("#"):
            return line.startswith((" ", "\t"))
    return False


def _with_commented_magics(piece: Piece) -> Piece:
    """Take the comment signs off magics, which jupytext puts before them."""
    is_text = _IS_TEXT.match(piece.text)
    return piece if is_text else piece.with_text(_MAGIC.sub(r"\1\2", piece.text))


def _with_colabs_magics(lines: list[str]) -> list[str]:
    """Take the comment signs off magics, and off whole cells that begin with a cell magic."""
    made = _MAGIC.sub(r"\1\2", "\n".join(lines)).split("\n")
    for number, line in enumerate(lines[1:], start=1):
        if lines[number - 1] == _COLAB and _COLAB_CELL.match(line):
            end = number
            while end < len(lines) and lines[end].startswith("#") and lines[end] != _COLAB:
                end += 1
            cell = _COMMENT.sub("", "\n".join(lines[number:end]))
            if _is_python(cell):  # else what follows the magic are comments
                made[number:end] = cell.split("\n")
    return made


def _is_python(cell: str) -> bool:
    code = read_cell(Piece(cell)).code
    try:
        return code is not None and bool(ast.parse(to_python(code.text).text).body)
    except (SyntaxError, ValueError):
        return False


def _in_its_language(piece: Piece) -> Piece:
    """Say by a cell magic what language a cell of Databricks is written in."""
    lines = piece.text.split("\n")
    for number, line in enumerate(lines):
        if line.strip() and not line.startswith("#"):
            if language := _LANGUAGE.match(line):
                if language[1] in ("md", "md-sandbox"):
                    return piece.with_text("")
                lines[number] = language[2] if language[1] == "python" else f"%{line}"
            break
    return piece.with_text("\n".join(lines))


def _with_called_magics(piece: Piece) -> Iterator[Piece]:
    """Yield a part of a script with magics in the place of the calls that nbconvert makes of them.

    The text of a cell is within such a call, on one line, and becomes a piece of its own.
    """
    lines: list[str] = []  # since the last such piece
    between = Between()
    for number, line in enumerate(piece.text.split("\n"), start=piece.line):
        if between.statements and (call := _CALL.match(line)):
            line = _magic(*call.groups()) or line
        if "\n" in line:
            yield Piece("\n".join(lines), line=number - len(lines))
            yield Piece(line, line=number, is_on_one_line=True)
            lines = []
        else:
            lines.append(line)
            between = between.after(line)
    yield Piece("\n".join(lines), line=piece.line + piece.text.count("\n") + 1 - len(lines))


def _magic(before: str, method: str, arguments: str) -> str:
    """Return what stood in the notebook, or "" if that is not known."""
    try:
        given = ast.literal_eval(f"({arguments},)")
    except (SyntaxError, ValueError):
        return ""
    if not all(isinstance(value, str) for value in given):
        return ""
    match method, given:
        case "run_line_magic", (name, rest):
            return f"{before}%{name} {rest}"
        case "magic", (rest,):
            return f"{before}%{rest}"
        case "system" | "getoutput", (command,):
            return f"{before}!{command}"
        case "run_cell_magic", (name, rest, body):
            return f"%%{name} {rest}\n{body}"
    return ""
