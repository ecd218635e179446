"""Make one Python module of a submission: what the exercises need of it, and nothing else.

Runs in: the conductor and the judge.

Demonstrations, plots and training runs are not in it. Each line of the module is the student's
own line or blank, so that an error can be told by the student's line or cell.
"""

import ast
import warnings
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, field, replace

from grader.intake.code.draft import Draft, add_code, draft_of, require_room
from grader.intake.code.methods import without_broken_methods
from grader.intake.code.notes import notes_on
from grader.intake.code.piece import Piece, Text
from grader.intake.code.reasons import line_of, reason
from grader.intake.code.render import code_of, render
from grader.intake.code.slicing import Choice, choose, is_future, is_star_import, is_text
from grader.intake.code.spread import bound, draft_of_other, module_name, taken_from
from grader.intake.code.syntax import problem
from grader.intake.limits import COMPILED_CHARACTERS
from grader.intake.submission import Submission
from grader.intake.unreadable import Unreadable


@dataclass(frozen=True)
class Lines:
    """Where a top-level statement of a module stands."""

    first: int
    last: int
    binds: frozenset[str]  # names, and "*" for `from x import *`
    sets: bool = False  # it is there because it sets something up, not for what it binds


@dataclass(frozen=True)
class Space:
    """Lines of a module that run in a module of their own: they stand in another file."""

    first: int
    last: int
    module: str


@dataclass(frozen=True)
class Module:
    """A module to import in the place of what was handed in."""

    source: str
    notes: tuple[str, ...]  # each one line, safe to print
    text: Text = field(default_factory=Text, repr=False, compare=False)  # where its lines come from
    modules: dict[str, Text] = field(default_factory=dict)  # that cells were written to
    statements: tuple["Lines", ...] = field(default=(), compare=False)
    spaces: tuple[Space, ...] = ()
    definitions: frozenset[str] = field(default=frozenset(), compare=False)  # needed or not

    def place(self, line: int) -> str:
        """Return where the student finds a line of the module: "line 12", "cell 7, line 3"."""
        return self.text.place(line)

    def place_in_file(self, line: int, file: str) -> str:
        """Return the same with the name of the file: `file`, if it is the deliverable."""
        return self.text.place_in(line, file)

    def without(self, line: int) -> "Module | None":
        """Return the module without the top-level statement at a line; None if none is there."""
        return self._without(self._statements_at(line))

    def without_settings(self) -> "Module | None":
        """Return the module without what sets something up; None if nothing does."""
        return self._without([one for one in self.statements if one.sets])

    def _without(self, found: Collection["Lines"]) -> "Module | None":
        if not found:
            return None
        lines = self.source.split("\n")
        for one in found:
            lines[one.first - 1 : one.last] = [""] * (one.last - one.first + 1)
        left = tuple(one for one in self.statements if one not in found)
        return replace(self, source="\n".join(lines), statements=left)

    def binds(self, line: int) -> set[str]:
        """Return the names that the statement at a line binds, "*" for any name."""
        return set[str]().union(*(one.binds for one in self._statements_at(line)))

    def _statements_at(self, line: int) -> list["Lines"]:
        return [one for one in self.statements if one.first <= line <= one.last]

    def place_in_module(self, module: str, line: int) -> str:
        """Return where the student finds a line of a module that a cell was written to, or ""."""
        text = self.modules.get(module)
        return text.place(line) if text and 0 < line <= len(text.lines) else ""


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
            draft = draft_of(submission, roots)
            spaces = _add_others(draft, submission, roots, packages)
            return _filled(_module(draft, roots, packages), spaces)
        except (RecursionError, MemoryError) as error:
            raise Unreadable(
                f"{submission.shown}: too deeply nested for Python to parse; simplify it"
            ) from error


def whole(submission: Submission) -> Draft:
    """Return all code of what was handed in, magics and broken parts left out.

    Raises:
        Unreadable: there is no code in it that can be read at all.
    """
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return draft_of(submission)


def _module(draft: Draft, roots: Collection[str], packages: Collection[str] | None) -> Module:
    importable = None if packages is None else {*packages, *draft.beside}
    choice = choose(draft.parts, roots, importable, draft.beside)
    source = _source(draft, choice.kept, choice.names)
    if _is_quick_to_compile(source) and _syntax_error(source):
        source = _source(draft, choice.kept - _broken(draft, choice), choice.names)
    notes = tuple(notes_on(draft, choice))
    defined = [
        p.node.name for p in draft.parts if isinstance(p.node, ast.FunctionDef | ast.ClassDef)
    ]
    return Module(
        source,
        notes,
        draft.text,
        draft.modules,
        tuple(_lines(draft, choice)),
        definitions=frozenset(defined),
    )


