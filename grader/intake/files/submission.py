"""Read one submission into memory: the deliverable, and the modules that lie beside it.

The deliverable is `<assignment>.py` or `<assignment>.ipynb`; without one, the only Python file
or notebook. Of several in folders within each other the one nearest the top is meant.
"""

import hashlib
import os
import stat
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from grader.intake.files.find import Location
from grader.intake.files.folder import folder_members, kind_of, not_regular, read_regular
from grader.intake.files.member import Kind, Member
from grader.intake.files.paths import (
    CODE,
    KINDS,
    NOTEBOOK,
    TARS,
    is_archive,
    is_code,
    is_ignored,
    is_module,
    is_safe,
)
from grader.intake.files.tar import tar_members
from grader.intake.files.zip import zip_members
from grader.intake.limits import MIB, MODULES_BYTES, NOTEBOOK_BYTES, PYTHON_BYTES
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

__all__ = ["Submission", "Unreadable", "read"]

_REFUSED = {Kind.HARD_LINK, Kind.DEVICE, Kind.PIPE}  # no student's tool packs one by accident
_SHOWN = 3  # file names in one message
_OF_A_HANDOUT = frozenset({"public", "given", "data"})  # its folders

Starters = Callable[[], Collection[bytes]]


@dataclass(frozen=True)
class Submission:
    """What a student handed in, as bytes."""

    id: str
    main: str  # "knn.py" or "knn.ipynb", whatever the student called it
    files: dict[str, bytes]  # the deliverable and the modules beside it, by plain names
    digest: str  # SHA-256 over names and bytes
    notes: tuple[str, ...]
    called: str = ""  # the deliverable's own name, harmless to print, if it is not `main`

    @property
    def shown(self) -> str:
        """The deliverable's name in messages to the student."""
        return self.called or self.main


def read(source: Location, assignment: str, starters: Starters = tuple) -> Submission:
    """Return what lies at `source`.

    Args:
        starters: gives the files of the handout; beside another file, an untouched one is no
            candidate.

    Raises:
        Unreadable: nothing to grade is there, or more than one thing, or something unsafe.
    """
    try:
        members = [member for member in _members(source) if not is_ignored(member.parts)]
        _refuse_special(members)
        return _submission(source, assignment, members, starters)
    except FileNotFoundError as error:
        raise Unreadable(f"nothing was handed in for {assignment}") from error
    except OSError as error:
        raise Unreadable(
            f"{inert(source.path.name, 80)}: cannot be read ({error.strerror})"
        ) from error


def _members(source: Location) -> list[Member]:
    path = source.path
    if source.part:
        return zip_members(path, source.part)
    mode = os.lstat(path).st_mode
    if stat.S_ISDIR(mode):
        members = folder_members(path)
        archive = _only_archive(members)
        return _archive_members(path.joinpath(*archive.parts)) if archive else members
    if (kind := kind_of(mode)) is not Kind.FILE:
        raise not_regular(path, kind)
    if is_archive(path.name):
        return _archive_members(path)
    if is_code(path.name):
        return [Member((path.name,), kind, partial(read_regular, path))]
    raise Unreadable(f"{inert(path.name, 80)}: not a {KINDS} file; hand in one of these")


def _only_archive(members: list[Member]) -> Member | None:
    if any(is_code(member.name) for member in members):
        return None
    archives = [member for member in members if is_archive(member.name)]
    return archives[0] if len(archives) == 1 else None


def _archive_members(path: Path) -> list[Member]:
    return tar_members(path) if path.name.lower().endswith(TARS) else zip_members(path)


def _refuse_special(members: list[Member]) -> None:
    special = [member for member in members if member.kind in _REFUSED]
    if special:
        raise Unreadable(
            f"{_shown(special[:1])} is {special[0].kind}; hand in nothing but regular files"
        )


def _submission(
    source: Location, assignment: str, members: list[Member], starters: Starters
) -> Submission:
    usable = [member for member in members if is_safe(member.parts)]
    deliverable = _deliverable(usable, assignment, starters)
    is_notebook = deliverable.name.lower().endswith(NOTEBOOK)
    main = assignment + (NOTEBOOK if is_notebook else ".py")
    files = {main: _take(deliverable, NOTEBOOK_BYTES if is_notebook else PYTHON_BYTES)}
    left_out = _add_modules(files, _modules_beside(deliverable, usable))
    notes = (*source.notes, *_notes(deliverable, main, members, left_out))
    called = "" if deliverable.name == main else inert(deliverable.name, 60)
    return Submission(source.id, main, files, _digest(files), notes, called)


