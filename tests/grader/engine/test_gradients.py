"""A check that takes gradients judges alike in a sandbox and without one."""

import pytest

from grader.course.assignment import load_handout
from grader.course.course import Course
from grader.course.first import first_course
from grader.course.handout import write_handout
from grader.engine.engine import Engine
from grader.engine.isolation import UNGUARDED
from grader.engine.own import OwnEngine
from grader.intake.submission import Submission
from grader.run.check import check_with

pytestmark = [pytest.mark.processes, pytest.mark.slow]

REFERENCE = '''"""A loss."""

import torch


def loss(x: torch.Tensor) -> torch.Tensor:
    """Return the sum of the squares of x."""
    return (x**2).sum()
'''
CHECK = '''"""Its gradient, worked by hand."""

import pytest
import torch


@pytest.mark.points(2)
@pytest.mark.exercise("loss")
def test_gradient(submission, close, grad):
    """The gradient of the loss is 2 x."""
    x = torch.tensor([1.0, -3.0])
    close(submission.loss.grad((x,)), torch.tensor([2.0, -6.0]), name="gradient")
    close(grad(submission.loss, (x,)), torch.tensor([2.0, -6.0]), name="gradient")
'''
TEMPLATE = '{# One text. #}\n# %%\n{{ imports }}\n\n# %%\n{{ task("loss") }}\n'


@pytest.fixture
def course(tmp_path):
    pytest.importorskip("torch")
    texts = {name: text.decode() for name, text in first_course("losses").items()}
    toml = next(name for name in texts if name.endswith("assignment.toml"))
    texts[toml] = 'title = "L"\nsummary = "L."\nexercises = ["loss"]\nimports = ["torch"]\n'
    texts["reference/losses.py"] = REFERENCE
    texts["assignments/losses/losses.py.j2"] = TEMPLATE
    texts["assignments/losses/mistakes.toml"] = "mistake = []\n"
    texts["assignments/losses/public/test_losses.py"] = CHECK
    for name, text in texts.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return Course(tmp_path)


def submitted(text):
    return Submission("s", "losses.py", {"losses.py": text.encode()}, "", ())


def test_gradients_are_judged_alike_with_and_without_a_sandbox(course, tmp_path):
    assignment = course.assignment("losses")
    handout = load_handout(write_handout(course, assignment, tmp_path / "handout"))
    cut_off = REFERENCE.replace("x**2", "x.detach() ** 2")
    with Engine(handout, ["public"], UNGUARDED) as locked, OwnEngine(handout) as own:
        for text, earned in ((REFERENCE, 2), (cut_off, 0)):
            records = [check_with(engine, submitted(text)) for engine in (locked, own)]
            assert [record.earned for record in records] == [earned, earned]
            messages = [(c.message, c.hint) for record in records for c in record.checks]
            assert len(set(messages)) == 1, messages
