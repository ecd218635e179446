"""A student who prints instead of returning earns nothing, and reads that nothing came back."""

import re
import shutil
from pathlib import Path

import msgspec
import pytest

from grader.course.assignment import Assignment
from grader.course.course import Course
from grader.course.template import render
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.submission import Submission
from grader.record.record import results

COURSE = Course(Path(__file__).parents[1])
_NOT_WRITTEN = re.compile(rb"raise NotImplementedError\(.*\)")
_NONE_AS_A_NUMBER = re.compile(r"is a number|is NaN|of object")


def without_mistakes(assignment: Assignment, folder: Path) -> Assignment:
    """Return an assignment that lists no mistakes: trying each of them means many trainings."""
    ignored = shutil.ignore_patterns(assignment.mistakes_path.name)
    root = shutil.copytree(assignment.root, folder / assignment.name, ignore=ignored)
    return msgspec.structs.replace(assignment, root=root)


@pytest.mark.parametrize("name", COURSE.assignment_names())
def test_nothing_returned_earns_nothing_and_is_told(name, tmp_path):
    assignment = without_mistakes(COURSE.assignment(name), tmp_path)
    starter = render(assignment, solution=False).encode()
    text, count = _NOT_WRITTEN.subn(b"return None", starter)
    assert count  # else nothing would be tried
    submission = Submission("ada", f"{name}.py", {f"{name}.py": text}, "", ())
    with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
        checks = results(engine.checks, engine.judge(submission, seed=7).outcomes)
    assert [check.id for check in checks if check.earned] == []
    assert [check.message for check in checks if _NONE_AS_A_NUMBER.search(check.message)] == []
    assert any("None" in check.message for check in checks)
