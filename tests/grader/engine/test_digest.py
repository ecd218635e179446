"""Whatever decides a grade changes the digest by which a submission counts as graded already."""

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from grader.course.course import Course
from grader.engine.digest import PACKAGE, package_digest, suite_digest

PRINT_DIGEST = """
import sys
from pathlib import Path
from grader.course.course import Course
from grader.engine import digest
assert digest.PACKAGE == Path.cwd() / "grader"
print(digest.suite_digest(Course(Path(sys.argv[1])).assignment("tiny")))
"""


@pytest.fixture
def package(tmp_path):
    ignored = shutil.ignore_patterns("__pycache__")
    return Path(shutil.copytree(PACKAGE, tmp_path / "grader", ignore=ignored))


@pytest.fixture
def course(tiny, tmp_path):
    return Path(shutil.copytree(tiny, tmp_path / "course"))


def of_package(package: Path) -> str:
    package_digest.cache_clear()
    return package_digest(package)


def of_suite(course: Path) -> str:
    return suite_digest(Course(course).assignment("tiny"))


def change(file: Path) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("a") as changed:
        changed.write("\n# changed\n")


@pytest.mark.parametrize(
    "file", ["judge/compare.py", "engine/digest.py", "intake/code/names.py", "judge/new.py"]
)
def test_a_file_of_the_grader_that_can_decide_a_grade_counts(package, file):
    before = of_package(package)
    change(package / file)
    assert of_package(package) != before


@pytest.mark.parametrize(
    "file",
    [
        "report/html.py",
        "report/templates/page.css",
        "judge/__pycache__/compare.cpython-311.pyc",
    ],
)
def test_a_file_of_the_grader_that_decides_nothing_does_not_count(package, file):
    before = of_package(package)
    change(package / file)
    assert of_package(package) == before


@pytest.mark.parametrize(
    "file",
    [
        "assignments/tiny/assignment.toml",
        "assignments/tiny/hidden/test_tiny.py",
        "assignments/tiny/hidden/report/new.py",
        "assignments/tiny/given/new.py",
        "assignments/tiny/mistakes.toml",
        "reference/tiny.py",
    ],
)
def test_a_file_of_an_assignment_that_decides_a_grade_counts(course, file):
    before = of_suite(course)
    change(course / file)
    assert of_suite(course) != before


@pytest.mark.parametrize("file", ["assignments/tiny/tiny.py.j2", "reference/other.py"])
def test_a_file_of_a_course_that_decides_nothing_does_not_count(course, file):
    before = of_suite(course)
    change(course / file)
    assert of_suite(course) == before


def test_a_check_that_moves_from_the_hidden_to_the_public_suite_counts(course):
    suites = course / "assignments" / "tiny"
    change(suites / "hidden" / "test_z.py")
    before = of_suite(course)
    (suites / "hidden" / "test_z.py").rename(suites / "public" / "test_z.py")
    assert of_suite(course) != before


def test_a_grader_that_was_changed_gives_a_suite_another_digest(package, course):
    def digest() -> bytes:
        command = [sys.executable, "-B", "-c", PRINT_DIGEST, str(course)]
        where = package.parent
        return subprocess.run(command, cwd=where, stdout=subprocess.PIPE, check=True).stdout

    before = digest()
    change(package / "report" / "html.py")
    assert digest() == before
    change(package / "judge" / "verdict.py")
    assert digest() != before
