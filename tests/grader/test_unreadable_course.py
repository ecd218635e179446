"""A file of a course that cannot be read is named, and nothing is made of what is left."""

import re

import pytest

from grader.course.course import Course
from grader.course.handout import write_handout
from grader.engine.digest import suite_digest
from grader.engine.settings import judge_settings
from grader.errors import CourseError

CLOSED = [
    "assignments",
    "assignments/tiny/assignment.toml",
    "assignments/tiny/tiny.py.j2",
    "assignments/tiny/mistakes.toml",
    "assignments/tiny/public",
    "assignments/tiny/public/test_tiny.py",
    "assignments/tiny/hidden",
    "assignments/tiny/hidden/test_tiny.py",
    "assignments/tiny/given",
    "assignments/tiny/given/tool.py",
    "reference",
    "reference/tiny.py",
]


@pytest.fixture(scope="module")
def files(tiny, tmp_path_factory):
    """The files of the tiny course; what reading it imports late is imported before they are."""
    read_everything(Course(tiny), tmp_path_factory.mktemp("out"))
    found = {
        path.relative_to(tiny): path.read_bytes()
        for path in tiny.rglob("*")
        if path.is_file() and "__pycache__" not in path.parts
    }
    return {**found, "assignments/tiny/given/tool.py": b"size = 3\n"}


def read_everything(course, out):
    assignment = course.assignment("tiny")
    write_handout(course, assignment, out)
    suite_digest(assignment)
    judge_settings(assignment, ["public", "hidden"])


def write_course(root, files):
    for name, content in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_bytes(content)
    return Course(root)


@pytest.mark.parametrize("closed", CLOSED)
def test_what_cannot_be_read_is_named(files, as_ordinary_user, closed):
    with as_ordinary_user() as folder:
        course = write_course(folder / "course", files)
        (course.root / closed).chmod(0)
        place = re.escape(str(course.root / closed))
        with pytest.raises(
            CourseError, match=rf"^{place}\S*: cannot be read \(Permission denied\)"
        ):
            read_everything(course, folder / "out")


def test_what_can_be_read_is_read(files, as_ordinary_user):
    with as_ordinary_user() as folder:
        read_everything(write_course(folder / "course", files), folder / "out")
        assert (folder / "out/tiny/given/tool.py").read_bytes() == b"size = 3\n"
