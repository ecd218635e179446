"""Find the submissions that a path holds: their ids and where they lie, nothing read yet.

    a .py or .ipynb file, a tar     one submission
    a folder, a .zip                one submission or a class

The rule, for a folder and for what a .zip holds (a .zip that holds a single folder stands for
that folder):

1. `<assignment>.py` or `<assignment>.ipynb` lies directly in it: one submission.
2. It has a folder `<assignment>` with code in it: that folder is one submission.
3. One file of a kind that can be handed in lies directly in it, and none in its folders: one
   submission.
4. Otherwise it is a class: each such file and each folder in it is one submission. Of a folder
   without code directly in it, its folder `<assignment>` counts if there is one (nbgrader's
   `submitted/<student>/<assignment>/`).

An archive that lies in a folder is one student's, and so is one of several paths: it must not
speak for others. A submission is called after its file or folder; a file or folder called like
the assignment is called after the folder it lies in.
"""

import os
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import takewhile
from pathlib import Path

from grader.errors import UsageError
from grader.intake.files.folder import folder_members
from grader.intake.files.member import split
from grader.intake.files.paths import CODE, KINDS, is_archive, is_code, is_ignored, is_safe, stem
from grader.intake.files.zip import zip_paths
from grader.intake.unreadable import Unreadable
from grader.record.files import LOG
from grader.record.identity import ID_LENGTH, id_of
from grader.record.inert import inert


@dataclass(frozen=True)
class Location:
    """Where one submission lies."""

    id: str
    path: Path  # a file or a folder
    part: str = ""  # of a class archive: "alice/" or "alice.ipynb"
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Found:
    """What several paths hold."""

    submissions: list[Location]  # ordered by id
    left_aside: dict[Path, list[str]]  # a path -> files directly in it that nobody can hand in


@dataclass(frozen=True)
class _Place:
    name: str  # what a student or a tool called it
    path: Path
    part: str = ""
    notes: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Listing:
    files: list[tuple[str, ...]]  # paths of what can be handed in, at any depth
    folders: list[str]  # directly below
    others: list[str] = field(default_factory=list)  # files directly below that cannot be handed in


@dataclass(frozen=True)
class _Unit:
    """What the rule finds in a listing: the part of it that is one submission."""

    name: str  # "" if it is called like the whole
    part: str  # "" for the whole, "alice/" or "alice.py"
    notes: tuple[str, ...] = ()


def find_submissions(paths: Sequence[Path], assignment: str) -> Found:
    """Return what `paths` hold; a place that is named twice counts once.

    A path that holds nothing is an error when it is the only one. Among several it is a
    submission that cannot be read, so that one empty folder does not stop a class.

    Raises:
        UsageError: a path does not exist, or the only path holds no submission.
    """
    places: dict[tuple[Path, str], _Place] = {}
    left_aside: dict[Path, list[str]] = {}
    for path in paths:
        found, others = _look(path, assignment, len(paths) == 1)
        places |= {(place.path, place.part): place for place in found}
        if others:
            left_aside[path] = others
    return Found(_with_ids(places.values()), left_aside)


def _look(path: Path, assignment: str, alone: bool) -> tuple[list[_Place], list[str]]:
    """Return the submissions of one path, and the names of the files left aside."""
    given = Path(os.path.abspath(path))
    if not os.path.exists(given):
        raise UsageError(f"{inert(str(path))}: no such file or folder; check the path")
    actual = given.resolve()  # a link that the caller names is followed, a student's is not
    whole = _Place(_called(given, assignment), actual)
    others: list[str] = []
    if actual.is_dir():
        found, others = _in_folder(whole, assignment)
    elif alone and actual.name.lower().endswith(".zip"):
        found = _in_zip(whole, assignment)
    else:
        found = [whole] if is_code(actual.name) or is_archive(actual.name) else []
    if not found and alone:
        raise UsageError(
            f"{inert(str(path))}: holds no submission; give a {KINDS} file, or a folder of them"
        )
    return found or [whole], others


def _called(path: Path, assignment: str) -> str:
    name = path.name if path.is_dir() else stem(path.name)
    return path.parent.name if name == assignment and path.parent.name else name


def _in_folder(whole: _Place, assignment: str) -> tuple[list[_Place], list[str]]:
    try:
        listing = _list_folder(whole.path)
    except OSError as error:
        raise UsageError(
            f"{inert(str(whole.path))}: cannot be read ({error.strerror}); check its permissions"
        ) from error
    units = _units(listing, assignment)
    places = [
        _Place(unit.name or whole.name, whole.path / unit.part, notes=unit.notes) for unit in units
    ]
    is_one = [unit.part for unit in units] == [""]  # then the others came with this submission
    return places, [] if is_one else listing.others


