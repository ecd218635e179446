"""Read a marimo notebook, a .py file in which each cell is a function.

Runs in: the conductor and the judge.

    @app.cell                       the lines of its body are the cell, but for the last `return`
    def _(np, y):
        x = np.ones(y)
        return (x,)

    @app.function                   what it decorates is the cell; @app.class_definition likewise
    def f(x): ...

    with app.setup:                 the lines of its body come before all cells
        import numpy as np

    app._unparsable_cell(...)       its text is the cell

marimo runs a cell after those that make what it reads, wherever it stands.
"""

import ast
import heapq
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from grader.intake.code.names import names_of, parameters
from grader.intake.code.piece import Piece
from grader.intake.code.syntax import Statement, parse

_APP = re.compile(r"^app = marimo\.App\(", re.MULTILINE)
_BROKEN = re.compile(r"@app\.cell\b")
_INDENTATION = re.compile(r"^ {4}", re.MULTILINE)
_DEFINED = ("function", "class_definition")
_FRAME = {"__generated_with", "app", "marimo", "__name__"}  # what marimo writes around the cells


@dataclass
class _Cell:
    piece: Piece
    makes: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)


def is_marimo(text: str) -> bool:
    return _APP.search(text) is not None


def marimo_pieces(text: str) -> list[Piece]:
    """Return the cells of a marimo notebook, in an order in which they can run."""
    lines = text.split("\n")
    cells: list[_Cell] = []
    done = 0  # lines that belong to a cell, or to what marimo writes around the cells
    for statement in parse(text).statements:
        first, last = _first_line(statement.node) + statement.above, _last_line(statement)
        cell = _cell(lines, statement)
        if cell is None and not _is_frame(statement.node):
            continue  # it is left as it stands, like all that cannot be parsed
        cells += map(_Cell, _unparsed(_part(lines, done, first)))
        done = last
        if cell is not None:
            cells.append(cell)
    cells += map(_Cell, _unparsed(_part(lines, done, len(lines))))
    return [cell.piece for cell in _in_running_order(cells) if cell.piece.text.strip()]


def _part(lines: Sequence[str], start: int, end: int) -> Piece:
    return Piece("\n".join(lines[start:end]), line=start + 1)


def _cell(lines: Sequence[str], statement: Statement) -> _Cell | None:
    """Return the cell that a statement of the file stands for."""
    node, above = statement.node, statement.above
    match node:
        case ast.With(items=[item], body=body) if _kind(item.context_expr) == "setup":
            start, end = above + _first_line(body[0]), _last_line(statement)
            return _Cell(_inside(_part(lines, start, end)), names_of(*body).binds)
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            kinds = {_kind(decorator): decorator for decorator in node.decorator_list}
        case ast.Expr(value=ast.Call(func=func, args=[ast.Constant(value=str(text)) as written])):
            if _kind(func) == "_unparsable_cell":
                inside = _INDENTATION.sub("", text)
                return _Cell(Piece(inside, line=above + written.lineno))
            return None
        case _:
            return None
    for kind in _DEFINED:
        if kind in kinds:
            start = above + (kinds[kind].end_lineno or 1)
            return _Cell(_part(lines, start, _last_line(statement)), {node.name})
    if "cell" not in kinds or isinstance(node, ast.ClassDef):
        return None
    *body, last = node.body
    end = above + last.lineno - 1 if isinstance(last, ast.Return) else _last_line(statement)
    start = above + _first_line(node.body[0])
    reads = {parameter.arg for parameter in parameters(node.args)}
    return _Cell(_inside(_part(lines, start, end)), names_of(*node.body).binds, reads)


def _unparsed(rest: Piece) -> Iterator[Piece]:
    """Yield what is left between cells, and the bodies of cells that cannot be parsed."""
    lines = rest.text.split("\n")
    starts = [number for number, line in enumerate(lines) if _BROKEN.match(line)]
    yield rest.part(0, starts[0] if starts else None)
    for start, end in pairwise([*starts, len(lines)]):
        heads = (n for n in range(start, end) if lines[n][:1] != "@" and lines[n][-1:] == ":")
        body = next(heads, end - 1) + 1
        returns = [n for n in range(body, end) if lines[n].startswith("    return")]
        yield _inside(rest.part(body, returns[-1] if returns else end))


def _inside(piece: Piece) -> Piece:
    """Take off the indentation, which marimo puts before every line, those of strings as well."""
    return piece.with_text(_INDENTATION.sub("", piece.text))


def _kind(node: ast.expr) -> str:
    """Return "cell" for `app.cell` and for `app.cell(hide_code=True)`."""
    called = node.func if isinstance(node, ast.Call) else node
    match called:
        case ast.Attribute(value=ast.Name(id="app"), attr=kind):
            return kind
    return ""


def _is_frame(node: ast.stmt) -> bool:
    """Recognise what imports marimo, makes the app, and runs it."""
    names = names_of(node)
    return bool(names.binds | names.reads) and names.binds | names.reads <= _FRAME


def _first_line(node: ast.stmt) -> int:
    """Return the index of the first line of a statement, counted like its own line numbers."""
    decorators: list[ast.expr] = getattr(node, "decorator_list", [])
    return min([node.lineno, *(decorator.lineno for decorator in decorators)]) - 1


def _last_line(statement: Statement) -> int:
    """Return the index of the line after a statement."""
    return statement.above + (statement.node.end_lineno or 1)


def _in_running_order(cells: Sequence[_Cell]) -> list[_Cell]:
    """Sort cells so that each comes after those that make what it reads, else as they stand."""
    makers = {name: index for index, cell in enumerate(cells) for name in cell.makes}
    waits = [{makers[name] for name in cell.reads if name in makers} for cell in cells]
    followers = defaultdict(list)
    for index, before in enumerate(waits):
        before.discard(index)
        for other in before:
            followers[other].append(index)
    ready = [index for index, before in enumerate(waits) if not before]
    order: list[int] = []
    while ready:
        index = heapq.heappop(ready)
        order.append(index)
        for follower in followers[index]:
            waits[follower].discard(index)
            if not waits[follower]:
                heapq.heappush(ready, follower)
    in_circles = sorted(set(range(len(cells))) - set(order))  # marimo refuses to run these
    return [cells[index] for index in [*order, *in_circles]]
