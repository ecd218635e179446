"""Read a reference file by its syntax tree, without importing it.

Definitions are cut out of its text as whole lines, so that comments and spacing stay as they are.
"""

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.course.files import course_text
from grader.errors import CourseError, did_you_mean

FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
_DEFINITION = (*FUNCTION, ast.ClassDef)
_Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign | ast.AnnAssign


@dataclass(frozen=True)
class Definition:
    """A function, class or constant of the module, or a method: lines first..last, from 1."""

    name: str
    node: _Node
    first: int  # the line of its first decorator, or of its name
    last: int  # the line where its body ends, or the comments at the end of its body


@dataclass(frozen=True)
class ParsedModule:
    """A reference file: its lines, and what they define by name ("f", "Class", "Class.method")."""

    path: Path
    lines: tuple[str, ...]
    tree: ast.Module
    definitions: dict[str, Definition]
    repeated: frozenset[str]  # names defined more than once

    @property
    def imports(self) -> str:
        """The top-level import lines, with a blank line where the file has one between them."""
        text, last = "", 0
        for node in self.tree.body:
            if isinstance(node, ast.Import | ast.ImportFrom):
                gap = "\n\n" if node.lineno > last + 1 else "\n"
                text += (gap if last else "") + self.cut(node.lineno, end(node))
                last = end(node)
        return text

    def full_name(self, name: str) -> str:
        """Return "Class.method" for the bare name of a method that only one class has."""
        methods = [known for known in self.definitions if known.endswith(f".{name}")]
        return methods[0] if name not in self.definitions and len(methods) == 1 else name

    def definition(self, name: str) -> Definition:
        """Return the definition of `name`.

        Raises:
            CourseError: no statement defines it, or two statements do.
        """
        name = self.full_name(name)
        if name not in self.definitions:
            near = did_you_mean(name, self.definitions) or "; define it, or correct the name"
            raise CourseError(f"{self.path}: nothing here is named {name!r}{near}")
        if name in self.repeated:
            raise CourseError(f"{self.path}: {name} is defined more than once; keep one")
        return self.definitions[name]

    def text(self, name: str) -> str:
        """Return the lines that define `name`, decorators included, without a last newline."""
        found = self.definition(name)
        return self.cut(found.first, found.last)

    def cut(self, first: int, last: int) -> str:
        """Return the lines first..last, from 1, without a last newline."""
        return "\n".join(self.lines[first - 1 : last])


def read_source(path: Path) -> ParsedModule:
    """Read the reference file at `path`.

    Raises:
        CourseError: it is absent or not Python.
    """
    return parse_source(course_text(path), path)


def parse_source(text: str, path: Path) -> ParsedModule:
    """Parse the text of a reference file; messages call it `path`."""
    try:
        tree = ast.parse(text)
    except (SyntaxError, ValueError) as error:
        line, why = getattr(error, "lineno", 0), getattr(error, "msg", error)
        raise CourseError(f"{path}:{line}: is not Python ({why}); correct it") from None
    lines = tuple(text.split("\n"))
    definitions: dict[str, Definition] = {}
    repeated = set()
    for name, node in _named(tree):
        if name in definitions:
            repeated.add(name)
        definitions[name] = Definition(name, node, _first(node), _last(node, lines))
    return ParsedModule(path, lines, tree, definitions, frozenset(repeated))


def public_names(path: Path) -> tuple[str, ...]:
    """Return the names a file defines at module level, without those that start with "_"."""
    names = read_source(path).definitions
    return tuple(name for name in names if "." not in name and not name.startswith("_"))


def end(node: ast.AST) -> int:
    """Return the last line of a node that ast.parse made."""
    return int(node.end_lineno)  # type: ignore[attr-defined]


def _named(tree: ast.Module) -> Iterator[tuple[str, _Node]]:
    for node in tree.body:
        if isinstance(node, _DEFINITION):
            yield node.name, node
        if isinstance(node, ast.ClassDef):
            methods = (member for member in node.body if isinstance(member, FUNCTION))
            yield from ((f"{node.name}.{method.name}", method) for method in methods)
        if isinstance(node, ast.Assign | ast.AnnAssign):
            yield from ((name, node) for name in _targets(node))


def _targets(node: ast.Assign | ast.AnnAssign) -> Iterator[str]:
    targets = node.targets if isinstance(node, ast.Assign) else [node.target]
    for target in targets:
        names = target.elts if isinstance(target, ast.Tuple | ast.List) else [target]
        yield from (name.id for name in names if isinstance(name, ast.Name))


def _first(node: _Node) -> int:
    decorators = node.decorator_list if isinstance(node, _DEFINITION) else []
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _last(node: _Node, lines: Sequence[str]) -> int:
    last = end(node)
    if not isinstance(node, _DEFINITION):
        return last
    for number, line in enumerate(lines[last:], start=last + 1):
        text = line.lstrip()
        if text and (len(line) - len(text) <= node.col_offset or not text.startswith("#")):
            break
        if text:
            last = number
    return last
