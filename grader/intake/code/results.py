"""A demonstration that keeps its result under the name of the function that it tried.

Runs in: the judge.

    scores = scores(W, x, b)        a result: the function of this name is what is graded
    scores = np.vectorize(scores)   a function still: it takes the place of the one before
"""

import ast
import builtins
from collections.abc import Collection, Iterator, Sequence

from grader.intake.code.copies import is_unwritten
from grader.intake.code.effects import Effects, is_definition, running
from grader.intake.code.names import imported_name, root


def results_over_functions(
    binders: Sequence[ast.stmt], name: str, functions: Collection[str], effects: Effects
) -> set[int]:
    """Return the indices of `binders` of `name` that would hide a function behind a value.

    Args:
        binders: the statements that bind `name`, in order; no untouched copies among them.
        functions: all names that the module gives to functions, classes and what it imports.
    """
    judge = _Judge(name, functions, effects)
    stays = [judge.is_function(node) for node in binders]
    if True not in stays:
        return set()
    return {index for index in range(stays.index(True), len(stays)) if not stays[index]}


class _Judge:
    """Says of a statement whether what it binds to `name` can be a function or a class."""

    def __init__(self, name: str, functions: Collection[str], effects: Effects) -> None:
        self._name = name
        self._functions = functions
        self._effects = effects

    def is_function(self, statement: ast.stmt) -> bool:
        return any(map(self._binds_a_function, running(statement)))

    def _binds_a_function(self, node: ast.AST) -> bool:
        if is_definition(node):
            return node.name == self._name and not is_unwritten(node)
        if isinstance(node, ast.Import | ast.ImportFrom):
            return any(imported_name(alias) == self._name for alias in node.names)
        if isinstance(node, ast.Assign):
            return any(map(self._is_function, self._given(node)))
        return False

    def _given(self, node: ast.Assign) -> Iterator[ast.expr]:
        """Yield what an assignment gives to the name."""
        for target in node.targets:
            if isinstance(target, ast.Name) and target.id == self._name:
                yield node.value
            if isinstance(target, ast.Tuple) and isinstance(node.value, ast.Tuple):
                for part, value in zip(target.elts, node.value.elts, strict=False):
                    if isinstance(part, ast.Name) and part.id == self._name:
                        yield value

    def _is_function(self, value: ast.expr) -> bool:
        match value:
            case ast.Lambda():
                return True
            case ast.Name(id=name):
                return name in self._functions or callable(getattr(builtins, name, None))
            case ast.Attribute():
                return root(value) in self._functions
            case ast.IfExp(body=first, orelse=second):
                return self._is_function(first) or self._is_function(second)
            case ast.BoolOp(values=values):
                return any(map(self._is_function, values))
            case ast.Call(func=ast.Name(id=name)) if self._effects.defines(name):
                return name != self._name and self._effects.makes_a_function(name)
            case ast.Call(func=called):
                is_known = isinstance(called, ast.Call) or self._is_function(called)
                given = [*value.args, *(word.value for word in value.keywords)]
                return is_known and any(map(self._is_function, given))
        return False
