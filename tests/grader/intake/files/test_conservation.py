"""Nobody is lost: random classes in all conventions at once, as folders, archives and globs.

Each student of a class hands in by one convention. Whatever the others do, the student is one
submission with the own work, or is named as left aside. And each file of the class is read into a
submission, or named in its notes, or listed as left aside.
"""

import io
import json
import re
import tarfile
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from grader.intake.files.choose import Wanted
from grader.intake.files.find import Found, find_submissions
from grader.intake.files.read import read
from grader.intake.submission import Submission, Unreadable

KNN = Wanted("knn", ["predict", "choose"], {"linear": frozenset({"hinge", "loss"})})
NAMES = [
    *("ann", "Bob Ray", "李雷", "Иванов Иван", "Zoë", "O'Neil", "José Pérez", "van der Berg"),
    *("12345678", "s1234567", "dan.lee", "eve-2", "علي", "Ng", "ZOE", "x" * 70),
]
MARK = re.compile(rb"mark = '([0-9a-f]+)'")


@dataclass
class Student:
    """What one student hands in, and what must become of it."""

    number: int
    name: str
    files: dict[str, bytes] = field(default_factory=dict)  # path -> content
    folders: list[str] = field(default_factory=list)  # empty ones
    links: dict[str, str] = field(default_factory=dict)
    closed: list[str] = field(default_factory=list)  # of mode 0
    work: str = ""  # the file that must be graded; "" if none can be
    is_row: bool = True  # else left aside


def mark(path: str) -> str:
    return path.encode().hex()


def code(path: str) -> bytes:
    return f"mark = '{mark(path)}'\n\n\ndef predict(X):\n    return mark\n".encode()


def add(student: Student, path: str, is_work: bool = False) -> None:
    student.files[path] = code(path) if path.endswith((".py", ".ipynb")) else path.encode()
    if path.endswith(".ipynb"):
        cell = {"cell_type": "code", "source": code(path).decode()}
        student.files[path] = json.dumps({"cells": [cell]}).encode()
    if is_work:
        student.work = path


def packed(kind: str, members: dict[str, bytes]) -> bytes:
    made = io.BytesIO()
    if kind == "zip":
        with zipfile.ZipFile(made, "w") as archive:
            for name, data in members.items():
                archive.writestr(name, data)
    else:
        with tarfile.open(fileobj=made, mode="w:gz") as archive:
            for name, data in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    return made.getvalue()


def canvas(s: Student, draw: Callable[[int], int]) -> None:
    word = re.sub(r"\W|_", "", s.name) or "x"
    late = "_LATE" if draw(2) else ""
    who = f"{word}{late}_{100 + s.number}"
    again = f"-{draw(3)}" if draw(2) else ""
    add(s, f"{who}_{9000 + s.number}_knn{again}.py", is_work=True)
    if draw(2):
        path = f"{who}_{9100 + s.number}_my_tools{again}.py"
        s.files[path] = f"mark = '{mark(path)}'\n".encode()
    if draw(2):
        add(s, f"{who}_{9200 + s.number}_report.pdf")
    if draw(2):
        add(s, f"{who}_text.html")


def moodle(s: Student, draw: Callable[[int], int]) -> None:
    who = f"{s.name}_{200 + s.number}_assignsubmission"
    if draw(4):
        add(s, f"{who}_file_/{('knn.py', 'hw.py', 'sub/knn.py')[draw(3)]}", is_work=True)
    if draw(2) or not s.work:
        add(s, f"{who}_onlinetext_/onlinetext.html")


def moodle_flat(s: Student, draw: Callable[[int], int]) -> None:
    add(s, f"{s.name}_{300 + s.number}_assignsubmission_file_knn.py", is_work=True)


