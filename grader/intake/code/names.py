"""Which names a top-level statement binds, reads and changes.

Scopes are those of Python: a name that a function binds is its own and not the module's, and
what a class body binds is not seen by its methods.
"""

import ast
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

_Children = Iterable[ast.AST]  # what else of a node belongs to the same scope


@dataclass(slots=True)
class Names:
    """The names of one scope; for a statement: of the module, as far as it touches them."""

    binds: set[str] = field(default_factory=set)
    reads: set[str] = field(default_factory=set)  # functions inside included
    changes: set[str] = field(default_factory=set)  # x in x.a = 1, x[0] += 1, x.append(1)
    declared: set[str] = field(default_factory=set)  # global and nonlocal


def names_of(statement: ast.stmt) -> Names:
    names = Names()
    _walk([statement], names)
    return names


def _walk(nodes: Iterable[ast.AST], names: Names) -> None:
    """Add what `nodes` do in the scope of `names`, without stepping into other scopes."""
    pending = list(nodes)
    while pending:
        node = pending.pop()
        visit = _VISITS.get(type(node))
        pending += visit(node, names) if visit else ast.iter_child_nodes(node)


def _free(bound: Iterable[str], nodes: Iterable[ast.AST]) -> set[str]:
    """Return the names that an inner scope, which binds `bound`, takes from outside."""
    inner = Names(binds=set(bound))
    _walk(nodes, inner)
    return (inner.reads - (inner.binds - inner.declared)) | inner.declared


def _name(node: ast.Name, names: Names) -> _Children:
    if isinstance(node.ctx, ast.Load):
        names.reads.add(node.id)
    elif isinstance(node.ctx, ast.Store):
        names.binds.add(node.id)
    return ()


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names) -> _Children:
    names.binds.add(node.name)
    names.reads |= _free(_parameters(node.args), node.body)
    annotations = [argument.annotation for argument in _arguments(node.args)]
    outside = [*node.decorator_list, *_defaults(node.args), *annotations, node.returns]
    return [part for part in outside if part is not None]


def _lambda(node: ast.Lambda, names: Names) -> _Children:
    names.reads |= _free(_parameters(node.args), [node.body])
    return _defaults(node.args)


def _arguments(arguments: ast.arguments) -> list[ast.arg]:
    rest = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]


def _parameters(arguments: ast.arguments) -> list[str]:
    return [argument.arg for argument in _arguments(arguments)]


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return arguments.defaults + [default for default in arguments.kw_defaults if default]


def _class(node: ast.ClassDef, names: Names) -> _Children:
    names.binds.add(node.name)
    body = Names()
    _walk(node.body, body)
    names.reads |= body.reads | body.declared
    return [*node.decorator_list, *node.bases, *node.keywords]


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, names: Names
) -> _Children:
    first = node.generators[0].iter  # evaluated outside
    inside = [child for child in ast.iter_child_nodes(node) if child is not node.generators[0]]
    inside += [node.generators[0].target, *node.generators[0].ifs]
    names.reads |= _free((), inside)
    return [first]


def _import(node: ast.Import | ast.ImportFrom, names: Names) -> _Children:
    names.binds.update(name for alias in node.names if (name := imported_name(alias)) != "*")
    return ()


def _item(node: ast.Attribute | ast.Subscript, names: Names) -> _Children:
    if not isinstance(node.ctx, ast.Load):
        names.changes.add(_root(node))
    return ast.iter_child_nodes(node)


def _expression(node: ast.Expr, names: Names) -> _Children:
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        names.changes.add(_root(node.value.func))
    return [node.value]


def _root(node: ast.expr) -> str:
    """Return x of x.a[0].b, or "" if that is not the name of something."""
    while isinstance(node, ast.Attribute | ast.Subscript):
        node = node.value
    return node.id if isinstance(node, ast.Name) else ""


def _declaration(node: ast.Global | ast.Nonlocal, names: Names) -> _Children:
    names.declared.update(node.names)
    return ()


def _capture(node: ast.ExceptHandler | ast.MatchAs | ast.MatchStar, names: Names) -> _Children:
    if node.name:
        names.binds.add(node.name)
    return ast.iter_child_nodes(node)


def _mapping(node: ast.MatchMapping, names: Names) -> _Children:
    if node.rest:
        names.binds.add(node.rest)
    return ast.iter_child_nodes(node)


def imported_name(alias: ast.alias) -> str:
    """Return the name that one part of an import binds."""
    return alias.asname or alias.name.split(".")[0]


_VISITS: dict[type[ast.AST], Callable[[Any, Names], _Children]] = {
    ast.Name: _name,
    ast.FunctionDef: _function,
    ast.AsyncFunctionDef: _function,
    ast.Lambda: _lambda,
    ast.ClassDef: _class,
    ast.ListComp: _comprehension,
    ast.SetComp: _comprehension,
    ast.DictComp: _comprehension,
    ast.GeneratorExp: _comprehension,
    ast.Import: _import,
    ast.ImportFrom: _import,
    ast.Attribute: _item,
    ast.Subscript: _item,
    ast.Expr: _expression,
    ast.Global: _declaration,
    ast.Nonlocal: _declaration,
    ast.ExceptHandler: _capture,
    ast.MatchAs: _capture,
    ast.MatchStar: _capture,
    ast.MatchMapping: _mapping,
}
