"""One file of a submission, named but not yet read, wherever it lies."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum


class Kind(StrEnum):
    FILE = "a regular file"
    SYMBOLIC_LINK = "a symbolic link"
    HARD_LINK = "a hard link"
    DEVICE = "a device"
    PIPE = "a named pipe"
    OTHER = "a special file"


@dataclass(frozen=True)
class Member:
    """`read(most)` returns at most `most` bytes, or raises Unreadable."""

    parts: tuple[str, ...]  # of the path within the submission; may be hostile
    kind: Kind
    read: Callable[[int], bytes]

    @property
    def name(self) -> str:
        return self.parts[-1]

    @property
    def path(self) -> str:
        return "/".join(self.parts)


def split(path: str) -> tuple[str, ...]:
    """Return the parts of a path as an archive spells it, "./" and backslashes included."""
    parts = tuple(part for part in path.replace("\\", "/").split("/") if part != ".")
    return parts or ("",)
