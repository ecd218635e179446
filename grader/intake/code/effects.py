"""What a top-level statement changes besides the names that it binds.

Runs in: the judge.

A call may complete what an exercise needs: a decorator puts a function into a list or into a
class, `main()` fills a global. Whether a call does is read from the body of the function that it
calls, and of those that are called there.
"""

import ast
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import TypeGuard

from grader.intake.code.bodies import Effect, Function, handed, is_function, read_body
from grader.intake.code.names import names_of, parameters, root

Definition = Function | ast.ClassDef
_MADE_BY = ("__init__", "__new__", "__post_init__")  # what runs when an object is made
_DEPTH = 20  # calls within calls that are followed


class Effects:
    """The effects of what a module defines; each is read when it is first asked for."""

    def __init__(
        self,
        statements: Iterable[ast.stmt],
        used: Collection[str] = (),
        beside: Mapping[str, Collection[str]] | None = None,
    ) -> None:
        """Look for functions and classes in `statements`.

        Args:
            used: functions that the exercises call. What such a function changes does not count,
                because it changes it again whenever an exercise runs.
            beside: for each name that is imported from a file handed in beside this one, all
                names that are imported from it.
        """
        self._definitions: dict[str, Definition] = {}
        self._assigned: dict[str, ast.expr] = {}  # what a name is assigned to, e.g. a decorator
        for node in statements:
            if is_definition(node):
                self._definitions[node.name] = node
            elif isinstance(node, ast.Assign) and isinstance(node.targets[0], ast.Name):
                self._assigned[node.targets[0].id] = node.value
        self._used = used
        self._looked_at = (self._definitions.keys() | self._assigned.keys()) - set(used)
        self._beside = beside or {}
        self._known: dict[str, Effect] = {}

    def of(self, statement: ast.stmt, now: Collection[str]) -> set[str]:
        """Return the names whose objects change because of what a statement calls.

        Args:
            now: the names that are read when the statement runs.
        """
        changed: set[str] = set()
        if not self._looked_at.isdisjoint(now):
            for node in running(statement):
                if isinstance(node, ast.Call):
                    changed |= self._by_call(node)
        if is_definition(statement):
            for decorator in statement.decorator_list:
                changed |= self._by_decorator(decorator, statement)
        if isinstance(statement, ast.ClassDef):
            for base in statement.bases:
                changed |= self._by_subclass(root(base))
        return changed - {""}

    def defines(self, name: str) -> bool:
        return name in self._definitions

    def makes_a_function(self, name: str) -> bool:
        """Tell whether a call of `name` returns what can be called, as a decorator does."""
        node = self._definitions.get(name)
        if isinstance(node, ast.ClassDef):
            return bool(_methods(node, ["__call__"]))
        if not is_function(node):
            return False
        parts = list(ast.walk(node))
        made = {part.name for part in parts if is_function(part) and part is not node}
        made.update(parameter.arg for parameter in parameters(node.args))
        returned = [part.value for part in parts if isinstance(part, ast.Return)]
        return any(
            isinstance(value, ast.Lambda) or (isinstance(value, ast.Name) and value.id in made)
            for value in returned
        )

    def _by_call(self, call: ast.Call, depth: int = 0) -> set[str]:
        """Return what a call changes, and what the functions do that it is given."""
        changed: set[str] = set()
        for argument in call.args:
            if isinstance(argument, ast.Name) and argument.id not in self._used:
                changed |= self._effect(argument.id, depth).changes
        if isinstance(call.func, ast.Name) and call.func.id not in self._used:
            effect = self._effect(call.func.id, depth)
            changed |= effect.changes
            changed = changed.union(*map(handed, self._changed_arguments(call, effect)))
        return changed

    def _by_decorator(self, decorator: ast.expr, decorated: Definition) -> set[str]:
        """Return what a decorator changes; this counts even if the exercises use it as well."""
        called = decorator.func if isinstance(decorator, ast.Call) else decorator
        arguments = decorator.args if isinstance(decorator, ast.Call) else []
        name = called.id if isinstance(called, ast.Name) else ""
        if name not in self._definitions and name not in self._assigned:  # nothing to be read
            changed = {root(called), *_self_type(decorated)}.union(*map(handed, arguments))
            return changed.union(*(self._beside.get(name, ()) for name in changed))
        effect = self._effect(name)
        changed = set(effect.changes)
        if isinstance(decorator, ast.Call):
            changed = changed.union(*map(handed, self._changed_arguments(decorator, effect)))
        if effect.decorates or (effect.parameters and called is decorator):
            changed |= names_of(decorated).now
        return changed

    def _by_subclass(self, name: str, depth: int = 0) -> set[str]:
        """Return what changes because a class is made below the class `name`."""
        node = self._definitions.get(name)
        if not isinstance(node, ast.ClassDef) or depth > _DEPTH:
            return set()
        changed: set[str] = set()
        for hook in _methods(node, ["__init_subclass__"]):
            effect = self._followed(hook, depth)
            changed |= effect.changes | ({name} if effect.parameters else set())
        for keyword in node.keywords:
            if keyword.arg == "metaclass":
                changed |= self._effect(root(keyword.value)).changes
        for base in node.bases:
            changed |= self._by_subclass(root(base), depth + 1)
        return changed

    def _effect(self, name: str, depth: int = 0) -> Effect:
        """Return what calling a name of the module does, as far as that can be read."""
        if name not in self._known and depth <= _DEPTH:
            effect = self._known[name] = Effect()  # what a function finds that calls itself
            node = self._definitions.get(name)
            if node is None and isinstance(value := self._assigned.get(name), ast.Call):
                effect.changes |= self._by_call(value, depth + 1)
                effect.decorates = self._effect(root(value.func), depth + 1).decorates
            for function in _called(node):
                found = self._followed(function, depth)
                own = [] if is_function(node) else [_first(function)]  # of an object being made
                effect.changes |= found.changes
                effect.parameters |= found.parameters - set(own)
                effect.decorates |= found.decorates
        return self._known.get(name, Effect())

    def _followed(self, function: Function, depth: int) -> Effect:
        """Return what a function does, itself and by what it calls."""
        body = read_body(function)
        effect = body.effect()
        for call in body.calls:
            assert isinstance(call.func, ast.Name)
            if call.func.id in self._used or call.func.id in body.flows:
                continue
            inner = self._effect(call.func.id, depth + 1)
            effect.changes |= inner.changes
            for argument in self._changed_arguments(call, inner):
                for name in handed(argument):
                    body.add(effect, name)
        return effect

    def _changed_arguments(self, call: ast.Call, effect: Effect) -> Iterator[ast.expr]:
        """Yield the arguments of a call that are changed by what is called."""
        assert isinstance(call.func, ast.Name)
        node = self._definitions.get(call.func.id)
        for function in _called(node)[:1]:
            names = [parameter.arg for parameter in parameters(function.args)]
            places = zip(names[0 if is_function(node) else 1 :], call.args, strict=False)
            for name, argument in places:
                if name in effect.parameters:
                    yield argument
        for keyword in call.keywords:
            if keyword.arg in effect.parameters:
                yield keyword.value