def _list_folder(folder: Path) -> _Listing:
    files: list[tuple[str, ...]] = []
    folders: list[str] = []
    others: list[str] = []
    for entry in sorted(os.scandir(folder), key=lambda entry: entry.name):
        if is_ignored([entry.name]):
            continue
        if entry.is_dir():
            inside = _handed_in(Path(entry))
            if inside or not Path(entry, LOG).exists():  # else it is where reports were written
                folders.append(entry.name)
                files += inside
        elif _can_be_handed_in(entry.name):
            files.append((entry.name,))
        elif entry.is_file():
            others.append(entry.name)
    return _Listing(files, folders, others)


def _handed_in(folder: Path) -> list[tuple[str, ...]]:
    """Return the paths of what can be handed in of one folder of a class, that folder included."""
    if folder.is_symlink():
        return []
    try:
        members = folder_members(folder)
    except (Unreadable, OSError):  # it is a submission all the same; reading it will say why not
        return []
    return [(folder.name, *member.parts) for member in members if _can_be_handed_in(member.name)]


def _in_zip(whole: _Place, assignment: str) -> list[_Place]:
    try:
        paths = [split(path) for path in zip_paths(whole.path)]
    except Unreadable:
        return [whole]
    paths = [path for path in paths if not is_ignored(path)]
    inside = _single_folder(paths)
    depth = len(inside)
    listing = _Listing(
        [path[depth:] for path in paths if _can_be_handed_in(path[-1])],
        sorted({path[depth] for path in paths if len(path) > depth + 1}),
    )
    prefix = "".join(f"{folder}/" for folder in inside)
    return [
        _Place(unit.name or whole.name, whole.path, unit.part and prefix + unit.part, unit.notes)
        for unit in _units(listing, assignment)
    ] or [whole]


def _single_folder(paths: list[tuple[str, ...]]) -> tuple[str, ...]:
    """Return the longest path of folders that all of `paths` share."""
    if not paths or not all(map(is_safe, paths)):
        return ()
    first, last = min(path[:-1] for path in paths), max(path[:-1] for path in paths)
    shared = takewhile(lambda pair: pair[0] == pair[1], zip(first, last, strict=False))
    return tuple(folder for folder, _ in shared)


def _can_be_handed_in(name: str) -> bool:
    return is_code(name) or is_archive(name)


def _units(listing: _Listing, assignment: str) -> list[_Unit]:
    """Apply the rule of the module's docstring."""
    deliverables = {assignment + ending for ending in CODE}
    top = [path[0] for path in listing.files if len(path) == 1]
    deeper = [path for path in listing.files if len(path) > 1]
    if deliverables.intersection(top):
        rivals = {path[0] for path in deeper if len(path) == 2 and path[1] in deliverables}
        return [_Unit("", "", _note_rivals(sorted(rivals)))]
    if any(path[0] == assignment for path in deeper):
        return [_Unit("", f"{assignment}/")]
    if len(top) == 1 and not deeper:
        return [_Unit("", "")]
    flat = {path[0] for path in deeper if len(path) == 2}
    nested = {path[0] for path in deeper if len(path) > 2 and path[1] == assignment} - flat
    students = [
        _Unit(folder, f"{folder}/{assignment}/" if folder in nested else f"{folder}/")
        for folder in listing.folders
    ]
    return [_Unit(stem(name), name) for name in top] + students


def _note_rivals(folders: list[str]) -> tuple[str, ...]:
    if not folders:
        return ()
    return (inert(f"left aside: folders with a file of the same name ({', '.join(folders)})"),)


def _with_ids(places: Iterable[_Place]) -> list[Location]:
    """Give each place an id of its own: two that differ only in case would share a file name.

    Of two of one name, the one nearer the top has it: who made the other may be one student.
    """
    taken: set[str] = set()
    last: dict[str, int] = {}  # number given out of an id
    sources = []
    for place in sorted(places, key=_rank):
        first, notes = _id(place.name)
        chosen, number = first, last.get(first, 1)
        while chosen.casefold() in taken:
            number += 1
            chosen = f"{first[: ID_LENGTH - len(str(number)) - 1]}-{number}"
        if chosen != first:
            notes = (*notes, f"another submission is called {first} too; this one is {chosen}")
        last[first] = number
        taken.add(chosen.casefold())
        sources.append(Location(chosen, place.path, place.part, (*notes, *place.notes)))
    return sorted(sources, key=lambda source: source.id)


def _rank(place: _Place) -> tuple[str, int, str, str]:
    return place.name, len(place.path.parts), str(place.path), place.part


def _id(name: str) -> tuple[str, tuple[str, ...]]:
    given = id_of(name)
    return given, () if given == name else (f"handed in as '{inert(name, 80)}'",)
