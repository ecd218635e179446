"""What a check raises is the submission's fault, the check's own or the grader's, by one rule."""

import types
from functools import partial

import pytest

from grader.errors import CourseError, SandboxError
from grader.judge.blame import CheckFault, called_rightly, who_caused
from grader.judge.compare import close
from grader.judge.failures import Mismatch, SubmissionEnded, Unpassable, student_error
from grader.judge.gradcheck import gradcheck
from grader.record.check import Outcome
from grader.sandbox.wire.frame import Unsendable

REFERENCE = types.ModuleType("reference_linear")


def raised_by(act):
    try:
        act()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def unbound():
    if not REFERENCE:
        value = 1
    return value


@pytest.mark.parametrize(
    "error",
    [
        SubmissionEnded(Outcome.CRASHED, "its process died"),
        student_error(["ValueError"], "words", []),
        student_error(["NameError"], "name 'x' is not defined", []),
        student_error(["ImportError"], "no module named x", []),
        Mismatch("loss is wrong"),
        AssertionError("assert 1 == 2"),
        raised_by(lambda: pytest.fail("no")),
    ],
    ids=repr,
)
def test_what_says_that_an_answer_is_wrong_is_always_the_submissions(error):
    assert who_caused(error, answered=True) == "submission"
    assert who_caused(error, answered=False) == "submission"


@pytest.mark.parametrize(
    "error",
    [
        raised_by(lambda: None + 1),
        raised_by(lambda: [][0]),
        raised_by(lambda: {}["loss"]),
        raised_by(lambda: float(10**1200)),
        raised_by(lambda: (1.0).shape),
        raised_by(lambda: close(1.0, object())),
        raised_by(lambda: gradcheck(lambda x: [][0], (1.0,), 1.0, rng=None)),
        raised_by(unbound),
        Unsendable("nested too deep"),
        Unpassable("passes a set"),
        MemoryError(),
        RecursionError(),
    ],
    ids=repr,
)
def test_what_an_answer_can_cause_is_the_submissions_once_it_has_answered(error):
    assert who_caused(error, answered=True) == "submission"
    assert who_caused(error, answered=False) == "check"


@pytest.mark.parametrize(
    "error",
    [
        raised_by(lambda: nothing),  # noqa: F821
        raised_by(lambda: REFERENCE.los),
        raised_by(lambda: __import__("no_such_module")),
        raised_by(lambda: pytest.skip("no torch")),
        raised_by(lambda: called_rightly("close", close)(1, 1, nmae="loss")),
        CourseError("digits.npz: there is no such data"),
    ],
    ids=repr,
)
def test_what_no_answer_can_cause_is_the_checks_own(error):
    assert who_caused(error, answered=True) == "check"
    assert who_caused(error, answered=False) == "check"


def test_a_fixture_that_there_is_not_is_the_checks_own(request):
    error = raised_by(lambda: request.getfixturevalue("refrence"))
    assert who_caused(error, answered=True) == "check"


def test_what_the_sandbox_says_of_itself_is_the_graders():
    assert who_caused(SandboxError("the supervisor is gone"), answered=True) == "grader"
    assert who_caused(SandboxError("the supervisor is gone"), answered=False) == "grader"


def test_a_wrong_call_of_a_fixture_is_told_from_an_error_within_it():
    def half(x, *, rng):
        return x / 2

    halve = called_rightly("half", partial(half, rng=None))
    assert halve(3) == 1.5
    with pytest.raises(TypeError, match="unsupported operand"):
        halve("text")
    for args, kwargs in [((), {}), ((1, 2), {}), ((1,), {"name": "x"})]:
        with pytest.raises(CheckFault, match=r"half\(\) is called wrongly: "):
            halve(*args, **kwargs)