def blackboard(s: Student, draw: Callable[[int], int]) -> None:
    login = f"u{s.number}{re.sub(r'_', '', s.name)}"
    for attempt in range(1 + draw(3)):
        who = f"HW 1_{login}_attempt_2026-01-{10 + attempt}-12-00-00"
        add(s, f"{who}.txt")
        add(s, f"{who}_{('knn.py', 'my work.py')[draw(2)]}", is_work=True)


def brightspace(s: Student, draw: Callable[[int], int]) -> None:
    for day in range(1, 2 + draw(2)):
        who = f"{400 + s.number}-77 - {s.name} - Jan {day}, 2026 {(930, 1200)[draw(2)]} PM"
        add(s, f"{who}/knn.py" if draw(2) else f"{who} - knn.py", is_work=True)


def sakai(s: Student, draw: Callable[[int], int]) -> None:
    who = f"{s.name}, First(login{s.number})"
    add(s, f"{who}/Submission attachment(s)/knn.py", is_work=True)
    s.files[f"{who}/timestamp.txt"] = b"20260105120000000"
    if draw(2):
        add(s, f"{who}/comments.txt")
        add(s, f"{who}/Feedback Attachment(s)/knn.py")


def gradescope(s: Student, draw: Callable[[int], int]) -> None:
    add(s, f"submission_{500 + s.number}/{('knn.py', 'hw/knn.py')[draw(2)]}", is_work=True)


def clone(s: Student, draw: Callable[[int], int]) -> None:
    add(s, f"knn-{s.name}{s.number}/knn.py", is_work=True)
    if draw(2):
        add(s, f"knn-{s.name}{s.number}/.git/config")


def folder(s: Student, draw: Callable[[int], int]) -> None:
    inside = ("knn.py", "KNN.py", "solution.py", "hw/knn.py", "knn/knn.py", "a/b/c/knn.py")[draw(6)]
    add(s, f"{own(s)}/{inside}", is_work=True)
    if draw(2):
        add(s, f"{own(s)}/linear/linear.pdf")
    if draw(2):
        add(s, f"{own(s)}/tools/helper.py")
        s.files[f"{own(s)}/tools/helper.py"] = b"mark = 'helper'\n"
    if draw(2):
        add(s, f"{own(s)}/__pycache__/knn.pyc")
        add(s, f"{own(s)}/.DS_Store")


def plain_file(s: Student, draw: Callable[[int], int]) -> None:
    add(s, own(s) + (".py", ".ipynb")[draw(2)], is_work=True)


def archive(s: Student, draw: Callable[[int], int]) -> None:
    kind = ("zip", "tar.gz")[draw(2)]
    path = f"{own(s)}.{kind}"
    members = {("knn.py", "hw/knn.py", "my files/work.py")[draw(3)]: code(path)}
    for _ in range(draw(3)):
        members = {"inner.zip": packed("zip", members)}
    s.files[path], s.work = packed(kind, members), path


def archive_in_folder(s: Student, draw: Callable[[int], int]) -> None:
    path = f"{own(s)}/work.zip"
    s.files[path], s.work = packed("zip", {"knn.py": code(path)}), path
    if draw(2):
        starter = (
            f"mark = '{mark(f'{own(s)}/knn.py')}'\ndef predict(X):\n    raise NotImplementedError\n"
        )
        s.files[f"{own(s)}/knn.py"] = starter.encode()


def in_section(s: Student, draw: Callable[[int], int]) -> None:
    section = f"Section {1 + draw(2)}"
    add(s, f"{section}/{own(s)}" + ("/knn.py", ".py", "/hw/knn.py")[draw(3)], is_work=True)


def in_parts(s: Student, draw: Callable[[int], int]) -> None:
    add(s, f"{own(s)}/{('knn.py', 'part1.py', 'src/part1.ipynb')[draw(3)]}", is_work=True)
    path = f"{own(s)}/{('part2.py', 'Part 2 (1).py', 'more/part2.py')[draw(3)]}"
    s.files[path] = code(path).replace(b"def predict", b"def choose")


