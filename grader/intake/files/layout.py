"""Which folders and files of a class are one student's: decided by their names alone.

Runs in: the conductor.

A folder is one submission if

1. `<assignment>.py` or `<assignment>.ipynb` lies directly in it, and there are not two folders of
   people beside it;
2. or it has a folder `<assignment>`, and no other folder holds work for it;
3. or everything in it is called after work ("hw1", "utils") and nothing after a person; if it is
   called after a person itself, and has files of work, one folder may be called anything;
4. or it is what an archive holds that is called after a person, and has one file or folder.

Otherwise it is a class. What a system of courses named (see `conventions`) is its student's, all
files and attempts of one student together. Every other file that can be handed in is one
submission, and so is every folder, but

- a folder of folders of people is a section, and holds a class itself;
- of a student's folder without work directly in it, the folder `<assignment>` counts (nbgrader);
- handouts, hidden folders, and the template beside the clones of GitHub Classroom are left aside.
"""

import re
import unicodedata
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from grader.intake.files.conventions import (
    ATTACHMENTS,
    METADATA,
    TIMESTAMP,
    Hand,
    Handle,
    hand_of,
    numbered,
    original,
)
from grader.intake.files.endings import instead_of, may_be_work
from grader.intake.files.member import Kind
from grader.intake.files.paths import CODE, KINDS, can_be_handed_in, is_archive, stem
from grader.intake.files.place import Place
from grader.intake.files.tree import Folder
from grader.record.aside import Aside
from grader.record.inert import inert
from grader.record.record import BESIDE

_Way = tuple[str, ...]  # in the class

_WORK = re.compile(
    r"""
    all | and | answer | answers | archive | assign | assignment | assignments | attempt
    | backup | blackboard | bulk | canvas | chapter | class | classes | classroom | code
    | complete | completed | copy | course | cs | data | done | download | downloaded | downloads
    | draft | drive | dropbox | exam | exercise | exercises | export | exports | file | files
    | final | finished | fixed | function | functions | google | gradebook | gradescope | handed
    | handin | handins | handout | helper | helpers | hidden | homework | homeworks | hw | import
    | in | inbox | lab | labs | layer | layers | lecture | lib | libs | main | mine | misc | ml
    | model | models | moodle | my | net | network | new | notebook | notebooks | of | old | one
    | out | part | parts | problem | problems | project | pset | public | quiz | result
    | results | root | scratch | script | scripts | section | sections | semester | solution
    | solutions | src | starter | students | submissions | submit | submitted | summer | task
    | tasks | teams | temp | template | test | tests | tmp | to | tool | tools | train | training
    | tutorial | untitled | update | upload | uploads | util | utils | ver | version | week
    | winter | work | works | workshop | zip | zips
    """,
    re.VERBOSE,
)
_CONTAINER = re.compile(
    r"section|group|lab|tutorial|class|submi|hand|export|download|upload|students|inbox", re.I
)
_WORK_NUMBER = re.compile(r"[epqvw]x?\d+")  # v2, ex3
_OF_A_HANDOUT = {"data", "datasets", "figures", "given", "images", "img", "public", "tests"}
_TEMPLATES = {"template", "starter", "starters", "solution", "solutions", "handout"}
_OF_CLONES = "-submissions"  # GitHub: the folder that `gh classroom clone student-repos` makes


@dataclass(frozen=True)
class Unit:
    """What one student handed in."""

    name: str  # what a student or a system called it
    source: tuple[str, ...]  # the path in the class
    places: tuple[Place, ...]
    id: str = ""  # to be called so, else after the name
    student: str = ""  # the student's name, if a system says it
    email: str = ""
    handles: tuple[Handle, ...] = ()
    date: str = ""
    late: bool = False
    attempt: int | None = None
    notes: tuple[str, ...] = ()
    text: Place | None = None  # the file that Blackboard writes about it
    metadata: Place | None = None  # the file that Gradescope writes about all


@dataclass
class Layout:
    units: list[Unit] = field(default_factory=list)
    aside: list[Aside] = field(default_factory=list)


