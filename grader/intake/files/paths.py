"""What a file's name says: a kind to grade, an archive to look into, or nothing to look at.

Runs in: the conductor and the judge.
"""

import re
from collections.abc import Sequence

from grader.intake.submission import NOTEBOOK

CODE = (".py", NOTEBOOK)
TARS = (".tar", ".tar.gz", ".tgz")
ARCHIVES = (".zip", *TARS)
KINDS = ".py, .ipynb, .zip, .tar, .tar.gz or .tgz"
VIRTUAL_ENVIRONMENT = "pyvenv.cfg"  # lies in the folder of one, whatever that is called

_LEFT_BY_TOOLS = {
    "$RECYCLE.BIN",
    "Thumbs.db",
    "__MACOSX",
    "__pycache__",
    "desktop.ini",
    "node_modules",
    "site-packages",
    "venv",
}
_HIDDEN_BY_TOOLS = re.compile(
    r"""\.(?: _.* | DS_Store | Spotlight-V100 | Trash.* | cache | git.* | idea | ipynb_checkpoints
        | ipython | jupyter | mypy_cache | nox | pytest_cache | ruff_cache | tox | venv | vs.*
        | virtual_documents | .*\.sw[op] | \#.* )""",
    re.VERBOSE,
)
_IDENTIFIER = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}")
_DRIVE = re.compile(r"[A-Za-z]:")


def is_code(name: str) -> bool:
    return name.lower().endswith(CODE)


def is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVES)


def can_be_handed_in(name: str) -> bool:
    return is_code(name) or is_archive(name)


def dotted_name(parts: Sequence[str]) -> str:
    """Return the name by which `import` finds the file at a path, or "" if it is no module."""
    path = "/".join(parts)
    if not path.endswith(".py"):
        return ""
    names = path.removesuffix(".py").removesuffix("/__init__").split("/")
    return ".".join(names) if all(map(_IDENTIFIER.fullmatch, names)) else ""


def is_left_by_a_tool(name: str) -> bool:
    """Say whether a tool makes a folder or file of this name, and a student never does."""
    return name in _LEFT_BY_TOOLS or _HIDDEN_BY_TOOLS.fullmatch(name) is not None


def is_hidden(name: str) -> bool:
    return name.startswith(".") and name not in {".", ".."}


def leftover(parts: Sequence[str]) -> int:
    """Return how many parts of a path lead to what is hidden or left by a tool; 0 if none do."""
    for length, part in enumerate(parts, start=1):
        if is_hidden(part) or is_left_by_a_tool(part):
            return length
    return 0


def is_safe(parts: Sequence[str]) -> bool:
    """Say whether a member of an archive stays inside it: relative, with no way up."""
    return not _DRIVE.match(parts[0]) and not any(
        part in {"", ".", ".."} or "\0" in part for part in parts
    )


def stem(name: str) -> str:
    """Return `name` without the ending of a kind that can be handed in, if it has one."""
    for ending in (*CODE, *sorted(ARCHIVES, key=len, reverse=True)):
        if name.lower().endswith(ending) and len(name) > len(ending):
            return name[: -len(ending)]
    return name
