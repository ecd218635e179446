"""Wrong functions, each with the cause that a student has to read, and what must not be said.

A file <topic>.toml holds right functions in another style than the reference's (`base`) and cases:
edits of one of them, and regular expressions for what must be named and must never be said.
"""

import ast
import re
import tomllib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

HERE = Path(__file__).parent
COURSE = HERE.parents[1]


@dataclass(frozen=True)
class Case:
    """One wrong function."""

    topic: str
    number: int  # in its file, from 1; 0 for a right function
    exercise: str
    code: str
    named: tuple[str, ...]  # all of these have to be found in what a student reads
    never: tuple[str, ...] = ()

    @property
    def id(self) -> str:
        return f"{self.topic}-{self.number}-{self.exercise}"

    @property
    def is_combined(self) -> bool:
        return len(self.named) > 1


def topics() -> list[str]:
    return sorted(path.stem for path in HERE.glob("*.toml"))


def right_functions(topic: str) -> Iterator[Case]:
    """Yield the functions that the cases are made of: controls that lose nothing."""
    base = _read(topic)["base"]
    for name, code in base.items():
        yield Case(topic, 0, _exercise(topic, name), code, ())


def cases(topic: str) -> Iterator[Case]:
    told = _read(topic)
    words = told.get("words", {})
    for number, case in enumerate(told["case"], start=1):
        code = _edited(told["base"][case["of"]], case["edits"], f"{topic}, case {number}")
        named = tuple(_spelt(pattern, words) for pattern in case["named"])
        exercise = _exercise(topic, case["of"])
        yield Case(topic, number, exercise, code, named, tuple(case.get("never", ())))


def submission(case: Case) -> str:
    """Return the reference with the definitions of a case in place of its own."""
    text = (COURSE / "reference" / f"{case.topic}.py").read_text()
    for name, node in _definitions(ast.parse(case.code)):
        text = _replaced(text, name, _source(case.code, node))
    return text


def _read(topic: str) -> dict:
    return tomllib.loads((HERE / f"{topic}.toml").read_text())


def _spelt(pattern: str, words: dict[str, str]) -> str:
    return "|".join(words.get(part, part) for part in pattern.split("|"))


def _exercise(topic: str, name: str) -> str:
    """Return the exercise that a function of the corpus is an answer to."""
    text = (COURSE / "assignments" / topic / "assignment.toml").read_text()
    exercises = tomllib.loads(text)["exercises"]
    if name in exercises:
        return name
    raise ValueError(f"{topic} has no exercise {name}")


def _edited(code: str, edits: Sequence[Sequence[str]], where: str) -> str:
    for find, replace in edits:
        if code.count(find) != 1 and find != replace:
            raise ValueError(f"{where}: {find!r} occurs {code.count(find)} times")
        code = code.replace(find, replace)
    return code


def _definitions(tree: ast.Module) -> Iterator[tuple[str, ast.FunctionDef]]:
    for node in tree.body:
        if isinstance(node, ast.FunctionDef):
            yield node.name, node
        elif isinstance(node, ast.ClassDef):
            for method in node.body:
                assert isinstance(method, ast.FunctionDef)
                yield f"{node.name}.{method.name}", method


def _source(code: str, node: ast.FunctionDef) -> str:
    return "\n".join(code.split("\n")[node.lineno - 1 : node.end_lineno])


def _replaced(text: str, name: str, definition: str) -> str:
    (node,) = [node for known, node in _definitions(_without_other(text)) if known == name]
    lines = text.split("\n")
    first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
    return "\n".join([*lines[: first - 1], definition, *lines[node.end_lineno :]])


def _without_other(text: str) -> ast.Module:
    """Return the tree of a module, its classes with methods alone."""
    tree = ast.parse(text)
    for node in tree.body:
        if isinstance(node, ast.ClassDef):
            node.body = [one for one in node.body if isinstance(one, ast.FunctionDef)]
    return tree


def says(pattern: str, text: str) -> bool:
    return re.search(pattern, text, re.IGNORECASE | re.DOTALL) is not None