def teams(s: Student, draw: Callable[[int], int]) -> None:
    for version in range(1, 2 + draw(3)):
        path = f"Submitted files/{own(s)}/HW 1/Version {version}/{('knn.py', 'my.ipynb')[draw(2)]}"
        add(s, path, is_work=True)


def nothing(s: Student, draw: Callable[[int], int]) -> None:
    if draw(2):
        s.folders.append(own(s))
    else:
        add(s, f"{own(s)}/report.pdf")


def hidden(s: Student, draw: Callable[[int], int]) -> None:
    add(s, f".{own(s)}/knn.py" if draw(2) else f".{own(s)}.py")
    s.is_row = False


def link(s: Student, draw: Callable[[int], int]) -> None:
    s.links[("{}", "{}.py")[draw(2)].format(own(s))] = ("/etc/passwd", own(s), "/nowhere")[draw(3)]


def closed(s: Student, draw: Callable[[int], int]) -> None:
    add(s, f"{own(s)}/knn.py")
    s.closed.append(own(s) if draw(2) else f"{own(s)}/knn.py")


def rar(s: Student, draw: Callable[[int], int]) -> None:
    add(s, own(s) + (".rar", ".7z", ".py.txt")[draw(3)])
    s.is_row = False


def own(s: Student) -> str:
    """Return a name that no other student has."""
    return f"{s.name} {s.number}p"


CONVENTIONS = [
    *(canvas, moodle, moodle_flat, blackboard, brightspace, sakai, gradescope, clone, folder),
    *(plain_file, archive, archive_in_folder, in_section, in_parts, teams, nothing, hidden, link),
    *(closed, rar),
]
WRAPPERS = ["folder", "in a folder", "zip", "zip in a zip", "zip in a folder", "glob"]


@st.composite
def classes(draw: st.DrawFn) -> list[Student]:
    students = []
    for number in range(draw(st.integers(2, 7))):
        student = Student(number, draw(st.sampled_from(NAMES)))
        draw(st.sampled_from(CONVENTIONS))(student, lambda n: draw(st.integers(0, n - 1)))
        students.append(student)
    return students


def written(students: list[Student], root: Path) -> None:
    for student in students:
        for path in student.folders:
            (root / path).mkdir(parents=True)
        for path, data in student.files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_bytes(data)
        for path, target in student.links.items():
            (root / path).symlink_to(target)
        for path in student.closed:
            (root / path).chmod(0)


def wrapped(students: list[Student], wrapper: str, base: Path) -> list[Path]:
    """Write a class, and return the paths to grade."""
    root = base / "submitted"
    root.mkdir()
    members = {path: data for student in students for path, data in student.files.items()}
    members |= {f"{path}/": b"" for student in students for path in student.folders}
    if wrapper == "zip":
        (base / "submissions.zip").write_bytes(packed("zip", members))
        return [base / "submissions.zip"]
    if wrapper == "zip in a zip":
        inner = packed("zip", members)
        (base / "all.zip").write_bytes(packed("zip", {"download/submissions.zip": inner}))
        return [base / "all.zip"]
    if wrapper == "zip in a folder":
        (root / "submissions.zip").write_bytes(packed("zip", members))
        return [root]
    inside = root / "export" if wrapper == "in a folder" else root
    inside.mkdir(exist_ok=True)
    written(students, inside)
    return [root] if wrapper != "glob" else sorted(inside.glob("[!.]*"))


@dataclass
class Seen:
    """What came of a class."""

    found: Found
    submissions: dict[str, Submission]
    unreadable: dict[str, str]

    def owner(self, path: str) -> list[str]:
        """Return the ids of the submissions of which a file is the work."""
        return [
            one.id
            for one in self.submissions.values()
            if mark(path).encode() in MARK.findall(b"".join(read_of(one)))
        ]

    def __str__(self) -> str:
        rows = {one.id: sorted(one.files) for one in self.submissions.values()}
        aside = [(one.path, one.why) for one in self.found.aside]
        return f"read {rows}\nunreadable {self.unreadable}\naside {aside}"

    def told(self) -> str:
        notes = [note for one in self.submissions.values() for note in one.notes]
        return "\n".join([*notes, *self.unreadable.values()])


