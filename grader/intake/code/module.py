"""Make one Python module of a submission: what the exercises need of it, and nothing else.

Runs in: the judge.

Demonstrations, plots and training runs are not in it. Each line of the module is the student's
own line or blank, so that an error can be told by the student's line or cell.
"""

import ast
import warnings
from bisect import bisect_right
from collections.abc import Collection, Sequence
from dataclasses import dataclass, field, replace

from grader.intake.code.magics import other_language
from grader.intake.code.names import names_of
from grader.intake.code.notebook import Cell, code_cells
from grader.intake.code.render import code_of, render
from grader.intake.code.slicing import Choice, Part, choose, is_demonstration, is_future, is_text
from grader.intake.code.syntax import Problem, parse, problem
from grader.intake.code.text import decode
from grader.intake.limits import CODE_CHARACTERS, COMPILED_CHARACTERS
from grader.intake.submission import NOTEBOOK, Submission
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert
from grader.record.record import DEMONSTRATIONS

_TOLD = 10  # notes of one kind
_CELLS_TOLD = 5  # cells that one note names
_PLACES_TOLD = 5


@dataclass(frozen=True)
class Module:
    """A module to import in the place of what was handed in."""

    source: str
    notes: tuple[str, ...]  # each one line, safe to print
    cells: tuple[tuple[int, int], ...] = ()  # first line and number of each; none in a .py file

    def place(self, line: int) -> str:
        """Return where the student finds a line of the module: "line 12", "cell 7, line 3"."""
        return _place(self.cells, line)


def to_module(
    submission: Submission, roots: Collection[str], packages: Collection[str] | None = None
) -> Module:
    """Return the module that defines `roots`, as far as the submission does.

    Args:
        submission: what was handed in.
        roots: top-level names that the assignment asks for.
        packages: what the submission may import besides the standard library; None: anything.

    Raises:
        Unreadable: there is no code in it that can be read at all.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what Python finds odd in a student's code
        try:
            return _module(_draft(submission), roots, packages)
        except (RecursionError, MemoryError) as error:
            raise Unreadable(
                f"{submission.shown}: too deeply nested for Python to parse; simplify it"
            ) from error


def statements(submission: Submission) -> list[ast.stmt]:
    """Return the top-level statements of what was handed in, magics and broken parts left out.

    Raises:
        Unreadable: there is no code in it that can be read at all.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return [part.node for part in _draft(submission).parts]


@dataclass
class _Draft:
    """The whole code of a submission, parsed."""

    lines: list[str] = field(default_factory=list)
    parts: list[Part] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    cells: list[tuple[int, int]] = field(default_factory=list)
    skipped: list[str] = field(default_factory=list)  # cells that are not Python
    beside: set[str] = field(default_factory=set)  # modules that were handed in as well


def _draft(submission: Submission) -> _Draft:
    name, data = submission.shown, submission.files[submission.main]
    draft = _Draft(beside=_modules(submission))
    if submission.main.endswith(NOTEBOOK):
        cells = code_cells(data, name)
        draft.lines.append("")  # for `from __future__` of any cell
    else:
        cells = [Cell(0, decode(data, name))]
    if sum(len(cell.source) for cell in cells) > CODE_CHARACTERS:
        raise Unreadable(
            f"{name}: more than {CODE_CHARACTERS // 1024} KiB of code; hand in code without data"
        )
    for cell in cells:
        _add(draft, cell)
    return draft


def _add(draft: _Draft, cell: Cell) -> None:
    if cell.number:
        draft.cells.append((len(draft.lines) + 1, cell.number))
        if language := other_language(cell.source):
            draft.skipped.append(f"cell {cell.number} (%%{inert(language, 20)})")
            return
    above = len(draft.lines)
    parsed = parse(cell.source)
    draft.lines += parsed.text.split("\n")
    draft.parts += [
        Part(statement.node, names_of(statement.node), above + statement.above)
        for statement in parsed.statements
    ]
    draft.problems += [replace(found, line=found.line + above) for found in parsed.problems]


def _modules(submission: Submission) -> set[str]:
    """Return the names of the modules beside the submission, and of their packages."""
    names = {
        file.removesuffix(".py").replace("/", ".")
        for file in submission.files
        if file.endswith(".py") and file != submission.main
    }
    return names | {name.partition(".")[0] for name in names}


def _module(draft: _Draft, roots: Collection[str], packages: Collection[str] | None) -> Module:
    importable = None if packages is None else {*packages, *draft.beside}
    choice = choose(draft.parts, roots, importable, draft.beside)
    source = _source(draft, choice.kept, choice.names)
    if _is_quick_to_compile(source) and _syntax_error(source):
        source = _source(draft, choice.kept - _broken(draft, choice), choice.names)
    return Module(source, tuple(_notes(draft, choice)), tuple(draft.cells))


def _source(draft: _Draft, kept: set[int], needed: set[str]) -> str:
    parts = [draft.parts[index] for index in sorted(kept)]
    if not draft.cells:
        return "\n".join(render(parts, draft.lines, needed))
    futures = [part.node for part in parts if is_future(part.node)]
    lines = render((part for part in parts if not is_future(part.node)), draft.lines, needed)
    lines[0] = "; ".join(map(ast.unparse, futures))  # only there does Python take them
    return "\n".join(lines)


