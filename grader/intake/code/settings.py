"""Statements that set up an imported module: `torch.set_default_dtype(torch.float64)`.

Runs in: the judge.

No name tells whether an exercise relies on a setting, so each one is kept that can be made of
what the statement itself says, of imports and constants, and of what an exercise needs anyway. A
call that takes the result of a demonstration is part of the demonstration.
"""

import ast
import builtins
import sys
from collections.abc import Collection, Sequence

from grader.intake.code.effects import is_definition, running
from grader.intake.code.names import imported_name, names_of, root

_STEPS = 30  # names that one setting is followed through
_BLOCKS = (ast.If, ast.For, ast.With, ast.Try)
_IDLE = (ast.Pass, ast.Import, ast.ImportFrom)


class Settings:
    """Knows what a module imports, and which of its names can be made without a demonstration."""

    def __init__(self, statements: Sequence[ast.stmt], importable: Collection[str] | None) -> None:
        """Look at the statements of a module.

        Args:
            importable: what can be imported besides the standard library; None: all of it.
        """
        self._importable = importable
        self._imported: set[str] = set()
        self._made: dict[str, list[ast.stmt]] = {}  # name -> definitions and assignments of it
        self._names = {statement: names_of(statement) for statement in statements}
        for statement, names in self._names.items():
            for name in names.binds:
                self._made.setdefault(name, []).append(statement)
            for node in running(statement):
                if isinstance(node, ast.Import | ast.ImportFrom):
                    self._imported |= self._found(node)

    def is_setting(self, statement: ast.stmt, needed: Collection[str]) -> bool:
        """Tell whether a statement sets something up, with no more than what is at hand.

        Args:
            needed: names that are in the module anyway.
        """
        sets = self._sets(statement) or self._takes_from(statement, needed)
        return sets and self._is_at_hand(statement, needed, set())

    def _found(self, node: ast.Import | ast.ImportFrom) -> set[str]:
        """Return the names that an import binds, if what it imports is there."""
        if isinstance(node, ast.ImportFrom):
            is_there = bool(node.level) or self._is_there(node.module or "")
            return {imported_name(alias) for alias in node.names} if is_there else set()
        return {imported_name(alias) for alias in node.names if self._is_there(alias.name)}

    def _is_there(self, module: str) -> bool:
        package = module.partition(".")[0]
        known = self._importable
        return known is None or package in known or package in sys.stdlib_module_names

    def _sets(self, statement: ast.stmt) -> bool:
        match statement:
            case ast.Expr(value=ast.Call(func=ast.Name(id="exec"))):
                return True
            case ast.Expr(value=ast.Call(func=called)):
                return root(called) in self._imported
            case ast.Assign(targets=targets) | ast.Delete(targets=targets):
                return all(self._is_part_of_import(target) for target in targets)
            case ast.AugAssign(target=target):
                return self._is_part_of_import(target)
        if isinstance(statement, _BLOCKS):
            within = [node for node in running(statement) if isinstance(node, ast.stmt)][1:]
            leaves = [node for node in within if not isinstance(node, (*_BLOCKS, *_IDLE))]
            return bool(leaves) and all(map(self._sets, leaves))
        return False

    def _is_part_of_import(self, target: ast.expr) -> bool:
        if isinstance(target, ast.Tuple):
            return all(map(self._is_part_of_import, target.elts))
        return not isinstance(target, ast.Name) and root(target) in self._imported

    def _takes_from(self, statement: ast.stmt, needed: Collection[str]) -> bool:
        """Recognise `x = TABLE.pop()` and `next(ROWS)`, which change something that is needed."""
        match statement:
            case ast.Assign(value=ast.Call(func=ast.Attribute() as called)):
                changed = root(called)
            case ast.Assign(value=ast.Call() as call) | ast.Expr(value=ast.Call() as call):
                is_next = isinstance(call.func, ast.Name) and call.func.id == "next"
                changed = root(call.args[0]) if is_next and call.args else ""
            case _:
                return False
        made = self._made.get(changed, [])
        return changed in needed and any(isinstance(node, ast.Assign) for node in made)

    def _is_at_hand(self, statement: ast.stmt, needed: Collection[str], seen: set[str]) -> bool:
        """Tell whether all that runs with a statement can be made without a demonstration."""
        names = self._names[statement]
        calls = [node.func for node in running(statement) if isinstance(node, ast.Call)]
        return all(map(self._is_not_own, calls)) and all(
            self._can_be_made(name, needed, seen) for name in names.now - names.binds
        )

    def _is_not_own(self, called: ast.expr) -> bool:
        """Tell whether a call runs no function that the module defines."""
        if isinstance(called, ast.Name):
            return called.id in self._imported or called.id not in self._made
        return isinstance(called, ast.Attribute)

    def _can_be_made(self, name: str, needed: Collection[str], seen: set[str]) -> bool:
        if name in needed or name in self._imported or name in seen:
            return True
        if name not in self._made:
            return hasattr(builtins, name)
        seen.add(name)
        if len(seen) > _STEPS:
            return False
        (first, *others) = self._made[name]
        if others:
            return False
        if is_definition(first):
            return all(self._can_be_made(read, needed, seen) for read in self._names[first].reads)
        is_made = isinstance(first, ast.Assign) and not _calls(first)  # a constant of some kind
        return is_made and self._is_at_hand(first, needed, seen)


def _calls(statement: ast.stmt) -> bool:
    return any(isinstance(node, ast.Call) for node in running(statement))
