"""What assignment.toml may say. Each wrong file differs from the right one in one way."""

import re
from pathlib import Path

import msgspec
import pytest

from grader.course.assignment import Manifest, load_handout
from grader.course.handout import write_handout
from grader.errors import CourseError
from grader.record.record import About
from grader.sandbox.terms import Limits, Terms

MANIFEST = "assignments/scaling/assignment.toml"
EXERCISES = 'exercises = ["mean", "Scaler.fit", "Scaler.transform", "ANSWERS"]'


def test_a_right_assignment_is_loaded(assignment, root):
    assert assignment.title == 'Scaling "columns"'
    assert assignment.exercises == ("mean", "Scaler.fit", "Scaler.transform", "ANSWERS")
    assert (assignment.imports, assignment.data) == (("numpy",), ("digits",))
    assert assignment.limits == Limits(2.5, 300.0, 2048)
    home = root / "assignments" / "scaling"
    assert assignment.template_path == home / "scaling.py.j2"
    assert assignment.public_suite == home / "public"
    assert assignment.hidden_suite == home / "hidden"
    assert assignment.given_dir == home / "given"
    assert assignment.mistakes_path == home / "mistakes.toml"
    assert assignment.reference_path == root / "reference" / "scaling.py"
    assert assignment.data_path("digits") == root / "assignments" / "data" / "digits.npz"


def test_what_is_optional_may_be_left_out(course, edit):
    edit(MANIFEST, 'imports = ["numpy"]\ndata = ["digits"]\n\n[limits]\ncheck_seconds = 2.5\n', "")
    assignment = course.assignment("scaling")
    assert (assignment.imports, assignment.data) == ((), ())
    assert assignment.limits == Limits(check_seconds=10, submission_seconds=300, memory_mb=2048)


WRONG = [
    ("title = ", "titel = ", "unknown key 'titel'; did you mean 'title'?"),
    (
        "title = ",
        "author = 'x'\ntitle = ",
        "unknown key 'author'; known keys are imports",
    ),
    ("check_seconds", "check_second", "'limits.check_second'; did you mean 'check_seconds'?"),
    ("title = ", "# title = ", "title is missing; it must be a text that is not empty"),
    ('title = "Scaling \\"columns\\""', 'title = " "', "title must be a text that is not empty"),
    ('title = "Scaling \\"columns\\""', "title = 3", "not empty, got 3"),
    ("[limits]", "limits = 3\n[other]", "unknown key 'other'"),
    ("[limits]\ncheck_seconds = 2.5", "limits = 3", "limits must be a table, got 3"),
    ("= 2.5", "= 0", "limits.check_seconds must be a number of seconds above 0 and up to 86400"),
    ("= 2.5", "= nan", "limits.check_seconds must be"),
    ("= 2.5", "= inf", "limits.check_seconds must be"),
    ("= 2.5", "= true", "limits.check_seconds must be"),
    ("= 2.5", "= 1\nsubmission_seconds = -1", "limits.submission_seconds must be"),
    ("= 2.5", "= 1\nmemory_mb = 0.5", "limits.memory_mb must be a whole number of MiB above 0"),
    ('["numpy"]', '["torch.nn"]', "imports must be a list of top-level package names"),
    ('["numpy"]', '["numpy", "numpy"]', "imports names 'numpy' twice; remove one"),
    ('["digits"]', '["digit"]', "got 'digit'; did you mean 'digits'?"),
    ('["digits"]', '["../digits"]', "data must be a list of names of data files"),
    (EXERCISES, "exercises = []", "exercises must be a list of one or more names"),
    (EXERCISES, 'exercises = "mean"', "exercises must be a list of one or more names"),
    (EXERCISES, 'exercises = ["a.b.c"]', "exercises must be a list of one or more names"),
    (EXERCISES, 'exercises = ["mean", "mean"]', "exercises names 'mean' twice; remove one"),
    (EXERCISES, 'exercises = ["meen"]', "got 'meen'; did you mean 'mean'?"),
    (EXERCISES, 'exercises = ["Scaler.fti"]', "did you mean 'Scaler.fit'?"),
    (EXERCISES, 'exercises = ["Scaler"]', "Scaler is a class; name its methods"),
    (EXERCISES, 'exercises = ["Scaler.__init__"]', "Scaler.__init__ has no docstring"),
    (EXERCISES, 'exercises = ["_TINY"]', "_TINY must be a dict written out"),
    (
        EXERCISES,
        EXERCISES + '\nbuilds_on = { meen = ["mean"] }',
        "got 'meen'; did you mean 'mean'?",
    ),
    (
        EXERCISES,
        EXERCISES + '\nbuilds_on = { mean = ["Scaler.fti"] }',
        "did you mean 'Scaler.fit'?",
    ),
    (EXERCISES, EXERCISES + '\nbuilds_on = { mean = ["mean"] }', "others than the exercise itself"),
    (EXERCISES, EXERCISES + "\nbuilds_on = { mean = [] }", "builds_on must be a table that gives"),
    (EXERCISES, EXERCISES + '\nbuilds_on = ["mean"]', "builds_on must be a table that gives"),
    (EXERCISES, EXERCISES + "\ncontact = 3", "contact must be a text that says whom to ask, got 3"),
    (EXERCISES, EXERCISES + "\ndue = 3", "due must be a time such as"),
    (EXERCISES, EXERCISES + "\nbuild_on = { mean = [] }", "did you mean 'builds_on'?"),
    ("title = ", 'due = "31.1.2026"\ntitle = ', 'due must be a time such as "2026-01-31T18:00"'),
    ("title = ", "due = 2026-01-31T18:00:00\ntitle = ", 'due must be a time such as "2026-01-31'),
    ("title = ", 'name = "other"\ntitle = ', "name must be the folder's name, a Python name"),
    ("title = ", "title = = ", "cannot be read as TOML"),
]


