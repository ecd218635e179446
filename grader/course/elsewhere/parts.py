"""The statements of a cell, and what each of them defines and uses."""

import ast
import builtins
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)
IMPORT = (ast.Import, ast.ImportFrom)


@dataclass(frozen=True)
class Part:
    """A statement at the top of a cell, with the comments above it."""

    node: ast.stmt
    text: str
    first: int  # its lines in the cell, from 1, decorators included
    last: int

    @property
    def name(self) -> str:
        """What it defines, if it is a function or a class."""
        return self.node.name if isinstance(self.node, DEFINITION) else ""


def parts(code: str) -> list[Part]:
    """Return the statements of a cell, and leave what is IPython's own out.

    Raises:
        SyntaxError: it is no Python.
    """
    lines = ["" if line.lstrip().startswith(("%", "!")) else line for line in code.split("\n")]
    found: list[Part] = []
    at = 1  # the first line that belongs to none before
    for node in ast.parse("\n".join(lines)).body:
        decorators = node.decorator_list if isinstance(node, DEFINITION) else []
        first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
        last = node.end_lineno or node.lineno
        text = "\n".join(lines[min(at, first) - 1 : last]).strip("\n")
        found.append(Part(node, text, first, last))
        at = last + 1
    return found


def left_out(code: str) -> list[str]:
    """Return the lines of a cell that are IPython's own."""
    return [line.strip() for line in code.split("\n") if line.lstrip().startswith(("%", "!"))]


def bound(nodes: Iterable[ast.AST]) -> list[str]:
    """Return the names that statements give at their own level, in order."""
    return list(dict.fromkeys(name for node in nodes for name in _bound(node)))


def _bound(node: ast.AST) -> Iterator[str]:
    if isinstance(node, DEFINITION):
        yield node.name
    elif isinstance(node, IMPORT):
        yield from (alias.asname or alias.name.partition(".")[0] for alias in node.names)
    elif isinstance(node, ast.Name):
        if isinstance(node.ctx, ast.Store):
            yield node.id
    elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp):
        for child in ast.iter_child_nodes(node):
            yield from _bound(child)


def used(nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that statements read, wherever in them, but no builtin ones."""
    names = {
        inner.id
        for node in nodes
        for inner in ast.walk(node)
        if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Load)
    }
    return names - set(dir(builtins))