def _broken(draft: _Draft, choice: Choice) -> set[int]:
    """Find the statements that parse and yet are not Python, such as a stray `return`."""
    broken = set()
    for index in sorted(choice.kept):
        first, code = code_of(draft.parts[index], draft.lines, choice.names)
        text = "\n".join(code)
        error = _late_future(draft, index) or _syntax_error(text)
        if error:
            broken.add(index)
            draft.problems.append(problem(error, text, first))
    return broken


def _late_future(draft: _Draft, index: int) -> SyntaxError | None:
    """Refuse, as Python does, a `from __future__` in a script that comes after other code."""
    before = (part.node for part in draft.parts[:index])
    is_late = any(not is_future(node) and not is_text(node) for node in before)
    if is_late and not draft.cells and is_future(draft.parts[index].node):
        return SyntaxError("from __future__ must come before other code")
    return None


def _is_quick_to_compile(source: str) -> bool:
    """Tell whether hostile code of this kind is; other code is compiled by a worker alone.

    A `finally` is compiled once for each way out of its `try`: within others, without end.
    """
    return len(source) <= COMPILED_CHARACTERS and "finally" not in source


def _syntax_error(source: str) -> SyntaxError | None:
    try:
        compile(source, "<submission>", "exec", dont_inherit=True)
    except SyntaxError as error:
        return error
    return None


def _notes(draft: _Draft, choice: Choice) -> list[str]:
    errors = [
        f"{_place(draft.cells, found.line)}: {found.reason}; left out: `{found.part}`"
        for found in sorted(draft.problems, key=lambda found: found.line)
    ]
    copies = [
        f"`{inert(copy.name, 60)}` is defined {copy.copies} times;"
        f" the empty copy in {_place(draft.cells, _first_line(draft, copy.part))} is ignored"
        for copy in sorted(choice.ignored, key=lambda copy: copy.part)
        if copy.copies
    ]
    results = [
        f"`{inert(result.name, 60)}` is graded as it is defined;"
        f" {_place(draft.cells, _first_line(draft, result.part))}, which keeps a result under"
        " this name, is not run"
        for result in sorted(choice.ignored, key=lambda result: result.part)
        if not result.copies
    ]
    return [
        *_some(errors, "parts left out for errors"),
        *_some(copies, "empty copies ignored"),
        *_some(results, "results under the name of a function"),
        *_left_out(draft, choice),
    ]


def _some(notes: list[str], what: str) -> list[str]:
    left = len(notes) - _TOLD
    return notes if left <= 0 else [*notes[:_TOLD], f"{left} more {what}"]


def _first_line(draft: _Draft, index: int) -> int:
    part = draft.parts[index]
    return part.above + part.node.lineno


def _left_out(draft: _Draft, choice: Choice) -> list[str]:
    notes = []
    if cells := draft.skipped:
        more = f" and {len(cells) - _CELLS_TOLD} more" if len(cells) > _CELLS_TOLD else ""
        notes.append(f"not Python, left out: {', '.join(cells[:_CELLS_TOLD])}{more}")
    demonstrations = [
        index
        for index, part in enumerate(draft.parts)
        if is_demonstration(part) and index not in choice.kept
    ]
    if demonstrations:
        count = len(demonstrations)
        statements = "1 statement" if count == 1 else f"{count} statements"
        places = _places(draft, demonstrations)
        notes.append(f"{DEMONSTRATIONS}{statements} that no exercise needs: {places}")
    return notes


def _places(draft: _Draft, indices: Sequence[int]) -> str:
    """Return where statements are: "lines 2 to 7, line 12", the first of them if they are many."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][-1] + 1 and _cell(draft, index) == _cell(draft, runs[-1][0]):
            runs[-1].append(index)
        else:
            runs.append([index])
    told = dict.fromkeys(_lines(draft, run[0], run[-1]) for run in runs[:_PLACES_TOLD])
    more = sum(map(len, runs[_PLACES_TOLD:]))
    return "; ".join([*told, f"and {more} more"] if more else told)


def _cell(draft: _Draft, index: int) -> int:
    return bisect_right(draft.cells, _first_line(draft, index), key=lambda cell: cell[0])


def _lines(draft: _Draft, first: int, last: int) -> str:
    """Return the place of the statements from the one to the other, in one cell."""
    end = draft.parts[last].above + (draft.parts[last].node.end_lineno or 1)
    before, _, line = _place(draft.cells, _first_line(draft, first)).rpartition("line ")
    until = _place(draft.cells, end).rpartition("line ")[2]
    return f"{before}line {line}" if line == until else f"{before}lines {line} to {until}"


def _place(cells: Sequence[tuple[int, int]], line: int) -> str:
    if not cells:
        return f"line {line}"
    index = bisect_right(cells, line, key=lambda cell: cell[0]) - 1
    if index < 0:
        return "the notebook"
    first, number = cells[index]
    return f"cell {number}, line {line - first + 1}"