@pytest.mark.parametrize(("old", "new", "message"), WRONG)
def test_a_wrong_assignment_toml_is_refused(course, edit, old, new, message):
    edit(MANIFEST, old, new)
    with pytest.raises(CourseError, match=re.escape(message)):
        course.assignment("scaling")


def test_what_an_exercise_builds_on_may_build_on_more(course, edit):
    assert course.assignment("scaling").foundations("mean") == set()
    table = '{ ANSWERS = ["Scaler.transform"], "Scaler.transform" = ["mean", "Scaler.fit"] }'
    edit(MANIFEST, EXERCISES, f"{EXERCISES}\nbuilds_on = {table}")
    assignment = course.assignment("scaling")
    assert assignment.foundations("ANSWERS") == {"Scaler.transform", "mean", "Scaler.fit"}
    assert assignment.foundations("Scaler.transform") == {"mean", "Scaler.fit"}
    assert assignment.foundations("mean") == set()


def test_what_students_are_told_of_an_assignment_stands_in_their_reports(course, edit):
    assert course.assignment("scaling").about == About('Scaling "columns"')
    edit(MANIFEST, "title = ", 'due = "2026-01-31T18:00+01:00"\ncontact = "ta@uni.edu"\ntitle = ')
    about = course.assignment("scaling").about
    assert about == About('Scaling "columns"', "2026-01-31T18:00+01:00", "ta@uni.edu")


def test_the_message_names_the_file(course, edit, root):
    edit(MANIFEST, "title = ", "titel = ")
    with pytest.raises(CourseError, match=f"^{re.escape(str(root / MANIFEST))}: "):
        course.assignment("scaling")


def test_an_assignment_without_a_reference_is_refused(course, root):
    (root / "reference" / "scaling.py").unlink()
    with pytest.raises(CourseError, match=r"scaling\.py: there is no such file"):
        course.assignment("scaling")


def test_every_key_is_explained_to_authors():
    not_for_authors = {"name", "defines", "handout", "limits"}  # three of handouts, and a table
    keys = ({*Manifest.__struct_fields__} - not_for_authors) | {*Limits.__struct_fields__}
    page = (Path(__file__).parents[3] / "docs" / "course.md").read_text("utf-8")
    assert [key for key in sorted(keys) if f"`{key}`" not in page] == []


@pytest.fixture
def handout(course, assignment, tmp_path):
    return write_handout(course, assignment, tmp_path / "out")


def test_what_a_worker_may_know_of_an_assignment_stands_in_its_handout(assignment, handout):
    assert Terms.of(load_handout(handout)) == Terms.of(assignment)
    keys = msgspec.toml.decode((handout / "assignment.toml").read_bytes()).keys()
    assert set(Terms.__struct_fields__) <= keys
    assert "isolation" not in keys


def test_a_handout_loads_as_the_assignment_it_was_made_of(assignment, handout):
    moved = handout.rename(handout.parent / "my homework")
    loaded = load_handout(moved)
    assert loaded.reference_path is None
    assert loaded.root == moved
    assert loaded.data_path("digits").is_file()
    same = ("name", "title", "summary", "exercises", "imports", "data", "limits")
    assert [getattr(loaded, key) for key in same] == [getattr(assignment, key) for key in same]


def test_a_folder_that_is_no_handout_is_refused(tmp_path, root):
    with pytest.raises(CourseError, match=r"assignment\.toml: there is no such file"):
        load_handout(tmp_path)
    with pytest.raises(CourseError, match="name is missing; take the file of the handout"):
        load_handout(root / "assignments" / "scaling")


def test_a_handout_without_its_data_is_refused(handout):
    (handout / "data" / "digits.npz").unlink()
    with pytest.raises(CourseError, match=r"data must be names of files in .*got 'digits'"):
        load_handout(handout)
