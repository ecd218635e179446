"""A definition that was filled in, and a later copy of it that is still the starter's.

Runs in: the judge.
"""

import ast
from collections.abc import Iterable, Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class _Shape:
    """The parts of a definition: the methods of a class, the keys of a dict, a function itself."""

    filled: frozenset[str]
    empty: frozenset[str]


def untouched_copies(definitions: Sequence[ast.stmt]) -> set[int]:
    """Return the indices of `definitions` of one name that would undo the one before.

    Such a copy has an empty part that the one before has filled, and fills no other.
    """
    untouched: set[int] = set()
    before = _Shape(frozenset(), frozenset())
    for index, node in enumerate(definitions):
        shape = _shape(node)
        if shape is None:
            continue
        if shape.empty & before.filled and shape.filled <= before.filled:
            untouched.add(index)
        else:
            before = shape
    return untouched


def is_unwritten(node: ast.stmt) -> bool:
    """Tell whether a definition is as empty as the starter's."""
    shape = _shape(node)
    return shape is not None and bool(shape.empty) and not shape.filled


def _shape(node: ast.stmt) -> _Shape | None:
    if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return _split([("", _is_empty(node))])
    if isinstance(node, ast.ClassDef):
        return _split(
            (part.name, _is_empty(part))
            for part in node.body
            if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef)
        )
    if isinstance(node, ast.Assign | ast.AnnAssign) and isinstance(node.value, ast.Dict):
        return _split(
            (key.value, isinstance(value, ast.Constant) and value.value is None)
            for key, value in zip(node.value.keys, node.value.values, strict=True)
            if isinstance(key, ast.Constant) and isinstance(key.value, str)
        )
    return None


def _split(parts: Iterable[tuple[str, bool]]) -> _Shape:
    empty = dict(parts)
    return _Shape(
        frozenset(name for name in empty if not empty[name]),
        frozenset(name for name in empty if empty[name]),
    )


def _is_empty(function: ast.FunctionDef | ast.AsyncFunctionDef) -> bool:
    return all(map(_does_nothing, function.body))


def _does_nothing(node: ast.stmt) -> bool:
    """Say whether a statement is a docstring, `...`, `pass` or raises NotImplementedError."""
    if isinstance(node, ast.Raise):
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return isinstance(error, ast.Name) and error.id == "NotImplementedError"
    return isinstance(node, ast.Pass) or (
        isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    )
