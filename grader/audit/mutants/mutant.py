"""The mutants of a reference: which code is mutated, and by which checks a mutant is tried."""

import ast
import difflib
import hashlib
import textwrap
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from grader.course.assignment import Assignment
from grader.course.source import Definition, ParsedModule, parse_source, read_source
from grader.course.template import render
from grader.errors import CourseError
from grader.mutation.operators import mutations


@dataclass(frozen=True)
class Mutant:
    """One change of the reference, and the exercises whose checks should notice it."""

    exercises: tuple[str, ...]
    functions: tuple[str, ...]  # the full names of the exercises: "Class.method"
    line: int
    operator: str
    words: str
    code: str  # the line of the reference
    first: int  # the lines of the reference that `text` stands for, from 1
    last: int
    text: str
    diff: str

    @property
    def key(self) -> str:
        """What tells it from every other mutant of the same reference."""
        return hashlib.sha256(f"{self.first} {self.text}".encode()).hexdigest()[:16]


def mutants(assignment: Assignment) -> list[Mutant]:
    """Return every mutant of the code that students write, each text once.

    Raises:
        CourseError: the reference is absent or wrong.
    """
    if assignment.reference_path is None:
        raise CourseError(f"{assignment.root}: a handout cannot be audited; name the course")
    source = read_source(assignment.reference_path)
    found = [
        mutant
        for name, exercises in _mutated(source, assignment)
        for mutant in _of_definition(source, source.definition(name), exercises)
    ]
    return list({mutant.key: mutant for mutant in found}.values())


def _mutated(source: ParsedModule, assignment: Assignment) -> Iterator[tuple[str, tuple[str, ...]]]:
    """Yield each exercise, and each helper that students do not get, with those that use it."""
    starter = parse_source(render(assignment, solution=False), assignment.template_path)
    full_names = {source.full_name(name): name for name in assignment.exercises}
    for full, name in full_names.items():
        yield full, (name,)
    for name in source.definitions:
        if "." not in name and name not in full_names and not _is_given(name, starter):
            users = [own for full, own in full_names.items() if name in _reach(source, full)]
            if users and not any(full.startswith(f"{name}.") for full in full_names):
                yield name, tuple(users)


def _is_given(name: str, starter: ParsedModule) -> bool:
    return name in starter.definitions


def _reach(source: ParsedModule, name: str) -> set[str]:
    """Return the top-level names that a definition uses, and those that they use in turn."""
    reached: set[str] = set()
    waiting = [name]
    while waiting:
        node = source.definition(waiting.pop()).node
        used = {n.id for n in ast.walk(node) if isinstance(n, ast.Name)}
        new = (used & source.definitions.keys()) - reached
        reached |= new
        waiting += new
    return reached


def _of_definition(
    source: ParsedModule, found: Definition, exercises: tuple[str, ...]
) -> Iterator[Mutant]:
    tree = found.node
    last = tree.end_lineno or tree.lineno
    first = min([tree.lineno, *(mark.lineno for mark in getattr(tree, "decorator_list", []))])
    before = ast.unparse(tree)
    for mutation in mutations(ast.Module([tree], [])):
        assert isinstance(mutation.tree, ast.Module)
        after = ast.unparse(mutation.tree)
        line = mutation.line or first
        yield Mutant(
            exercises=exercises,
            functions=tuple(map(source.full_name, exercises)),
            line=line,
            operator=mutation.operator,
            words=mutation.words,
            code=source.lines[line - 1].strip(),
            first=first,
            last=last,
            text=textwrap.indent(after, " " * tree.col_offset),
            diff=_diff(before, after),
        )


def _diff(before: str, after: str) -> str:
    """Return the lines that differ, marked with - and +."""
    lines: Sequence[str] = list(
        difflib.unified_diff(before.splitlines(), after.splitlines(), n=0, lineterm="")
    )
    return "\n".join(line for line in lines[2:] if not line.startswith("@@"))
