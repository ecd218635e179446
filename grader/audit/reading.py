"""Read a suite without running it: the lines that look like a check and decide nothing.

A check decides by an assert, or by a fixture that fails. What follows only seems to:

return np.allclose(a, b)      pytest takes no notice of a value that is returned
a == b                        a comparison by itself is thrown away
zip(names, got, want)         ends with the shortest, so an answer of one part passes for five
got == approx(1.0)            an empty array equals any number, element by element
np.allclose(got, 1.0)         likewise; and shapes that broadcast are equal

An answer is what comes from the student: `submission`, what is read or called of it, and what a
name or a helper of the file was given of it. It is followed through the file by its names.
"""

import ast
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeGuard

from grader.course.files import course_text
from grader.course.source import FUNCTION

_STUDENT = frozenset({"submission"})  # the fixtures that hand a check what the student wrote
_DECIDE_ALONE = frozenset({"answers"})  # fixtures that ask the submission by themselves
_NEAR = frozenset({"allclose", "isclose", "array_equal", "equal"})
_LENIENT = frozenset(
    {"allclose", "isclose", "assert_allclose", "assert_array_equal", "assert_array_almost_equal"}
    | {"assert_almost_equal", "assert_equal"}
)
_SEEDS = frozenset({"random.seed", "np.random.seed", "numpy.random.seed", "torch.manual_seed"})

_Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True)
class Reading:
    """What was read in a line of a suite: a hole, or only a remark."""

    path: Path
    line: int
    text: str
    hole: bool

    def __str__(self) -> str:
        return f"{self.path.parent.name}/{self.path.name}:{self.line}: {self.text}"


def read_suite(files: Sequence[Path], imports: Sequence[str]) -> Iterator[Reading]:
    """Yield what the test files of a suite show, file by file and line by line.

    Args:
        files: the test files.
        imports: the packages of the assignment.

    Raises:
        CourseError: a file cannot be read.
    """
    for path in files:
        try:
            tree = ast.parse(course_text(path))
        except SyntaxError:  # the judge will say so when it collects the file
            continue
        found = sorted(_read(tree, imports), key=lambda reading: (reading[0], reading[1]))
        for line, text, hole in dict.fromkeys(found):
            yield Reading(path, line, text, hole)


_Found = tuple[int, str, bool]  # a line, what is said of it, whether it is a hole


def _read(tree: ast.Module, imports: Sequence[str]) -> Iterator[_Found]:
    functions = {node.name: node for node in ast.walk(tree) if isinstance(node, FUNCTION)}
    answers = _Answers(functions)
    for name, function in functions.items():
        if name.startswith("test"):
            yield from _useless_check(function, answers)
        nodes = list(_own_nodes(function))
        refused = {id(node.operand) for node in nodes if _is_not(node)}  # `not allclose` is strict
        for node in nodes:
            yield from _idle(node)
            if id(node) not in refused:
                yield from _lenient(node, answers.names[name], answers)
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and (called := _dotted(node.func)) in _SEEDS:
            text = f"{called} seeds a global generator; draw from the fixture rng"
            yield node.lineno, text, False
        if isinstance(node, ast.Import | ast.ImportFrom) and "torch" not in imports:
            yield from _imports_torch(node)


def _useless_check(function: _Function, answers: "_Answers") -> Iterator[_Found]:
    for node in _own_nodes(function):
        if isinstance(node, ast.Return) and not _is_none(node.value):
            text = f"{function.name} returns a value, which decides nothing; write assert"
            yield node.lineno, text, True
    fixtures = _parameters(function)
    asked = {node.id for node in ast.walk(function) if isinstance(node, ast.Name)}
    if not asked.intersection(fixtures).intersection(answers.sources | _DECIDE_ALONE):
        text = f"{function.name} asks nothing of the submission; take the fixture submission"
        yield function.lineno, text, True


