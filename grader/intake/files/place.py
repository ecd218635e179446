"""Where a submission lies, on the disk or in an archive, and the files that lie there.

Runs in: the conductor.
"""

import os
import stat
from bisect import bisect_left
from collections.abc import Iterable, Set
from dataclasses import dataclass, replace
from functools import lru_cache, partial
from pathlib import Path

from grader.intake.files.blob import Blob, in_memory, on_disk
from grader.intake.files.folder import folder_members, kind_of, read_regular
from grader.intake.files.member import Kind, Member, unread
from grader.intake.files.paths import TARS, is_archive, leftover
from grader.intake.files.paths import VIRTUAL_ENVIRONMENT as _ENVIRONMENT
from grader.intake.files.tar import tar_members
from grader.intake.files.zip import zip_members
from grader.intake.limits import MEMBERS, MIB, ZIP_BYTES
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

Parts = tuple[str, ...]


@dataclass(frozen=True)
class Place:
    """A folder or file of the disk, or a part of an archive that holds a class.

    `within` has a path for each archive on the way down: ("all.zip", "export/ada") is the folder
    or file export/ada of the archive all.zip, which lies in the archive `path`.
    """

    path: Path
    within: tuple[Parts, ...] = ()
    called: Parts = ()  # the path in the submission, if that is another than the place has


def members_of(place: Place, alone: bool = True) -> list[Member]:
    """Return the files that lie at a place; of a file, itself.

    Args:
        alone: of an archive on the disk, return what it holds: nothing lies beside it.

    Raises:
        Unreadable: it cannot be looked into, or holds too many files.
        OSError: it is gone, or cannot be looked into.
    """
    if place.within:
        found, name = _within(place), "".join(place.within[-1][-1:])
    elif alone and is_archive(place.path.name) and place.path.is_file():
        return tidied(_in_archive(place.path), place.path.name)
    else:
        found, name = _on_disk(place.path), place.path.name
    members = tidied(found, name)
    if not place.called:
        return members
    is_file = [member.parts for member in members] == [(name,)]
    return [replace(one, parts=place.called + (() if is_file else one.parts)) for one in members]


def tidied(members: Iterable[Member], name: str) -> list[Member]:
    """Return the files, with one member for each folder that a tool left behind.

    Raises:
        Unreadable: there are too many in `name`.
    """
    found = list(members)
    environments = {
        member.parts[:-1] for member in found if member.parts[1:] and member.name == _ENVIRONMENT
    }
    files: list[Member] = []
    left: dict[Parts, Member] = {}
    for member in found:
        if length := _leftover(member.parts, environments):
            parts = member.parts[:length]
            left.setdefault(parts, unread(parts, Kind.LEFTOVER))
        elif member.name:  # else a folder of an archive
            files.append(member)
    if len(files) > MEMBERS:
        raise Unreadable(f"{inert(name, 80)}: more than {MEMBERS} files; hand in only the code")
    return [*files, *left.values()]


def _leftover(parts: Parts, environments: Set[Parts]) -> int:
    lengths = range(1, len(parts)) if environments else ()
    return leftover(parts) or next((n for n in lengths if parts[:n] in environments), 0)


def archive_members(blob: Blob) -> tuple[Member, ...]:
    """Return the files of an archive by its name's ending, and its folders, which end in ""."""
    return (tar_members if blob.name.lower().endswith(TARS) else zip_members)(blob)


def class_members(path: Path, archives: tuple[Parts, ...] = ()) -> tuple[Member, ...]:
    """Return what an archive holds, or an archive within it, sorted; read once for a class."""
    return _sorted_members(on_disk(path), archives)


@lru_cache(maxsize=2)
def _sorted_members(blob: Blob, archives: tuple[Parts, ...]) -> tuple[Member, ...]:
    for parts in archives:
        found = [member for member in archive_members(blob) if member.parts == parts]
        if not found:
            raise FileNotFoundError
        blob = in_memory(found[0].name, _whole(found[0]))
    return tuple(sorted(archive_members(blob), key=lambda member: member.parts))


def _whole(member: Member) -> bytes:
    data = member.read(ZIP_BYTES + 1)
    if len(data) > ZIP_BYTES:
        raise _too_large(member.name)
    return data


def _within(place: Place) -> list[Member]:
    members = class_members(place.path, place.within[:-1])
    at = place.within[-1]
    first = bisect_left(members, at, key=lambda member: member.parts)
    found = []
    for member in members[first:]:
        if member.parts[: len(at)] != at:
            break
        inside = member.parts[len(at) :]
        if not inside:  # the place is a file
            return [replace(member, parts=at[-1:])]
        found.append(replace(member, parts=inside))
    return found


def _on_disk(path: Path) -> list[Member]:
    mode = os.lstat(path).st_mode
    if stat.S_ISDIR(mode):
        return folder_members(path)
    return [Member((path.name,), kind_of(mode), partial(read_regular, path), on_disk=path)]


def _in_archive(path: Path) -> tuple[Member, ...]:
    blob = on_disk(path)
    if blob.size > ZIP_BYTES:
        raise _too_large(path.name)
    return archive_members(blob)


def _too_large(name: str) -> Unreadable:
    return Unreadable(
        f"{inert(name, 80)}: larger than {ZIP_BYTES // MIB} MiB; hand in only the code"
    )
