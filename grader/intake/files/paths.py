"""What a file's name says: a kind to grade, an archive to look into, or nothing to look at."""

import re
from collections.abc import Sequence

NOTEBOOK = ".ipynb"
CODE = (".py", NOTEBOOK)
TARS = (".tar", ".tar.gz", ".tgz")
ARCHIVES = (".zip", *TARS)
KINDS = ".py, .ipynb, .zip, .tar, .tar.gz or .tgz"

_IGNORED = {"__MACOSX", "__pycache__", "venv", "env", "node_modules"}
_MODULE = re.compile(r"[A-Za-z_][A-Za-z0-9_]{0,63}\.py")
_DRIVE = re.compile(r"[A-Za-z]:")


def is_code(name: str) -> bool:
    return name.lower().endswith(CODE)


def is_archive(name: str) -> bool:
    return name.lower().endswith(ARCHIVES)


def is_module(name: str) -> bool:
    """Say whether `name` is a plain module name that `import` can find."""
    return _MODULE.fullmatch(name) is not None


def is_ignored(parts: Sequence[str]) -> bool:
    """Say whether a path is hidden or lies in a folder that tools make."""
    return any(
        part in _IGNORED or (part.startswith(".") and part not in {".", ".."}) for part in parts
    )


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
