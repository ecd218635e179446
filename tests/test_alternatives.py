"""Second right solutions, written in another manner, earn everything: the checks are fair."""

from pathlib import Path

import pytest

from grader.course.course import Course
from grader.intake.submission import Submission
from grader.record.record import results
from grader.run.engine import Engine
from grader.run.isolation import find_isolation

ROOT = Path(__file__).parents[1]
FILES = sorted((ROOT / "tests" / "alternatives").glob("*/*.py"))
SEEDS = (1, 2, 3)


@pytest.fixture(scope="module")
def engine_of():
    """Return a function that gives the engine of an assignment, started once."""
    engines = {}

    def engine_of(name):
        if name not in engines:
            for other in list(engines):  # one warm pair at a time
                engines.pop(other).close()
            assignment = Course(ROOT).assignment(name)
            engines[name] = Engine(assignment, ["public", "hidden"], find_isolation("split"))
            engines[name].__enter__()
        return engines[name]

    yield engine_of
    for engine in engines.values():
        engine.close()


def test_every_assignment_has_one():
    assert {file.parent.name for file in FILES} == set(Course(ROOT).assignment_names())


@pytest.mark.parametrize("file", FILES, ids=lambda file: f"{file.parent.name}/{file.stem}")
def test_an_alternative_earns_everything(engine_of, file):
    engine, main = engine_of(file.parent.name), f"{file.parent.name}.py"
    submission = Submission(file.stem, main, {main: file.read_bytes()}, "", ())
    seeds = SEEDS if engine.assignment.limits.check_seconds <= 30 else SEEDS[:1]
    for seed in seeds:
        checks = results(engine.checks, engine.judge(submission, seed).outcomes)
        lost = [(c.id, c.outcome, c.message) for c in checks if c.earned < c.points]
        assert lost == [], f"seed {seed}"
