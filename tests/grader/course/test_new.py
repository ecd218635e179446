"""`grader new` begins a course: with a small assignment, or with a copy; and loses nothing."""

from pathlib import Path

import pytest

from grader.course.course import Course
from grader.course.new import new_course
from grader.course.template import render
from grader.errors import ReportError, UsageError


def files(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in paths}


def test_a_new_course_has_one_assignment_with_all_its_files(tmp_path):
    out = tmp_path / "mine"
    assert new_course(out) == "stats"
    assert files(out) == {
        "reference/stats.py",
        "assignments/stats/assignment.toml",
        "assignments/stats/stats.py.j2",
        "assignments/stats/public/test_stats.py",
        "assignments/stats/hidden/test_stats.py",
        "assignments/stats/mistakes.toml",
    }
    assert Course(out).assignment_names() == ["stats"]


def test_its_assignment_is_called_as_it_is_told(tmp_path):
    assert new_course(tmp_path, name="spread") == "spread"
    assignment = Course(tmp_path).assignment("spread")
    assert assignment.exercises == ("mean", "variance")
    assert "def variance" in render(assignment, solution=False)


def test_nothing_that_only_teaches_authors_reaches_a_student(tmp_path):
    new_course(tmp_path)
    text = render(Course(tmp_path).assignment("stats"), solution=False)
    assert text.startswith("# %% [markdown]\n# # Mean and variance\n")
    assert "{#" not in text


@pytest.mark.parametrize("name", [None, "other"])
def test_a_copy_has_all_that_the_assignment_needs(assignment, tmp_path, name):
    (assignment.given_dir / "__pycache__").mkdir()
    (assignment.given_dir / "__pycache__/models.pyc").touch()
    out = tmp_path / "mine"
    called = new_course(out, assignment, name)
    assert called == (name or "scaling")
    assert files(out) == {
        f"reference/{called}.py",
        f"assignments/{called}/assignment.toml",
        f"assignments/{called}/{called}.py.j2",
        f"assignments/{called}/mistakes.toml",
        f"assignments/{called}/public/test_{called}.py",
        f"assignments/{called}/hidden/test_{called}.py",
        f"assignments/{called}/given/models.py",
        "assignments/data/README.md",
        "assignments/data/digits.npz",
    }
    copy = Course(out).assignment(called)
    assert render(copy, solution=True) == render(assignment, solution=True)


def test_a_folder_that_holds_something_is_left_alone(tmp_path):
    (tmp_path / "work.txt").write_text("mine")
    with pytest.raises(UsageError, match="is not empty; name a new folder"):
        new_course(tmp_path)
    assert files(tmp_path) == {"work.txt"}


def test_a_file_is_no_folder(tmp_path):
    (tmp_path / "work.txt").write_text("mine")
    with pytest.raises(UsageError, match=r"work\.txt: is a file; name a new folder"):
        new_course(tmp_path / "work.txt")
    with pytest.raises(ReportError, match="cannot be written"):
        new_course(tmp_path / "work.txt" / "mine")


@pytest.mark.parametrize(
    ("name", "rule"),
    [
        ("my-task", "must be a Python name"),
        ("", "must be a Python name"),
        ("../up", "must be a Python name"),
        ("class", "must be a Python name"),
        ("data", "holds data files"),
    ],
)
def test_a_name_that_no_assignment_can_have_is_refused_before_anything_is_written(
    tmp_path, name, rule
):
    with pytest.raises(UsageError, match=rule):
        new_course(tmp_path / "mine", name=name)
    assert files(tmp_path) == set()
