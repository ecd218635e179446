"""A verdict says what happened; for a hidden check it holds nothing that a student chose or may
not see."""

import re

import numpy as np
import pytest

from grader.errors import SandboxError
from grader.judge import plugin
from grader.judge.blame import CheckFault
from grader.judge.compare import close
from grader.judge.failures import Mismatch, Step, SubmissionEnded, Unpassable, student_error
from grader.judge.gradcheck import gradcheck
from grader.judge.proxy import Function, Handle
from grader.judge.verdict import FIXTURES, Verdict, judge_error
from grader.record.check import Outcome
from grader.sandbox.wire.frame import Unsendable

SECRET = "s3cret"
BELL = "\a"


def place(file, line):
    return f"line {line}" if file == "answer.py" else ""


def verdict(error, visibility="hidden", last_answer="f gave a float"):
    return judge_error(error, visibility, last_answer, place)


def raised_by(act):
    """Return the exception with the traceback that it has in a check."""
    try:
        act()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def student_raised(kind="ValueError", text=SECRET, steps=((("answer.py", 3, SECRET)),)):
    return student_error([kind, "Exception"], text, [Step(*step) for step in steps])


def test_a_submission_that_ended_keeps_its_outcome_and_words():
    error = SubmissionEnded(Outcome.TIMEOUT, "took too long", hint="vectorise")
    for visibility in ("public", "hidden"):
        assert verdict(error, visibility) == Verdict(Outcome.TIMEOUT, "took too long", "vectorise")


def test_an_exception_of_a_student_is_an_error_with_its_line():
    assert verdict(student_raised()) == Verdict(Outcome.ERROR, "ValueError at line 3")
    public = verdict(student_raised(), "public")
    assert public.message == f"ValueError: {SECRET}\n  line 3, in {SECRET}"


def test_steps_are_shown_for_a_public_check_only():
    steps = (("answer.py", 9, "loss"), ("answer.py", 4, "scores"))
    error = student_raised(text="bad", steps=steps)
    assert verdict(error, "public").message == (
        "ValueError: bad\n  line 9, in loss\n  line 4, in scores"
    )
    assert verdict(error).message == "ValueError at line 4"


def test_a_place_that_is_not_in_the_submission_is_left_out():
    error = student_raised(text="bad", steps=((SECRET, 3, "f"),))
    assert verdict(error).message == "ValueError outside the submission's own lines"
    assert verdict(error, "public").message == "ValueError: bad"


def test_a_function_that_is_not_written_yet_is_called_so():
    error = student_raised("NotImplementedError", "f is not written yet")
    assert verdict(error) == Verdict(
        Outcome.ERROR, "not written yet (NotImplementedError at line 3)"
    )
    assert verdict(error, "public").message == verdict(error).message


def test_a_recursion_without_end_has_a_hint():
    assert "calls itself" in verdict(student_raised("RecursionError")).hint


def test_python_2_has_a_hint():
    error = student_raised("NameError", "name 'xrange' is not defined")
    assert "called range" in verdict(error).hint
    assert verdict(student_raised("NameError", "name 'x' is not defined")).hint == ""
    text = "'float' object cannot be interpreted as an integer"
    assert "//" in verdict(student_raised("TypeError", text)).hint


def test_a_machine_without_a_gpu_and_an_array_of_whole_numbers_have_a_hint():
    for kind, text in [
        ("AssertionError", "Torch not compiled with CUDA enabled"),
        ("RuntimeError", "Found no NVIDIA driver on your system. Please check"),
        ("RuntimeError", "Cannot initialize CUDA without ATen_cuda library. PyTorch splits"),
    ]:
        assert "x.device" in verdict(student_raised(kind, text)).hint
    text = "Cannot cast ufunc 'add' output from dtype('float64') to dtype('int64')"
    assert "floats" in verdict(student_raised("TypeError", text)).hint
    assert verdict(student_raised("AssertionError", "assert x.device")).hint == ""


def test_an_exception_class_of_the_students_own_is_not_named():
    error = student_error([SECRET, "Exception"], "", [])
    assert verdict(error).message == "Exception outside the submission's own lines"


def test_a_mismatch_shows_its_detail_for_a_public_check_only():
    error = raised_by(lambda: close(np.array([1.0, 7.25]), np.array([1.0, 8.5]), hint="a hint"))
    wrong = "result is wrong in 1 of 2 entries, first at [1]"
    assert verdict(error) == Verdict(Outcome.FAILED, wrong, "a hint")
    assert verdict(error, "public").message == f"{wrong}\nat [1]: got 7.25, expected 8.5"


def test_a_wrong_gradient_shows_its_values_for_a_public_check_only():
    x = np.arange(1.0, 5)
    rng = np.random.default_rng(0)
    error = raised_by(lambda: gradcheck(np.sum, (x,), [1, 1, 1.5, 1], rng=rng))
    assert "measured 1" in verdict(error, "public").message
    assert "measured 1" not in verdict(error).message
    assert "[2]" in verdict(error).message


