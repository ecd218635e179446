"""Which names a top-level statement binds, reads and changes.

Runs in: the conductor and the judge.

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
    now: set[str] = field(default_factory=set)  # what is read when the statement runs
    later: set[str] = field(default_factory=set)  # what is read when its functions are called
    changes: set[str] = field(default_factory=set)  # x in x.a = 1, x[0] += 1, x.append(1)
    declared: set[str] = field(default_factory=set)  # global and nonlocal


def names_of(*nodes: ast.AST) -> Names:
    names = Names()
    _walk(nodes, names)
    return names


def root(node: ast.expr) -> str:
    """Return x of x.a[0].b and of x.a().b, or "" if that is not the name of something."""
    while True:
        if isinstance(node, ast.Attribute | ast.Subscript | ast.Starred):
            node = node.value
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            node = node.func
        else:
            return node.id if isinstance(node, ast.Name) else ""


def read_as_a_whole(node: ast.AST) -> set[str]:
    """Return names that are read somewhere within a node, but for those read as x of `x.a` only."""
    found, pending = set(), [node]
    while pending:
        part = pending.pop()
        if isinstance(part, ast.Name):
            found.add(part.id)
        elif not (isinstance(part, ast.Attribute) and isinstance(part.value, ast.Name)):
            pending += ast.iter_child_nodes(part)
    return found


def imported_name(alias: ast.alias) -> str:
    """Return the name that one part of an import binds."""
    return alias.asname or alias.name.split(".")[0]


def parameters(arguments: ast.arguments) -> list[ast.arg]:
    rest = [argument for argument in (arguments.vararg, arguments.kwarg) if argument]
    return [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, *rest]


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
        names.now.add(node.id)
    elif isinstance(node.ctx, ast.Store):
        names.binds.add(node.id)
    return ()


def _function(node: ast.FunctionDef | ast.AsyncFunctionDef, names: Names) -> _Children:
    names.binds.add(node.name)
    bound = [parameter.arg for parameter in parameters(node.args)]
    _add_later(names, _free(bound, node.body))
    annotations = [parameter.annotation for parameter in parameters(node.args)]
    outside = [*node.decorator_list, *_defaults(node.args), *annotations, node.returns]
    return [part for part in outside if part is not None]


def _lambda(node: ast.Lambda, names: Names) -> _Children:
    bound = [parameter.arg for parameter in parameters(node.args)]
    _add_later(names, _free(bound, [node.body]))
    return _defaults(node.args)


def _add_later(names: Names, free: set[str]) -> None:
    names.reads |= free
    names.later |= free


def _defaults(arguments: ast.arguments) -> list[ast.expr]:
    return arguments.defaults + [default for default in arguments.kw_defaults if default]


def _class(node: ast.ClassDef, names: Names) -> _Children:
    names.binds.add(node.name)
    body = Names()
    _walk(node.body, body)
    names.reads |= body.reads | body.declared
    names.now |= body.now
    names.later |= body.later
    return [*node.decorator_list, *node.bases, *node.keywords]


def _comprehension(
    node: ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp, names: Names
) -> _Children:
    first = node.generators[0].iter  # evaluated outside
    inside = [child for child in ast.iter_child_nodes(node) if child is not node.generators[0]]
    inside += [node.generators[0].target, *node.generators[0].ifs]
    free = _free((), inside)
    names.reads |= free
    names.now |= free
    return [first]


def _import(node: ast.Import | ast.ImportFrom, names: Names) -> _Children:
    names.binds.update(name for alias in node.names if (name := imported_name(alias)) != "*")
    return ()


def _item(node: ast.Attribute | ast.Subscript, names: Names) -> _Children:
    if not isinstance(node.ctx, ast.Load):
        if bound := _bound_in_globals(node):
            names.binds.add(bound)
        names.changes.add(root(node))
    return ast.iter_child_nodes(node)


def _bound_in_globals(node: ast.expr) -> str:
    """Return f of `globals()["f"] = 1`, or ""."""
    match node:
        case ast.Subscript(
            value=ast.Call(func=ast.Name(id="globals" | "locals" | "vars"), args=[]),
            slice=ast.Constant(value=str(name)),
        ):
            return name
    return ""


def _expression(node: ast.Expr, names: Names) -> _Children:
    if isinstance(node.value, ast.Call) and isinstance(node.value.func, ast.Attribute):
        names.changes.add(root(node.value.func))
    return [node.value]


def _call(node: ast.Call, names: Names) -> _Children:
    """Note a call of Python's own that changes its first argument, as `setattr(x, "a", 1)`."""
    if node.args and _changes_its_first(node.func):
        names.changes.add(root(node.args[0]))
    return ast.iter_child_nodes(node)


def _changes_its_first(function: ast.expr) -> bool:
    if isinstance(function, ast.Name):
        return function.id in ("setattr", "delattr")
    return (
        isinstance(function, ast.Attribute)
        and isinstance(function.value, ast.Name)
        and function.value.id in ("object", "type", "list", "dict", "set")
        and function.attr != "fromkeys"
    )


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
    ast.Call: _call,
    ast.Expr: _expression,
    ast.Global: _declaration,
    ast.Nonlocal: _declaration,
    ast.ExceptHandler: _capture,
    ast.MatchAs: _capture,
    ast.MatchStar: _capture,
    ast.MatchMapping: _mapping,
}
