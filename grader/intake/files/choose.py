"""Which file of a submission is graded, when several could be.

Runs in: the conductor.

One file of code is the deliverable, whatever it is called, unless it is of another assignment. What
lies in a folder "Version 1" counts only if no "Version 2" with code lies beside it.
Of several, it is one that wrote exercises, and of several that did:

1. A file gives way to one that wrote the same and perhaps more: an older copy, the same code twice.
2. A module gives way to the file that imports it.
3. A draft gives way to the file called like the assignment that wrote its exercises and others.
4. A file in a folder gives way to one that lies above it and wrote as many exercises.
5. Of files that wrote the same exercise differently, the one that was changed last is taken, by
   the dates of the archive that they lie in. Without dates nobody can tell: none is taken.
6. Of files that wrote different exercises, the one called like the assignment is taken, else the
   one that wrote most.

An exercise that the taken file did not write is shared in by another that did, one that gave way
last of all. Where none wrote an exercise, the file called like the assignment is taken.
"""

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from grader.intake.files.contents import code_in, read_file
from grader.intake.files.member import Member
from grader.intake.files.outline import Outline, mentions, outline
from grader.intake.files.paths import CODE, dotted_name, stem
from grader.intake.limits import CODE_CHARACTERS, LOOK_BYTES, LOOK_CHARACTERS
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

_SHOWN = 3  # file names in one message
_VERSION = re.compile(r"(?:version|attempt)[ _-]?(\d{1,6})", re.IGNORECASE)  # of Teams
_ANOTHERS = 2  # exercises of another assignment and none of this one tell whose a file is


@dataclass(frozen=True)
class Wanted:
    """What a submission is asked for."""

    assignment: str
    exercises: Sequence[str] = ()
    others: Mapping[str, frozenset[str]] = field(default_factory=dict)  # assignment -> exercises
    starter: Mapping[str, str] = field(
        default_factory=dict
    )  # exercise -> digest of the code that was handed out

    def is_exact(self, name: str) -> bool:
        """Tell whether a file is called like the assignment."""
        return name.lower() in (self.assignment + ending for ending in CODE)

    @property
    def files(self) -> str:
        return " or ".join(self.assignment + ending for ending in CODE)


@dataclass(frozen=True)
class Share:
    """A file that wrote exercises which the taken one did not."""

    member: Member
    names: tuple[str, ...]  # what is taken: "f", "Class.method", or "Class" for all its methods
    module: str  # by which the taken file imports it, or ""


@dataclass(frozen=True)
class Choice:
    """The file that is graded, and what the record says about the others."""

    taken: Member
    wrote: bool  # at least one exercise; False if nobody looked
    notes: tuple[str, ...] = ()
    passed_over: tuple[Member, ...] = ()  # the notes name them; `taken` does not import them
    shares: tuple[Share, ...] = ()
    runs: frozenset[str] = frozenset()  # paths of notebooks that some of the files run


def choose(code: Sequence[Member], wanted: Wanted, look: bool = False) -> Choice:
    """Return which of one or more files of code is graded.

    Args:
        look: look into a file even if there is no doubt.

    Raises:
        Unreadable: each of several could be meant, or all are of another assignment.
    """
    if len(code) == 1 and wanted.is_exact(code[0].name) and not look:
        return Choice(code[0], wrote=False)
    candidates = list(_look(code, wanted))
    mine = [one for one in candidates if not _is_of_another(one, wanted)]
    if not mine:
        raise Unreadable(
            f"nothing was handed in for {wanted.assignment}: {shown(code)} is of another assignment"
        )
    gave_way = _older(mine)
    mine = [one for one in mine if one not in gave_way]
    written = [one for one in mine if one.wrote]
    taken = _of_written(written, wanted, gave_way) if written else _of_unwritten(mine, wanted)
    gave_way |= {
        one: one.problem or "no exercise is written in it"
        for one in mine
        if one is not taken and not one.wrote and (one.exact or one.outline.asked)
    }
    shares = _shares(taken, written, wanted, gave_way)
    passed_over = [one for one in gave_way if one not in shares and not taken.imports(one)]
    return Choice(
        taken=taken.member,
        wrote=taken.wrote > 0,
        notes=(
            *(f"{one.shown} is graded, too: {told(names)}" for one, names in shares.items()),
            *(f"{one.shown} is not graded: {gave_way[one]}" for one in passed_over),
        ),
        passed_over=tuple(one.member for one in passed_over),
        shares=tuple(
            Share(one.member, tuple(names), taken.imported_as(one)) for one, names in shares.items()
        ),
        runs=frozenset[str]().union(*(one.outline.runs for one in mine)),
    )


def shown(members: Sequence[Member], most: int = _SHOWN) -> str:
    """Return the paths of some files, harmless to print: 'a.py', 'b.py' and 2 more."""
    names = [f"'{inert(member.path, 60)}'" for member in members[:most]]
    if len(members) > most:
        names.append(f"{len(members) - most} more")
    return told(names)


