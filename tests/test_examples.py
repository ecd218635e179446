"""No example that students may read holds an input of a hidden check, on any suite of the course.

Known mistakes are judged as submissions. What their hidden checks draw is compared with what the
lines of the example make.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from grader.course.assignment import Assignment
from grader.course.course import Course
from grader.course.files import course_text
from grader.course.mistakes import load_mistakes, patched
from grader.judge.declared import Declared
from grader.judge.evidence import Evidence
from grader.judge.plugin import collect
from grader.judge.proxy import StandIn
from grader.judge.suite import Attempt, Suite
from grader.record.cause import Explained
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.level import probe
from grader.sandbox.terms import Terms
from grader.sandbox.wire.messages import Sources

pytestmark = [pytest.mark.processes, pytest.mark.slow]

COURSE = Course(Path(__file__).parents[1])
MOST = 4  # mistakes of each assignment
TRAINING = ("dcgan", "robust")  # a check takes seconds there: one mistake each
SEEN_BY_ALL = {0.25, 0.5, 0.75}  # fractions that stand in any example


@pytest.fixture(scope="module")
def warm_worker():
    warm_worker = WarmWorker.start(["numpy", "torch"], probe().level)
    warm_worker.wait_ready()
    yield warm_worker
    warm_worker.close()


@dataclass
class Seen:
    """What is told of the exercises of some submissions, and what their checks had asked."""

    examples: list[str] = field(default_factory=list)
    asked: list[Any] = field(default_factory=list)  # the arguments of one submission's checks


def numbers_in(value: Any) -> list[np.ndarray]:
    """Return every array and number in the arguments of calls."""
    if isinstance(value, (list, tuple)):
        return [array for part in value for array in numbers_in(part)]
    if isinstance(value, dict):
        return numbers_in(list(value.values()))
    if isinstance(value, StandIn):  # something in the worker
        return []
    if isinstance(value, (int, float, np.ndarray)) or hasattr(value, "detach"):
        return [np.asarray(value.detach() if hasattr(value, "detach") else value)]
    return []


def made_by(example: str) -> list[np.ndarray]:
    """Return what the lines of an example make, but for its last one, which is the call."""
    names: dict[str, Any] = {"np": np}
    if "torch." in example:
        names["torch"] = pytest.importorskip("torch")
    exec("\n".join(example.split("\n")[:-1]), names)
    return numbers_in([value for name, value in names.items() if name not in ("np", "torch")][1:])


def telling(array: np.ndarray) -> set[float]:
    """Return the numbers of an array that nobody would guess."""
    found = set(np.unique(array).astype(float).tolist()) if array.dtype.kind in "iuf" else set()
    is_power = {float(f"1e{n}") for n in range(-12, 13)}
    return {x for x in found - is_power - SEEN_BY_ALL if abs(x) > 12 or 4 * x != int(4 * x)}


def judged(assignment: Assignment, suite: Suite, warm_worker: WarmWorker) -> list[Seen]:
    """Judge known mistakes, and return what was seen of each."""
    right = course_text(assignment.reference_path)
    mistakes = load_mistakes(assignment)
    explain, given = (
        suite._explain,
        {f.stem: course_text(f) for f in assignment.given_dir.glob("*.py")},
    )
    found = []
    most = 1 if assignment.name in TRAINING else MOST
    for mistake in mistakes[:: max(1, len(mistakes) // most)][:most]:
        seen = Seen()
        text = patched(mistake, right)
        beside = {f"given.{name}": code for name, code in given.items()}
        sources = Sources(assignment.name, text, beside, Terms.of(assignment))
        session = Session(warm_worker.open(), sources, 120.0)

        def explaining(lost: list[Evidence], seen: Seen = seen):
            seen.asked += [e.parts for one in lost for test in one.seen for e in test.events]
            return explain(lost)

        def tell(told: Explained, seen: Seen = seen) -> None:
            seen.examples += [told.cause.example] if told.cause.example else []

        suite._explain = explaining
        attempt = Attempt(
            seed=11,
            session=session,
            module=assignment.name,
            file=f"{assignment.name}.py",
            place="line {1} of {0}".format,
            worker_seconds=30.0,
            exercises=[mistake.exercise],
            text=lambda text=text: text,
        )
        suite.run(attempt, begin=lambda _: None, emit=lambda _: None, tell=tell)
        session.close()
        found.append(seen)
    return found


@pytest.mark.parametrize("topic", COURSE.assignment_names())
def test_no_example_holds_what_a_check_has_drawn(topic, warm_worker):
    assignment = COURSE.assignment(topic)
    declared = Declared(
        suites={"hidden": assignment.suite("hidden")},
        exercises=assignment.exercises,
        reference=assignment.reference_path,
        data=assignment.data_dir,
        given={f.stem: course_text(f) for f in assignment.given_dir.glob("*.py")},
    )
    found: list[Seen] = []
    collect(declared, lambda suite: found.extend(judged(assignment, suite, warm_worker)))
    assert found
    for seen in found:
        drawn = numbers_in(seen.asked)
        secret = set().union(*map(telling, drawn)) if drawn else set()
        for example in seen.examples:
            for made in made_by(example):
                assert not telling(made) & secret, example
                assert made.size < 2 or not any(np.array_equal(made, one) for one in drawn), example
    if topic in ("linear", "descent", "backprop", "convnet"):  # functions of numbers
        assert any(seen.examples for seen in found)


def test_the_comparison_notices_an_input():
    assert telling(np.array([0.31, 1.0, 40.0])) == {0.31, 40.0}
    assert [array.tolist() for array in made_by("x = np.array([0.31])\nf(x)")] == [[0.31]]