def _idle(node: ast.AST) -> Iterator[_Found]:
    """Yield a finding if the value of a statement is thrown away that would have decided."""
    if isinstance(node, ast.Expr):
        value = node.value
        compared = isinstance(value, ast.Compare | ast.BoolOp) or _is_not(value)
        if compared or (isinstance(value, ast.Call) and _last(value.func) in _NEAR):
            yield node.lineno, f"{_shown(value)} is computed and thrown away; write assert", True


def _lenient(node: ast.AST, names: Mapping[str, int], answers: "_Answers") -> Iterator[_Found]:
    """Yield a finding if a comparison forgives an answer that is too short, or empty."""

    def raw(value: ast.expr) -> bool:
        return answers.level(value, names) == _ANSWER

    if isinstance(node, ast.Call) and _last(node.func) == "zip" and any(map(raw, node.args)):
        if not any(given.arg == "strict" and not _is_false(given.value) for given in node.keywords):
            text = f"{_shown(node)} ends with the shortest; add strict=True"
            yield node.lineno, text, True
    elif isinstance(node, ast.Compare):
        sides = [node.left, *node.comparators]
        near = any(isinstance(s, ast.Call) and _last(s.func) == "approx" for s in sides)
        if near and any(map(raw, sides)):
            text = f"{_shown(node)} holds for an empty array; use the fixture close"
            yield node.lineno, text, True
    elif isinstance(node, ast.Call) and any(map(raw, node.args)):
        name = _last(node.func)
        if name in _LENIENT and name not in answers.functions:
            text = f"{_shown(node)} forgives a wrong shape; use the fixture close"
            yield node.lineno, text, True


def _imports_torch(node: ast.Import | ast.ImportFrom) -> Iterator[_Found]:
    module = getattr(node, "module", None)
    names = [module] if module else [alias.name for alias in node.names]
    if any(name.partition(".")[0] == "torch" for name in names):
        text = "torch is imported, and is not in imports of assignment.toml; add it, or use numpy"
        yield node.lineno, text, False


_NOTHING, _HANDLE, _ANSWER = range(3)  # of the student: no value, what can be asked, its answer