def lay_out(
    folder: Folder,
    name: str,
    assignment: str,
    others: Collection[str],
    as_class: bool = False,
) -> Layout:
    """Return the submissions in a folder called `name`.

    Args:
        others: names of the other assignments of the course.
        as_class: it is known to hold a class.
    """
    found = _Finder(assignment, frozenset(others), folder.place.path)
    found.look(folder, name, as_class)
    return found.layout


def is_work(name: str, assignment: str = "") -> bool:
    """Tell whether a name is that of some work, as "hw1" and "my_solution-2", and of no person."""
    words = re.findall(r"[^\W\d_]{2,}", re.sub(r"([a-z])([A-Z])", r"\1 \2", name))
    own = set(re.findall(r"[^\W\d_]{2,}", assignment.lower()))
    if re.search(r"\d{5}", name):  # the number of a student
        return False
    if not words:
        return _WORK_NUMBER.fullmatch(name.lower()) is not None
    return all(word in own or _WORK.fullmatch(word) for word in map(str.lower, words))


class _Finder:
    """Walks down the folders of a class, and collects what is one student's."""

    def __init__(self, assignment: str, others: frozenset[str], root: Path) -> None:
        self._assignment = assignment
        self._others = others
        self._root = root
        self.layout = Layout()

    def look(self, folder: Folder, name: str, as_class: bool) -> None:
        """Collect the submissions in the folder that is the whole."""
        hands = self._hands(folder)
        if not as_class and not hands and self._is_one(folder, name):
            self.layout.units.append(self._whole(folder, name))
        else:
            self._look_at_class(folder, name, (), hands)

    def _look_at_class(
        self, folder: Folder, name: str, at: _Way, hands: Mapping[str, Hand]
    ) -> None:
        groups: dict[tuple[bool, str], list[_Entry]] = {}
        clones = _Clones.of(folder, name, self._assignment)
        for entry in self._entries(folder, at, hands, clones):
            key = (True, entry.hand.who) if entry.hand else (False, entry.name)
            groups.setdefault(key, []).append(entry)
        told = folder.files.get(METADATA)
        for entries in groups.values():
            unit = self._unit(entries, at)
            if told is not None and entries[0].hand is not None:
                unit = replace(unit, metadata=told.place)
            self.layout.units.append(unit)
        for hidden in folder.hidden:
            is_open = hidden.endswith("/") or can_be_handed_in(hidden)
            self._leave(at, hidden, "hidden; give it another name if it is a student's", is_open)
        for left in folder.leftovers:
            path = "/".join((*at, left))
            self.layout.aside.append(Aside(path, "left behind by a tool", is_quiet=True))

    def _entries(
        self, folder: Folder, at: _Way, hands: Mapping[str, Hand], clones: "_Clones"
    ) -> Iterator["_Entry"]:
        """Yield what is a student's, and go into sections."""
        people = self._people(folder)
        for file, (kind, place) in folder.files.items():
            if file in hands:
                yield _Entry(file, file, (place,), hands[file], can_be_handed_in(hands[file].file))
            elif kind is Kind.SYMBOLIC_LINK and self._is_of_class(place):
                self._leave(at, file, "a link to what is looked at anyway")
            elif self._is_exact(file) and len(people) > 1:
                why = "lies beside the folders of students; put it into one if it is a student's"
                self._leave(at, file, why, True)
            elif can_be_handed_in(file) or (kind is Kind.SYMBOLIC_LINK and _is_no_ending(file)):
                yield _Entry(file, _composed(stem(file)), (place,))
            else:
                self._leave(at, file, _why_not(file), may_be_work(file))
        for name, inner in folder.folders.items():
            if name in hands:
                yield self._handed_in(name, inner, hands[name])
            elif self._is_section(name, inner, folder):
                self._look_at_class(inner, name, (*at, name), self._hands(inner))
            elif why := self._why_no_student(name, inner, clones):
                self._leave(at, name + "/", why, inner.has_code)
            else:
                yield self._of_folder(name, inner, clones)

    def _why_no_student(self, name: str, folder: Folder, clones: "_Clones") -> str:
        if folder.is_of_reports:
            return "reports of the grader"
        if clones.is_template(name):
            return "the template of the other repositories"
        if name.lower() in _OF_A_HANDOUT:
            return "part of a handout; give it another name if it is a student's"
        if name == self._assignment:
            return "called like the assignment; give it another name if it is a student's"
        return ""

    def _handed_in(self, name: str, folder: Folder, hand: Hand) -> "_Entry":
        attached = folder.folders.get(ATTACHMENTS)
        if hand.system != "Sakai" or attached is None:
            return _Entry(name, name, folder.places, hand, folder.has_code)
        places = [attached.place]
        places += [file.place for called, file in folder.files.items() if called == TIMESTAMP]
        notes = tuple(_notes_beside(folder, ATTACHMENTS, TIMESTAMP))
        return _Entry(name, name, tuple(places), hand, attached.has_code, notes)

    def _of_folder(self, name: str, folder: Folder, clones: "_Clones") -> "_Entry":
        places, notes = self._places_of(folder)
        login = clones.login(name)
        handles = (Handle("github", login),) if login else ()
        return _Entry(name, _composed(login or name), places, None, True, notes, handles)

    def _whole(self, folder: Folder, name: str) -> Unit:
        places, notes = self._places_of(folder)
        others = [called for called in self._people(folder) if self._holds_work(folder, called)]
        if others and any(map(self._is_exact, folder.hand_ins)):
            names = ", ".join(others)
            notes = (*notes, inert(f"left aside: folders with a file of the same name ({names})"))
        return Unit(_composed(name), (), places, notes=notes)

    def _places_of(self, folder: Folder) -> tuple[tuple[Place, ...], tuple[str, ...]]:
        """Return where the work of one student lies: for nbgrader, in a folder of its own."""
        own = folder.folders.get(self._assignment)
        if own is None or not own.has_code or folder.hand_ins:
            return folder.places, ()
        return own.places, tuple(_notes_beside(folder, self._assignment))

    def _unit(self, entries: list["_Entry"], at: _Way) -> Unit:
        if entries[0].hand is not None:
            return _unit_of_hands(entries, at, self._is_exact)
        first = entries[0]
        return Unit(
            name=first.name,
            source=(*at, first.found),
            places=tuple(place for entry in entries for place in entry.places),
            handles=first.handles,
            notes=tuple(note for entry in entries for note in entry.notes),
        )

    def _hands(self, folder: Folder) -> dict[str, Hand]:
        """Return what a system of courses says by the names of the files and folders."""
        hands = {name: hand_of(name, is_file=True) for name in folder.files}
        for name, inner in folder.folders.items():
            hands[name] = hand_of(name, is_file=False, folders=frozenset(inner.folders))
        found = {
            name: hand for name, hand in hands.items() if hand and not self._is_work(hand.name)
        }
        is_of_one = any(map(self._is_exact, folder.hand_ins))
        return {} if is_of_one and len({hand.who for hand in found.values()}) < 2 else found

    def _is_one(self, folder: Folder, name: str) -> bool:
        """Apply rules 1 to 4 of the module's docstring."""
        people = self._people(folder)
        direct = folder.hand_ins
        inside = [called for called, inner in folder.folders.items() if inner.has_code]
        are_numbered = self._are_numbered(folder, name)
        if any(map(self._is_exact, direct)):
            return len(people) < 2 and not are_numbered
        if self._assignment in inside:
            own = folder.folders[self._assignment]
            is_class = self._is_section(self._assignment, own, folder)
            return not is_class and not any(self._holds_work(folder, person) for person in people)
        if not direct and len(inside) == 1 and folder.place.within and not self._is_work(name):
            return bool(folder.folders[inside[0]].hand_ins)
        if len(direct) == 1 and not inside:
            is_of_archive = bool(folder.place.within) and not self._is_work(name)
            return is_of_archive or self._is_work(stem(direct[0]))
        is_class = any(self._is_section(one, folder.folders[one], folder) for one in inside)
        is_of_work = all(map(self._is_work, map(stem, direct)))
        of_nobody = 1 if direct and not self._is_work(name) else 0  # folders: a student's own
        may_be_one = len(people) <= of_nobody and not (is_class or are_numbered)
        return bool(direct or inside) and is_of_work and may_be_one

    def _are_numbered(self, folder: Folder, name: str) -> bool:
        """Tell whether files of one name were downloaded into one folder.

        A student makes copies, too; not in a folder that is called after no student.
        """
        files = folder.hand_ins
        if len({numbered(file) or file for file in files}) < len(files):
            return True
        same = {stem(file) for file in files if self._is_exact(original(file) or file)}
        return len(same) > 1 and self._is_work(name)

    def _people(self, folder: Folder) -> list[str]:
        """Return the folders with work in them that may be called after students."""
        return [
            name
            for name, inner in folder.folders.items()
            if inner.has_code and not self._is_work(name) and name not in self._others
            if name != self._assignment and "__init__.py" not in inner.files
        ]

    def _holds_work(self, folder: Folder, name: str) -> bool:
        """Tell whether a folder has a file or a folder that is called like the assignment."""
        inner = folder.folders[name]
        return self._assignment in inner.folders or any(map(self._is_exact, inner.hand_ins))

    def _is_section(self, name: str, folder: Folder, parent: Folder) -> bool:
        """Tell whether a folder of a class holds a class itself."""
        hands = self._hands(folder).values()
        if hands and (self._is_work(name) or any(hand.system != "Canvas" for hand in hands)):
            return True
        if len({hand.who for hand in hands}) > 1:  # one file like Canvas's could be a student's
            return True
        people = self._people(folder)
        if len(people) < 2 and self._assignment in (name, *folder.folders):
            return False
        if self._is_work(name):
            files = [file for file in map(stem, folder.hand_ins) if not self._is_work(file)]
            enough = 1 if _CONTAINER.search(name) else 2
            if any(map(self._is_exact, folder.hand_ins)):
                return len(people) > 1 or self._are_numbered(folder, name)
            return len(people) + len(files) >= enough or any(
                self._is_section(one, inner, folder) for one, inner in folder.folders.items()
            )
        archives = [file for file in folder.hand_ins if is_archive(file)]
        persons = [file for file in map(stem, archives) if not self._is_work(file)]
        if len(archives) < len(folder.hand_ins) or len(people) + len(persons) < 2:
            return False
        is_only_one = sum(inner.has_code for inner in parent.folders.values()) == 1
        workers = [one for one in people if self._holds_exact(folder.folders[one])]
        is_of_workers = len(workers) + len(persons) > 1
        return is_only_one or (is_of_workers and not self._has_students(parent, name))

    def _holds_exact(self, folder: Folder) -> bool:
        """Tell whether a file called like the assignment, or an archive, lies in a folder."""
        is_direct = any(self._is_exact(file) or is_archive(file) for file in folder.hand_ins)
        return is_direct or any(map(self._holds_exact, folder.folders.values()))

    def _has_students(self, folder: Folder, but: str) -> bool:
        """Tell whether other folders hold work directly, as those of students do."""
        return any(
            inner.hand_ins or self._assignment in inner.folders
            for name, inner in folder.folders.items()
            if name != but and not self._is_work(name)
        )

    def _is_of_class(self, place: Place) -> bool:
        """Tell whether a link leads to something in the class."""
        try:
            target = place.path.resolve(strict=True)
        except (OSError, RuntimeError):
            return False
        return not place.within and target.is_relative_to(self._root)

    def _is_exact(self, name: str) -> bool:
        return name.lower() in (self._assignment + ending for ending in CODE)

    def _is_work(self, name: str) -> bool:
        return is_work(name, self._assignment)

    def _leave(self, at: _Way, name: str, why: str, is_open: bool = False) -> None:
        self.layout.aside.append(Aside("/".join((*at, name)), why, is_open))


