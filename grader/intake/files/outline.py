"""What a file of code does for an assignment: which exercises it defines, and with what.

Runs in: the conductor.

Two files are compared by the syntax trees of their definitions, so that line ends, comments,
docstrings, outputs, magics and the style of a formatter make no difference. An exercise is not
written yet if it holds nothing but `pass`, `...`, `raise NotImplementedError` or a dict of None,
whichever year's starter it is of, or if it is as the starter of this assignment has it, with code
around the gap. Code is parsed within the limits that the judge has, too, and only if the name of
an exercise is in it.
"""

import ast
import hashlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from types import MappingProxyType

from grader.intake.code.module import whole
from grader.intake.submission import Submission
from grader.intake.unreadable import Unreadable

_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_BLOCKS = ("body", "orelse", "finalbody", "handlers")
NO_STARTER: Mapping[str, str] = MappingProxyType({})


@dataclass(frozen=True)
class Outline:
    """What a file defines at its top level."""

    asked: frozenset[str] = frozenset()  # the exercises among them
    codes: Mapping[str, str] = field(default_factory=dict)  # of these -> digest of the code
    written: Mapping[str, str] = field(default_factory=dict)  # the same of those that are written
    defined: frozenset[str] = frozenset()  # every name: "f", "Class", "Class.method"
    imported: frozenset[str] = frozenset()  # dotted names of modules
    runs: frozenset[str] = frozenset()  # paths of notebooks, as `%run` names them

    def covers(self, other: "Outline") -> bool:
        """Tell whether all that `other` wrote is here, too, and the same."""
        return other.written.items() <= self.written.items()

    def conflicts(self, other: "Outline") -> bool:
        """Tell whether an exercise is written in both, and differently."""
        return any(
            other.written.get(name, digest) != digest for name, digest in self.written.items()
        )


def mentions(data: bytes, exercises: Sequence[str]) -> bool:
    """Tell by the bytes of a .py or .ipynb file whether it can define one of the exercises."""
    names = "|".join(sorted({re.escape(name.rpartition(".")[2]) for name in exercises}))
    before = r"(?:\b|\\[nrt])"  # in a notebook, a line may start after the two characters \n
    return bool(names) and re.search(rf"{before}(?:{names})\b".encode(), data) is not None


def outline(
    main: str, data: bytes, exercises: Sequence[str], starter: Mapping[str, str] = NO_STARTER
) -> Outline:
    """Return what the file `main`, whose bytes are `data`, defines.

    Args:
        starter: the `codes` of the starter: an exercise that is still the same is not written.

    Raises:
        Unreadable: it is no Python and no notebook, or too large or too deep to be parsed.
    """
    try:
        draft = whole(Submission("", main, {main: data}, "", ()))
        nodes = list(_flat([part.node for part in draft.parts]))
        return replace(_outline(nodes, exercises, starter), runs=frozenset(draft.runs))
    except (RecursionError, MemoryError) as error:
        raise Unreadable("too deeply nested for Python to parse; simplify it") from error


