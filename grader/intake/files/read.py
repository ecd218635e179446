"""Read one submission into memory: the deliverable, and the modules that it can import.

Runs in: the conductor.

A module is a .py file beside the deliverable or in folders below ("tools/counts.py" is
`tools.counts`), or beside a folder that it lies in. The archives in a submission are opened, within
the same limits, where no file outside of them holds work.
"""

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from grader.intake.files.blob import Blob, in_memory, on_disk
from grader.intake.files.choose import Choice, Share, Wanted, choose, shown
from grader.intake.files.contents import code_in, read_file
from grader.intake.files.conventions import TIMESTAMP, time_in
from grader.intake.files.endings import instead_of
from grader.intake.files.location import Location
from grader.intake.files.member import Kind, Member
from grader.intake.files.paths import dotted_name, is_archive, is_code, is_safe
from grader.intake.files.place import archive_members, members_of, tidied
from grader.intake.limits import ARCHIVES_DEEP, MEMBERS, MODULES_BYTES, TOTAL_BYTES
from grader.intake.submission import NOTEBOOK, Other, Submission
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert
from grader.record.record import BESIDE

_REFUSED = {Kind.HARD_LINK, Kind.DEVICE, Kind.PIPE}  # no student's tool packs one by accident
_OF_A_HANDOUT = frozenset({"public", "given", "data"})  # its folders
_NAMED = 20  # files and folders that a note on what was not read names


def read(location: Location, wanted: Wanted) -> Submission:
    """Return what lies at `location`.

    Raises:
        Unreadable: nothing to grade is there, or more than one thing, or something unsafe.
    """
    try:
        return _submission(location, wanted)
    except FileNotFoundError as error:
        raise Unreadable(f"nothing was handed in for {wanted.assignment}") from error
    except OSError as error:
        name = inert(location.places[0].path.name, 80)
        raise Unreadable(f"{name}: cannot be read ({error.strerror})") from error


@dataclass
class _Files:
    """The files of a submission. Its archives are like folders, once they are opened."""

    members: list[Member]
    room: int = TOTAL_BYTES
    opened: set[tuple[str, ...]] = field(default_factory=set)
    problems: list[str] = field(default_factory=list)  # why an archive was not opened

    @property
    def code(self) -> list[Member]:
        return [one for one in self.members if is_code(one.name) and _can_be_read(one)]

    @property
    def closed(self) -> list[Member]:
        return [
            one
            for one in self.members
            if one.kind is Kind.FILE and is_archive(one.name) and is_safe(one.parts)
            if one.parts not in self.opened and self._depth(one) < ARCHIVES_DEEP
        ]

    def open(self, archive: Member) -> None:
        self.opened.add(archive.parts)
        try:
            found = tidied(archive_members(self._blob(archive)), archive.name)
            if len(self.members) + len(found) > MEMBERS:
                raise Unreadable(f"{inert(archive.name, 80)}: too many files, with those beside it")
        except Unreadable as error:
            self.problems.append(str(error))
            return
        self.members += [replace(one, parts=archive.parts + one.parts) for one in found]

    def _blob(self, archive: Member) -> Blob:
        if archive.on_disk is not None:
            return on_disk(archive.on_disk)
        data = archive.read(self.room + 1)
        self.room -= len(data)
        if self.room < 0:
            raise Unreadable(f"{inert(archive.name, 80)}: too large to be opened; hand in the code")
        return in_memory(archive.name, data)

    def _depth(self, archive: Member) -> int:
        return sum(archive.parts[:n] in self.opened for n in range(1, len(archive.parts)))


def _submission(location: Location, wanted: Wanted) -> Submission:
    alone = len(location.places) == 1
    files = _Files([one for place in location.places for one in members_of(place, alone)])
    _refuse_special(files.members)
    choice = _choice(files, wanted)
    taken = choice.taken
    is_notebook = taken.name.lower().endswith(NOTEBOOK)
    main = wanted.assignment + (NOTEBOOK if is_notebook else ".py")
    called = shown([taken])
    contents = {main: code_in(taken, read_file(taken, called), called)}
    modules = dict(_modules(files.members, choice, wanted))
    left_out = _add_modules(contents, modules)
    others = tuple(map(_other, choice.shares))
    shares = [share.member for share in choice.shares]
    told = {one.parts for one in (taken, *modules.values(), *choice.passed_over, *shares)}
    told |= files.opened
    unread = [one for one in files.members if one.parts not in told]
    notes = [
        *location.notes,
        *([f"{shown([taken])} is read as {main}"] if taken.name != main else []),
        *choice.notes,
        *_notes(unread, main, taken),
        *(f"not opened: {problem}" for problem in files.problems),
    ]
    if left_out:
        most = MODULES_BYTES // 1024
        notes.append(
            f"left out, more than {most} KiB of modules or unreadable: {shown(left_out, _NAMED)}"
        )
    return Submission(
        id=location.id,
        main=main,
        files=contents,
        digest=_digest(contents | {f"{one.called} ": one.data for one in others}),
        notes=tuple(notes),
        called="" if taken.name == main else inert(taken.name, 60),
        submitted_at=location.submitted_at or _submitted_at(files.members, taken),
        others=others,
    )


def _other(share: Share) -> Other:
    """Read another file from which exercises are taken."""
    called = shown([share.member])
    return Other(
        called=inert(share.member.name, 60),
        is_notebook=share.member.name.lower().endswith(NOTEBOOK),
        data=code_in(share.member, read_file(share.member, called), called),
        names=share.names,
        module=share.module,
    )