@dataclass(frozen=True)
class _Entry:
    """One file or folder of a class."""

    found: str  # its name
    name: str  # what it is called after
    places: tuple[Place, ...]
    hand: Hand | None = None
    has_code: bool = True
    notes: tuple[str, ...] = ()
    handles: tuple[Handle, ...] = ()


@dataclass(frozen=True)
class _Clones:
    """The repositories of a class of GitHub Classroom: `<prefix><login>`, and their template."""

    prefix: str
    template: str

    @classmethod
    def of(cls, folder: Folder, name: str, assignment: str) -> "_Clones":
        if name.endswith(_OF_CLONES):
            own = name.removesuffix(_OF_CLONES)
            return cls(f"{own}-", own)
        parts = [one.split("-") for one in folder.folders]
        starts = Counter("-".join(one[:n]) for one in parts for n in range(1, len(one)))
        for one in folder.folders:
            if starts[one] > 1:
                return cls(f"{one}-", one)
        return cls(f"{assignment}-", "")

    def login(self, name: str) -> str:
        """Return the login in the name of a clone, or ""."""
        return name.removeprefix(self.prefix) if name.startswith(self.prefix) else ""

    def is_template(self, name: str) -> bool:
        return name == self.template or self.login(name).lower() in _TEMPLATES