def test_an_assertion_is_a_failure():
    error = AssertionError("assert 3 == 4")
    assert verdict(error) == Verdict(Outcome.FAILED, "the answer is wrong")
    assert verdict(error, "public") == Verdict(Outcome.FAILED, "assert 3 == 4")


def test_an_assertion_shows_no_addresses():
    error = AssertionError(
        "assert False\n"
        " +  where False = <function array_equal at 0x7f354d2bd4f0>(array([2., 7.]), [2, 2])\n"
        " +    where <function array_equal at 0x7f354d2bd4f0> = np.array_equal"
    )
    assert verdict(error, "public").message == (
        "assert False\n +  where False = array_equal(array([2., 7.]), [2, 2])"
    )


def test_an_assertion_shows_no_address_of_a_method_and_no_advice_on_pytest():
    explained = (
        "assert tensor(0.1000) < -0.9\n"
        " +  where tensor(0.1000) = <built-in method min of Tensor object at 0x7fa1cb721270>()\n"
        " +    where <built-in method min of Tensor object at 0x7fa1cb721270> = tensor([0.1]).min\n"
        " +  and   3 = <bound method Net.size of <tests.Net object at 0x7fa1cb72ab70>>()\n"
        "  \n"
        "  Use -v to get more diff"
    )
    assert verdict(AssertionError(explained), "public").message == (
        "assert tensor(0.1000) < -0.9\n +  where tensor(0.1000) = min()\n +  and   3 = size()"
    )
    shown = "assert 1 < 0\n +  where 1 = len([<Net object at x>])"
    assert verdict(AssertionError(shown), "public").message == shown


def test_a_hint_is_shown_always_and_the_values_below_it_for_a_public_check_only():
    error = AssertionError("hint: use the mean\nassert 3 == 4")
    assert verdict(error) == Verdict(Outcome.FAILED, "the answer is wrong", "use the mean")
    assert verdict(error, "public") == Verdict(Outcome.FAILED, "assert 3 == 4", "use the mean")


def test_a_hint_given_to_numpys_assertions_is_found():
    for assertion in (np.testing.assert_array_equal, np.testing.assert_allclose):
        error = raised_by(lambda to=assertion: to([1.0, 2.0], [1.0, 3.0], err_msg="hint: no copy"))
        assert verdict(error) == Verdict(Outcome.FAILED, "the answer is wrong", "no copy")
        public = verdict(error, "public")
        assert public.hint == "no copy"
        assert "Mismatched elements: 1 / 2" in public.message


def test_a_hint_further_down_is_no_hint():
    error = AssertionError(f"assert ...\n  a\n  b\nhint: {SECRET}")
    assert verdict(error).hint == ""


def test_an_assertion_without_words_is_a_failure_all_the_same():
    assert verdict(AssertionError(), "public").outcome == Outcome.FAILED
    assert verdict(raised_by(lambda: pytest.fail("no")), "public").message == "no"


def test_an_expected_exception_that_did_not_come_is_a_failure():
    def check():
        with pytest.raises(ValueError, match="x"):
            pass

    assert verdict(raised_by(check)).outcome == Outcome.FAILED


def test_an_error_of_the_check_after_an_answer_is_a_failure():
    error = raised_by(lambda: None + 1)
    assert verdict(error).message == (
        "the answer could not be used (TypeError); the last answer: f gave a float"
    )
    assert "NoneType" in verdict(error, "public").message


@pytest.mark.parametrize("answer", [1.0, None, (1.0,), (1.0, 2.0, 3.0)], ids=repr)
def test_unpacking_says_how_many_values_were_expected(answer):
    def unpack():
        loss, dW = answer
        return loss, dW

    for visibility in ("hidden", "public"):
        assert verdict(raised_by(unpack), visibility).message == (
            "the answer could not be used (expected 2 values); the last answer: f gave a float"
        )


def test_an_error_of_the_check_before_any_answer_is_the_checks_own_fault():
    with pytest.raises(CheckFault, match="TypeError: unsupported operand"):
        verdict(raised_by(lambda: None + 1), last_answer="")


@pytest.mark.parametrize(
    ("name", "words"),
    [("refrence", "did you mean 'reference'"), ("xyz", "there are submission, reference, ")],
)
def test_a_fixture_that_there_is_not_is_named(name, words, request):
    error = raised_by(lambda: request.getfixturevalue(name))
    with pytest.raises(CheckFault, match=f"no fixture is named '{name}'; {words}"):
        verdict(error)


def test_every_fixture_for_authors_is_known():
    members = vars(plugin.JudgePlugin).items()
    assert set(FIXTURES) == {name for name, member in members if "Fixture" in repr(type(member))}