def _flat(nodes: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """Yield the statements of a module, those within `if`, `try`, `with` and loops included."""
    for node in nodes:
        yield node
        if not isinstance(node, (*_FUNCTION, ast.ClassDef)):
            for block in _BLOCKS:
                yield from _flat(getattr(node, block, ()))


def _outline(
    nodes: Sequence[ast.AST], exercises: Sequence[str], starter: Mapping[str, str]
) -> Outline:
    definitions = dict(_definitions(nodes))
    names = {exercise: _full_name(exercise, definitions) for exercise in exercises}
    asked = {exercise: name for exercise, name in names.items() if name in definitions}
    texts: dict[str, str] = {}
    codes = {exercise: _digest(name, definitions, texts) for exercise, name in asked.items()}
    written = {
        exercise: code
        for exercise, code in codes.items()
        if code != starter.get(exercise) and not _is_empty(definitions[asked[exercise]])
    }
    imported = frozenset(_imports(nodes))
    return Outline(frozenset(asked), codes, written, frozenset(definitions), imported)


def _definitions(nodes: Sequence[ast.AST]) -> Iterator[tuple[str, ast.AST]]:
    """Yield what each name stands for; a later definition takes the place of an earlier one."""
    for node in nodes:
        if isinstance(node, _FUNCTION):
            yield node.name, node
            yield from ((f"{owner}.{node.name}", node) for owner in _owners(node))
        elif isinstance(node, ast.ClassDef):
            yield node.name, node
            methods = (member for member in node.body if isinstance(member, _FUNCTION))
            yield from ((f"{node.name}.{method.name}", method) for method in methods)
        elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
            targets = node.targets if isinstance(node, ast.Assign) else [node.target]
            yield from ((name, node.value) for name in map(_dotted, targets) if name)
        elif isinstance(node, ast.Expr) and isinstance(node.value, ast.Call):
            yield from _set_by_call(node.value)


def _owners(node: ast.FunctionDef | ast.AsyncFunctionDef) -> list[str]:
    """Return the names in a function's decorators: @add_to_class(Net) makes it a method of Net."""
    return [
        name.id
        for decorator in node.decorator_list
        for name in ast.walk(decorator)
        if isinstance(name, ast.Name)
    ]


def _set_by_call(call: ast.Call) -> Iterator[tuple[str, ast.AST]]:
    if _dotted(call.func) == "setattr" and len(call.args) == 3:
        owner, name, value = call.args
        if isinstance(name, ast.Constant) and isinstance(name.value, str):
            yield f"{_dotted(owner)}.{name.value}", value


def _dotted(node: ast.AST) -> str:
    if isinstance(node, ast.Name):
        return node.id
    if isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name):
        return f"{node.value.id}.{node.attr}"
    return ""


def _full_name(exercise: str, definitions: Mapping[str, ast.AST]) -> str:
    """Return "Class.method" for the bare name of a method."""
    methods = [name for name in definitions if name.endswith(f".{exercise}")]
    return exercise if exercise in definitions or not methods else methods[0]


def _is_empty(node: ast.AST) -> bool:
    """Tell whether an exercise is as a starter has it."""
    if isinstance(node, _FUNCTION):
        return all(map(_does_nothing, node.body))
    if isinstance(node, ast.Dict):
        return all(isinstance(value, ast.Constant) and not value.value for value in node.values)
    return isinstance(node, ast.Constant) and not node.value


def _does_nothing(node: ast.stmt) -> bool:
    if isinstance(node, ast.Raise):
        error = node.exc.func if isinstance(node.exc, ast.Call) else node.exc
        return error is not None and _dotted(error) in {"NotImplementedError", "NotImplemented"}
    if isinstance(node, ast.Return):
        return node.value is None or ast.unparse(node.value) == "None"
    return isinstance(node, ast.Pass) or _is_text(node)


def _is_text(node: ast.AST) -> bool:
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)


def _digest(name: str, definitions: Mapping[str, ast.AST], texts: dict[str, str]) -> str:
    """Return a digest of a definition and of all in the file that it uses."""
    used, pending = set(), [name]
    while pending:
        found = pending.pop()
        if found in definitions and found not in used:
            used.add(found)
            node = definitions[found]
            if found not in texts:
                texts[found] = ast.dump(_Bare().visit(node))
            pending += (inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name))
    whole = [texts[found] for found in sorted(used)]
    return hashlib.sha256(repr(whole).encode()).hexdigest()


class _Bare(ast.NodeTransformer):
    """Takes out docstrings, other lone constants and `pass`."""

    def generic_visit(self, node: ast.AST) -> ast.AST:
        super().generic_visit(node)
        for block in _BLOCKS:
            inside = getattr(node, block, None)
            if isinstance(inside, list):
                kept = [one for one in inside if not (isinstance(one, ast.Pass) or _is_text(one))]
                setattr(node, block, kept)
        return node


def _imports(nodes: Sequence[ast.AST]) -> Iterator[str]:
    for top in nodes:
        for node in ast.walk(top):
            if isinstance(node, ast.Import):
                yield from (alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                yield node.module
                yield from (f"{node.module}.{alias.name}" for alias in node.names)