def told(names: Sequence[str]) -> str:
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


@dataclass(frozen=True, eq=False)
class _Candidate:
    member: Member
    outline: Outline
    exact: bool  # called like the assignment
    problem: str = ""  # why it could not be looked into

    @property
    def folder(self) -> tuple[str, ...]:
        return self.member.parts[:-1]

    @property
    def shown(self) -> str:
        return shown([self.member])

    @property
    def wrote(self) -> int:
        return len(self.outline.written)

    def imports(self, other: "_Candidate") -> bool:
        """Tell whether this file imports or runs the other, which lies beside it or below."""
        path = "/".join(self._way_to(other))
        return bool(path) and (path in self.outline.runs or self.imported_as(other) != "")

    def imported_as(self, other: "_Candidate") -> str:
        """Return the name by which this file imports the other, or ""."""
        name = dotted_name(self._way_to(other) or ("",))
        return name if name in self.outline.imported else ""

    def has(self, exercise: str, other: "_Candidate") -> bool:
        """Tell whether this file has what the other wrote: it is the same, or takes it."""
        if exercise in self.outline.written or "/".join(self._way_to(other)) in self.outline.runs:
            return True
        module, name = self.imported_as(other), exercise.partition(".")[0]
        return not {f"{module}.{name}", f"{module}.*"}.isdisjoint(self.outline.imported)

    def _way_to(self, other: "_Candidate") -> tuple[str, ...]:
        depth = len(self.folder)
        return other.member.parts[depth:] if other.folder[:depth] == self.folder else ()


_GaveWay = dict[_Candidate, str]  # and why


def _older(candidates: Sequence[_Candidate]) -> _GaveWay:
    """Return the files of earlier versions, as systems number them, that have later ones."""
    last: dict[tuple[str, ...], int] = {}
    versions = {one: version for one in candidates if (version := _version(one.folder))}
    for above, number in versions.values():
        last[above] = max(number, last.get(above, 0))
    return {
        one: f"there is a version {last[above]}"
        for one, (above, number) in versions.items()
        if number < last[above]
    }


def _version(folder: tuple[str, ...]) -> tuple[tuple[str, ...], int] | None:
    """Return where a folder of versions lies, and the number of the version, or None."""
    for depth, name in enumerate(folder):
        if match := _VERSION.fullmatch(name):
            return folder[:depth], int(match[1])
    return None


def _look(code: Sequence[Member], wanted: Wanted) -> Iterator[_Candidate]:
    """Look into the files, as far as the limits go: first those that are meant most likely."""
    exercises = [*wanted.exercises, *(name for names in wanted.others.values() for name in names)]
    room, left = LOOK_CHARACTERS, LOOK_BYTES
    for member in sorted(code, key=lambda one: _likelihood(one, wanted)):
        found, problem = Outline(), ""
        try:
            data = read_file(member, "it", left)
            left -= len(data)
            data = code_in(member, data, "it")
            if mentions(data, exercises):
                room -= min(len(data), CODE_CHARACTERS)
                found = _outline(member, data, wanted, room)
        except Unreadable as error:
            problem = str(error)
        yield _Candidate(member, found, wanted.is_exact(member.name), problem)


def _likelihood(member: Member, wanted: Wanted) -> tuple[bool, int, tuple[str, ...]]:
    return not wanted.is_exact(member.name), len(member.parts), member.parts


def _outline(member: Member, data: bytes, wanted: Wanted, room: int) -> Outline:
    if room < 0:
        raise Unreadable("there is too much code beside it")
    return outline(inert(member.name, 60).lower(), data, wanted.exercises, wanted.starter)


def _is_of_another(one: _Candidate, wanted: Wanted) -> bool:
    """Tell whether a file belongs to another assignment of the course."""
    if one.exact or wanted.assignment in one.folder:
        return False
    places = {*one.folder, stem(one.member.name)}
    ours = frozenset(wanted.exercises)
    return any(
        _is_rather(one.outline.defined, ours, theirs, name in places)
        for name, theirs in wanted.others.items()
    )


def _is_rather(
    defined: frozenset[str], ours: frozenset[str], theirs: frozenset[str], named_so: bool
) -> bool:
    own, others = _count(defined, ours - theirs), _count(defined, theirs - ours)
    return others >= own if named_so else not own and others >= _ANOTHERS


def _count(defined: frozenset[str], exercises: frozenset[str]) -> int:
    """Return how many of the exercises are defined; the bare name of a method is one, too."""
    methods = {name.partition(".")[2] for name in defined}
    return len(exercises & (defined | methods))


def _of_written(written: list[_Candidate], wanted: Wanted, gave_way: _GaveWay) -> _Candidate:
    """Apply the rules of the module's docstring."""
    left = written
    for rule in (_same_and_more, _module, _draft, _below):
        left = _survivors(left, rule, gave_way)
    contested = _contested(left)
    if not contested:
        return max(left, key=lambda one: (one.exact, one.wrote))
    taken = _changed_last(contested, wanted)
    why = f"{taken.shown} was changed later"
    gave_way |= {one: why for one in contested if one is not taken}
    return taken