def seen(paths: list[Path]) -> Seen:
    found = find_submissions(paths, "knn", KNN.others)
    result = Seen(found, {}, {})
    for location in found.submissions:
        try:
            result.submissions[location.id] = read(location, KNN)
        except Unreadable as error:
            result.unreadable[location.id] = str(error)
    return result


def read_of(submission: Submission, modules: bool = False) -> list[bytes]:
    """Return what is graded of a submission, or also what that can import."""
    files = submission.files
    graded = [*files.values()] if modules else [files[submission.main]]
    return [*graded, *(other.data for other in submission.others)]


def is_named(path: str, result: Seen) -> bool:
    """Tell whether a file, or the folder that it lies in, is named anywhere."""
    parts = path.split("/")
    folders = ["/".join(parts[:n]) for n in range(1, len(parts) + 1)]
    asides = [aside.path.rstrip("/") for aside in result.found.aside]
    if any(aside.endswith(folder) for aside in asides for folder in folders):
        return True
    names = {name for part in parts for name in (part, part[:50], part.rpartition("_")[2])}
    told = result.told()
    return any(name in told for name in names)


def check(students: list[Student], wrapper: str, base: Path) -> Seen:
    paths = wrapped(students, wrapper, base)
    on_disk = wrapper in ("folder", "in a folder", "glob")
    result = seen(paths)
    rows = [one.id for one in result.found.submissions]
    assert len(rows) == len({row.casefold() for row in rows})
    data = [data for one in result.submissions.values() for data in read_of(one, modules=True)]
    marks = {found.decode() for part in data for found in MARK.findall(part)}
    expected = 0
    for student in students:
        if student.work:
            assert len(result.owner(student.work)) == 1, f"{student.work} in\n{result}"
        is_there = on_disk or bool(student.files or student.folders)
        expected += student.is_row and is_there and not student.links
        is_closed = bool(student.closed) and not on_disk  # in an archive, it is not
        for path in student.files if not is_closed else ():
            was_read = mark(path) in marks or b"helper" in student.files[path]
            was_given = wrapper != "glob" or not path.startswith(".")
            assert was_read or not was_given or is_named(path, result), f"{path} in\n{result}"
        for path in student.links if on_disk else ():
            name = Path(path).stem
            is_row = any(Path(one.source).stem == name for one in result.found.submissions)
            expected += is_row
            assert is_row or is_named(path, result), f"{path} in\n{result}"
    assert len(rows) == expected, f"{expected} rows in\n{result}"
    return result


MANY = settings(
    max_examples=500,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)


@pytest.mark.slow
@MANY
@given(classes(), st.sampled_from(WRAPPERS))
def test_nobody_disappears_and_nobody_appears_twice(as_ordinary_user, students, wrapper):
    assume(any(student.work for student in students))
    with as_ordinary_user() as base:
        check(students, wrapper, base)


@pytest.mark.slow
@settings(MANY, max_examples=150)
@given(classes(), st.sampled_from(WRAPPERS), st.integers(0, 6))
def test_nobodys_neighbour_changes_anything(as_ordinary_user, students, wrapper, absent):
    rest = [student for student in students if student.number != absent]
    assume(sum(bool(student.work) for student in rest) > 1)
    with as_ordinary_user() as base:
        alone = graded(rest, wrapper, base)
    with as_ordinary_user() as base:
        assert alone.items() <= graded(students, wrapper, base).items()


def graded(students: list[Student], wrapper: str, base: Path) -> dict[str, tuple[str, str]]:
    """Return what is graded of each student who did some work: the id, and what is read."""
    result = check(students, wrapper, base)
    return {
        student.work: (owner, result.submissions[owner].digest)
        for student in students
        if student.work
        for owner in result.owner(student.work)
    }
