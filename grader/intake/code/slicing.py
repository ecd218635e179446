"""Choose the statements of a module that some names need: slicing by name."""

import ast
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from grader.intake.code.copies import untouched_copies
from grader.intake.code.names import Names

_IMPORTS = (ast.Import, ast.ImportFrom)
_DEFINITIONS = (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)


@dataclass(frozen=True)
class Part:
    """One top-level statement."""

    node: ast.stmt
    names: Names
    above: int  # lines of the module above the code that `node` was parsed from


@dataclass(frozen=True)
class IgnoredCopy:
    name: str
    part: int
    copies: int  # how often the name is defined


@dataclass(frozen=True)
class Choice:
    kept: set[int]  # indices of parts
    names: set[str]  # everything that is needed
    ignored: list[IgnoredCopy]


def choose(parts: Sequence[Part], roots: Iterable[str]) -> Choice:
    """Return what `roots` need: statements that bind or change a needed name, transitively.

    All bindings of a name are kept in their order, so the last one wins as it does in Python;
    only an untouched copy of the starter's definition does not override one that was filled in.
    `from x import *` may bind any name and is always kept, as is `from __future__`.
    """
    binders, changers = _index(parts)
    choice = Choice({index for index, part in enumerate(parts) if _is_needed(part)}, set(), [])
    pending = sorted(roots)
    while pending:
        name = pending.pop()
        if name in choice.names:
            continue
        choice.names.add(name)
        for index in _statements_for(name, parts, binders, changers, choice):
            if index not in choice.kept:
                choice.kept.add(index)
                pending += parts[index].names.reads
    return choice


def is_demonstration(part: Part) -> bool:
    """Say whether a statement would do something visible if it ran."""
    node = part.node
    silent = (*_IMPORTS, *_DEFINITIONS, ast.Pass)
    return not isinstance(node, silent) and not is_text(node)


def is_text(node: ast.stmt) -> bool:
    """Say whether a statement is a docstring or another constant that does nothing."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def _index(parts: Sequence[Part]) -> tuple[dict[str, list[int]], dict[str, list[int]]]:
    """Return, for each name, the statements that bind it and those that change it."""
    binders: dict[str, list[int]] = defaultdict(list)
    changers: dict[str, list[int]] = defaultdict(list)
    for index, part in enumerate(parts):
        if _is_main_guard(part.node):
            continue
        for name in part.names.binds:
            binders[name].append(index)
        for name in part.names.changes:
            changers[name].append(index)
    return binders, changers


def _statements_for(
    name: str,
    parts: Sequence[Part],
    binders: dict[str, list[int]],
    changers: dict[str, list[int]],
    choice: Choice,
) -> list[int]:
    binding = binders.get(name, [])
    untouched = untouched_copies([parts[index].node for index in binding])
    choice.ignored.extend(IgnoredCopy(name, binding[copy], len(binding)) for copy in untouched)
    is_own = any(not isinstance(parts[index].node, _IMPORTS) for index in binding)
    changing = changers.get(name, []) if is_own else []  # np.random.seed(0) is no change of np
    return [index for copy, index in enumerate(binding) if copy not in untouched] + changing


def _is_needed(part: Part) -> bool:
    node = part.node
    return is_future(node) or (
        isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)
    )


def _is_main_guard(node: ast.stmt) -> bool:
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare)):
        return False
    sides = [node.test.left, *node.test.comparators]
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
