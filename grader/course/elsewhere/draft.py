"""Make the files of an assignment of the pieces of a notebook, and list what needs a person.

A function or method that students write is an exercise. Variables that they give become what a
function of the question's name returns, since an exercise is a thing that can be asked.
"""

import ast
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from textwrap import indent

from grader.course.elsewhere.made import IMPORTS, Check, Made, identifier
from grader.course.elsewhere.parts import (
    FUNCTION,
    IMPORT,
    Part,
    bound,
    left_out,
    parts,
    used,
)
from grader.course.elsewhere.pieces import Checked, Given, Passage, Solved, Source
from grader.course.elsewhere.texts import files

_JINJA = re.compile(r"\{[{%#]|[}%#]\}")


@dataclass
class Draft:
    """The files of an assignment by their places in a course, and what needs a person."""

    files: dict[str, bytes]
    open: list[str]


def draft(source: Source, name: str, origin: str) -> Draft:
    """Return the files of an assignment called `name`.

    Args:
        origin: the name of the notebook's file.
    """
    made = Made(list(source.open))
    needed = _needed(source)
    for piece in source.pieces:
        match piece:
            case Passage():
                made.template.append(_markdown(piece.text))
            case Given():
                _give(made, piece.cell, piece.code, needed)
            case Solved():
                _solve(made, piece, needed)
            case Checked():
                _test(made, piece)
    return Draft(files(made, source, name, origin), [*made.open, *_for_a_person(made)])


def _needed(source: Source) -> set[str]:
    """Return the names that tests and what students write use."""
    names: set[str] = set()
    for piece in source.pieces:
        match piece:
            case Solved():
                names |= used(part.node for part in _parts(piece.code))
            case Checked():
                names |= used(part.node for part in _parts(f"{piece.visible}\n{piece.hidden}"))
    givens = [part for p in source.pieces if isinstance(p, Given) for part in _parts(p.code)]
    for part in reversed(givens):
        if names.intersection(bound([part.node])):
            names |= used([part.node])
    return names


def _parts(code: str) -> list[Part]:
    try:
        return parts(code)
    except SyntaxError:
        return []


def _give(made: Made, cell: int, code: str, needed: set[str]) -> None:
    made.open += [f"cell {cell}: left out {line!r}" for line in left_out(code)]
    found = _parts(code)
    if not found and code.strip() and not left_out(code):
        made.open.append(f"cell {cell}: left out, since it is no Python (or only comments)")
    shown = []
    for part in found:
        if isinstance(part.node, IMPORT):
            made.imports.setdefault(ast.unparse(part.node), part.node)
            continue
        names = [name for name in bound([part.node]) if name in needed]
        if names:
            made.reference.append(part.text)
            made.defined |= {name: f"submission.{name}" for name in names}
        is_known = part.name in names if part.name else False
        shown.append(f'{{{{ code("{part.name}") }}}}' if is_known else _escaped(part.text))
    _show(made, shown)


def _show(made: Made, shown: Sequence[str]) -> None:
    if made.imports and IMPORTS not in made.template:
        made.template.append(IMPORTS)
    if shown:
        made.template.append("# %%\n" + "\n\n".join(shown))


def _solve(made: Made, piece: Solved, needed: set[str]) -> None:
    found = _parts(piece.code)
    if not found:
        made.open.append(f"cell {piece.cell} ({piece.name}): is no Python; write it by hand")
        return
    answers = []
    for part in found:
        is_written = piece.written.intersection(range(part.first, part.last + 1))
        if isinstance(part.node, IMPORT) or not is_written:
            _give(made, piece.cell, part.text, needed | set(bound([part.node])))
        elif isinstance(part.node, FUNCTION):
            _exercise(made, part.name, _with_docstrings(made, part, [part.node]), [part.name])
        elif isinstance(part.node, ast.ClassDef):
            _methods(made, piece, part)
        else:
            answers.append(part)
    if answers:
        _variables(made, piece, answers, needed)


def _exercise(made: Made, name: str, text: str, exercises: Sequence[str]) -> None:
    made.reference.append(text)
    made.defined[name] = f"submission.{name}"
    made.owner[name] = list(exercises)
    made.exercises |= {one: used([ast.parse(text)]) - {name} for one in exercises}
    made.last = exercises[0]
    _show(made, [f'{{{{ task("{name}") }}}}'])


def _methods(made: Made, piece: Solved, part: Part) -> None:
    assert isinstance(part.node, ast.ClassDef)
    written = [
        member
        for member in part.node.body
        if isinstance(member, FUNCTION) and piece.written.intersection(_lines(member))
    ]
    if not written:
        made.open.append(f"cell {piece.cell}: no method of class {part.name} is for students")
        _give(made, piece.cell, part.text, {part.name})
        return
    text = _with_docstrings(made, part, written)
    _exercise(made, part.name, text, [f"{part.name}.{member.name}" for member in written])


