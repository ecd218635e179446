"""Recognise syntax that a newer Python understands than the one that grades.

Runs in: the conductor and the judge.

A part that does not parse is written again as older syntax. If that parses, the newer syntax is
what was in the way.
"""

import ast
import re
import sys
from collections.abc import Callable
from dataclasses import dataclass

_F_STRING = re.compile(r"(?<![\w\"'])(?:[fF][rR]?|[rR][fF])(?=[\"'])")
_TYPED = re.compile(r"^[ \t]*(?:(?:async[ \t]+)?def|class)[ \t]+\w+[ \t]*(?=\[)", re.MULTILINE)
_TYPE = re.compile(r"^([ \t]*)type[ \t]+(\w+)[ \t]*(?=[\[=])", re.MULTILINE)
_T_STRING = re.compile(r"(?<![\w\"'])(?:[tT]|[tT][rR]|[rR][tT])(?=[\"'])")
_ERRORS = r"[A-Z][\w.]*(?:[ \t]*,[ \t]*[A-Z][\w.]*)+"
_EXCEPT = re.compile(rf"^([ \t]*except)[ \t]+({_ERRORS})[ \t]*:", re.MULTILINE)
_LAZY = re.compile(r"^([ \t]*)lazy[ \t]+(?=import\b|from\b)", re.MULTILINE)
_CONVERSION = re.compile(r"![rsa]\s*$")
_DEPTH = 30  # f-strings within f-strings
_OPENING, _CLOSING = "([{", ")]}"


class _NoString(Exception):
    pass


@dataclass(frozen=True)
class _Newer:
    version: tuple[int, int]
    what: str
    as_older: Callable[[str], str]


def newer_syntax(
    error: SyntaxError, part: str, version: tuple[int, int] = sys.version_info[:2]
) -> str:
    """Return "needs Python 3.12 (...), and is graded by 3.11" if that is why `part` fails."""
    older = part
    for kind in _KINDS:
        before, older = older, kind.as_older(older) if version < kind.version else older
        if older != before and _parses(older):
            what = _in_f_string(error) if kind.as_older is _plain else kind.what
            return (
                f"needs Python {_shown(kind.version)} ({what}), and is graded by {_shown(version)}"
            )
    return ""


def _in_f_string(error: SyntaxError) -> str:
    return next((what for words, what in _IN_F_STRINGS.items() if words in error.msg), _QUOTES)


def _shown(version: tuple[int, int]) -> str:
    return ".".join(map(str, version))


def _parses(part: str) -> bool:
    try:
        ast.parse(part)
    except (SyntaxError, ValueError):
        return False
    return True


def _plain(part: str) -> str:
    """Put an empty string in the place of each f-string that Python 3.12 understands."""
    done: list[str] = []
    start = 0
    for prefix in _F_STRING.finditer(part):
        if prefix.start() < start:
            continue  # within another one
        try:
            end = _end_of_f_string(part, prefix.end(), depth=0)
        except (_NoString, IndexError):
            return part
        lines = "\n" * part.count("\n", prefix.start(), end)
        done += [part[start : prefix.start()], f"'''{lines}'''"]
        start = end
    return "".join([*done, part[start:]])


def _end_of_f_string(text: str, at: int, depth: int) -> int:
    """Return where an f-string ends whose quotes begin at `at`, within `depth` others."""
    if depth > _DEPTH:
        raise _NoString
    quote = _quote(text, at)
    at += len(quote)
    while not text.startswith(quote, at):
        if text[at] == "\\" or text[at : at + 2] in ("{{", "}}"):
            at += 2
        elif text[at] == "{":
            at = _end_of_field(text, at + 1, depth)
        else:
            at += 1
    return at + len(quote)


def _end_of_field(text: str, at: int, depth: int) -> int:
    """Return where a replacement field ends, whose expression begins at `at`.

    The outermost expression must be Python; those within it are checked with it.
    """
    start, brackets, cut = at, 0, 0
    while True:
        character = text[at]
        if character in "\"'":
            at = _end_of_string(text, at, depth)
            continue
        if character in _OPENING:
            brackets += 1
        elif character in _CLOSING and brackets:
            brackets -= 1
        elif character == ":" and not brackets and not cut:
            cut = at
        elif character == "}":
            expression = _CONVERSION.sub("", text[start : cut or at]).rstrip().removesuffix("=")
            if not depth and not _parses(f"({_plain(expression)}\n)"):
                raise _NoString
            return at + 1
        at += 1


def _end_of_string(text: str, at: int, depth: int) -> int:
    """Return where a string ends, within a replacement field."""
    if _F_STRING.match(text, max(0, at - 1)) or _F_STRING.match(text, max(0, at - 2)):
        return _end_of_f_string(text, at, depth + 1)
    quote = _quote(text, at)
    at += len(quote)
    while not text.startswith(quote, at):
        at += 2 if text[at] == "\\" else 1
    return at + len(quote)


def _quote(text: str, at: int) -> str:
    """Return the quotes at a place: three of them, or one."""
    return text[at : at + 3] if text[at : at + 3] in ('"""', "'''") else text[at]


def _untyped(part: str) -> str:
    """Take off type parameters, and `type` before an assignment."""
    part = _TYPE.sub(r"\1\2 ", part)
    for head in [*_TYPED.finditer(part)][::-1]:
        part = part[: head.end()] + _after_bracket(part, head.end())
    return part


def _after_bracket(text: str, at: int) -> str:
    """Return what comes after the bracket that opens at `at` and all within it."""
    depth = 0
    for end in range(at, len(text)):
        depth += (text[end] in _OPENING) - (text[end] in _CLOSING)
        if depth == 0:
            return text[end + 1 :]
    return text[at:]


_QUOTES = "quotes within quotes in an f-string"
_IN_F_STRINGS = {  # words of Python 3.11
    "a backslash": "a backslash within the braces of an f-string",
    "'#'": "a comment within the braces of an f-string",
    "unterminated string": "line ends within the braces of an f-string",
}
_KINDS = (
    _Newer((3, 12), _QUOTES, _plain),
    _Newer((3, 12), "type parameters in brackets, or `type X = ...`", _untyped),
    _Newer((3, 14), 'a template string, t"..."', lambda part: _T_STRING.sub("", part)),
    _Newer((3, 14), "`except A, B` without brackets", lambda part: _EXCEPT.sub(r"\1 (\2):", part)),
    _Newer((3, 15), "a lazy import", lambda part: _LAZY.sub(r"\1", part)),
)
