"""Which exercises have to be checked again after a change: rather too many than too few.

A check depends on the exercise that it is about, on every name of the assignment that its test or a
helper of the suite mentions, and on all top-level statements of the file that these need, by any
word in them. A statement that binds no name may do anything, so everything depends on it.
"""

import ast
import hashlib
import json
import re
from collections.abc import Collection, Iterable, Mapping
from typing import NamedTuple

from grader.course.assignment import Assignment
from grader.course.files import course_text
from grader.intake.submission import NOTEBOOK, Submission

_WORD = re.compile(r"[^\W\d]\w*")


class Seen(NamedTuple):
    """What an exercise depends on: the text, and the same with its place in the file."""

    text: str
    place: str


class _Part(NamedTuple):
    """A top-level statement."""

    line: int
    text: str
    binds: frozenset[str]
    words: frozenset[str]


def seen_by(
    assignment: Assignment, asked: Mapping[str, Collection[str]], submission: Submission
) -> dict[str, Seen]:
    """Return a digest of what each exercise depends on.

    Args:
        asked: an exercise -> the names that its checks may ask for, from `asked_for`.
    """
    text = _text(submission.files[submission.main], submission.main)
    parts = _parts(text)
    others = [data for path, data in sorted(submission.files.items()) if path != submission.main]
    beside = hashlib.sha256(b"\0".join(others)).hexdigest()
    found = {}
    for exercise in assignment.exercises:
        needed = parts if parts is None else _needed(parts, asked[exercise])
        texts = [text] if needed is None else [part.text for part in needed]
        lines = [] if needed is None else [str(part.line) for part in needed]
        found[exercise] = Seen("\0".join([beside, *texts]), " ".join(lines))
    return found


def asked_for(assignment: Assignment) -> dict[str, frozenset[str]]:
    """Return the names of the assignment that the checks of each exercise may ask for."""
    names = {*assignment.defines, *(name.partition(".")[0] for name in assignment.exercises)}
    common: set[str] = set()
    found = {name: {name.partition(".")[0]} for name in assignment.exercises}
    for path in sorted(assignment.public_suite.rglob("*.py")):
        text = course_text(path)
        for node in ast.parse(text).body:
            words = set(_WORD.findall(ast.get_source_segment(text, node) or ""))
            exercise = _exercise(node)
            if exercise in found:
                found[exercise] |= words & names
            else:
                common |= words & names
    return {exercise: frozenset(own | common) for exercise, own in found.items()}


def _exercise(node: ast.stmt) -> str:
    """Return the exercise that a test is marked with, or ""."""
    for mark in getattr(node, "decorator_list", ()):
        if isinstance(mark, ast.Call) and ast.unparse(mark.func).endswith("mark.exercise"):
            value = mark.args[0] if mark.args else None
            return str(value.value) if isinstance(value, ast.Constant) else ""
    return ""


def _text(data: bytes, name: str) -> str:
    text = data.decode("utf-8", "replace")
    if not name.endswith(NOTEBOOK):
        return text
    try:
        cells = json.loads(text)["cells"]
        code = [cell["source"] for cell in cells if cell["cell_type"] == "code"]
        return "\n".join("".join(source) for source in code)
    except (ValueError, LookupError, TypeError):  # the intake says what is wrong with it
        return text


def _parts(text: str) -> list[_Part] | None:
    """Return the statements of a file; None if it has magics or is no Python."""
    try:
        body = ast.parse(text).body
    except (SyntaxError, ValueError, RecursionError):
        return None
    lines = text.splitlines()
    found = []
    for node in body:
        decorators = getattr(node, "decorator_list", ())
        first = min([node.lineno, *(mark.lineno for mark in decorators)])
        own = "\n".join(lines[first - 1 : node.end_lineno])
        found.append(_Part(first, own, frozenset(_bound(node)), frozenset(_WORD.findall(own))))
    return found


def _bound(node: ast.stmt) -> Iterable[str]:
    match node:
        case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
            return [node.name]
        case ast.Import() | ast.ImportFrom():
            return [(one.asname or one.name).partition(".")[0] for one in node.names]
        case ast.Assign() | ast.AnnAssign() | ast.AugAssign():
            return [n.id for n in ast.walk(node) if isinstance(n, ast.Name) and _is_stored(n)]
    return []


def _is_stored(node: ast.Name) -> bool:
    return isinstance(node.ctx, ast.Store)


def _needed(parts: list[_Part], names: Iterable[str]) -> list[_Part]:
    """Return the statements that these names need, and those that bind nothing."""
    chosen = {i for i, part in enumerate(parts) if not part.binds or "*" in part.binds}
    wanted = set(names).union(*(parts[i].words for i in chosen))
    while new := {i for i, part in enumerate(parts) if part.binds & wanted} - chosen:
        chosen |= new
        wanted = wanted.union(*(parts[i].words for i in new))
    return [parts[i] for i in sorted(chosen)]
