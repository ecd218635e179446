"""One worker for many checks, or one for each: every submission gets the same record both ways.

A run compares a few submissions of each kind. All of this repository, which takes some hours:

    SHARED_WORKERS=all python -m pytest tests/test_shared_workers.py
"""

import os
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from grader.course.assignment import Assignment
from grader.course.course import Course
from grader.course.mistakes import load_mistakes, patched
from grader.engine.attempt import may_share
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.errors import GraderError
from grader.intake.submission import Submission

ROOT = Path(__file__).parents[1]
COURSE = Course(ROOT)
ALL = os.environ.get("SHARED_WORKERS") == "all"
SAMPLE = 2  # submissions of each assignment in an ordinary run
ATTACKS = ROOT / "tests" / "attacks"


def texts(assignment: Assignment) -> Iterator[tuple[str, str]]:
    """Yield the name and the text of the reference, every mistake in it, and the alternatives."""
    assert assignment.reference_path is not None
    right = assignment.reference_path.read_text()
    yield "reference", right
    for mistake in load_mistakes(assignment):
        yield mistake.name, patched(mistake, right)
    for path in sorted(ROOT.glob(f"tests/alternatives/{assignment.name}/*.py")):
        yield path.stem, path.read_text()


def told(engine: Engine, files: dict[str, bytes], main: str, fresh: bool) -> Any:
    """Return all that a record says of an attempt, but for times."""
    try:
        judged = engine.judge(Submission("ada", main, files, "", ()), 7, fresh_workers=fresh)
    except GraderError as error:
        return str(error)
    outcomes = [(one.id, one.outcome, one.share, one.message, one.hint) for one in judged.outcomes]
    return outcomes, judged.notes, judged.unread


def compare(assignment: Assignment, submissions: list[tuple[str, dict[str, bytes]]]) -> list[str]:
    differ = []
    with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
        for name, files in submissions:
            main = f"{assignment.name}.py"
            one, many = (told(engine, files, main, fresh) for fresh in (True, False))
            if one != many and told(engine, files, main, fresh=True) != one:
                # It draws from the system, and so tells other numbers each time that it is asked.
                one, many = endings(one), endings(many)
            if one != many:
                differ.append(f"{name}: {one}\n{many}")
    return differ


def endings(record: Any) -> list[Any]:
    """Return how the checks of a record ended, without the words."""
    outcomes, *_ = record
    return [(check, outcome, share) for check, outcome, share, *_ in outcomes]


def check(assignment: Assignment, files: list[tuple[str, bytes]]) -> None:
    """Compare all of these submissions that may share a worker, or a few of them.

    The others get a worker for each check either way.
    """
    given = {f"given.{path.stem}": path.read_text() for path in assignment.given_dir.glob("*.py")}
    sharing = [one for one in files if may_share(assignment, one[1].decode(), given)]
    print(f"{assignment.name}: {len(sharing)} of {len(files)} submissions may share a worker")
    chosen = sharing if ALL else random.sample(sharing, min(SAMPLE, len(sharing)))
    main = f"{assignment.name}.py"
    assert compare(assignment, [(name, {main: text}) for name, text in chosen]) == []


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.assignment_names())
def test_a_submission_of_the_course_has_the_same_record_both_ways(name):
    assignment = COURSE.assignment(name)
    check(assignment, [(about, text.encode()) for about, text in texts(assignment)])


@pytest.mark.slow
def test_an_attack_that_may_share_a_worker_has_the_same_record_both_ways():
    found = [(path.parent.name, path.read_bytes()) for path in ATTACKS.glob("*/*/solution.py")]
    check(Course(ATTACKS / "course").assignment("solution"), found)
