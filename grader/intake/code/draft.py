"""The whole code of a submission, parsed: all its statements, before any is chosen.

Runs in: the conductor and the judge.
"""

import re
from collections.abc import Collection, Iterable
from dataclasses import dataclass, field, replace
from pathlib import PurePath

from grader.intake.code.cells import Cell, read_cell
from grader.intake.code.marimo import is_marimo
from grader.intake.code.names import names_of
from grader.intake.code.notebook import code_cells
from grader.intake.code.notebooks import Notebooks
from grader.intake.code.piece import Piece, Text
from grader.intake.code.script import pieces_of
from grader.intake.code.slicing import Part
from grader.intake.code.syntax import Problem, parse
from grader.intake.code.text import decode
from grader.intake.limits import CODE_CHARACTERS
from grader.intake.submission import NOTEBOOK, Submission
from grader.intake.unreadable import Unreadable

_IF_MAIN = re.compile(r"^if\s+__name__\s*==\s*(['\"])__main__\1\s*:", re.MULTILINE)


@dataclass
class Draft:
    """What was read of a submission; its line numbers are those of `text`."""

    name: str  # of the module
    is_of_cells: bool = False  # a notebook or one that became a script, where `__name__` is main
    is_of_marimo: bool = False
    beside: set[str] = field(default_factory=set)  # modules that were handed in as well
    text: Text = field(default_factory=Text)
    parts: list[Part] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)
    modules: dict[str, Text] = field(default_factory=dict)  # that cells are written to
    skipped: list[tuple[Piece, str]] = field(default_factory=list)  # cells of another language
    unknown: list[tuple[Piece, str]] = field(default_factory=list)  # cells with a strange magic
    left_out: list[tuple[int, str]] = field(default_factory=list)  # lines that only IPython runs
    runs: set[str] = field(default_factory=set)  # notebooks that `%run` names, there or not


def draft_of(submission: Submission, roots: Collection[str] | None = None, file: str = "") -> Draft:
    """Read all code of a submission.

    Args:
        file: what to call its file in places, if it is not the deliverable.
        roots: names that the assignment asks for; None if only the file is looked at, as if all
            that it imports lay beside it. A cell that is written to a file counts as
            code of the notebook if it defines one of them and no other cell does.

    Raises:
        Unreadable: there is no code in it that can be read at all.
    """
    notebooks = Notebooks(submission.files)
    pieces = notebooks.with_those_run(_pieces(submission, file))
    require_room([piece.text for piece in pieces], submission.shown)
    draft = Draft(
        name=PurePath(submission.main).stem,
        is_of_marimo=_is_of_marimo(submission),
        is_of_cells=len(pieces) > 1 or submission.main.endswith(NOTEBOOK),
        beside=_modules(submission),
        runs=notebooks.run,
    )
    cells = [(piece, read_cell(piece)) for piece in pieces]
    draft.beside.update(cell.module for _, cell in cells if cell.module)
    if submission.main.endswith(NOTEBOOK):
        draft.text.lines.append("")  # for `from __future__` of any cell
    for piece, cell in cells:
        _add_cell(draft, piece, cell, is_alone=roots is None)
    if roots is not None:
        _choose_written(draft, roots)
    return draft


def require_room(texts: Iterable[str], shown: str) -> None:
    """Refuse more code than there is memory to parse."""
    if sum(map(len, texts)) > CODE_CHARACTERS:
        size = f"{CODE_CHARACTERS // 1024} KiB"
        raise Unreadable(f"{shown}: more than {size} of code; hand in code without data")


def _pieces(submission: Submission, file: str) -> list[Piece]:
    name, data = submission.shown, submission.files[submission.main]
    if submission.main.endswith(NOTEBOOK):
        return [Piece(cell.source, cell.number, file=file) for cell in code_cells(data, name)]
    return [replace(piece, file=file) for piece in pieces_of(decode(data, name))]


def _is_of_marimo(submission: Submission) -> bool:
    name, data = submission.shown, submission.files[submission.main]
    return not submission.main.endswith(NOTEBOOK) and is_marimo(decode(data, name))


def _modules(submission: Submission) -> set[str]:
    """Return the names of the modules beside the submission, and of their packages."""
    names = {
        file.removesuffix(".py").replace("/", ".")
        for file in submission.files
        if file.endswith(".py") and file != submission.main
    }
    return names | {name.partition(".")[0] for name in names}


def _add_cell(draft: Draft, piece: Piece, cell: Cell, is_alone: bool) -> None:
    if cell.magic:
        draft.skipped.append((piece, cell.magic))
    if cell.unknown:
        draft.unknown.append((piece, cell.unknown))
    if cell.module and cell.code is not None:
        _write(draft, cell.module, cell.code, cell.appends)
    for code in (cell.code, cell.below):
        if code is not None:
            add_code(draft, code, cell.module, None if is_alone else draft.beside)


def _write(draft: Draft, module: str, code: Piece, appends: bool) -> None:
    """Keep what a cell writes to the file of a module, other than the notebook's own."""
    if module != draft.name:
        text = draft.modules.setdefault(module, Text()) if appends else Text()
        text.add(code)
        draft.modules[module] = text


def add_code(draft: Draft, code: Piece, module: str, beside: Collection[str] | None) -> None:
    """Parse a piece of code and put it at the end.

    Args:
        module: the module that a cell magic writes it to.
        beside: modules that were handed in as well; None if that is not known.
    """
    above = len(draft.text.lines)
    text = _IF_MAIN.sub("if True:", code.text) if draft.is_of_cells else code.text
    parsed = parse(text, beside, code.line)
    draft.text.add(code.with_text(parsed.text))
    draft.parts += [
        Part(statement.node, names_of(statement.node), above + statement.above, module)
        for statement in parsed.statements
    ]
    draft.problems += [replace(found, line=found.line + above) for found in parsed.problems]
    draft.left_out += [(above + number, code) for number, code in parsed.left_out]


def _choose_written(draft: Draft, roots: Collection[str]) -> None:
    """Leave out cells that are written to files, but for those that define what nothing else does.

    A file that is called like the notebook comes before the others.
    """
    binds: dict[str, set[str]] = {"": set(), draft.name: set()}
    for part in draft.parts:
        binds.setdefault(part.module, set()).update(part.names.binds)
    missing, chosen = set(roots) - binds[""], {""}
    for module, names in binds.items():
        if names & missing:
            chosen.add(module)
            missing -= names
    draft.parts = [part for part in draft.parts if part.module in chosen]