def _unit_of_hands(entries: Sequence[_Entry], at: _Way, is_exact: Callable[[str], bool]) -> Unit:
    """Put together what one student handed in: the last attempt, and of each file the last."""
    hands = {entry.found: entry.hand for entry in entries if entry.hand is not None}
    dates = sorted({hand.date for hand in hands.values()})
    with_code = [hands[entry.found].date for entry in entries if entry.has_code]
    last = max(with_code, default=dates[-1])
    kept = [entry for entry in entries if hands[entry.found].date == last]
    newest: dict[str, _Entry] = {}
    for entry in sorted(kept, key=lambda entry: hands[entry.found].again or 0):
        newest[hands[entry.found].file or entry.found] = entry
    older = [entry.found for entry in entries if entry not in newest.values()]
    hand = hands[kept[0].found]
    texts = [
        place
        for entry in newest.values()
        if entry.hand and entry.hand.is_text and entry.hand.system == "Blackboard"
        for place in entry.places
    ]
    numbers = [one.again for one in hands.values() if one.again and is_exact(one.file)]
    notes = [note for entry in newest.values() for note in entry.notes]
    if older:
        notes.append(inert(f"handed in again; of before, not read: {', '.join(older)}", 1000))
    return Unit(
        name=_composed(hand.name or hand.id),
        id=_composed(hand.id),
        student=_composed(hand.name),
        source=(*at, next(iter(newest.values())).found),
        places=tuple(
            replace(place, called=(hands[entry.found].file,)) if hands[entry.found].file else place
            for entry in newest.values()
            for place in entry.places
        ),
        handles=hand.handles,
        date=last,
        late=any(hands[entry.found].late for entry in newest.values()),
        attempt=1 + max(numbers) if numbers else len(dates) if len(dates) > 1 else None,
        notes=tuple(notes),
        text=texts[0] if texts else None,
    )


def _notes_beside(folder: Folder, *taken: str) -> Iterator[str]:
    others = [name for name in (*folder.folders, *folder.files) if name not in taken]
    if others:
        yield inert(BESIDE + ", ".join(f"'{name}'" for name in others), 1000)


def _why_not(file: str) -> str:
    what = instead_of(file) if may_be_work(file) else ""
    return what or f"not a {KINDS} file"


def _is_no_ending(name: str) -> bool:
    """Tell whether a name may be that of a folder."""
    return re.search(r"\.\w{1,5}$", name) is None


def _composed(name: str) -> str:
    """Return a name with its accents as Windows writes them; a Mac writes them apart."""
    return unicodedata.normalize("NFC", name)