def is_definition(node: object) -> TypeGuard[Definition]:
    return isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)


def running(statement: ast.stmt) -> Iterator[ast.AST]:
    """Yield the parts of a statement that run with it, which the body of a function does not."""
    pending: list[ast.AST] = [statement]
    while pending:
        node = pending.pop()
        yield node
        if is_function(node):
            pending += [*node.decorator_list, node.args]
        elif isinstance(node, ast.Lambda):
            pending.append(node.args)
        else:
            pending += ast.iter_child_nodes(node)


def _called(node: ast.stmt | None) -> list[Function]:
    """Return the functions that run when what `node` defines is called."""
    if is_function(node):
        return [node]
    return _methods(node, _MADE_BY) if isinstance(node, ast.ClassDef) else []


def _methods(node: ast.ClassDef, names: Collection[str]) -> list[Function]:
    return [part for part in node.body if is_function(part) and part.name in names]


def _first(function: Function) -> str:
    return next((parameter.arg for parameter in parameters(function.args)), "")


def _self_type(decorated: Definition) -> set[str]:
    """Return Net of `def forward(self: Net)`, into which a decorator may put the function."""
    if is_function(decorated) and _first(decorated) in ("self", "cls"):
        annotation = parameters(decorated.args)[0].annotation
        return handed(annotation) if annotation is not None else set()
    return set()