def _deliverable(members: list[Member], assignment: str, starters: Starters) -> Member:
    wanted = [assignment + ending for ending in CODE]
    code = [member for member in members if is_code(member.name)]
    candidates = [member for member in code if member.name in wanted] or code
    depth = min((len(member.parts) for member in candidates), default=0)
    nearest = [member for member in candidates if len(member.parts) == depth]
    if not nearest:
        raise Unreadable(f"no {' or '.join(wanted)} here{_found(members)}; hand in one of them")
    if len(nearest) > 1:
        touched = [member for member in nearest if not _is_starter(member, starters)]
        nearest = touched or nearest[:1]
    if len(nearest) > 1:
        raise Unreadable(
            f"{_shown(nearest)} could each be the submission;"
            f" hand in one file, called {' or '.join(wanted)}"
        )
    return nearest[0]


def _is_starter(member: Member, starters: Starters) -> bool:
    untouched = starters()
    longest = max(map(len, untouched), default=0)  # of a file larger than that, no more is read
    return member.kind is Kind.FILE and member.read(longest + 1) in untouched


def _modules_beside(deliverable: Member, members: list[Member]) -> list[Member]:
    """Return the files next to the deliverable that it can import."""
    folder = deliverable.parts[:-1]
    return [
        member
        for member in members
        if member.parts[:-1] == folder
        and member is not deliverable
        and member.kind is Kind.FILE
        and is_module(member.name)
    ]


def _add_modules(files: dict[str, bytes], modules: list[Member]) -> list[Member]:
    """Add to `files` the modules that there is room for; return the others."""
    left_out, room = [], MODULES_BYTES
    for module in modules:
        data = module.read(room + 1)
        if len(data) > room:
            left_out.append(module)
        else:
            files[module.name] = data
            room -= len(data)
    return left_out


def _take(member: Member, most: int) -> bytes:
    """Return the whole of a file, counting its real bytes."""
    if member.kind is not Kind.FILE:
        raise Unreadable(
            f"{_shown([member])} is {member.kind}, not a regular file; hand in the file itself"
        )
    data = member.read(most + 1)
    if len(data) > most:
        raise Unreadable(
            f"{_shown([member])} is larger than {most // MIB} MiB; hand in code without data"
        )
    return data


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _notes(
    deliverable: Member, main: str, members: list[Member], left_out: list[Member]
) -> list[str]:
    notes = []
    if deliverable.name != main:
        notes.append(f"{_shown([deliverable])} is read as {main}")
    if links := [member for member in members if member.kind is Kind.SYMBOLIC_LINK]:
        notes.append(f"symbolic links are not followed: {_shown(links)}")
    if unsafe := [member for member in members if not is_safe(member.parts)]:
        notes.append(f"left out, its path leads out of the archive: {_shown(unsafe)}")
    if unread := [member for member in members if _is_code_elsewhere(member, deliverable)]:
        notes.append(f"not read: {_shown(unread)}; put all that is to be graded into {main}")
    if left_out:
        most = MODULES_BYTES // 1024
        notes.append(f"left out, more than {most} KiB of modules: {_shown(left_out)}")
    return notes


def _is_code_elsewhere(member: Member, deliverable: Member) -> bool:
    """Tell whether this is code in another folder than the deliverable, and none of the handout."""
    folders = member.parts[:-1]
    elsewhere = folders != deliverable.parts[:-1]
    return elsewhere and is_code(member.name) and not _OF_A_HANDOUT.intersection(folders)


def _found(members: list[Member]) -> str:
    """Say what is there instead of the deliverable."""
    if not members:
        return ", nothing at all"
    archives = any(is_archive(member.name) for member in members)
    inside = " (archives inside archives are not opened)" if archives else ""
    return f", only {_shown(members)}{inside}"


def _shown(members: list[Member]) -> str:
    names = [f"'{inert(member.path, 60)}'" for member in members[:_SHOWN]]
    if len(members) > _SHOWN:
        names.append(f"{len(members) - _SHOWN} more")
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)
