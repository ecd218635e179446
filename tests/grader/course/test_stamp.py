"""A handout that is old, or that a student changed, is told from one that is as it should be."""

import pytest

import grader
from grader.course.assignment import load_handout
from grader.course.handout import write_handout
from grader.course.stamp import remarks
from grader.errors import CourseError


@pytest.fixture
def handout(course, assignment, tmp_path):
    """The folder of a handout."""
    return write_handout(course, assignment, tmp_path / "out")


def said(handout) -> list[str]:
    return remarks(handout, load_handout(handout).handout)


def made_by(handout, version: str) -> None:
    file = handout / "assignment.toml"
    own = f'grader = "{grader.__version__}"'
    text = file.read_text("utf-8")
    assert own in text
    file.write_text(text.replace(own, f'grader = "{version}"' if version else ""), "utf-8")


def test_nothing_is_said_of_a_handout_as_it_was_made(handout):
    made = load_handout(handout).handout
    assert made.grader == grader.__version__
    assert set(made.files) == {
        "public/test_scaling.py",
        "given/models.py",
        "data/README.md",
        "data/digits.npz",
    }
    assert said(handout) == []


def test_the_students_own_work_is_no_change(handout):
    (handout / "scaling.py").write_text("mine")
    (handout / "notes.md").write_text("mine")
    (handout / "README.md").unlink()
    (handout / "public/__pycache__").mkdir()
    (handout / "public/__pycache__/test_scaling.pyc").touch()
    assert said(handout) == []


def test_other_ends_of_lines_are_no_change(handout):
    (handout / "public/test_scaling.py").write_bytes(b"PUBLIC = 1\r\n")
    assert said(handout) == []


@pytest.mark.parametrize("file", ["public/test_scaling.py", "given/models.py", "data/digits.npz"])
def test_a_file_that_was_changed_is_named_with_what_to_do(handout, file):
    (handout / file).write_bytes(b"PUBLIC = 2\n")
    (line,) = said(handout)
    assert line.startswith(f"not as handed out, so checks may tell you wrong: {file}; take it anew")


def test_a_file_that_is_gone_and_one_that_was_added_are_named(handout):
    (handout / "given/models.py").unlink()
    (handout / "public/test_own.py").write_text("def test_own(submission): ...\n")
    gone, added = said(handout)
    assert gone == "missing from the handout: given/models.py; take it anew from the handout"
    assert added == "not of the handout, its checks count for no grade: public/test_own.py"


@pytest.mark.parametrize(
    ("version", "line"),
    [
        ("", "the handout is older than this grader: take it anew from your course"),
        ("0.0.9", "the handout is of nablagrade 0.0.9, older than "),
        ("999.1", "the handout is of nablagrade 999.1, newer than "),
    ],
)
def test_a_handout_of_another_version_is_named_with_what_to_do(handout, version, line):
    made_by(handout, version)
    (found,) = said(handout)
    assert found.startswith(line)


@pytest.mark.parametrize("version", ["unknown", grader.__version__.partition("+")[0]])
def test_nothing_is_said_where_the_version_says_nothing(handout, version):
    made_by(handout, version)
    assert said(handout) == []


def test_a_key_of_a_newer_grader_is_an_error_that_says_to_upgrade(handout):
    made_by(handout, "999.1")
    file = handout / "assignment.toml"
    file.write_text("new_key = 1\n" + file.read_text("utf-8"), "utf-8")
    with pytest.raises(CourseError, match=r"unknown key 'new_key'.*pip install --upgrade"):
        load_handout(handout)
    made_by_now = file.read_text("utf-8").replace("999.1", grader.__version__)
    file.write_text(made_by_now, "utf-8")
    with pytest.raises(CourseError, match="unknown key 'new_key'") as raised:
        load_handout(handout)
    assert "upgrade" not in str(raised.value)


def test_a_course_has_no_table_of_handouts(course, edit):
    edit("assignments/scaling/assignment.toml", "[limits]", '[handout]\ngrader = "1"\n\n[limits]')
    with pytest.raises(CourseError, match="handout belongs in handouts alone"):
        course.assignment("scaling")