def _choice(files: _Files, wanted: Wanted) -> Choice:
    """Choose what is graded, and open archives as long as nothing outside of them holds work."""
    while True:
        closed = files.closed
        try:
            if code := files.code:
                choice = choose(code, wanted, look=bool(closed))
                if choice.wrote or not closed:
                    return choice
        except Unreadable:
            if not closed:
                raise
        if not closed:
            raise Unreadable(_nothing(files, wanted))
        for archive in closed:
            files.open(archive)


def _nothing(files: _Files, wanted: Wanted) -> str:
    if files.problems and len(files.opened) == len(files.problems):
        return files.problems[0]
    there = [one for one in files.members if one.parts not in files.opened]
    if len(there) == 1 and there[0].kind not in {Kind.FILE, Kind.LEFTOVER, Kind.CLOSED}:
        return f"{shown(there)} is {there[0].kind}, not a regular file; hand in the file itself"
    only = f"only {shown(there)}" if there else "nothing at all"
    instead = {instead_of(one.name) for one in there}
    advice = instead.pop() if len(instead) == 1 else ""
    return f"no {wanted.files} here, {only}{f', {advice}' if advice else '; hand in one of them'}"


def _can_be_read(member: Member) -> bool:
    return is_safe(member.parts) and member.kind not in {Kind.LEFTOVER, Kind.CLOSED}


def _refuse_special(members: Sequence[Member]) -> None:
    special = [member for member in members if member.kind in _REFUSED]
    if special:
        raise Unreadable(
            f"{shown(special[:1])} is {special[0].kind}; hand in nothing but regular files"
        )


def _modules(
    members: Sequence[Member], choice: Choice, wanted: Wanted
) -> Iterator[tuple[str, Member]]:
    """Yield the files that the deliverable can import, by their paths as modules."""
    folder = choice.taken.parts[:-1]
    files = [one for one in members if one.kind is Kind.FILE and is_safe(one.parts)]
    left = [one for one in files if one not in (choice.taken, *choice.passed_over)]
    known = {wanted.assignment}
    for depth in range(len(folder), -1, -1):  # beside it and below, then beside its folders
        reachable = [one for one in left if one.parts[:depth] == folder[:depth]]
        for member in reachable:
            parts = member.parts[depth:]
            name = "/".join(parts) if "/".join(parts) in choice.runs else dotted_name(parts)
            if name and name not in known and parts[0] not in _OF_A_HANDOUT:
                known.add(name)
                left.remove(member)
                yield "/".join(parts), member


def _add_modules(contents: dict[str, bytes], modules: dict[str, Member]) -> list[Member]:
    """Add the modules that there is room for; return the others."""
    left_out, room = [], MODULES_BYTES
    for name, module in modules.items():
        try:
            data = code_in(module, read_file(module, "it", room), "it")
        except (Unreadable, OSError):
            data = bytes(room + 1)
        if len(data) > room:
            left_out.append(module)
        else:
            contents[name] = data
            room -= len(data)
    return left_out


def _digest(files: dict[str, bytes]) -> str:
    digest = hashlib.sha256()
    for name, data in sorted(files.items()):
        digest.update(f"{name}\0{len(data)}\0".encode())
        digest.update(data)
    return digest.hexdigest()


def _notes(unread: Sequence[Member], main: str, taken: Member) -> Iterator[str]:
    """Name every file that was not read."""
    links, unsafe, closed, code, rest = [], [], [], [], []
    for one in unread:
        if one.kind is Kind.SYMBOLIC_LINK:
            links.append(one)
        elif not is_safe(one.parts):
            unsafe.append(one)
        elif one.kind is Kind.CLOSED:
            closed.append(one)
        elif _is_script_elsewhere(one):
            code.append(one)
        else:
            rest.append(one)
    if links:
        yield f"symbolic links are not followed: {shown(links, _NAMED)}"
    if unsafe:
        yield f"left out, its path leads out of the archive: {shown(unsafe, _NAMED)}"
    if closed:
        yield f"folders that cannot be looked into: {shown(closed, _NAMED)}"
    if code:
        yield f"not read: {shown(code, _NAMED)}; put all that is to be graded into {main}"
    if rest:
        yield BESIDE + _named(rest, taken)


def _is_script_elsewhere(member: Member) -> bool:
    """Tell whether this is a script that cannot be imported, and none of the handout."""
    is_script = is_code(member.name) and not member.name.lower().endswith(NOTEBOOK)
    return is_script and member.kind is Kind.FILE and not _OF_A_HANDOUT.intersection(member.parts)


def _named(members: Sequence[Member], taken: Member) -> str:
    """Name files, and folders in which no file was read with the number of their files."""
    counts: dict[str, int] = {}
    for one in members:
        shared = sum(a == b for a, b in zip(one.parts[:-1], taken.parts[:-1], strict=False))
        folder = one.parts[: shared + 1]
        name = f"'{inert('/'.join(folder), 60)}{'/' if folder != one.parts else ''}'"
        counts[name] = counts.get(name, 0) + 1
    names = [name if count == 1 else f"{name} ({count} files)" for name, count in counts.items()]
    more = [f"{len(names) - _NAMED} more"] if len(names) > _NAMED else []
    return ", ".join([*names[:_NAMED], *more])


def _submitted_at(members: Sequence[Member], taken: Member) -> str:
    """Return when it was handed in, as the system of the course or an archive says it."""
    for one in members:
        is_told = one.name == TIMESTAMP and one.kind is Kind.FILE and len(one.parts) <= 2
        if is_told and (time := time_in(one.read(100).decode("ascii", "replace"))):
            return time
    return taken.modified.isoformat() if taken.modified else ""
