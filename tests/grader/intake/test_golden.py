"""What is made of broken, moved and doubled code, and of whole classes. A folder of
tests/golden/intake is a case.

handed_in/      what the student's folder holds; a folder called like an archive, "ann.zip", is
                packed, its files in the order of their names, a day after each other
expected.json   of one submission:
                roots         exercises that the assignment asks for
                unreadable    the line that the student reads, or else:
                files         names of the files that go to the sandbox
                module        each line of the module, with its place
                modules       the same of modules that cells were written to, if there are any
                notes         in order; "*" stands for words that Python chose
                or of a class, for `predict` (the assignment `linear` asks for that and more):
                submissions   id -> names of the files that go to the sandbox, or the line
                given         the paths in handed_in that are given; else all of it
                aside         path of each file and folder left aside -> why
"""

import json
import re
import shutil
import tarfile
import zipfile
from pathlib import Path

import pytest

from grader.intake.code.module import Module, to_module
from grader.intake.files.choose import Wanted
from grader.intake.files.find import find_submissions
from grader.intake.files.location import Location
from grader.intake.files.paths import TARS, is_archive
from grader.intake.files.place import Place
from grader.intake.files.read import read
from grader.intake.submission import Submission, Unreadable

CASES = {
    case: json.loads((case / "expected.json").read_text("utf-8"))
    for case in sorted((Path(__file__).parents[2] / "golden" / "intake").iterdir())
}
ONE = [case for case, expected in CASES.items() if "submissions" not in expected]
CLASSES = [case for case, expected in CASES.items() if "submissions" in expected]
KNN = Wanted("knn", ["predict"], {"linear": frozenset({"predict", "hinge"})})


def is_as_told(line: str, expected: str) -> bool:
    return re.fullmatch(re.escape(expected).replace(r"\*", ".+"), line) is not None


def handed_in(case: Path, folder: Path) -> Path:
    """Return a copy of what was handed in, in which archives are packed."""
    shutil.copytree(case / "handed_in", folder / "handed_in")
    inside_first = sorted((folder / "handed_in").rglob("*"), key=lambda path: -len(path.parts))
    for path in inside_first:
        if path.is_dir() and is_archive(path.name):
            pack(path)
    return folder / "handed_in"


def pack(folder: Path) -> None:
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    names = [path.relative_to(folder).as_posix() for path in files]
    archive = folder.with_name("packing")
    if folder.name.endswith(TARS):
        with tarfile.open(archive, "w:gz") as made:
            for path, name in zip(files, names, strict=True):
                made.add(path, name)
    else:
        with zipfile.ZipFile(archive, "w") as made:
            for day, (path, name) in enumerate(zip(files, names, strict=True), start=1):
                info = zipfile.ZipInfo(name, (2026, 1, day, 12, 0, 0))
                made.writestr(info, path.read_bytes())
    shutil.rmtree(folder)
    archive.rename(folder)


def written(module: Module) -> dict[str, list[str]]:
    return {
        name: [
            f"{module.place_in_module(name, number)} | {line}"
            for number, line in enumerate(text.lines, start=1)
        ]
        for name, text in module.modules.items()
    }


@pytest.mark.parametrize("case", ONE, ids=lambda case: case.name)
def test_golden(case, tmp_path):
    expected = CASES[case]
    location = Location("ada", (Place(handed_in(case, tmp_path)),))
    wanted = Wanted("knn", expected["roots"])
    if "unreadable" in expected:
        with pytest.raises(Unreadable) as error:
            to_module(read(location, wanted), expected["roots"], ["numpy"])
        assert is_as_told(str(error.value), expected["unreadable"])
        return
    submission = read(location, wanted)
    module = to_module(submission, {name.partition(".")[0] for name in wanted.exercises}, ["numpy"])
    lines = enumerate(module.source.split("\n"), start=1)
    told = [f"{module.place(number)} | {line}" for number, line in lines if line]
    notes = [*submission.notes, *module.notes]
    assert told == expected["module"]
    assert written(module) == expected.get("modules", {})
    assert sorted(submission.files) == expected["files"]
    assert len(notes) == len(expected["notes"]), notes
    assert all(map(is_as_told, notes, expected["notes"])), notes
    compile(module.source, "knn.py", "exec")


@pytest.mark.parametrize("case", CLASSES, ids=lambda case: case.name)
def test_golden_class(case, tmp_path):
    expected = CASES[case]
    folder = handed_in(case, tmp_path)
    given = [path for pattern in expected.get("given", []) for path in folder.glob(pattern)]
    found = find_submissions(given or [folder], "knn", KNN.others)
    assert {one.id: files_of(one) for one in found.submissions} == expected["submissions"]
    assert {one.path: one.why for one in found.aside} == expected.get("aside", {})


def files_of(location: Location) -> list[str] | str:
    try:
        submission: Submission = read(location, KNN)
    except Unreadable as error:
        return str(error)
    return sorted(submission.files)


def test_there_are_cases():
    assert len(ONE) > 40
    assert len(CLASSES) > 20
