"""The names that a submission binds, and what of libraries it can reach by them.

Runs in: the judge.
"""

import ast
import functools
import itertools
import random
import sys
import types
from collections import Counter, OrderedDict, defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence

import numpy as np

from grader.intake.code import known

_OWN_TYPES = (  # what code can get hold of, besides what libraries give it
    *(object, type, BaseException, bytes, complex, dict, float, frozenset, int, list, memoryview),
    *(property, range, set, slice, staticmethod, str, super, tuple, zip, enumerate, map, filter),
    *(Counter, OrderedDict, defaultdict, deque, functools.partial, random.Random),
    *(types.AsyncGeneratorType, types.BuiltinFunctionType, types.CodeType, types.CoroutineType),
    *(types.FrameType, types.FunctionType, types.GeneratorType, types.MappingProxyType),
    *(types.MethodType, types.ModuleType, types.TracebackType, types.SimpleNamespace),
    *(type(functools.cache(len)), itertools.chain, types.CellType, types.GenericAlias),
    *(np.ndarray, np.generic, np.float64, np.int64, np.bool_, np.complex128, np.ufunc, np.dtype),
    *(np.flatiter, np.random.Generator, np.random.RandomState, np.random.BitGenerator),
)
_NAMED = (ast.FunctionDef, ast.ClassDef, ast.ExceptHandler, ast.MatchAs, ast.MatchStar)
_PARTS = (
    *(ast.expr, ast.stmt, ast.arg, ast.arguments, ast.keyword, ast.alias, ast.withitem),
    *(ast.comprehension, ast.excepthandler, ast.match_case, ast.pattern),
)
_LIBRARIES = {name.partition(".")[0] for name in known.MODULES}


class Trace(Exception):
    """Something that may leave a trace."""


def trace(module: str, node: ast.AST, what: str) -> Trace:
    """Return what a node of a module may leave, with its line."""
    line = f"line {getattr(node, 'lineno', 0)}: {what}"
    return Trace(f"{module}: {line}" if module else line)


@functools.cache
def library_names() -> frozenset[str]:
    """Return the names of all attributes that objects of Python, numpy and torch have."""
    kinds: list[type] = list(_OWN_TYPES)
    if torch := sys.modules.get("torch"):
        kinds += [torch.Tensor, torch.Size, torch.Generator, torch.device, torch.dtype]
        kinds += [torch.no_grad, torch.set_grad_enabled, torch.optim.Optimizer]
        kinds += [getattr(torch.nn, name.rpartition(".")[2]) for name in known.CLASSES]
    return frozenset().union(*map(dir, kinds))


class Bound:
    """The names that a submission binds, in all of its modules together."""

    def __init__(self, trees: Mapping[str, ast.Module]) -> None:
        self.modules = {name for name in trees if name}
        self.imported: dict[tuple[str, str], str] = {}  # module, name in it -> what of a library
        self.own: set[str] = set()
        self.contexts: set[str] = set()  # functions that only `with` may call
        self.attributes: set[str] = set()
        if clash := {name.partition(".")[0] for name in self.modules} & _LIBRARIES:
            raise Trace(f"{min(clash)} is a module beside the submission")
        self._renamed: set[str] = set()  # on import from a module beside the submission
        self.yields = False  # some function is a generator
        for module, tree in trees.items():
            for node in nodes_of(tree):
                self._read(module, node)
        if lost := self._renamed & self.contexts:
            raise Trace(f"another name of {min(lost)}")
        libraries = {name for _, name in self.imported}
        if both := libraries & self.own:
            raise Trace(f"{min(both)} is imported and bound otherwise, too")
        self.attributes |= self.own
        self.attributes -= libraries | library_names() | self.contexts

    def _read(self, module: str, node: ast.AST) -> None:
        self.own.update(_bound_by(node))
        match node:
            case ast.Import() | ast.ImportFrom():
                self._import(module, node)
            case ast.Attribute(attr=name, ctx=ast.Store()):
                self.attributes.add(name)
            case ast.FunctionDef(name=name) if is_context(node):
                self.contexts.add(name)
            case ast.Yield() | ast.YieldFrom():
                self.yields = True

    def _import(self, module: str, node: ast.Import | ast.ImportFrom) -> None:
        source = node.module or "" if isinstance(node, ast.ImportFrom) else ""
        if isinstance(node, ast.ImportFrom) and node.level:
            raise trace(module, node, "a relative import")
        for alias in node.names:
            name = alias.asname or (alias.name if source else alias.name.partition(".")[0])
            path = f"{source}.{alias.name}" if source else alias.name
            if self._is_own(source or alias.name) and alias.name != "*":
                self.own.add(name)
                self._renamed |= {alias.name} - {name}
            elif source == "__future__":
                continue
            elif (source or alias.name) not in known.MODULES or alias.name == "*":
                raise trace(module, node, f"{source or alias.name} is not known")
            else:
                path = path if alias.asname or source else name
                if self.imported.setdefault((module, name), path) != path:
                    raise trace(module, node, f"{name} is imported twice")

    def _is_own(self, path: str) -> bool:
        return any(path == name or name.startswith(f"{path}.") for name in self.modules)


