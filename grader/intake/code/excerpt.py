"""Find what a student wrote for an exercise, to show it to them beside what is said of it.

Runs in: the judge.
"""

import ast
from collections.abc import Iterable
from itertools import islice

from grader.intake.code.module import Lines, Module
from grader.record.excerpt import Excerpt

_LINES = 200  # of one exercise
_CHARACTERS = 60_000  # of all exercises
_TAB = 4
_FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)


def excerpts(module: Module, exercises: Iterable[str], file: str) -> list[Excerpt]:
    """Return the code of each exercise that the module defines, as far as there is room.

    Args:
        exercises: names of functions, methods or constants: "f", "Class.method", "ANSWERS".
        file: what the student calls the deliverable.
    """
    lines = module.source.split("\n")
    found, room = [], _CHARACTERS
    for exercise in exercises:
        span = _span(module, lines, exercise)
        if span is None:
            continue
        code = islice(lines, span.start, min(span.stop, span.start + _LINES))
        text = "\n".join(line.expandtabs(_TAB) for line in code)
        room -= len(text)
        if room >= 0:
            there, cell, line = module.text.at(span.start + 1)
            found.append(Excerpt(exercise, there or file, line, text, cell))
    return found


def _span(module: Module, lines: list[str], exercise: str) -> range | None:
    """Return the indices of the lines of the definition that counts, the last one."""
    owner, _, name = exercise.rpartition(".")
    for statement in reversed(module.statements):
        if (owner or name) in statement.binds and not statement.sets:
            whole = range(statement.first - 1, statement.last)
            span = _method(lines, statement, name) if owner else whole
            if span is not None:
                return span
    return None


def _method(lines: list[str], statement: Lines, name: str) -> range | None:
    above = statement.first - 1
    try:
        tree = ast.parse("\n".join(lines[above : statement.last]))
    except (SyntaxError, RecursionError, MemoryError):
        return None
    for node in (member for top in tree.body for member in getattr(top, "body", ())):
        if isinstance(node, _FUNCTION) and node.name == name:
            first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
            return range(above + first - 1, above + (node.end_lineno or first))
    return None
