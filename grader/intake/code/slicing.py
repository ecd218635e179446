"""Choose the statements of a module that some names need: slicing by name.

Runs in: the judge.
"""

import ast
import builtins
from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field

from grader.intake.code.copies import untouched_copies
from grader.intake.code.effects import Effects, is_definition
from grader.intake.code.names import Names, imported_name, read_as_a_whole
from grader.intake.code.results import results_over_functions
from grader.intake.code.settings import Settings

_IMPORTS = (ast.Import, ast.ImportFrom)
_ROUNDS = 5  # of looking for settings that became possible by what was kept for others
_Places = dict[str, list[int]]  # name -> indices of statements


@dataclass(frozen=True)
class Part:
    """One top-level statement."""

    node: ast.stmt
    names: Names
    above: int  # lines of the module above the code that `node` was parsed from
    module: str = ""  # the module whose file it is written to, if a cell magic says so


@dataclass(frozen=True)
class Ignored:
    """A statement that would replace what a name is needed for."""

    name: str
    part: int
    copies: int = 0  # how often the name is defined, if this is an empty copy; else a result


@dataclass
class Choice:
    kept: set[int] = field(default_factory=set)  # indices of parts
    names: set[str] = field(default_factory=set)  # everything that is needed
    settings: set[int] = field(default_factory=set)  # parts kept because they set something up
    ignored: list[Ignored] = field(default_factory=list)


def choose(
    parts: Sequence[Part],
    roots: Iterable[str],
    importable: Collection[str] | None = None,
    beside: Collection[str] = (),
) -> Choice:
    """Return what `roots` need: statements that bind or change a needed name, transitively.

    All bindings of a name are kept in their order, so the last one wins as it does in Python.
    Two kinds do not override one that was filled in: an untouched copy of the starter's
    definition, and, for `roots`, the result of a demonstration. `from x import *` may bind any
    name and is always kept, as are `from __future__` and what sets up an imported module.

    Args:
        importable: packages that a module may import; None if that is not known.
        beside: modules that were handed in with this one.
    """
    chooser = _Chooser(parts, sorted(roots), beside)
    chooser.need(chooser.roots)
    settings = Settings([part.node for part in parts], importable)
    chooser.keep_settings(settings)
    return chooser.choice


def is_demonstration(part: Part) -> bool:
    """Say whether a statement would do something visible if it ran."""
    node = part.node
    silent = isinstance(node, (*_IMPORTS, ast.Pass)) or is_definition(node)
    return not silent and not is_text(node)


