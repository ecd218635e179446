"""One file of a submission, named but not yet read, wherever it lies.

Runs in: the conductor.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import NoReturn

from grader.intake.unreadable import Unreadable


class Kind(StrEnum):
    FILE = "a regular file"
    SYMBOLIC_LINK = "a symbolic link"
    HARD_LINK = "a hard link"
    DEVICE = "a device"
    PIPE = "a named pipe"
    OTHER = "a special file"
    CLOSED = "a folder that cannot be looked into"
    LEFTOVER = "a folder or file that a tool left behind"


@dataclass(frozen=True)
class Member:
    """`read(most)` returns at most `most` bytes, or raises Unreadable."""

    parts: tuple[str, ...]  # of the path within the submission; may be hostile
    kind: Kind
    read: Callable[[int], bytes]
    modified: datetime | None = None  # as an archive has it; a disk's own dates mean little
    on_disk: Path | None = None

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def path(self) -> str:
        return "/".join(self.parts)


def unread(parts: tuple[str, ...], kind: Kind) -> Member:
    """Return a member that stands for what is not read."""

    def refuse(most: int) -> NoReturn:
        raise Unreadable(f"{kind}; hand in the file itself")

    return Member(parts, kind, refuse)


def split(path: str) -> tuple[str, ...]:
    """Return the parts of a path as an archive spells it, "./" and backslashes included."""
    parts = tuple(part for part in path.replace("\\", "/").split("/") if part != ".")
    return parts or ("",)
