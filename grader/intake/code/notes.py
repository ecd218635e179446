"""What a student is told of how the code was read.

Runs in: the judge.
"""

import ast
from collections.abc import Sequence

from grader.intake.code.draft import Draft
from grader.intake.code.slicing import Choice, Ignored, is_demonstration
from grader.record.inert import inert
from grader.record.record import DEMONSTRATIONS

_TOLD = 10  # notes of one kind
_PLACES_TOLD = 5  # places that one note names


def notes_on(draft: Draft, choice: Choice) -> list[str]:
    """Return one line for each thing that was left out or read otherwise, safe to print."""
    ignored = sorted(choice.ignored, key=lambda ignored: ignored.part)
    copies = [_copy(draft, item) for item in ignored if item.copies]
    results = [_result(draft, item) for item in ignored if not item.copies]
    return [
        *_some(_errors(draft), "parts left out for errors"),
        *_some(copies, "empty copies ignored"),
        *_some(results, "results under the name of a function"),
        *_cells(draft),
        *_rewritten(draft, choice),
        *_demonstrations(draft, choice),
    ]


def _some(notes: list[str], what: str) -> list[str]:
    left = len(notes) - _TOLD
    return notes if left <= 0 else [*notes[:_TOLD], f"{left} more {what}"]


def _errors(draft: Draft) -> list[str]:
    return [
        f"{draft.text.place(found.line)}: {found.reason}; left out: `{found.part}`"
        for found in sorted(draft.problems, key=lambda found: found.line)
    ]


def _copy(draft: Draft, copy: Ignored) -> str:
    place = draft.text.place(_first_line(draft, copy.part))
    return (
        f"`{inert(copy.name, 60)}` is defined {copy.copies} times;"
        f" the empty copy in {place} is ignored"
    )


def _result(draft: Draft, result: Ignored) -> str:
    place = draft.text.place(_first_line(draft, result.part))
    return (
        f"`{inert(result.name, 60)}` is graded as it is defined; {place}, which keeps a result"
        " under this name, is not run"
    )


def _cells(draft: Draft) -> list[str]:
    """Tell of cells and lines that only a notebook understands."""
    notes = []
    if draft.skipped:
        cells = [f"{piece.shown} ({inert(magic, 40)})" for piece, magic in draft.skipped]
        notes.append(f"not Python, left out: {_first(cells, ', ')}")
    if draft.unknown:
        cells = [f"{piece.shown} ({inert(magic, 40)})" for piece, magic in draft.unknown]
        notes.append(f"read as Python, although the magic is not known here: {_first(cells, ', ')}")
    runs = [line for line in draft.left_out if line[1].startswith("%run")]
    rest = [line for line in draft.left_out if line not in runs]
    if rest:
        notes.append(f"only Jupyter can run this, left out: {_told(draft, rest)}")
    if runs:
        notes.append(
            f"not run, no such file beside it or within a block: {_told(draft, runs)};"
            " what it defines may be missing"
        )
    return notes


def _told(draft: Draft, lines: Sequence[tuple[int, str]]) -> str:
    told = [f"{draft.text.place(number + 1)} (`{inert(code, 60)}`)" for number, code in lines]
    return _first(told, "; ")


def _rewritten(draft: Draft, choice: Choice) -> list[str]:
    """Tell of lines that marimo's converter may have changed: it writes out `x -= y`."""
    if not draft.is_of_marimo:
        return []
    lines = [
        draft.parts[index].above + node.lineno
        for index in sorted(choice.kept)
        for node in ast.walk(draft.parts[index].node)
        if isinstance(node, ast.Assign) and _is_written_out(node)
    ]
    if not lines:
        return []
    places = _first([draft.text.place(line) for line in dict.fromkeys(lines)], "; ")
    return [
        "marimo's converter writes `x = x - y` for `x -= y`, which no longer changes an array that"
        f" `x` is a part of; look at {places}"
    ]


def _is_written_out(node: ast.Assign) -> bool:
    match node:
        case ast.Assign(targets=[ast.Name(id=name)], value=ast.BinOp(left=ast.Name(id=left))):
            return name == left
    return False


def _demonstrations(draft: Draft, choice: Choice) -> list[str]:
    left_out = [
        index
        for index, part in enumerate(draft.parts)
        if is_demonstration(part) and index not in choice.kept
    ]
    if not left_out:
        return []
    statements = "1 statement" if len(left_out) == 1 else f"{len(left_out)} statements"
    runs = _runs(draft, left_out)
    places = dict.fromkeys(_lines(draft, run[0], run[-1]) for run in runs[:_PLACES_TOLD])
    more = sum(map(len, runs[_PLACES_TOLD:]))
    told = "; ".join([*places, f"and {more} more"] if more else places)
    return [f"{DEMONSTRATIONS}{statements} that no exercise needs: {told}"]


def _runs(draft: Draft, indices: Sequence[int]) -> list[list[int]]:
    """Return statements that follow each other in one cell together."""
    runs: list[list[int]] = []
    for index in indices:
        if runs and index == runs[-1][-1] + 1 and _piece(draft, index) == _piece(draft, index - 1):
            runs[-1].append(index)
        else:
            runs.append([index])
    return runs


def _piece(draft: Draft, index: int) -> int:
    return draft.text.piece_at(_first_line(draft, index))


def _lines(draft: Draft, first: int, last: int) -> str:
    """Return the place of the statements from the one to the other, in one cell."""
    end = draft.parts[last].above + (draft.parts[last].node.end_lineno or 1)
    return draft.text.place(_first_line(draft, first), end)


def _first(told: Sequence[str], between: str) -> str:
    more = len(told) - _PLACES_TOLD
    shown = between.join(told[:_PLACES_TOLD])
    return f"{shown} and {more} more" if more > 0 else shown


def _first_line(draft: Draft, index: int) -> int:
    part = draft.parts[index]
    return part.above + part.node.lineno
