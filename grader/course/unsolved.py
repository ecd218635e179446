"""Find the cells of a starter that may raise as long as an exercise is not written.

A cell may raise if it runs an exercise, uses what such a cell makes, or calls a function that does
one of the two. What only defines something runs nothing. The answer is generous: a cell that is
found without need loses nothing, and one that is missed stops a run of the whole notebook.
"""

import ast
from collections.abc import Iterator, Sequence

from grader.course.source import FUNCTION

_DEFINITION = (*FUNCTION, ast.ClassDef)


def may_raise(cells: Sequence[str], exercises: Sequence[str]) -> list[bool]:
    """Return for each of the code cells, in their order, whether it may raise."""
    missing = {exercise.partition(".")[0] for exercise in exercises}
    imported: set[str] = set()
    return [_may_raise(cell, missing, imported) for cell in cells]


def _may_raise(cell: str, missing: set[str], imported: set[str]) -> bool:
    """Tell whether a cell may raise, and add to `missing` what may not be there after it."""
    try:
        statements = ast.parse(cell).body
    except SyntaxError:  # a line of IPython
        return False
    raises = False
    for node in statements:
        imported |= set(_imported(node))
        uses = raises or any(name in missing for name in _loaded(node))
        if isinstance(node, _DEFINITION):
            if uses or any(name in missing for name in _methods(node)):
                missing.add(node.name)
        elif uses:
            raises = True
            missing |= set(_changed(node)) - imported
    return raises


def _imported(node: ast.stmt) -> Iterator[str]:
    if isinstance(node, ast.Import | ast.ImportFrom):
        for alias in node.names:
            yield (alias.asname or alias.name).partition(".")[0]


def _loaded(node: ast.stmt) -> Iterator[str]:
    for part in ast.walk(node):
        if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Load):
            yield part.id


def _methods(node: ast.stmt) -> Iterator[str]:
    """Yield the methods of a class: an exercise may be named by its method alone."""
    if isinstance(node, ast.ClassDef):
        yield from (part.name for part in node.body if isinstance(part, FUNCTION))


def _changed(node: ast.stmt) -> Iterator[str]:
    """Yield the names that a statement sets, sets a part of, or calls a method of by itself."""
    for part in ast.walk(node):
        match part:
            case ast.Name(ctx=ast.Store()):
                yield part.id
            case ast.Attribute(ctx=ast.Store()) | ast.Subscript(ctx=ast.Store()):
                yield from _root(part)
            case ast.Expr(value=ast.Call(func=ast.Attribute() as method)):
                yield from _root(method)


def _root(node: ast.expr) -> Iterator[str]:
    """Yield the name that an expression such as `a.b[0].c` begins with, if it does."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    if isinstance(node, ast.Name):
        yield node.id
