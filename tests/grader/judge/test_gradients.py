"""Gradients by autograd come from a real worker, and nothing else passes for one."""

import pytest

from grader.errors import CourseError
from grader.judge.compare import close
from grader.judge.conversation import Conversation
from grader.judge.failures import Mismatch, StudentError, SubmissionEnded, Unpassable
from grader.judge.gradients import grad
from grader.judge.proxy import SubmissionProxy
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.level import probe
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources

pytestmark = [pytest.mark.processes, pytest.mark.slow]

SUBMISSION = """
import torch
from torch import nn

class Net(nn.Module):
    def __init__(self):
        super().__init__()
        self.line = nn.Linear(2, 1, bias=False)
    def forward(self, x): return self.line(x)

def square_sum(x): return (x**2).sum()
def squares(x): return x**2
def both(x, w, scale=1.0): return scale * (x * w).sum(), w
def loss(net, x): return net(x).sum()
def of_its_own(x):
    (x**3).sum().backward()
    return x.grad.sum() + (x**2).sum()
def detached(x): return (x.detach() ** 2).sum()
def half_detached(x, w): return (x * w.detach()).sum()
def number(x): return (x**2).sum().item()
def module(x): return Net()
def raises(x): return x.no_such_method()

def forge(x):
    torch.autograd.grad = lambda *_, **__: FORGED
    return (x**2).sum()
"""
FORGED = {
    "(torch.ones(3),)": (Mismatch, r"has shape \(3,\), expected \(2,\)"),
    "(torch.ones(2),)": (Mismatch, "is of torch.float32, expected torch.float64"),
    "(torch.tensor([1.0, float('nan')]).double(),)": (Mismatch, "is NaN or infinite"),
    "(torch.tensor([1.0, float('inf')]).double(),)": (Mismatch, "is NaN or infinite"),
    "()": (SubmissionEnded, "no gradient came back"),
    "(torch.ones(2).double(), torch.ones(2).double())": (SubmissionEnded, "no gradient came"),
    "(torch.ones(2, dtype=torch.int64),)": (SubmissionEnded, "no gradient came back"),
    "(2.0,)": (SubmissionEnded, "no gradient came back"),
    "'no'": (SubmissionEnded, "no gradient came back"),
    "(Net(),)": (SubmissionEnded, "no gradient came back"),
    "1": (StudentError, "TypeError"),
}


@pytest.fixture(scope="module")
def torch():
    return pytest.importorskip("torch")


@pytest.fixture(scope="module")
def warm(torch):
    warm = WarmWorker.start(["torch"], probe().level)
    warm.wait_ready()
    yield warm
    warm.close()


@pytest.fixture
def answer(warm):
    """Return a function that starts a submission."""
    open_now = []

    def answer(text=SUBMISSION):
        sources = Sources("answer", text, {}, Terms(imports=("torch",), limits=Limits(5)))
        session = Session(warm.open(), sources)
        talk = Conversation(session, "answer.py", 10.0)
        open_now.append((talk, session))
        return SubmissionProxy(talk)

    yield answer
    for talk, session in open_now:
        talk.close()
        session.close()


def test_a_gradient_is_that_of_the_function(answer, torch):
    x = torch.tensor([1.0, -3.0], dtype=torch.float64)
    theirs = answer()
    close(theirs.square_sum.grad((x,)), 2 * x)
    upstream = torch.tensor([10.0, 1.0], dtype=torch.float64)
    close(theirs.squares.grad((x,), upstream=upstream), 2 * x * upstream)
    close(theirs.of_its_own.grad((x,)), 2 * x)
    assert not x.requires_grad


def test_a_list_of_places_gives_a_gradient_for_each(answer, torch):
    x, w = torch.tensor([1.0, 2.0]), torch.tensor([5.0, 7.0])
    by_w, by_x = answer().both.grad((x, w), wrt=[1, 0], pick=0, scale=3.0)
    close((by_w, by_x), (3 * x, 3 * w))


def test_parameters_are_places_of_a_module_that_stays(answer, torch):
    x = torch.tensor([[1.0, 2.0], [10.0, 20.0]])
    theirs = answer()
    net = theirs.Net()
    close(net.forward.grad((x,), wrt="line.weight", upstream=torch.ones(2, 1)), [[11.0, 22.0]])
    close(theirs.loss.grad((net, x), wrt=(0, "line.weight")), [[11.0, 22.0]])
    weight = net.state_dict()["line.weight"]
    close(theirs.loss.grad((net, x), wrt=1), torch.cat([weight, weight]))


def test_the_fixture_takes_the_gradient_of_either_side(answer, torch):
    x = torch.tensor([1.0, 2.0])

    def square_sum(x):
        return (x**2).sum()

    close(grad(answer().square_sum, (x,)), grad(square_sum, (x,)))
    assert [part.tolist() for part in grad(square_sum, (x,), wrt=[0])] == [[2.0, 4.0]]


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("detached", "no gradient of detached reaches argument 1"),
        ("squares", r"squares gave a tensor \(2,\) of float64, expected a float tensor of one"),
        ("number", "number gave a float, expected a float tensor of one number"),
        ("module", "module gave an object, expected a float tensor"),
        ("raises", "AttributeError"),
    ],
)
def test_what_has_no_gradient_is_told(answer, torch, name, text):
    with pytest.raises((Mismatch, StudentError), match=text):
        getattr(answer(), name).grad((torch.ones(2).double(),))


def test_the_place_that_no_gradient_reaches_is_named(answer, torch):
    with pytest.raises(Mismatch, match="no gradient of half_detached reaches argument 2") as lost:
        answer().half_detached.grad((torch.ones(2), torch.ones(2)), wrt=[0, 1])
    assert "detach()" in lost.value.hint


def test_a_value_of_another_shape_is_told(answer, torch):
    text = r"squares gave a tensor \(2,\) of float32, expected a float tensor of shape \(3,\)"
    with pytest.raises(Mismatch, match=text):
        answer().squares.grad((torch.ones(2),), upstream=torch.ones(3))


@pytest.mark.parametrize("forged", FORGED)
def test_a_forged_gradient_is_no_answer(answer, torch, forged):
    kind, text = FORGED[forged]
    with pytest.raises(kind, match=text):
        answer(SUBMISSION.replace("FORGED", forged)).forge.grad((torch.ones(2).double(),))


@pytest.mark.parametrize("wrt", [2, -1, True, 1.0, (0, 1), (5, "weight"), [0, None]])
def test_a_check_that_names_no_place_is_at_fault(answer, torch, wrt):
    with pytest.raises(CourseError, match=r"wrt is|name an argument"):
        answer().square_sum.grad((torch.ones(2), 3), wrt=wrt)


@pytest.mark.parametrize("value", [1.0, None])
def test_a_check_differentiates_by_float_tensors_only(answer, torch, value):
    with pytest.raises(Unpassable, match="differentiates by float tensors; argument 1 is"):
        answer().square_sum.grad((value,))
    with pytest.raises(Unpassable, match="argument 1 is a tensor"):
        answer().square_sum.grad((torch.arange(2),))


@pytest.mark.parametrize("name", ["detached", "number"])
def test_a_reference_without_a_gradient_is_the_courses_fault(torch, name):
    names = {}
    exec(SUBMISSION, names)
    with pytest.raises(CourseError, match=r"grad\(\): "):
        grad(names[name], (torch.ones(2),))
