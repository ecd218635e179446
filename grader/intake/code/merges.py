"""The marks that git leaves in a file which it could not merge.

Runs in: the conductor and the judge.

Between definitions they are blanked out, and both versions are read. Within a function nobody can
tell what was meant: there they stay, and the function is lost to them.
"""

import re

MARK = re.compile(r"(?:<{7}|={7}|>{7}|\|{7})(?: |$)")
_DEFINITION = re.compile(r"\s*(?:@|class\b|def\b|async\b)")
REASON = "the mark of a merge in git"
_BOTH = f"{REASON}, of which both versions are read, and the lower one counts"


def without_merge_marks(text: str) -> tuple[str, list[tuple[int, str, str]]]:
    """Return a text without marks between definitions; and line from 0, mark and what is told."""
    if "<<<<<<<" not in text:
        return text, []
    lines, told = text.split("\n"), []
    for number, line in enumerate(lines):
        if MARK.match(line) and _is_between(lines, number):
            if line.startswith("<"):
                told.append((number, line, _BOTH))
            lines[number] = ""
    return "\n".join(lines), told


def _is_between(lines: list[str], number: int) -> bool:
    """Tell whether a mark is followed by a definition, by unindented code, or by nothing."""
    following = (line for line in lines[number + 1 :] if line.strip() and not MARK.match(line))
    line = next(following, "")
    return not line.startswith((" ", "\t")) or _DEFINITION.match(line) is not None
