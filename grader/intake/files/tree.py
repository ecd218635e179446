"""The folders and files of a class, by their names alone, on the disk and in archives.

Runs in: the conductor.

A folder that cannot be looked into is noted as one, and costs only the student whose it is. So does
a folder with too many files: in each folder of a class, CLASS_MEMBERS are looked at and no more.
"""

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

from grader.intake.files.folder import kind_of
from grader.intake.files.member import Kind, Member
from grader.intake.files.paths import (
    VIRTUAL_ENVIRONMENT,
    can_be_handed_in,
    is_hidden,
    is_left_by_a_tool,
)
from grader.intake.files.place import Place, class_members
from grader.intake.limits import CLASS_MEMBERS, DEPTH
from grader.record.files import LOG


class File(NamedTuple):
    """A file of the tree, whose name is its key in the folder."""

    kind: Kind
    place: Place


@dataclass
class Folder:
    """What a folder holds."""

    place: Place
    files: dict[str, File] = field(default_factory=dict)
    folders: dict[str, "Folder"] = field(default_factory=dict)
    hidden: list[str] = field(default_factory=list)  # start with a dot; of a folder, end with "/"
    leftovers: list[str] = field(default_factory=list)  # names that only tools give
    is_closed: bool = False  # it cannot be looked into
    is_partial: bool = False  # the caller named some of what lies in it

    @property
    def places(self) -> tuple[Place, ...]:
        """Where it lies, or where the parts of it lie that the caller named."""
        return tuple(self._places(())) if self.is_partial else (self.place,)

    def _places(self, above: tuple[str, ...]) -> Iterator[Place]:
        for name, file in self.files.items():
            yield replace(file.place, called=(*above, name))
        for name, folder in self.folders.items():
            if folder.is_partial:
                yield from folder._places((*above, name))
            else:
                yield replace(folder.place, called=(*above, name))

    @cached_property
    def hand_ins(self) -> list[str]:
        """The names of the files directly in it that can be handed in."""
        return [name for name in self.files if can_be_handed_in(name)]

    @cached_property
    def has_code(self) -> bool:
        """Whether something that can be handed in lies in it, at any depth."""
        return bool(self.hand_ins) or any(folder.has_code for folder in self.folders.values())

    @property
    def is_empty(self) -> bool:
        return not (self.files or self.folders or self.is_closed)

    @property
    def is_of_reports(self) -> bool:
        """Whether a run of the grader wrote it."""
        return LOG in self.files and not self.has_code


def below(place: Place, name: str) -> Place:
    """Return the place of a file or folder in the folder at `place`."""
    if place.within:
        *archives, parts = place.within
        return Place(place.path, (*archives, (*parts, name)))
    return Place(place.path / name)


def tree_of(path: Path) -> Folder:
    """Return what lies in a folder of the disk.

    Raises:
        OSError: it cannot be looked into.
    """
    folder = Folder(Place(path))
    for entry in _entries(path):
        _add(folder, entry, _Room(CLASS_MEMBERS), 1)
    return folder


def tree_of_paths(paths: Sequence[Path]) -> Folder:
    """Return the folder that holds all of `paths`, as if it held nothing else.

    A link that the caller names is followed.
    """
    root = Path(os.path.commonpath([path.parent for path in paths]))
    tree = Folder(Place(root), is_partial=True)
    for path in paths:
        folder, actual = tree, path.resolve() if path.exists() else path
        for name in path.parent.relative_to(root).parts:
            inner = Folder(below(folder.place, name), is_partial=True)
            folder = folder.folders.setdefault(name, inner)
        if actual.is_dir():
            folder.folders[path.name] = _open_or_closed(actual, _Room(CLASS_MEMBERS), 1)
        else:
            kind = kind_of(actual.lstat().st_mode)
            folder.files[path.name] = File(kind, Place(actual, called=(path.name,)))
    return tree


def tree_of_archive(place: Place) -> Folder:
    """Return what lies in an archive of the disk, or in one within another.

    Raises:
        Unreadable: it is damaged or too large.
    """
    root = Folder(replace(place, within=(*place.within, ())))
    for member in class_members(place.path, place.within):
        _insert(root, member)
    return root


@dataclass
class _Room:
    """How many more files and folders may be looked at."""

    left: int


def _entries(path: Path) -> list["os.DirEntry[str]"]:
    with os.scandir(path) as found:
        return sorted(found, key=lambda entry: entry.name)


def _add(folder: Folder, entry: "os.DirEntry[str]", room: _Room, depth: int) -> None:
    room.left -= 1
    name = entry.name
    if is_left_by_a_tool(name):
        folder.leftovers.append(name)
    elif is_hidden(name):
        folder.hidden.append(name + "/" * entry.is_dir(follow_symlinks=False))
    elif entry.is_dir(follow_symlinks=False):
        path = Path(entry)
        if os.path.lexists(path / VIRTUAL_ENVIRONMENT):
            folder.leftovers.append(name)
        else:
            folder.folders[name] = _open_or_closed(path, room, depth)
    else:
        kind = kind_of(entry.stat(follow_symlinks=False).st_mode)
        folder.files[name] = File(kind, below(folder.place, name))


def _open_or_closed(path: Path, room: _Room, depth: int) -> Folder:
    folder = Folder(Place(path))
    try:
        entries = _entries(path) if depth < DEPTH else []
    except OSError:
        folder.is_closed = True
        return folder
    for entry in entries:
        if room.left > 0:
            _add(folder, entry, room, depth + 1)
    return folder


def _insert(root: Folder, member: Member) -> None:
    folder = root
    *above, name = member.parts
    for part in above:
        if _is_no_name(folder, part, "/"):
            return
        folder = folder.folders.setdefault(part, Folder(below(folder.place, part)))
    if name and not _is_no_name(folder, name, ""):
        folder.files[name] = File(member.kind, below(folder.place, name))


def _is_no_name(folder: Folder, name: str, ending: str) -> bool:
    """Note a name that tools give, or a hidden one."""
    for is_one, names in ((is_left_by_a_tool, folder.leftovers), (is_hidden, folder.hidden)):
        if is_one(name):
            if name + ending not in names:
                names.append(name + ending)
            return True
    return False