def test_a_fault_of_the_grader_is_raised_as_what_it_is():
    gone = SandboxError("the supervisor of a submission is gone")
    with pytest.raises(SandboxError) as caught:
        verdict(gone)
    assert caught.value is gone


@pytest.mark.parametrize("error", [Unsendable("nested too deep"), Unpassable("passes a set")])
def test_what_cannot_be_handed_on_is_an_answers_if_there_was_one(error):
    assert verdict(error).outcome == Outcome.FAILED
    assert (
        verdict(error).message
        == "the answer could not be passed on; the last answer: f gave a float"
    )
    with pytest.raises(CheckFault):
        verdict(error, last_answer="")


def test_an_answer_that_grows_too_large_in_the_check_has_used_up_the_memory():
    assert verdict(MemoryError()).outcome == Outcome.MEMORY
    with pytest.raises(CheckFault):
        verdict(MemoryError(), last_answer="")


def test_of_several_failures_at_once_the_first_counts():
    first, second = AssertionError("hint: one"), student_raised()
    assert verdict(ExceptionGroup("two", [first, second])) == verdict(first)
    assert verdict(ExceptionGroup("two", [second, first])) == verdict(second)


def hidden_things():
    """Yield exceptions that hold something a student chose or must not see."""
    handle, function = Handle(None, 1, "object"), Function(None, 1, SECRET)
    for actual in (handle, function, [function], SECRET, (SECRET,), {SECRET: SECRET}, [[SECRET]]):
        for expected in (1.0, np.ones(2), (1.0, 2.0), "other", None):
            yield raised_by(lambda a=actual, e=expected: close(a, e))
    yield raised_by(lambda: close(1.0, SECRET))
    yield raised_by(lambda: close(123456.5, 654321.5))
    yield student_raised()
    yield student_raised(SECRET)
    yield student_raised("KeyError", SECRET, [(SECRET, 3, SECRET), ("answer.py", 4, SECRET)])
    yield AssertionError(f"assert '{SECRET}' == 654321.5")
    yield AssertionError(f"assert 1\n{SECRET}")
    yield raised_by(lambda: {}[SECRET])
    yield raised_by(lambda: int(SECRET))
    yield Mismatch("loss is wrong", f"got {SECRET}, expected 654321.5")


@pytest.mark.parametrize("error", list(hidden_things()), ids=lambda error: repr(error)[:60])
def test_a_hidden_verdict_holds_no_word_or_number_that_is_not_ours(error):
    told = verdict(error)
    for hidden in (SECRET, "654321", "123456"):
        assert hidden not in told.message + told.hint


@pytest.mark.parametrize(
    "error",
    [
        student_raised(text=f"x{BELL}\x1b[2J\u202e"),
        student_raised(steps=(("answer.py", 3, f"f{BELL}"),)),
        AssertionError(f"x{BELL}"),
        AssertionError(f"hint: x{BELL}"),
        Mismatch("x", BELL),
        SubmissionEnded(Outcome.CRASHED, f"x{BELL}"),
        KeyError(BELL),
    ],
    ids=lambda error: type(error).__name__,
)
def test_what_is_shown_moves_no_cursor(error):
    told = verdict(error, "public")
    shown = (told.message + told.hint).replace("\n", "")
    assert shown.isprintable()


def test_a_long_message_is_cut_and_says_so():
    message = verdict(AssertionError("x" * 10_000), "public").message
    assert len(message) < 2100
    assert "more characters" in message


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        (
            "Net.train() missing 1 required positional argument: 'reg'",
            "the starter gives 'reg' of train a default: keep it",
        ),
        (
            "f() got an unexpected keyword argument 'base'",
            "f lacks the parameter `base`: keep the names of the starter",
        ),
        (
            "Net.predict() takes 1 positional argument but 2 were given",
            "predict lacks a parameter of the starter; the first of a method is `self`",
        ),
        (
            "f() takes from 1 to 2 positional arguments but 3 were given",
            "f lacks a parameter of the starter: keep its first line",
        ),
        ("unsupported operand", ""),
    ],
)
def test_a_function_that_cannot_be_called_has_a_hint_without_words_of_a_hidden_check(text, hint):
    error = student_raised("TypeError", text, steps=())
    assert verdict(error, "public").hint == hint
    hidden = verdict(error, "hidden")
    assert bool(hidden.hint) == bool(hint)
    assert (
        not set(re.findall(r"\w+", text))
        & {"reg", "base", "train", "Net"}
        & set(re.findall(r"\w+", hidden.message + hidden.hint))
    )


def test_an_assertion_on_a_call_is_said_plainly():
    text = (
        "assert None == 3\n +  where None = <the function f>(1, 2)\n"
        " +    where <the function f> = <the submission>.f"
    )
    told = verdict(AssertionError(text), "public").message
    assert told == "f(1, 2) gave None (is a return missing?), expected 3"