def _add_others(
    draft: Draft,
    submission: Submission,
    roots: Collection[str],
    packages: Collection[str] | None,
) -> list[tuple[Space, Module]]:
    """Add, below the deliverable, room for each other file and what is taken from it.

    Returns:
        The lines of each, and what is to fill them: it is chosen from that file alone, so that
        two helpers of one name do not meet.
    """
    spaces = []
    missing = {*roots} - bound(draft)
    for other in submission.others:
        own = draft_of_other(other, submission, roots)
        taken = {name.partition(".")[0] for name in other.names} | (missing & bound(own))
        missing -= taken
        name = other.module or module_name(other, draft.beside)
        draft.beside.add(name)
        if not other.module:
            made = _module(own, taken, packages)
            first = len(draft.text.lines) + 1
            draft.text.append(own.text, other.called)
            spaces.append((Space(first, len(draft.text.lines), name), made))
        piece = Piece(taken_from(other, name, taken, own, draft), line=0, file=other.called)
        add_code(draft, replace(piece, is_on_one_line=True), "", draft.beside)
        require_room(draft.text.lines, submission.shown)
    return spaces


def _filled(module: Module, spaces: Sequence[tuple[Space, Module]]) -> Module:
    lines, statements = module.source.split("\n"), [*module.statements]
    notes, modules = [*module.notes], dict(module.modules)
    for space, made in spaces:
        lines[space.first - 1 : space.last] = made.source.split("\n")
        above = space.first - 1
        statements += [
            replace(one, first=one.first + above, last=one.last + above) for one in made.statements
        ]
        notes += made.notes
        modules = made.modules | modules
    return replace(
        module,
        source="\n".join(lines),
        notes=tuple(notes),
        modules=modules,
        statements=tuple(statements),
        spaces=tuple(space for space, _ in spaces),
    )


def _lines(draft: Draft, choice: Choice) -> Iterator[Lines]:
    """Yield where each statement of the module stands."""
    for index in sorted(choice.kept):
        part = draft.parts[index]
        first, code = code_of(part, draft.text.lines, choice.names)
        binds = part.names.binds | ({"*"} if is_star_import(part.node) else set())
        sets = index in choice.settings
        yield Lines(first + 1, first + len(code), frozenset(binds), sets)


def _source(draft: Draft, kept: set[int], needed: set[str]) -> str:
    parts, lines = [draft.parts[index] for index in sorted(kept)], draft.text.lines
    if not _may_move_futures(draft):
        return "\n".join(render(parts, lines, needed))
    futures = [part.node for part in parts if is_future(part.node)]
    rendered = render((part for part in parts if not is_future(part.node)), lines, needed)
    if futures:
        rendered[0] = "; ".join(map(ast.unparse, futures))  # only there does Python take them
    return "\n".join(rendered)


def _may_move_futures(draft: Draft) -> bool:
    """Tell whether any cell may import from `__future__`: the first line has room for all."""
    return draft.is_of_cells and not any(part.above + part.node.lineno == 1 for part in draft.parts)


def _broken(draft: Draft, choice: Choice) -> set[int]:
    """Find the statements that parse and yet are not Python, such as a stray `return`.

    Of a class, only the methods are taken out of the draft in which that is so.
    """
    broken = set()
    for index in sorted(choice.kept):
        first, code = code_of(draft.parts[index], draft.text.lines, choice.names)
        text = "\n".join(code)
        error = _late_future(draft, index) or _syntax_error(text)
        if error is None:
            continue
        mended = without_broken_methods(text, _syntax_error)
        if mended is None:
            broken.add(index)
            words = reason(error, line_of(error, text), text)
            draft.problems.append(problem(error, words, text.lstrip().partition("\n")[0], first))
        else:
            draft.text.lines[first : first + len(code)] = mended.text.split("\n")
            draft.problems += [
                problem(lost.error, lost.error.msg, lost.head, first) for lost in mended.lost
            ]
    return broken


def _late_future(draft: Draft, index: int) -> SyntaxError | None:
    """Refuse, as Python does, a `from __future__` in a script that comes after other code."""
    before = (part.node for part in draft.parts[:index])
    is_late = any(not is_future(node) and not is_text(node) for node in before)
    if is_late and not _may_move_futures(draft) and is_future(draft.parts[index].node):
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