def _lines(node: ast.stmt) -> range:
    return range(node.lineno, (node.end_lineno or node.lineno) + 1)


def _with_docstrings(
    made: Made, part: Part, functions: Sequence[ast.FunctionDef | ast.AsyncFunctionDef]
) -> str:
    """Return the text with a docstring, which students read, in each of the functions."""
    lines = part.text.split("\n")
    shift = len(lines) - part.last  # from lines of the cell to those of the text
    for function in reversed(functions):
        body = function.body[0]
        if ast.get_docstring(function) is not None:
            continue
        made.open.append(f"{function.name}: has no docstring; write what students read")
        docstring = f'"""Write {function.name}."""'
        if body.lineno == function.lineno:
            part_of = lines[function.lineno + shift - 1]
            lines[function.lineno + shift - 1] = part_of[: body.col_offset].rstrip()
            margin = " " * (function.col_offset + 4)
            rest = part_of[body.col_offset :]
            lines.insert(function.lineno + shift, f"{margin}{docstring}\n{margin}{rest}")
        else:
            lines.insert(body.lineno + shift - 1, " " * body.col_offset + docstring)
    return "\n".join(lines)


def _variables(made: Made, piece: Solved, answers: Sequence[Part], needed: set[str]) -> None:
    names = bound(part.node for part in answers)
    asked = [name for name in names if name in needed] or names
    if not asked:
        made.open.append(f"cell {piece.cell} ({piece.name}): gives no value that can be asked for")
        return
    function = identifier(piece.name)
    while function in (*made.defined, *names):
        function += "_answer"
    body = "\n".join(part.text for part in answers)
    returned = ", ".join(f'"{name}": {name}' for name in asked)
    listed = ", ".join(asked)
    text = (
        f"def {function}():\n"
        f'    """Return a dict with {listed}."""\n'
        f"{indent(body, '    ')}\n"
        f"    return {{{returned}}}"
    )
    made.open.append(f"cell {piece.cell}: {listed} became what {function}() returns")
    _exercise(made, function, text, [function])
    lines = [f'{name} = {function}()["{name}"]' for name in asked]
    made.template.append("# %%\n" + "\n".join(lines))
    for name in asked:
        made.defined[name] = f'submission.{function}()["{name}"]'
        made.owner[name] = [function]


def _test(made: Made, piece: Checked) -> None:
    for code, is_hidden in ((piece.visible, False), (piece.hidden, True)):
        found = _parts(code)
        if code.strip() and not found and not _is_comment(code):
            made.open.append(f"cell {piece.cell} ({piece.name}): is no Python; write its check")
        if not found:
            continue
        names = used(part.node for part in found) - set(bound(part.node for part in found))
        exercise = _asked(made, names)
        if not exercise:
            made.open.append(f"cell {piece.cell} ({piece.name}): tests nothing that is asked for")
            continue
        unknown = names - set(made.defined) - set(bound(made.imports.values()))
        for name in sorted(unknown):
            made.open.append(f"cell {piece.cell} ({piece.name}): uses {name}, which is not defined")
        lines = [f"{name} = {made.defined[name]}" for name in made.defined if name in names]
        # What both show counts once: all or nothing, where students do not see it.
        points = Fraction(0) if piece.hidden and not is_hidden else piece.points
        title = f"The {'hidden ' if is_hidden else ''}tests of {piece.name} pass."
        body = "\n".join([*lines, *(part.text for part in found)])
        check = f"test_{identifier(piece.name)}"
        made.checks.append(Check(check, exercise, points, title, body, is_hidden))


def _is_comment(code: str) -> bool:
    return all(line.strip().startswith("#") or not line.strip() for line in code.split("\n"))


def _asked(made: Made, names: set[str]) -> str:
    """Return the exercise that a test is about: the one before it, if it uses that."""
    used_here = [one for name in made.owner if name in names for one in made.owner[name]]
    return made.last if made.last in used_here or not used_here else used_here[-1]


def _for_a_person(made: Made) -> Iterator[str]:
    if not made.exercises:
        yield "no cell holds what students write: there is no exercise"
    if not any(check.is_hidden for check in made.checks):
        yield "no test is hidden: write checks in hidden/ that draw their inputs"
    tested = {check.exercise for check in made.checks}
    for exercise in made.exercises:
        if exercise not in tested:
            yield f"{exercise}: has no check"
    yield "mistakes.toml: list what students get wrong, so that audit can try the hidden checks"
    yield "the first line of each check's docstring: say what it is about; students read it"


def _markdown(text: str) -> str:
    lines = [f"# {line}".rstrip() for line in _escaped(text).split("\n")]
    return "\n".join(["# %% [markdown]", *lines])


def _escaped(text: str) -> str:
    """Return text that Jinja gives out as it is."""
    return _JINJA.sub(lambda match: f'{{{{ "{match[0]}" }}}}', text)
