"""Second right solutions, written in another manner, earn everything: the checks are fair."""

import os
from concurrent.futures import ThreadPoolExecutor
from itertools import product
from pathlib import Path

import pytest

from grader.course.course import Course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.submission import Submission
from grader.record.record import results

COURSE = Course(Path(__file__).parents[1])
FILES = sorted(Path(__file__).parent.glob("alternatives/*/*.py"))
SEEDS = (1, 2, 3)


def losses(engine: Engine, file: Path, seed: int) -> list[str]:
    """Return a line for each check that an alternative does not get all points of."""
    main = f"{engine.assignment.name}.py"
    submission = Submission(file.stem, main, {main: file.read_bytes()}, "", ())
    checks = results(engine.checks, engine.judge(submission, seed).outcomes)
    lost = [check for check in checks if check.earned < check.points]
    return [f"{file.stem}, seed {seed}: {c.id}: {c.outcome}, {c.message}" for c in lost]


def test_every_assignment_has_one():
    assert {file.parent.name for file in FILES} == set(COURSE.assignment_names())


@pytest.mark.parametrize("name", COURSE.assignment_names())
def test_an_alternative_earns_everything(name):
    assignment = COURSE.assignment(name)
    files = [file for file in FILES if file.parent.name == name]
    trains = assignment.limits.check_seconds >= 30  # then each alternative has a seed of its own
    attempts = zip(files, SEEDS, strict=False) if trains else product(files, SEEDS)
    with (
        Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine,
        ThreadPoolExecutor(os.cpu_count()) as pool,
    ):
        lost = pool.map(lambda attempt: losses(engine, *attempt), attempts)
        lines = [line for attempt in lost for line in attempt]
    assert not lines, "\n".join(lines)
