"""The bytes of an archive: a file on the disk, or what lay in another archive.

Runs in: the conductor.
"""

import io
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import BinaryIO

from grader.intake.files.folder import open_regular
from grader.record.inert import inert


@dataclass(frozen=True)
class Blob:
    """An archive that can be opened again and again, while it stays the same."""

    name: str  # as students know it
    path: Path | None  # None: `data` is all of it
    stamp: tuple[int, ...]  # tells two states of a file on the disk apart
    data: bytes = field(default=b"", repr=False)

    @property
    def size(self) -> int:
        return self.stamp[-1]

    @property
    def shown(self) -> str:
        return inert(self.name, 80)

    def open(self) -> BinaryIO:
        return io.BytesIO(self.data) if self.path is None else open_regular(self.path)


def on_disk(path: Path) -> Blob:
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
    return Blob(path.name, path, (status.st_ino, status.st_mtime_ns, status.st_size))


def in_memory(name: str, data: bytes) -> Blob:
    return Blob(name, None, (id(data), len(data)), data)
