"""What is handed out reaches a worker, at the places of the handout, and nothing else does."""

import os
import shutil
from pathlib import Path

import pytest

from grader.course.assignment import load_handout
from grader.course.course import find_course
from grader.course.handed_out import MOST_MB
from grader.course.handout import write_handout
from grader.engine.engine import Engine
from grader.engine.own import OwnEngine
from grader.errors import CourseError
from grader.intake.submission import Submission
from grader.record.check import Outcome
from grader.sandbox.level import LEVELS, Isolation, probe

SETTINGS = """\
title = "Houses"
summary = "Read a table."
exercises = ["mean", "word"]
imports = ["numpy"]
data = ["houses.csv", "digits"]
"""
REFERENCE = '''\
"""Read what is handed out."""

from pathlib import Path

import numpy as np

TABLE = np.genfromtxt("data/houses.csv", delimiter=",", skip_header=1)


def mean(column):
    """Return the mean of a column."""
    with open("data/houses.csv") as file, open(Path("notes.txt"), "w") as notes:
        notes.write(file.read())
    with np.load("data/digits.npz") as digits:
        assert digits["x"].sum() == 3
    return TABLE[:, column].mean()


def word():
    """Return the first word."""
    return Path("given/words.txt").read_text().split()[0]
'''
SUBMITTED = REFERENCE.replace(
    'Path("given/words.txt").read_text().split()[0]',
    """found()

def found():
    import importlib.resources
    from given import words
    here = Path(__file__).parent
    assert importlib.resources.files("given").joinpath("words.txt").read_text() == "one two"
    assert (here / "data" / "houses.csv").read_text().startswith("rooms")
    return words.all_words()[0]""",
)
TEMPLATE = """\
{{ imports }}

{{ code('TABLE') }}

{{ task('mean') }}

{{ task('word') }}
"""
GIVEN = """\
from pathlib import Path

def all_words():
    return (Path(__file__).parent / "words.txt").read_text().split()
"""
SUITE = '''\
import pytest

COLUMN = {column}


@pytest.mark.points(3)
@pytest.mark.exercise("mean")
def test_the_mean_is_right(submission, data, close):
    """The mean of a column is right."""
    assert data("houses.csv").read_text().startswith("rooms,price")
    close(submission.mean(COLUMN), {answer})


@pytest.mark.points(1)
@pytest.mark.exercise("word")
def test_the_word_is_right(submission):
    """The first word is right."""
    assert submission.word() == "one"
'''
# It answers right as long as it finds and changes nothing.
SPY = """\
import os

def mean(column):
    for path in %r:
        try:
            open(path).close()
        except OSError:
            continue
        return -1.0
    for place in ("..", "data/../..", os.path.realpath("data/../..")):
        try:
            names = set(os.listdir(place))
        except OSError:
            continue
        if any("hidden" in name or "secret" in name for name in names):
            return -1.0
    return 15.0

def word():
    if sorted(os.listdir("data") + os.listdir("given")) != %r:
        return "other files"
    for deed in (
        lambda: open("data/houses.csv", "a").close(),
        lambda: open("data/new", "w").close(),
        lambda: os.rename("given/words.txt", "given/mine"),
    ):
        try:
            deed()
        except OSError:
            continue
        return "written"
    return "one"
"""
HANDED_OUT = ["digits.npz", "houses.csv", "words.py", "words.txt"]


@pytest.fixture
def course(tmp_path):
    root = tmp_path / "course"
    files = {
        "reference/houses.py": REFERENCE,
        "assignments/houses/assignment.toml": SETTINGS,
        "assignments/houses/houses.py.j2": TEMPLATE,
        "assignments/houses/hidden/test_houses.py": SUITE.format(column=1, answer="15"),
        "assignments/houses/hidden/secret.csv": "secret",
        "assignments/houses/public/test_houses.py": SUITE.format(column=0, answer="3"),
        "assignments/houses/given/words.py": GIVEN,
        "assignments/houses/given/words.txt": "one two",
        "assignments/data/houses.csv": "rooms,price\n2,10\n4,20\n",
        "assignments/data/secret.csv": "secret",
        "assignments/data/README.md": "# Data",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    import numpy as np

    np.savez(root / "assignments/data/digits.npz", x=[1, 2])
    return find_course(root)


def judged(engine, text):
    submission = Submission("a", "houses.py", {"houses.py": text.encode()}, "", ())
    return engine.judge(submission, 1)


@pytest.mark.processes
@pytest.mark.parametrize("level", ["isolated", "confined", "split"])
def test_files_are_found_as_in_the_handout_and_only_those(course, level):
    if LEVELS.index(probe().level) > LEVELS.index(level):
        pytest.skip(f"{level} does not work here")
    assignment = course.assignment("houses")
    secrets = [str(path) for path in course.root.rglob("*") if path.is_file()]
    with Engine(assignment, ["hidden"], Isolation(level, {})) as engine:
        right = judged(engine, SUBMITTED)
        wrong = judged(engine, SUBMITTED.replace(".mean()", ".sum()"))
        spied = judged(engine, SPY % (secrets, HANDED_OUT))
    assert [outcome.outcome for outcome in right.outcomes] == [Outcome.PASSED] * 2
    assert [outcome.outcome for outcome in wrong.outcomes] == [Outcome.FAILED, Outcome.PASSED]
    refused = Outcome.FAILED if level == "split" else Outcome.PASSED
    assert [outcome.outcome for outcome in spied.outcomes] == [refused] * 2


@pytest.mark.processes
def test_a_student_finds_the_files_of_the_handout(course, tmp_path, grader):
    folder = write_handout(course, course.assignment("houses"), tmp_path / "out")
    assert (folder / "data" / "houses.csv").read_text() == "rooms,price\n2,10\n4,20\n"
    assert not list(folder.rglob("*secret*"))
    assert "`data/houses.csv`" in (folder / "README.md").read_text()
    (folder / "houses.py").write_text(SUBMITTED)
    done = grader("check", cwd=folder)
    assert "4 of 4 points" in done.stdout, done.stdout + done.stderr
    assert done.returncode == 0
    with OwnEngine(load_handout(folder)) as own:
        for _ in range(2):
            passed = [outcome.outcome for outcome in judged(own, SUBMITTED).outcomes]
            assert passed == [Outcome.PASSED] * 2


@pytest.mark.processes
def test_audit_accepts_a_course_whose_reference_reads_files(course, grader):
    done = grader("audit", "houses", "--course", course.root)
    assert "reference: 8 of 8 points" in done.stdout, done.stdout + done.stderr


def test_files_that_are_too_large_for_workers_are_named(course):
    large = Path(course.root, "assignments", "data", "houses.csv")
    os.truncate(large, (MOST_MB << 20) + 1)
    with pytest.raises(CourseError, match=rf"houses\.csv: has {MOST_MB} MiB, and given/ and data/"):
        Engine(course.assignment("houses"), ["hidden"], Isolation("split", {}))


def test_a_data_file_that_does_not_exist_is_named_with_those_that_do(course):
    path = course.root / "assignments" / "houses" / "assignment.toml"
    path.write_text(path.read_text().replace("houses.csv", "house.csv"))
    with pytest.raises(CourseError, match=r"got 'house\.csv'; did you mean 'houses\.csv'"):
        course.assignment("houses")
    shutil.rmtree(course.root)
