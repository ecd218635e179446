"""What an operator returns, and what it may know of the code around a node."""

import ast
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

_MOST_SHOWN = 72  # characters of code in the words of a mutation


class Change(NamedTuple):
    """What a node becomes: another expression, or the statements in its place."""

    operator: str
    new: ast.AST | list[ast.stmt]
    words: str = ""  # where the code before and after does not say it best
    takes: int = 1  # how many statements it replaces: the node, and those that follow


@dataclass(frozen=True)
class Scope:
    """What is known of the code around a node."""

    parameters: Mapping[str, str] = field(default_factory=dict)  # of the function -> annotation
    bound: frozenset[str] = frozenset()  # parameters, and names that are assigned at several places
    parent: ast.AST | None = None
    following: ast.AST | None = None  # the statement after it in the same body

    def inside(self, function: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda) -> "Scope":
        """Return the scope of a function's body."""
        given = [*function.args.posonlyargs, *function.args.args, *function.args.kwonlyargs]
        told = {arg.arg: ast.unparse(arg.annotation) if arg.annotation else "" for arg in given}
        return Scope(told, frozenset(told) | _bound_twice(function))

    def below(self, parent: ast.AST, following: ast.AST | None) -> "Scope":
        return replace(self, parent=parent, following=following)


def _bound_twice(function: ast.AST) -> frozenset[str]:
    """Return the names that a function binds at several places: one of them can be left out."""
    names = [
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    ]
    return frozenset(name for name in names if names.count(name) > 1)


def shown(node: ast.AST | Sequence[ast.stmt]) -> str:
    """Return a node as a line of code; a block is joined to one."""
    nodes = [node] if isinstance(node, ast.AST) else node
    text = "; ".join(ast.unparse(part) for part in nodes)
    return " ".join(text.split())


def cut(text: str) -> str:
    """Return the beginning of a line that is too long to read."""
    return text if len(text) <= _MOST_SHOWN else f"{text[: _MOST_SHOWN - 3]}..."


def last_name(node: ast.AST) -> str:
    """Return "mean" for `mean`, `np.mean` and `x.mean`, and "" for what has no name."""
    if isinstance(node, ast.Attribute):
        return node.attr
    return node.id if isinstance(node, ast.Name) else ""


def same(a: ast.AST, b: ast.AST) -> bool:
    """Tell whether two nodes are the same code."""
    return ast.dump(a) == ast.dump(b)
