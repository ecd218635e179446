"""The members of a folder on disk. No link is followed, and nothing but a regular file is opened.

Runs in: the conductor.

Between the look at a folder and the reading of a file nothing is trusted: the file is opened
without following a link and without waiting for a pipe's other end, and asked what it is.
"""

import os
import stat
from collections.abc import Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import BinaryIO

from grader.intake.files.member import Kind, Member, unread
from grader.intake.files.paths import VIRTUAL_ENVIRONMENT, is_hidden, is_left_by_a_tool
from grader.intake.limits import DEPTH, MEMBERS
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

_CAREFUL = sum(
    getattr(os, flag, 0)
    for flag in ("O_NOFOLLOW", "O_NONBLOCK", "O_NOCTTY", "O_CLOEXEC", "O_BINARY")
)


def open_regular(path: Path) -> BinaryIO:
    """Open a file for reading; raise Unreadable if it is anything but a regular file."""
    if os.path.islink(path):
        raise not_regular(path, Kind.SYMBOLIC_LINK)
    try:
        descriptor = os.open(path, os.O_RDONLY | _CAREFUL)
    except OSError as error:
        raise Unreadable(f"{inert(path.name, 80)}: cannot be read ({error.strerror})") from error
    kind = kind_of(os.fstat(descriptor).st_mode)
    if kind is not Kind.FILE:
        os.close(descriptor)
        raise not_regular(path, kind)
    return os.fdopen(descriptor, "rb")


def read_regular(path: Path, most: int) -> bytes:
    with open_regular(path) as file:
        return file.read(most)


def folder_members(root: Path) -> list[Member]:
    """Return the files under `root`; folders that tools make are named and not looked into."""
    members = []
    for looked_at, member in enumerate(_walk(_entries(root), ())):
        if looked_at >= MEMBERS:
            raise Unreadable(
                f"{inert(root.name, 80)}: more than {MEMBERS} files; hand in only the code"
            )
        if member is not None:
            members.append(member)
    return members


def kind_of(mode: int) -> Kind:
    """Return what the type bits of a file's mode say; no bits at all mean a regular file."""
    if stat.S_IFMT(mode) in (0, stat.S_IFREG):
        return Kind.FILE
    if stat.S_ISLNK(mode):
        return Kind.SYMBOLIC_LINK
    if stat.S_ISFIFO(mode):
        return Kind.PIPE
    if stat.S_ISCHR(mode) or stat.S_ISBLK(mode):
        return Kind.DEVICE
    return Kind.OTHER


def _entries(folder: Path) -> list["os.DirEntry[str]"]:
    with os.scandir(folder) as found:
        return sorted(islice(found, MEMBERS + 1), key=lambda entry: entry.name)


def _walk(entries: list["os.DirEntry[str]"], above: tuple[str, ...]) -> Iterator[Member | None]:
    """Yield every file at and below some entries, and None for every folder: both are counted."""
    for entry in entries:
        parts, path = (*above, entry.name), Path(entry)
        if is_hidden(entry.name) or is_left_by_a_tool(entry.name):
            yield unread(parts, Kind.LEFTOVER)
        elif entry.is_dir(follow_symlinks=False):
            yield from _walk_below(path, parts)
        else:
            kind = kind_of(entry.stat(follow_symlinks=False).st_mode)
            yield Member(parts, kind, partial(read_regular, path), on_disk=path)


def _walk_below(folder: Path, parts: tuple[str, ...]) -> Iterator[Member | None]:
    try:
        entries = _entries(folder) if len(parts) < DEPTH else None
    except OSError:
        entries = None
    if entries is None:
        yield unread(parts, Kind.CLOSED)
    elif any(entry.name == VIRTUAL_ENVIRONMENT for entry in entries):
        yield unread(parts, Kind.LEFTOVER)
    else:
        yield None
        yield from _walk(entries, parts)


def not_regular(path: Path, kind: Kind) -> Unreadable:
    return Unreadable(
        f"{inert(path.name, 80)}: is {kind}, not a regular file; hand in the file itself"
    )
