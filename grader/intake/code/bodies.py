"""What a function does, when it is called, to things that are not its own.

Runs in: the judge.

    def part(rule):             changes PARTS
        PARTS.append(rule)

    def add_to(kind):           changes what its parameter `kind` stands for
        def put(method):
            setattr(kind, method.__name__, method)
            return method
        return put
"""

import ast
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeGuard

from grader.intake.code.names import names_of, parameters, root

Function = ast.FunctionDef | ast.AsyncFunctionDef
_STEPS = 100  # names that one object is followed through


@dataclass
class Effect:
    """What a call changes."""

    changes: set[str] = field(default_factory=set)  # names of the module
    parameters: set[str] = field(default_factory=set)  # of the function, whose arguments change
    decorates: bool = False  # a function within changes what it is given, as a decorator's does


@dataclass
class Body:
    """What is read from a function."""

    own: list[str]  # its parameters
    inner: set[str]  # the parameters of functions within
    flows: dict[str, set[str]]  # local name -> names whose objects, or parts of them, it may hold
    changed: set[str]  # names, as the function calls them
    calls: list[ast.Call]  # of something with a plain name

    def effect(self) -> Effect:
        """Return what the function does itself, without what it calls."""
        effect = Effect()
        for name in self.changed:
            self.add(effect, name)
        return effect

    def add(self, effect: Effect, name: str) -> None:
        """Add to `effect` that the object changes which the function knows by `name`."""
        pending, seen = [name], {""}
        while pending and len(seen) < _STEPS:
            name = pending.pop()
            if name in seen:
                continue
            seen.add(name)
            if name in self.own:
                effect.parameters.add(name)
            elif name in self.inner:
                effect.decorates = True
            elif name in self.flows:
                pending += self.flows[name]
            else:
                effect.changes.add(name)


def is_function(node: object) -> TypeGuard[Function]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)


def read_body(function: Function) -> Body:
    own = [parameter.arg for parameter in parameters(function.args)]
    inner: set[str] = set()
    local: set[str] = set()
    changed: set[str] = set()
    for scope in ast.walk(function):
        if not (is_function(scope) or isinstance(scope, ast.Lambda)):
            continue
        names = names_of(*(scope.body if is_function(scope) else [scope.body]))
        local |= names.binds - names.declared
        changed |= names.changes | (names.binds & names.declared)
        inner.update(parameter.arg for parameter in parameters(scope.args))
    flows = {name: set[str]() for name in local}
    for name, value in _assigned(function):
        if name in local:
            flows[name] |= handed(value) | (names_of(value).reads & {*own, *inner, *local})
    calls = [
        node
        for node in ast.walk(function)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name)
    ]
    return Body(own, inner - set(own), flows, changed, calls)


def handed(value: ast.expr) -> set[str]:
    """Return the names whose objects an expression hands on: x of x, x.a[0] and of [x, 1]."""
    found, pending = set(), [value]
    while pending:
        node = pending.pop()
        if isinstance(node, ast.List | ast.Tuple | ast.Set):
            pending += node.elts
        elif isinstance(node, ast.Dict):
            pending += node.values
        elif isinstance(node, ast.IfExp):
            pending += (node.body, node.orelse)
        elif name := root(node):
            found.add(name)
    return found


def _assigned(function: Function) -> Iterator[tuple[str, ast.expr]]:
    """Yield each name that something is assigned to in a function, and what."""
    for node in ast.walk(function):
        targets: list[ast.expr]
        match node:
            case ast.Assign(targets=targets, value=ast.expr() as value):
                pass
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.AugAssign(target=target, value=value)
                | ast.NamedExpr(target=target, value=value)
                | ast.For(target=target, iter=value)
                | ast.AsyncFor(target=target, iter=value)
                | ast.comprehension(target=target, iter=value)
                | ast.withitem(optional_vars=ast.expr() as target, context_expr=value)
            ):
                targets = [target]
            case _:
                continue
        for target in targets:
            for part in ast.walk(target):
                if isinstance(part, ast.Name) and isinstance(part.ctx, ast.Store):
                    yield part.id, value
