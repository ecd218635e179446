"""Whatever one function gives back, each check ends in an outcome, and none in a fault.

A run tries a few of the answers below on each assignment. All of them on every exercise, which
takes an hour or two:

    ODD_ANSWERS=all python -m pytest tests/test_odd_answers.py
"""

import ast
import os
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from grader.course.assignment import Assignment
from grader.course.course import Course
from grader.course.source import read_source
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.errors import GraderError
from grader.intake.submission import Submission
from grader.record.check import CheckOutcome, Outcome

COURSE = Course(Path(__file__).parents[1])
ALL = os.environ.get("ODD_ANSWERS") == "all"
SAMPLE = 6  # answers tried on each assignment in an ordinary run
SLOW = ("fit_", "train")  # exercises whose right answer takes seconds: no answer is made from it

ODD = {
    "None": "None",
    "a dict": "{'loss': 1.0, (1, 2): [3]}",
    "a list of dicts": "[{}, {}]",
    "an empty list": "[]",
    "an empty tuple": "()",
    "nested lists": "[[1.0], [2.0, [3.0, ['x']]]]",
    "a text": "'text'",
    "a huge int": "10**1200",
    "a huge int in a list": "[10**1200, 1.0]",
    "a negative int": "-3",
    "a complex": "1j",
    "an object": "object()",
    "an object that lies": "Liar()",
    "a class": "Liar",
    "a function": "len",
    "a module": "math",
    "a generator": "(n for n in range(3))",
    "an array of an object": "np.array(None, dtype=object)",
    "an array of text": "np.array(['a', 'b'])",
    "an array of nothing": "np.zeros((0, 3))",
    "an array of many dimensions": "np.ones((1,) * 20)",
    "an array of dates": "np.array(['2020-01-01'], dtype='M8[D]')",
    "an array without dimensions": "np.array(1.5)",
    "a slice": "slice(1, 2)",
}
ODD_OF_TORCH = {
    "a layer": "torch.nn.Linear(3, 2)",
    "a network": "torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 10))",
    "a tensor of whole numbers": "torch.arange(3)",
    "a sparse tensor": "torch.eye(3).to_sparse()",
    "a tensor without data": "torch.zeros(2, 3, device='meta')",
    "an optimizer": "torch.optim.SGD([torch.zeros(2, requires_grad=True)], lr=0.1)",
}
ODD_FORMS = {  # of the right answer
    "half as precise": "changed(right(), lambda array: array.astype(np.float16))",
    "as whole numbers": "changed(right(), lambda array: array.astype(np.int64))",
    "as text": "changed(right(), lambda array: array.astype(str))",
    "as complex": "changed(right(), lambda array: array + 1j)",
    "as objects": "changed(right(), lambda array: array.astype(object))",
    "with one more dimension": "changed(right(), lambda array: array[None])",
    "as lists": "changed(right(), lambda array: array.tolist())",
    "twice": "(right(), right())",
    "in a list": "[right()]",
    "in a dict": "{'answer': right()}",
    "as a function": "right",
}
ANSWERS = {"right": "right()", **ODD, **ODD_OF_TORCH, **ODD_FORMS}
HELP = """\
import math
class Liar:
    shape = (2, 3)
    dtype = "float64"
    def __len__(self): return -1
    def __float__(self): raise ZeroDivisionError
    def __getattr__(self, name): return self
    def __getitem__(self, key): return self
    def __call__(self, *args, **kwargs): return self
def changed(value, change):
    if isinstance(value, (list, tuple)):
        return type(value)(changed(part, change) for part in value)
    if isinstance(value, dict):
        return {key: changed(part, change) for key, part in value.items()}
    if hasattr(value, "detach"):
        value = value.detach().numpy()
    return change(np.asarray(value))
def odd(function):
    def answer(*args, **kwargs):
        right = lambda: function(*args, **kwargs)
        return ODD
    return answer
"""


def odd_text(assignment: Assignment, exercise: str, answer: str) -> str:
    """Return the reference with an exercise that gives another answer."""
    assert assignment.reference_path is not None
    source = read_source(assignment.reference_path)
    node, lines = source.definition(exercise).node, list(source.lines)
    if isinstance(node, ast.FunctionDef):
        lines.insert(node.lineno - 1, " " * node.col_offset + "@odd")
    else:  # the dict of a quiz
        assert node.value is not None
        assert node.end_lineno is not None
        lines[node.lineno - 1] = f"{exercise} = odd(lambda: {{"
        lines[node.end_lineno - 1] = "})()"
    top = next(at for at, line in enumerate(lines) if line.startswith(("def ", "class ", "@")))
    return "\n".join([*lines[:top], HELP.replace("ODD", ANSWERS[answer]), *lines[top:]])


def judge(
    engine: Engine, exercise: str, answer: str, asked: str | None = None
) -> list[CheckOutcome]:
    """Return the outcomes of the checks of an exercise when one, by default it, answers oddly."""
    text = odd_text(engine.assignment, exercise, answer)
    main = f"{engine.assignment.name}.py"
    submission = Submission("ada", main, {main: text.encode()}, "", ())
    return engine.judge(submission, 7, [asked or exercise]).outcomes


def attempts(assignment: Assignment) -> Iterator[tuple[str, str, str]]:
    """Yield an exercise, an odd answer of it, and the exercise whose checks meet that."""
    for exercise in assignment.exercises:
        answers = {**ODD, **({} if exercise.startswith(SLOW) else ODD_FORMS)}
        answers |= ODD_OF_TORCH if "torch" in assignment.imports else {}
        for asked in assignment.exercises:
            if asked == exercise or exercise in assignment.foundations(asked):
                yield from ((exercise, answer, asked) for answer in answers)


def fault(engine: Engine, exercise: str, answer: str, asked: str) -> str:
    """Return why checks have no outcome, or ""."""
    try:
        ended = {outcome.id for outcome in judge(engine, exercise, answer, asked)}
    except GraderError as error:
        return f"{exercise} gives {answer}: {error}"
    lost = {check.id for check in engine.checks if check.exercise == asked} - ended
    return f"{exercise} gives {answer}: no outcome for {lost}" if lost else ""


@pytest.mark.parametrize("name", COURSE.assignment_names())
def test_an_odd_answer_fails_a_check_and_is_never_a_fault(name):
    assignment = COURSE.assignment(name)
    tried = list(attempts(assignment))
    if not ALL:
        tried = random.sample(tried, SAMPLE)
    with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
        assert [found for attempt in tried if (found := fault(engine, *attempt))] == []


@pytest.mark.parametrize(
    ("answer", "passes"), [("right", True), ("None", False), ("in a dict", False)]
)
def test_what_is_tried_is_what_the_checks_meet(answer, passes):
    with Engine(
        COURSE.assignment("linear"), ["public", "hidden"], find_isolation("split")
    ) as engine:
        for exercise in ("softmax", "LinearClassifier.predict", "ANSWERS"):
            outcomes = judge(engine, exercise, answer)
            assert outcomes
            assert {outcome.outcome is Outcome.PASSED for outcome in outcomes} == {passes}
