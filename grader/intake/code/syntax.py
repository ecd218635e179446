"""Parse code, and what can be saved of code that does not parse.

Runs in: the conductor and the judge.
"""

import ast
import re
from collections.abc import Collection
from dataclasses import dataclass, field

from grader.intake.code.lexing import Between
from grader.intake.code.magics import to_python
from grader.intake.code.merges import without_merge_marks
from grader.intake.code.methods import without_broken_methods
from grader.intake.code.reasons import line_of, reason
from grader.record.inert import inert

_CONTINUES = re.compile(r"[\s#)\]}<=>|]|(?:else|elif|except|finally)\b")
_LINE_NUMBER = re.compile(r"\bline (\d+)")
# Characters to parse before the rest is given up: some, and some for each one handed in. Every
# attempt costs a little, however short the part.
_EFFORT, _EFFORT_EACH, _EFFORT_ATTEMPT = 50_000, 8, 200
_LOOK_AHEAD = 30  # blocks that an open bracket or string may span
_EXPLAINED = 20  # errors whose cause is looked for; no student reads more


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
    text, marks = without_merge_marks(python.text)
    problems = [Problem(number + 1, words, inert(mark, 60)) for number, mark, words in marks]
    try:
        return Parsed(text, _statements(text), problems, python.left_out)
    except SyntaxError:
        recovery = _Recovery(text, first)
    recovery.run()
    text = "\n".join(recovery.lines)
    return Parsed(text, recovery.statements, problems + recovery.problems, python.left_out)


def problem(error: SyntaxError, words: str, head: str, above: int, first: int = 1) -> Problem:
    """Describe an error in a part of the code.

    Args:
        words: why it is an error; line numbers in them count from the beginning of the part.
        head: the line to name the part by.
        above: number of lines above the part.
        first: number of the first of them, for the student.
    """
    added = above + first - 1
    told = _LINE_NUMBER.sub(lambda match: f"line {int(match[1]) + added}", words)
    return Problem((error.lineno or 1) + above, inert(told, 120), inert(head.strip(), 60))


def why_not_python(text: str) -> SyntaxError | None:
    try:
        _statements(text)
    except SyntaxError as error:
        return error
    return None


def _statements(text: str, above: int = 0) -> list[Statement]:
    if "\0" in text:
        raise SyntaxError("null character")
    try:
        return [Statement(node, above) for node in ast.parse(text).body]
    except UnicodeEncodeError as error:
        raise SyntaxError("half of a surrogate pair") from error


class _Recovery:
    """Parses block by block; a block runs from one line without indentation to the next."""

    def __init__(self, text: str, first: int) -> None:
        self.lines = text.split("\n")
        self.statements: list[Statement] = []
        self.problems: list[Problem] = []
        self._first = first
        self._starts = _block_starts(self.lines)
        self._effort = _EFFORT + _EFFORT_EACH * len(text)

    def run(self) -> None:
        block = 0
        while block < len(self._starts) - 1 and self._effort > 0:
            end = _end(self.lines, self._starts, block)
            part = self._part(block, end)
            error = self._why_not(part)
            if error is None:
                self.statements += _statements(part, self._starts[block])
                block = end
            elif saved := self._saved(block, end) or self._saved(block, block + 1):
                block = saved
            else:
                self._lose(error, line_of(error, part), part, _head(part), self._starts[block])
                block += 1
        if block < len(self._starts) - 1:
            error = SyntaxError("too many errors above")
            self._lose(error, "", "", _head(self._part(block, block + 1)), self._starts[block])

    def _saved(self, block: int, end: int) -> int:
        """Take a class without its broken methods; return the block after it, 0 if it is lost."""
        above = self._starts[block]
        mended = without_broken_methods(self._part(block, end), self._why_not)
        if mended is None:
            return 0
        for lost in mended.lost:
            self._lose(lost.error, lost.line, lost.text, lost.head, above)
        self.statements += _statements(mended.text, above)
        self.lines[above : self._starts[end]] = mended.text.split("\n")
        return end

    def _part(self, block: int, end: int) -> str:
        return "\n".join(self.lines[self._starts[block] : self._starts[end]])

    def _why_not(self, part: str) -> SyntaxError | None:
        self._effort -= len(part) + _EFFORT_ATTEMPT
        if self._effort < 0:
            return SyntaxError("too many errors above")
        return why_not_python(part)

    def _lose(self, error: SyntaxError, line: str, part: str, head: str, above: int) -> None:
        """Note that a part is left out, and why, of as many errors as anybody reads about."""
        is_read = len(self.problems) < _EXPLAINED
        words = reason(error, line, part) if is_read else error.msg
        self.problems.append(problem(error, words, head, above, self._first))


def _head(part: str) -> str:
    return next((line for line in part.split("\n") if line.strip()), "")


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
