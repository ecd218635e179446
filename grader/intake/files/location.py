"""What each submission is called, whose it is, and where it lies.

Runs in: the conductor.

Without a roster a submission is called after its student, as the system of the course or the name
of the file or folder says. A roster gives each person one submission, whatever it was called.
"""

from collections import Counter
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from grader.intake.files.layout import Unit, is_work
from grader.intake.files.place import Place
from grader.intake.files.roster import Person, Roster
from grader.record.identity import ID_LENGTH, id_of
from grader.record.inert import inert

_NOT_LISTED = "the roster has nobody of this name or id, or several"


@dataclass(frozen=True)
class Location:
    """Where one submission lies, and what is known of it by names alone."""

    id: str
    places: tuple[Place, ...]
    notes: tuple[str, ...] = ()
    source: str = ""  # the path of its file or folder, as people know it
    name: str = ""  # of the student
    email: str = ""
    submitted_at: str = ""  # ISO 8601
    attempt: int | None = None


def locate(
    units: Sequence[Unit], root: Path, assignment: str, roster: Roster | None
) -> tuple[list[Location], tuple[str, ...]]:
    """Return the submissions, ordered by id, and the people of the roster who handed in nothing."""
    if roster is None:
        return _with_ids(units, root, assignment), ()
    people: dict[Person, list[Unit]] = {person: [] for person in roster.people}
    own = []
    for unit in units:
        person = roster.find(unit.handles, unit.student or unit.name)
        if person is None:
            own.append(replace(unit, notes=(*unit.notes, _NOT_LISTED)))
        else:
            people[person].append(unit)
    theirs = [_of_person(person, found) for person, found in people.items() if found]
    absent = tuple(person.shown for person, found in people.items() if not found)
    return _with_ids([*own, *theirs], root, assignment), absent


def _of_person(person: Person, units: Sequence[Unit]) -> Unit:
    """Put together what one person handed in, perhaps under two names: the last by its date."""
    last = max(units, key=lambda unit: unit.date)
    taken = [unit for unit in units if unit.date == last.date]
    notes = [note for unit in taken for note in unit.notes]
    if len(units) > 1:
        names = ", ".join("/".join(unit.source) for unit in units)
        notes.append(inert(f"handed in more than once: {names}", 1000))
    return replace(
        last,
        id=person.id,
        student=person.name or last.student,
        email=person.email or last.email,
        places=tuple(place for unit in taken for place in unit.places),
        notes=tuple(notes),
    )


def _with_ids(units: Iterable[Unit], root: Path, assignment: str) -> list[Location]:
    """Give each submission an id of its own: two that differ only in case would share a folder.

    Submissions of one name are told apart by their sections, else by numbers. The one nearest the
    top has the plain id: the others may be copies that the same student left further down.
    """
    named = [(unit, id_of(unit.id or unit.name)) for unit in sorted(units, key=_rank)]
    times = Counter(name.casefold() for _, name in named)
    taken: set[str] = set()
    locations = []
    for unit, plain in named:
        section = "-".join(unit.source[:-1])
        is_shared = times[plain.casefold()] > 1 and section
        first = id_of(f"{section}-{unit.id or unit.name}") if is_shared else plain
        chosen = _free(first, taken)
        taken.add(chosen.casefold())
        notes = []
        if not unit.id and plain != unit.name:
            notes.append(f"handed in as '{inert(unit.name, 80)}'")
        if chosen != plain:
            notes.append(f"another submission is called {plain} too; this one is {chosen}")
        locations.append(_location(unit, chosen, notes, root, assignment))
    return sorted(locations, key=lambda location: location.id)


def _rank(unit: Unit) -> tuple[str, int, tuple[str, ...]]:
    return unit.name, len(unit.source), unit.source


def _free(first: str, taken: Collection[str]) -> str:
    """Return an id that is not taken, with a number where it has to be."""
    chosen, number = first, 1
    while chosen.casefold() in taken:
        number += 1
        chosen = f"{first[: ID_LENGTH - len(str(number)) - 1]}-{number}"
    return chosen


def _location(
    unit: Unit, chosen: str, notes: Sequence[str], root: Path, assignment: str
) -> Location:
    return Location(
        id=chosen,
        places=unit.places,
        notes=(*notes, *unit.notes, *(["handed in late"] if unit.late else [])),
        source=str(root.joinpath(*unit.source)),
        name=unit.student or ("" if is_work(unit.name, assignment) else unit.name),
        email=unit.email,
        submitted_at=unit.date,
        attempt=unit.attempt,
    )
