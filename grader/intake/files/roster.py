"""The people of a class, and which of them handed in what.

Runs in: the conductor.

A roster is a CSV file with a line for each person, as systems of courses export one or as a teacher
writes one. Its columns are known by their headings, see `_HEADINGS`; others are passed over.
"""

import csv
import io
import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from grader.errors import UsageError
from grader.intake.files.conventions import Handle
from grader.record.inert import inert

# What a column is, by its heading in small letters, with spaces for "_" and "-".
_HEADINGS = {
    "id": ("id", "student id", "identifier"),
    "name": ("name", "full name", "student name", "student"),
    "first": ("first name", "given name", "first"),
    "last": ("last name", "family name", "surname", "last"),
    "email": ("email", "e mail", "email address", "mail"),
    "login": ("login", "login id", "sis login id", "username", "user name", "netid", "display id"),
    "sis": ("sis id", "sis user id", "sid", "student number", "id number", "lms user id"),
    "github": ("github", "github name", "github username", "github login"),
    "canvas": ("canvas", "canvas id", "canvas user id"),
    "moodle": ("moodle", "moodle id", "moodle participant", "participant"),
    "brightspace": ("brightspace", "brightspace id", "org defined id", "orgdefinedid"),
}
_OWN_IDS = ("id", "sis", "login", "email", "github")  # the first that there is calls a person
# Which columns hold what a system knows a student by. A folder of a student may be called anything.
_COLUMNS = {
    "login": ("login", "id", "sis", "email", "github", "brightspace"),
    "github": ("github",),
    "canvas": ("canvas",),
    "moodle": ("moodle",),
    "brightspace": ("brightspace", "sis"),
    "gradescope": (),
    "sis": ("sis", "id"),
    "email": ("email",),
}
_POINTS_POSSIBLE = "points possible"  # a line of Canvas's gradebook that is nobody


@dataclass(frozen=True, eq=False)
class Person:
    """A line of the roster."""

    id: str
    name: str
    email: str
    columns: Mapping[str, str]

    @property
    def shown(self) -> str:
        return f"{self.name} ({self.id})" if self.name else self.id


class Roster:
    """The people of a class, found by what systems know them by."""

    def __init__(self, people: Sequence[Person]) -> None:
        self.people = people
        self._known: dict[tuple[str, str], set[Person]] = defaultdict(set)
        for person in people:
            for kind, value in _keys(person):
                if value:
                    self._known[kind, value].add(person)

    def find(self, handles: Iterable[Handle], name: str) -> Person | None:
        """Return the person with one of the handles, or else of the name, if there is only one."""
        found = self.candidates(handles, name)
        return found.pop() if len(found) == 1 else None

    def candidates(self, handles: Iterable[Handle], name: str) -> set[Person]:
        """Return everybody with one of the handles, or else everybody of the name."""
        given = list(handles)
        names = [handle.value for handle in given if handle.kind == "name"] or [name]
        ids = [
            (column, _plain(handle.value))
            for handle in given
            for column in _COLUMNS.get(handle.kind, ())
        ]
        ids += [(column, _plain(name)) for column in _COLUMNS["login"]]
        for keys in (
            ids,
            [("name", _squashed(one)) for one in names],
            [("bare name", _squashed(_without_accents(one))) for one in names],
            [("github", _plain(ending)) for ending in _endings(name)],
        ):
            found: set[Person] = set().union(*(self._known.get(key, set()) for key in keys))
            if found:
                return found
        return set()


def read_roster(path: Path) -> Roster:
    """Return the people that a CSV file lists.

    Raises:
        UsageError: it cannot be read, has no column that tells people apart, lists nobody, or
            has one person twice or two whom a system calls the same.
    """
    lines = _lines(path)
    headings = next(lines, (0, []))[1]
    kinds = _kinds(headings)
    column = next((kind for kind in (*_OWN_IDS, "name") if kind in kinds), None)
    if column is None and not {"first", "last"} <= kinds.keys():
        raise UsageError(
            f"{path}: no column is called id, name or email; it has: {inert(', '.join(headings))}"
        )
    people: dict[str, Person] = {}
    at_line: dict[Person, int] = {}
    for number, cells in lines:
        if any(cell.strip() for cell in cells[len(headings) :]):
            raise UsageError(
                f"{path}, line {number}, column {len(headings) + 1}: has no heading; put quotes "
                "around a text that holds the sign between cells"
            )
        values = {kind: cells[at].strip() for kind, at in kinds.items() if at < len(cells)}
        person = _person({kind: value for kind, value in values.items() if value}, column)
        if person is None:
            if any(values.values()) and _POINTS_POSSIBLE not in values.get("name", "").lower():
                raise UsageError(f"{path}, line {number}: no {column}; write one, or drop the line")
            continue
        if person.id.casefold() in people:
            raise UsageError(f"{path}, line {number}: {inert(person.id)} is listed twice; drop one")
        people[person.id.casefold()] = person
        at_line[person] = number
    if not people:
        raise UsageError(f"{path}: lists nobody; write a line for each student")
    _require_apart(path, at_line, {kind: headings[at] for kind, at in kinds.items()})
    return Roster(list(people.values()))


