"""Parse code, and what can be saved of code that does not parse.

Runs in: the conductor and the judge.
"""

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from grader.intake.code.lexing import Between
from grader.intake.code.magics import to_python
from grader.record.inert import inert

_CONTINUES = re.compile(r"[\s#)\]}]|(?:else|elif|except|finally)\b")
_LINE_NUMBER = re.compile(r"\bline (\d+)")
# Characters to parse before the rest is given up: some, and some for each one handed in. Every
# attempt costs a little, however short the part.
_EFFORT, _EFFORT_EACH, _EFFORT_ATTEMPT = 50_000, 8, 200
_LOOK_AHEAD = 30  # blocks that an open bracket or string may span


@dataclass(frozen=True)
class Statement:
    """A top-level statement and where its code starts."""

    node: ast.stmt
    above: int  # lines above the code it was parsed from


@dataclass(frozen=True)
class Problem:
    """A part of the code that was left out."""

    line: int
    reason: str
    part: str  # its first line


@dataclass(frozen=True)
class Parsed:
    text: str  # as parsed: line for line what was given
    statements: list[Statement]
    problems: list[Problem] = field(default_factory=list)
    left_out: list[tuple[int, str]] = field(default_factory=list)  # by `to_python`


def parse(source: str, beside: Collection[str] | None = (), first: int = 1) -> Parsed:
    """Return the top-level statements of `source`, without the parts that are not Python.

    Args:
        beside: names of the modules that were handed in as well; None if that is not known.
        first: number of its first line, for messages.
    """
    try:
        return Parsed(source, _statements(source))
    except SyntaxError:
        python = to_python(source, beside)
    try:
        return Parsed(python.text, _statements(python.text), left_out=python.left_out)
    except SyntaxError:
        return Parsed(python.text, *_recovered(python.text, first), python.left_out)


def problem(error: SyntaxError, part: str, above: int, told_above: int | None = None) -> Problem:
    """Describe an error in `part`, which has `above` lines above it.

    Args:
        told_above: as many lines as the student sees above it.
    """
    added = above if told_above is None else told_above
    reason = _LINE_NUMBER.sub(lambda match: f"line {int(match[1]) + added}", error.msg)
    first = next((line for line in part.split("\n") if line.strip()), "")
    return Problem((error.lineno or 1) + above, inert(reason, 120), inert(first.strip(), 60))


def _statements(text: str, above: int = 0) -> list[Statement]:
    if "\0" in text:
        raise SyntaxError("null character")
    try:
        return [Statement(node, above) for node in ast.parse(text).body]
    except UnicodeEncodeError as error:
        raise SyntaxError("half of a surrogate pair") from error


def _recovered(text: str, first: int) -> tuple[list[Statement], list[Problem]]:
    """Parse block by block; a block runs from one line without indentation to the next."""
    lines = text.split("\n")
    starts = _block_starts(lines)
    statements: list[Statement] = []
    problems: list[Problem] = []
    block, effort = 0, _EFFORT + _EFFORT_EACH * len(text)
    while block < len(starts) - 1:
        end = _end(lines, starts, block)
        above, part = starts[block], "\n".join(lines[starts[block] : starts[end]])
        effort -= len(part) + _EFFORT_ATTEMPT
        if effort < 0:
            problems.append(problem(SyntaxError("too many errors above"), part, above))
            break
        try:
            statements += _statements(part, above)
            block = end
        except SyntaxError as error:
            problems.append(problem(error, part, above, above + first - 1))
            block += 1
    return statements, problems


def _block_starts(lines: list[str]) -> list[int]:
    """Return the first line of each block, and the number of lines."""
    starts, decorated = [0], False
    for number, line in enumerate(lines):
        if not line or _CONTINUES.match(line):
            continue
        if not decorated and number:
            starts.append(number)
        decorated = line.startswith("@")
    return [*starts, len(lines)]


def _end(lines: list[str], starts: list[int], block: int) -> int:
    """Return the block that follows `block` and those that its open bracket or string spans."""
    between = Between()
    for end in range(block, min(block + _LOOK_AHEAD, len(starts) - 1)):
        for line in lines[starts[end] : starts[end + 1]]:
            between = between.after(line)
        if between.statements:
            return end + 1
    return block + 1