def _contested(candidates: Sequence[_Candidate]) -> list[_Candidate]:
    """Return the files that wrote an exercise that another one wrote differently."""
    return [
        one
        for one in candidates
        if any(one.outline.conflicts(other.outline) for other in candidates)
    ]


_Shares = dict[_Candidate, list[str]]  # and which names


def _shares(
    taken: _Candidate, written: Sequence[_Candidate], wanted: Wanted, gave_way: _GaveWay
) -> _Shares:
    """Return the files that wrote what the taken one lacks."""
    homes = dict(_homes(taken, written, wanted, gave_way))
    shares: _Shares = {}
    for exercise, home in homes.items():
        name = exercise if _is_apart(exercise, taken, homes) else exercise.partition(".")[0]
        names = shares.setdefault(home, [])
        names += [name] if name not in names else []
    for one in written:
        if one is not taken and one not in gave_way and one not in shares:
            gave_way[one] = "the other files hold its exercises"
    return shares


def _homes(
    taken: _Candidate, written: Sequence[_Candidate], wanted: Wanted, gave_way: _GaveWay
) -> Iterator[tuple[str, _Candidate]]:
    """Yield each exercise that the taken file does not have, and the file that has it."""
    for exercise in wanted.exercises:
        holders = [one for one in written if exercise in one.outline.written]
        holders = [one for one in holders if one not in gave_way] or holders
        is_contested = len({one.outline.written[exercise] for one in holders}) > 1
        if not holders or any(taken.has(exercise, one) for one in holders):
            continue
        if not is_contested:
            yield exercise, holders[0]
        elif holders[0] not in gave_way:
            yield exercise, _changed_last(holders, wanted)


def _is_apart(exercise: str, taken: _Candidate, homes: Mapping[str, _Candidate]) -> bool:
    """Tell whether this is a method of a class of which the files wrote several."""
    kind, _, method = exercise.partition(".")
    wrote = [homes[name] for name in homes if name.startswith(f"{kind}.")]
    wrote += [taken for name in taken.outline.written if name.startswith(f"{kind}.")]
    return bool(method) and len(set(wrote)) > 1


def _survivors(
    candidates: list[_Candidate],
    rule: Callable[[_Candidate, _Candidate], str],  # why the first gives way to the second, or ""
    gave_way: _GaveWay,
) -> list[_Candidate]:
    left = sorted(candidates, key=lambda one: -one.wrote)
    for one in left[::-1]:
        reasons = [why for other in left if other is not one and (why := rule(one, other))]
        if reasons:
            left.remove(one)
            gave_way[one] = reasons[0]
    return left


def _same_and_more(one: _Candidate, other: _Candidate) -> str:
    if not other.outline.covers(one.outline):
        return ""
    more = " and more" if other.wrote > one.wrote else ""
    return f"{other.shown} holds the same code{more}"


def _module(one: _Candidate, other: _Candidate) -> str:
    gives_way = other.imports(one) and (other.exact or not one.exact)
    return f"{other.shown} imports it" if gives_way else ""


def _draft(one: _Candidate, other: _Candidate) -> str:
    has_all = one.outline.written.keys() < other.outline.written.keys()
    gives_way = has_all and (other.exact or not one.exact)
    return f"{other.shown} has its exercises and others" if gives_way else ""


def _below(one: _Candidate, other: _Candidate) -> str:
    depth = len(other.folder)
    is_above = depth < len(one.folder) and one.folder[:depth] == other.folder
    gives_way = is_above and other.wrote >= one.wrote and (other.exact or not one.exact)
    return f"{other.shown} lies above it" if gives_way else ""


def _changed_last(candidates: list[_Candidate], wanted: Wanted) -> _Candidate:
    known = [one.member.modified for one in candidates if one.member.modified is not None]
    zones = {date.tzinfo for date in known}
    if len(known) == len(candidates) and len(zones) == 1 and known.count(max(known)) == 1:
        return candidates[known.index(max(known))]
    raise _several(candidates, wanted)


def _of_unwritten(candidates: list[_Candidate], wanted: Wanted) -> _Candidate:
    """Choose where no exercise was written: a file that cannot be read may hold the work."""
    exact = [one for one in candidates if one.exact]
    starters = [one for one in candidates if one.outline.asked]
    if broken := [one for one in exact if one.problem]:
        return broken[0]
    if exact or len(starters) == 1 or len(candidates) == 1:
        return (exact or starters or candidates)[0]
    raise _several(candidates, wanted)


def _several(candidates: Sequence[_Candidate], wanted: Wanted) -> Unreadable:
    return Unreadable(
        f"{shown([one.member for one in candidates])} could each be the submission;"
        f" hand in one file, called {wanted.files}"
    )