@dataclass
class _Answers:
    """Which names of which function hold what comes from the student."""

    functions: Mapping[str, _Function]
    names: dict[str, dict[str, int]] = field(default_factory=dict)  # of a function, name -> level
    returned: dict[str, int] = field(default_factory=dict)  # of a function, its return value
    sources: set[str] = field(default_factory=lambda: set(_STUDENT))

    def __post_init__(self) -> None:
        """Follow the names until nothing new is learnt, since helpers may call each other."""
        self.sources |= {name for name, node in self.functions.items() if _is_fixture(node)}
        for name, function in self.functions.items():
            known = self.sources.intersection(_parameters(function))
            self.names[name] = dict.fromkeys(known, _HANDLE)
        while self._learn():
            pass

    def level(self, value: ast.expr, names: Mapping[str, int]) -> int:
        """Return what an expression is, if nothing but a name, its parts or a call leads to it."""
        if isinstance(value, ast.Name):
            return names.get(value.id, _NOTHING)
        if isinstance(value, ast.Attribute | ast.Subscript | ast.Starred):
            return self.level(value.value, names)
        if isinstance(value, ast.NamedExpr):
            return self.level(value.value, names)
        if isinstance(value, ast.Call):
            if isinstance(value.func, ast.Name) and value.func.id in self.functions:
                return self.returned.get(value.func.id, _NOTHING)
            return _ANSWER if self.level(value.func, names) else _NOTHING
        return _NOTHING

    def _learn(self) -> bool:
        before = repr((self.names, self.returned))
        for name, function in self.functions.items():
            own = self.names[name]
            for node in _own_nodes(function):
                self._learn_from(node, own)
                if isinstance(node, ast.Return) and node.value is not None:
                    level = self.level(node.value, own)
                    self.returned[name] = max(level, self.returned.get(name, _NOTHING))
        return repr((self.names, self.returned)) != before

    def _learn_from(self, node: ast.AST, own: dict[str, int]) -> None:
        if isinstance(node, ast.Assign):
            for target in node.targets:
                self._bind(target, node.value, own)
        elif isinstance(node, ast.AnnAssign | ast.NamedExpr) and node.value is not None:
            self._bind(node.target, node.value, own)
        elif isinstance(node, ast.For | ast.AsyncFor | ast.comprehension):
            self._bind_items(node.target, node.iter, own)
        elif isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
            self._bind_arguments(node, own)

    def _bind(self, target: ast.expr, value: ast.expr, own: dict[str, int]) -> None:
        pairs = isinstance(target, ast.Tuple) and isinstance(value, ast.Tuple)
        if pairs and len(target.elts) == len(value.elts):  # type: ignore[attr-defined]
            for one, its in zip(target.elts, value.elts, strict=True):  # type: ignore[attr-defined]
                self._bind(one, its, own)
            return
        if level := self.level(value, own):
            for name in ast.walk(target):
                if isinstance(name, ast.Name):
                    own[name.id] = max(level, own.get(name.id, _NOTHING))

    def _bind_items(self, target: ast.expr, source: ast.expr, own: dict[str, int]) -> None:
        """Bind the target of a loop; those of zip and enumerate one by one."""
        called = _last(source.func) if isinstance(source, ast.Call) else ""
        if isinstance(source, ast.Call) and isinstance(target, ast.Tuple):
            parts: Sequence[ast.expr] = target.elts
            parts = parts[1:] if called == "enumerate" else parts
            if called in ("zip", "enumerate") and len(parts) == len(source.args):
                for part, items in zip(parts, source.args, strict=True):
                    self._bind(part, items, own)
                return
        self._bind(target, source, own)

    def _bind_arguments(self, call: ast.Call, own: dict[str, int]) -> None:
        assert isinstance(call.func, ast.Name)
        function = self.functions.get(call.func.id)
        if function is None:
            return
        theirs = self.names[function.name]
        given = dict(zip(_parameters(function), call.args, strict=False))
        given |= {k.arg: k.value for k in call.keywords if k.arg is not None}
        for name, value in given.items():
            if level := self.level(value, own):
                theirs[name] = max(level, theirs.get(name, _NOTHING))


def _own_nodes(function: _Function) -> Iterator[ast.AST]:
    """Yield the nodes of a function, but not those of functions inside it."""
    waiting: list[ast.AST] = list(function.body)
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, (*FUNCTION, ast.Lambda, ast.ClassDef)):
            waiting += ast.iter_child_nodes(node)


def _parameters(function: _Function) -> list[str]:
    given = function.args
    return [arg.arg for arg in (*given.posonlyargs, *given.args, *given.kwonlyargs)]


def _is_fixture(function: _Function) -> bool:
    """Is it a fixture of the suite's own that takes the submission?"""
    marked = any(
        _last(mark.func if isinstance(mark, ast.Call) else mark) == "fixture"
        for mark in function.decorator_list
    )
    return marked and bool(_STUDENT.intersection(_parameters(function)))


def _is_not(node: ast.AST) -> TypeGuard[ast.UnaryOp]:
    return isinstance(node, ast.UnaryOp) and isinstance(node.op, ast.Not)


def _is_none(value: ast.expr | None) -> bool:
    return value is None or (isinstance(value, ast.Constant) and value.value is None)


def _is_false(value: ast.expr) -> bool:
    return isinstance(value, ast.Constant) and not value.value


def _dotted(node: ast.expr) -> str:
    if isinstance(node, ast.Attribute):
        return f"{_dotted(node.value)}.{node.attr}"
    return node.id if isinstance(node, ast.Name) else ""


def _last(node: ast.expr) -> str:
    return _dotted(node).rpartition(".")[2]


def _shown(node: ast.AST) -> str:
    text = " ".join(ast.unparse(node).split())
    return text if len(text) <= 60 else f"{text[:57]}..."
