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
    """Return a text without marks between definitions; and of each: line from 0, mark, note."""
    if "<<<<<<<" not in text:
        return text, []
    lines, told = text.split("\n"), []
    is_between = True  # what follows is a definition, or unindented code, or nothing
    for number, line in reversed([*enumerate(lines)]):
        if not MARK.match(line):
            if line.strip():
                is_between = line[0] not in " \t" or _DEFINITION.match(line) is not None
        elif is_between:
            lines[number] = ""
            if line.startswith("<"):
                told.append((number, line, _BOTH))
    return "\n".join(lines), told[::-1]
