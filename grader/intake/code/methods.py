"""Save a class of which only some methods are not Python.

Runs in: the conductor and the judge.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from textwrap import dedent

from grader.intake.code.reasons import line_of

_CLASS = re.compile(r"(?:@.*\n(?:[ \t].*\n)*)*class\b")
_LINE = re.compile(r"\bon line (\d+)")
_MOST = 20  # methods that are left out of one class


@dataclass(frozen=True)
class Lost:
    """A method that is not Python."""

    error: SyntaxError  # its line counts from the beginning of the class
    line: str  # the one that the error is about
    text: str  # of the method, without indentation
    head: str  # where it is defined


@dataclass
class Mended:
    """A class without its broken methods, each of which is `pass` now."""

    text: str
    lost: list[Lost] = field(default_factory=list)


def without_broken_methods(text: str, check: Callable[[str], SyntaxError | None]) -> Mended | None:
    """Return a class as far as it is Python; None for anything else, and if that is not enough.

    Args:
        check: tells why a text is not Python; None if it is.
    """
    if not _CLASS.match(text.lstrip("\n")):
        return None
    lines = text.split("\n")
    mended = Mended(text)
    for _ in range(_MOST):
        error = check("\n".join(lines))
        if error is None:
            mended.text = "\n".join(lines)
            return mended
        body = _Body(lines)
        found = body.statement_at(_line_of(error))
        if found is None:
            return None
        start, end = found
        method = lines[start:end]
        heads = [line.strip() for line in method if line.strip()[:1] not in ("@", "#", "")]
        text = dedent("\n".join(method))
        lost = Lost(error, line_of(error, "\n".join(lines)), text, (heads or [""])[0])
        mended.lost.append(lost)
        lines[start:end] = [body.indentation + "pass", *[""] * (end - start - 1)]
    return None


def _line_of(error: SyntaxError) -> int:
    """Return the line that an error is about, which is not always the one where it was found."""
    about = _LINE.search(error.msg)
    return int(about[1]) if about else error.lineno or 1


class _Body:
    """The lines of a class, and where its own statements begin."""

    def __init__(self, lines: list[str]) -> None:
        self._lines = lines
        head = next((n for n, line in enumerate(lines) if line.startswith("class")), 0)
        indented = (re.match(r"[ \t]+(?=[\w@])", line) for line in lines[head:])
        self.indentation = next((match[0] for match in indented if match), "")
        after = (n for n in range(head + 1, len(lines)) if re.match(r"[\w@]", lines[n]))
        self._end = next(after, len(lines))
        self._starts = [n for n in range(head + 1, self._end) if self._is_start(n)]

    def statement_at(self, number: int) -> tuple[int, int] | None:
        """Return the first line, and the line after the last, of what stands at a line."""
        before = [n for n in self._starts if n < number <= self._end]
        if not before or self._lines[before[-1]].strip() == "pass":
            return None
        after = (n for n in self._starts if n > before[-1])
        return before[-1], next(after, self._end)

    def _is_start(self, number: int) -> bool:
        """Tell whether a statement of the class begins here, with a decorator or without."""
        line = self._lines[number].removeprefix(self.indentation)
        if len(line) == len(self._lines[number]) or not re.match(r"[\w@]", line):
            return False
        above = (line.strip() for line in self._lines[number - 1 :: -1])
        code = next((line for line in above if line and not line.startswith("#")), "")
        return not code.startswith("@")