def _require_apart(path: Path, at_line: Mapping[Person, int], headings: Mapping[str, str]) -> None:
    """Refuse two people whom a system calls the same: neither would get what was handed in.

    Raises:
        UsageError: there are such.
    """
    for kinds in (_COLUMNS["login"], _COLUMNS["canvas"], _COLUMNS["moodle"]):
        known: dict[str, Person] = {}
        for person, number in at_line.items():
            for kind in kinds:
                value = _plain(person.columns.get(kind, ""))
                other = known.setdefault(value, person)
                if value and other is not person:
                    raise UsageError(
                        f"{path}, line {number}, column {inert(headings[kind])}: "
                        f"{inert(person.columns[kind])} is in line {at_line[other]}, too, which is "
                        "another person; correct one, or empty the cell"
                    )


def _lines(path: Path) -> Iterator[tuple[int, list[str]]]:
    try:
        data = path.read_bytes()
    except OSError as error:
        raise UsageError(f"{path}: cannot be read ({error.strerror}); check the path") from error
    text = _decoded(data)
    heading = text.partition("\n")[0]
    delimiter = max(",;\t", key=heading.count)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    start = 1
    try:
        for cells in reader:
            yield start, cells
            start = reader.line_num + 1
    except csv.Error as error:
        raise UsageError(f"{path}, line {start}: {error}; look at its quotes") from error


def _decoded(data: bytes) -> str:
    """Return the text as spreadsheets save it: UTF-8, UTF-16 with its mark, or Windows's own."""
    if data.startswith((b"\xff\xfe", b"\xfe\xff")):
        return data.decode("utf-16", "replace")
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")


def _kinds(headings: Sequence[str]) -> dict[str, int]:
    """Return which columns are known, and where they are."""
    plain = [re.sub(r"[\s_-]+", " ", heading).strip().lower() for heading in headings]
    kinds: dict[str, int] = {}
    for kind, names in _HEADINGS.items():
        for name in names:
            if name in plain and kind not in kinds:
                kinds[kind] = plain.index(name)
    if {"student", "id", "sis login id"} <= {*plain}:  # Canvas's gradebook
        kinds["canvas"] = kinds.pop("id")
    return kinds


def _person(values: dict[str, str], column: str | None) -> Person | None:
    name = values.get("name", "") or " ".join(
        values[part] for part in ("first", "last") if part in values
    )
    own = values.get(column, "") if column else name
    if not own:
        return None
    return Person(_composed(own), _composed(name), values.get("email", ""), values)


def _keys(person: Person) -> Iterator[tuple[str, str]]:
    for kind, value in person.columns.items():
        yield kind, _plain(value)
    if "email" in person.columns:
        yield "email", _plain(person.email.partition("@")[0])
    if match := re.fullmatch(r"\D*(\d+)", person.columns.get("moodle", "")):
        yield "moodle", match[1]  # of "Participant 12", in any language
    for name in {person.name, _turned(person.name), _last_first(person)}:
        yield "name", _squashed(name)
        yield "bare name", _squashed(_without_accents(name))


def _turned(name: str) -> str:
    """Return "Ann Lee" of "Lee, Ann", and "Lee Ann" of "Ann Lee"."""
    if "," in name:
        last, _, first = name.partition(",")
        return f"{first} {last}"
    first, _, last = name.rpartition(" ")
    return f"{last} {first}"


def _last_first(person: Person) -> str:
    return person.columns.get("last", "") + person.columns.get("first", "") or person.name


def _endings(name: str) -> Iterator[str]:
    """Yield what may be the login in "hw1-annlee": GitHub's logins hold "-", too."""
    parts = name.split("-")
    yield from ("-".join(parts[at:]) for at in range(1, len(parts)))


def _squashed(name: str) -> str:
    return re.sub(r"[\W_]+", "", _plain(name))


def _without_accents(name: str) -> str:
    decomposed = unicodedata.normalize("NFKD", name)
    return "".join(one for one in decomposed if not unicodedata.combining(one))


def _plain(value: str) -> str:
    return unicodedata.normalize("NFKC", value).strip().casefold()


def _composed(value: str) -> str:
    return unicodedata.normalize("NFC", value)
