"""Change numerical code in one place at a time, in every way that a mistake may look like.

    mutations(tree) -> list of Mutation(tree, line, column, words, operator)

`mutations` takes a syntax tree (a module, or a single function) and returns one Mutation for each
change. `Mutation.tree` is the whole tree with that change alone; it shares every other node with
the original, so that hundreds of mutations cost little memory, and neither may be written to. It
can be compiled or unparsed as it is. `line` and `column` say where the change is, as `ast` counts
them, and `words` what was changed in Python: "`a - b` for `a + b`".

Nothing is executed or imported, and the same tree always gives the same list, in the order of the
text. Docstrings, annotations, signatures, and what is raised or formatted stay as they are.
"""

import ast
from collections.abc import Callable, Iterator, Sequence
from copy import copy
from dataclasses import dataclass
from typing import NamedTuple

from grader.mutation.calls import CALLS
from grader.mutation.change import Change, Scope, cut, last_name, shown
from grader.mutation.expressions import EXPRESSIONS
from grader.mutation.statements import STATEMENTS

_FUNCTIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.Lambda)
_UNTOUCHED = {  # a class of nodes -> the fields of it that are left alone
    ast.FunctionDef: ("args", "returns", "type_comment", "decorator_list"),
    ast.AsyncFunctionDef: ("args", "returns", "type_comment", "decorator_list"),
    ast.ClassDef: ("bases", "keywords", "decorator_list"),
    ast.Lambda: ("args",),
    ast.AnnAssign: ("annotation", "target"),
    ast.Raise: ("exc", "cause"),
    ast.Assert: ("msg",),
    ast.Import: ("names",),
    ast.ImportFrom: ("names",),
    ast.JoinedStr: ("values",),
}
_SHORT = 60  # characters
_SILENCERS = frozenset(("errstate", "catch_warnings", "simplefilter", "filterwarnings"))


@dataclass(frozen=True)
class Mutation:
    """A tree with one change."""

    tree: ast.AST
    line: int
    column: int
    words: str
    operator: str  # which kind of change it is, in a word or two


class _Step(NamedTuple):
    """How a parent holds a node: in a field, at a place if that is a list."""

    parent: ast.AST
    field: str
    place: int | None


_Path = tuple[_Step, ...]
Operator = Callable[[ast.AST, Scope], Iterator[Change]]
OPERATORS: Sequence[Operator] = (*EXPRESSIONS, *CALLS, *STATEMENTS)


def mutations(tree: ast.AST, operators: Sequence[Operator] = OPERATORS) -> list[Mutation]:
    """Return every mutation of a tree, in the order of its text, each one once."""
    return list(_mutations(tree, operators, Scope(), ()))


def _mutations(
    node: ast.AST, operators: Sequence[Operator], scope: Scope, path: _Path
) -> Iterator[Mutation]:
    if isinstance(node, ast.Call) and last_name(node.func) in _SILENCERS:
        return
    if isinstance(node, _FUNCTIONS):
        scope = scope.inside(node)
    if path:
        yield from _changes(node, operators, scope, path)
    for field, value in ast.iter_fields(node):
        if field in _UNTOUCHED.get(type(node), ()):
            continue
        if isinstance(value, ast.AST):
            yield from _mutations(value, operators, scope, (*path, _Step(node, field, None)))
        elif isinstance(value, list):
            for index, part in enumerate(value):
                if isinstance(part, ast.AST) and not (index == 0 and _is_docstring(node, part)):
                    yield from _mutations(
                        part, operators, scope, (*path, _Step(node, field, index))
                    )


def _is_docstring(parent: ast.AST, first: ast.AST) -> bool:
    """Tell whether the first statement of a body is only a text."""
    holds = isinstance(parent, (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef))
    text = isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant)
    return holds and text


def _changes(
    node: ast.AST, operators: Sequence[Operator], scope: Scope, path: _Path
) -> Iterator[Mutation]:
    scope = scope.below(path[-1].parent, _following(path[-1]))
    changes = [change for operator in operators for change in operator(node, scope)]
    if not changes:
        return
    seen = {shown(node)}
    line, column = getattr(node, "lineno", 0), getattr(node, "col_offset", 0)
    for change in changes:
        new = _located(change.new, node)
        if (after := shown(new)) not in seen:
            seen.add(after)
            words = change.words or _words(path, node, new)
            yield Mutation(_rebuilt(path, new, change.takes), line, column, words, change.operator)


def _words(path: _Path, old: ast.AST, new: ast.AST | list[ast.stmt]) -> str:
    """Say what stands for what; a number or a name is shown with the expression around it."""
    parent = path[-1].parent
    if isinstance(old, ast.Constant | ast.Name) and isinstance(parent, ast.expr):
        around = _rebuilt(path[-1:], new, 1)
        if len(shown(parent)) <= _SHORT:
            old, new = parent, around
    return f"`{cut(shown(new))}` for `{cut(shown(old))}`"


def _following(step: _Step) -> ast.AST | None:
    """Return the node that stands after one in the same list."""
    if step.place is None:
        return None
    held = getattr(step.parent, step.field)
    return held[step.place + 1] if step.place + 1 < len(held) else None


def _located(new: ast.AST | list[ast.stmt], old: ast.AST) -> ast.AST | list[ast.stmt]:
    """Give new nodes the place of the old one, where they have none."""
    for node in new if isinstance(new, list) else [new]:
        if not hasattr(node, "lineno"):
            ast.copy_location(node, old)
        ast.fix_missing_locations(node)
    return new


def _rebuilt(path: _Path, new: ast.AST | list[ast.stmt], takes: int) -> ast.AST:
    """Return the root with `new` at the end of the path: nodes on the path are copied."""
    for parent, field, index in reversed(path):
        parent = copy(parent)
        if index is None:
            setattr(parent, field, new)
        else:
            held = list(getattr(parent, field))
            held[index : index + takes] = new if isinstance(new, list) else [new]
            setattr(parent, field, held)
        new, takes = parent, 1
    assert isinstance(new, ast.AST)
    return new