def children(node: ast.AST) -> list[ast.AST]:
    """Return the parts of a node; operators, and what is done with a name, are not among them."""
    found: list[ast.AST] = []
    for name in node._fields:
        part = getattr(node, name, None)
        if isinstance(part, _PARTS):
            found.append(part)
        elif type(part) is list:
            found += [one for one in part if isinstance(one, _PARTS)]
    return found


def nodes_of(*nodes: ast.AST) -> Iterator[ast.AST]:
    """Yield these nodes and all that they are made of."""
    pending = list(nodes)
    while pending:
        yield (node := pending.pop())
        pending += children(node)


def _bound_by(node: ast.AST) -> Sequence[str]:
    """Return the names that a node itself binds, in whatever scope."""
    if isinstance(node, ast.Name):
        return () if isinstance(node.ctx, ast.Load) else (node.id,)
    if isinstance(node, ast.arg):
        return (node.arg,)
    if isinstance(node, ast.Global | ast.Nonlocal):
        return node.names
    if isinstance(node, _NAMED):
        return (node.name,) if node.name else ()
    return ()


def counts(function: ast.AST) -> set[str]:
    """Return names that are bound in a function only by counting: `for i in range(n)`."""
    counted: Counter[str] = Counter()
    bound: Counter[str] = Counter()
    ranges: Counter[str] = Counter()
    nodes = list(nodes_of(function))
    for node in nodes:
        bound.update(_bound_by(node))
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _is_range(value):
                ranges[name] += 1
    numbers = {name for name in ranges if bound[name] == ranges[name]}
    for node in nodes:
        if isinstance(node, ast.For | ast.comprehension):
            counted.update(_counted(node.target, node.iter, numbers))
    return {name for name in counted if bound[name] == counted[name]}


def _is_range(node: ast.expr, ranges: Collection[str] = ()) -> bool:
    match node:
        case ast.Call(func=ast.Name(id="range")):
            return True
        case ast.Call(func=ast.Name(id="reversed"), args=[inner], keywords=[]):
            return _is_range(inner, ranges)
        case ast.Name(id=name):
            return name in ranges
    return False


def _counted(target: ast.expr, iterated: ast.expr, ranges: Collection[str]) -> Sequence[str]:
    match target, iterated:
        case ast.Name(id=name), _ if _is_range(iterated, ranges):
            return (name,)
        case ast.Tuple(elts=[ast.Name(id=name), _]), ast.Call(func=ast.Name(id="enumerate")):
            return (name,)
    return ()


def is_context(node: ast.FunctionDef) -> bool:
    return any(ast.unparse(one).endswith("contextmanager") for one in node.decorator_list)