def is_text(node: ast.stmt) -> bool:
    """Say whether a statement is a docstring or another constant that does nothing."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def is_future(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and node.module == "__future__"


def is_star_import(node: ast.stmt) -> bool:
    return isinstance(node, ast.ImportFrom) and any(alias.name == "*" for alias in node.names)


class _Chooser:
    """Follows names to statements and statements to names."""

    def __init__(
        self, parts: Sequence[Part], roots: Sequence[str], beside: Collection[str]
    ) -> None:
        self.choice = Choice({index for index, part in enumerate(parts) if _is_needed(part)})
        self.roots = roots
        self._parts = parts
        self._nodes = [part.node for part in parts]
        self._running = [i for i, part in enumerate(parts) if not _is_main_guard(part.node)]
        self._binders: _Places = defaultdict(list)
        for index in self._running:
            for name in parts[index].names.binds:
                self._binders[name].append(index)
        self._beside = _imported_together(self._nodes, beside)
        self._effects = Effects(self._nodes, self._used(), self._beside)
        self._changers = self._changed_by(self._effects)
        self._hidden_binders: _Places | None = None

    def need(self, names: Iterable[str]) -> None:
        """Keep what these names need."""
        pending = list(names)
        while pending:
            name = pending.pop()
            if name in self.choice.names:
                continue
            self.choice.names.add(name)
            for index in self._statements_for(name):
                if index not in self.choice.kept:
                    self.choice.kept.add(index)
                    pending += self._parts[index].names.reads

    def keep_settings(self, settings: Settings) -> None:
        """Keep what sets up an imported module; one statement may make another possible."""
        for _ in range(_ROUNDS):
            kept = len(self.choice.kept)
            for index in self._running:
                if index not in self.choice.kept and settings.is_setting(
                    self._nodes[index], self.choice.names
                ):
                    self.choice.kept.add(index)
                    self.choice.settings.add(index)
                    self.need(self._parts[index].names.reads)
            if len(self.choice.kept) == kept:
                break

    def _used(self) -> set[str]:
        """Return what the exercises may call when they run."""
        called, reached = set(self.roots), set[str]()
        pending = list(self.roots)
        while pending:
            name = pending.pop()
            if name in reached:
                continue
            reached.add(name)
            for index in self._binders.get(name, ()):
                node, names = self._nodes[index], self._parts[index].names
                read = names.later if is_definition(node) else names.reads
                called |= read & read_as_a_whole(node)
                pending += read
        return called

    def _changed_by(self, effects: Effects) -> _Places:
        """Return, for each name, the statements that change its object."""
        changers: _Places = defaultdict(list)
        for index in self._running:
            names = self._parts[index].names
            for name in names.changes | effects.of(self._nodes[index], names.now):
                changers[name].append(index)
        return changers

    def _statements_for(self, name: str) -> list[int]:
        binding = self._binders.get(name, [])
        if not binding and not hasattr(builtins, name):
            return self._bound_by_functions(name)
        kept = self._without_ignored(name, binding)
        is_own = name in self._beside or any(
            not isinstance(self._nodes[index], _IMPORTS) for index in binding
        )
        return kept + (self._changers.get(name, []) if is_own else [])  # np.x = 1 is a setting

    def _bound_by_functions(self, name: str) -> list[int]:
        """Return the statements that call a function which binds a name as its `global`."""
        if self._hidden_binders is None:
            self._hidden_binders = self._changed_by(Effects(self._nodes))
        return self._hidden_binders.get(name, [])

    def _without_ignored(self, name: str, binding: list[int]) -> list[int]:
        untouched = untouched_copies([self._nodes[index] for index in binding])
        self.choice.ignored += [Ignored(name, binding[copy], len(binding)) for copy in untouched]
        left = [index for copy, index in enumerate(binding) if copy not in untouched]
        if name not in self.roots or len(left) < 2:
            return left
        functions = {bound for bound in self._binders if self._can_be_a_function(bound)}
        nodes = [self._nodes[index] for index in left]
        results = results_over_functions(nodes, name, functions, self._effects)
        self.choice.ignored += [Ignored(name, left[result]) for result in results]
        return [index for place, index in enumerate(left) if place not in results]

    def _can_be_a_function(self, name: str) -> bool:
        nodes = (self._nodes[index] for index in self._binders[name])
        return any(
            isinstance(node, _IMPORTS)
            or is_definition(node)
            or (isinstance(node, ast.Assign) and isinstance(node.value, ast.Lambda))
            for node in nodes
        )


def _imported_together(
    nodes: Sequence[ast.stmt], beside: Collection[str]
) -> dict[str, frozenset[str]]:
    """Return, for each name from a module beside this one, all names that come from it."""
    together: dict[str, set[str]] = defaultdict(set)
    for node in nodes:
        if isinstance(node, ast.Import):
            for alias in node.names:
                together[alias.name].add(imported_name(alias))
        elif isinstance(node, ast.ImportFrom) and node.module:
            together[node.module].update(map(imported_name, node.names))
    return {
        name: frozenset(names)
        for module, names in together.items()
        if module in beside
        for name in names
    }


def _is_needed(part: Part) -> bool:
    return is_future(part.node) or is_star_import(part.node)


def _is_main_guard(node: ast.stmt) -> bool:
    if not (isinstance(node, ast.If) and isinstance(node.test, ast.Compare)):
        return False
    sides = [node.test.left, *node.test.comparators]
    return any(isinstance(side, ast.Name) and side.id == "__name__" for side in sides)
