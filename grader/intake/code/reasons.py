"""Why a part of the code is not Python, in the words of what made it so.

Runs in: the conductor and the judge.
"""

import re

from grader.intake.code.merges import MARK, REASON
from grader.intake.code.newer import newer_syntax

_PYTHON_2 = {  # in the line of the error
    r"^\s*print\b(?!\s*\()": "in Python 3, print is a function: print(...)",
    r"^\s*exec\b(?!\s*\()": "in Python 3, exec is a function: exec(...)",
    r"^\s*except\b[^()]*,": "in Python 3, it is `except ValueError as error`",
    r"^\s*raise\s+[\w.]+\s*,": "in Python 3, it is `raise ValueError(...)`",
    r"<>": "in Python 3, `<>` is `!=`",
}
_NUMBERS = ("invalid decimal literal", "leading zeros")  # Python's words for these
_NUMBERS_OF_PYTHON_2 = "in Python 3, it is 0o17 for 017, and 17 for 17L"


def reason(error: SyntaxError, line: str, part: str) -> str:
    """Return why `part` is not Python.

    Args:
        line: the one that the error is about.
        part: a statement, or what could be one, without indentation.
    """
    if any(map(MARK.match, part.split("\n"))):
        return REASON
    if newer := newer_syntax(error, part):
        return newer
    for pattern, words in _PYTHON_2.items():
        if re.search(pattern, line):
            return f"this is Python 2: {words}"
    if error.msg.startswith(_NUMBERS) and re.search(r"\b(?:0\d+|\d+[lL])\b", line):
        return f"this is Python 2: {_NUMBERS_OF_PYTHON_2}"
    return error.msg


def line_of(error: SyntaxError, part: str) -> str:
    """Return the line that an error in `part` is about."""
    lines = part.split("\n")
    number = error.lineno or 1
    return lines[number - 1] if number <= len(lines) else ""
