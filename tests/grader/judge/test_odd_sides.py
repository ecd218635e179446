"""Workers that lie, suites that are odd: what the judge makes of both."""

import numpy as np
import pytest

from grader.errors import CourseError, SandboxError
from grader.judge.failures import StudentError, SubmissionEnded
from grader.judge.proxy import SubmissionProxy
from grader.judge.suite import Attempt
from grader.judge.verdict import judge_error
from grader.record.check import Outcome
from grader.sandbox.wire.values import Encoder

SPEAKER = """
import os, stat, time
def channel():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                return fd
        except OSError:
            pass
def say(raw): os.write(channel(), raw)
def say_and_wait(raw, *rest):
    say(raw)
    time.sleep(0.1)
"""


def raw(message):
    return b"".join(Encoder(repr).frame(message))


def ended(act):
    with pytest.raises(SubmissionEnded) as caught:
        act()
    return caught.value


def raised_by(act):
    try:
        act()
    except BaseException as error:
        return error
    raise AssertionError("nothing was raised")


def verdict(error, last_answer="f gave a float"):
    return judge_error(error, "hidden", last_answer, lambda file, line: "")


@pytest.mark.parametrize("number", [5, -1, "x", None, 1.0, ["l"]])
def test_a_callback_that_was_never_passed_is_nonsense(submit, number):
    message = raw([1, "callback", number, ["t"], ["d"]])
    assert ended(lambda: submit(SPEAKER).say_and_wait(message)).outcome == Outcome.CRASHED


@pytest.mark.parametrize("args", [["l"], 5, None, ["d"]])
def test_a_callback_without_arguments_is_nonsense(submit, args):
    message = raw([1, "callback", 0, args, ["d"]])
    error = ended(lambda: submit(SPEAKER).say_and_wait(message, lambda *a: 1))
    assert error.outcome == Outcome.CRASHED


def test_words_of_a_worker_are_not_repeated_when_it_sends_nonsense(submit):
    message = [1, "raised", ["l", "ValueError"], "t", ["l", ["l", "f.py", "s3cret", "g"]]]
    assert "s3cret" not in ended(lambda: submit(SPEAKER).say(raw(message))).message
    hello = raw([0, "hello", ["d", "f", ["t", "function", "s3cret"]], ["l"]])
    assert "s3cret" not in ended(lambda: submit(SPEAKER + f"\nsay({hello!r})\n").f).message


@pytest.mark.parametrize(
    "statement",
    [
        "b'\\xff'.decode()",
        "raise UnicodeDecodeError('utf8', b'x', 0, 1, 'r')",
        "raise UnicodeEncodeError('utf8', 'x', 0, 1, 'r')",
        "raise UnicodeTranslateError('x', 0, 1, 'r')",
        "raise ExceptionGroup('x', [ValueError()])",
    ],
)
def test_an_exception_that_is_built_from_several_arguments_arrives(submit, statement):
    with pytest.raises(StudentError):
        submit(f"def f(): {statement}").f()


def test_a_function_that_is_called_with_wrong_arguments_is_the_students_mistake(start):
    talk = start("def f(g): return g()")
    error = raised_by(lambda: SubmissionProxy(talk).f(lambda x: x))
    assert verdict(error, talk.last_answer).outcome in (Outcome.FAILED, Outcome.ERROR)


def test_a_callback_that_raised_raises_once(submit):
    answer = submit("def f(g):\n    try: g()\n    except Exception: pass\ndef h(): return 3")

    def fail():
        raise KeyError("x")

    with pytest.raises(KeyError):
        answer.f(fail)
    assert answer.h() == 3


def test_functions_of_numpy_can_be_passed(submit):
    assert submit("def f(g): return g(0.0)").f(np.exp) == 1.0


def test_an_answer_that_is_too_large_is_told_in_a_hidden_check_too(submit):
    answer = submit("import numpy as np\ndef f(): return np.broadcast_to(1.0, (1 << 20, 1 << 20))")
    assert "limit" in verdict(raised_by(answer.f)).message


def test_hypothesis_works_in_a_check_and_shows_its_counterexample_to_nobody(course, judge):
    course.write('''
        from hypothesis import HealthCheck, given, settings, strategies as st

        @points(1)
        @settings(max_examples=30, deadline=None, database=None,
                  suppress_health_check=list(HealthCheck))
        @given(x=st.integers(0, 10_000))
        def test_doubles(submission, x):
            """Doubles."""
            assert submission.f(x) == 2 * x, "hint: twice"
        ''')
    first = judge("def f(x): return 2 * x", check_seconds=5)[0]
    assert first.outcome == Outcome.PASSED, first
    (outcome,) = judge("def f(x): return 2 * min(x, 9)", check_seconds=5)
    assert (outcome.outcome, outcome.message, outcome.hint) == (
        Outcome.FAILED,
        "the answer is wrong",
        "twice",
    )


def test_a_suite_that_is_run_again_forgets_the_submission_before(course, open_session):
    course.write('@points(1)\ndef test_x(submission):\n    """X."""\n    submission.f()')
    outcomes = []

    def serve(suite):
        for text in ("import os; os._exit(0)", "def f(): return 1"):
            attempt = Attempt(
                seed=1,
                session=open_session(text),
                module="answer",
                file="answer.py",
                place="line {1}".format,
                worker_seconds=3,
            )
            suite.run(attempt, begin=lambda check: None, emit=outcomes.append)

    course.collect(serve)
    assert [outcome.outcome.value for outcome in outcomes] == ["crashed", "passed"]


def test_a_suite_file_that_skips_itself_is_refused(course):
    course.write("pytest.importorskip('no_such_module')")
    course.write('@points(1)\ndef test_x(submission):\n    """X."""', "hidden/test_other.py")
    with pytest.raises(CourseError, match="test_tiny"):
        course.checks()


def test_a_public_check_that_asks_for_the_reference_is_refused(course):
    course.suites = ("public",)
    text = '@points(1)\ndef test_x(submission, reference):\n    """X."""'
    course.write(text, "public/test_tiny.py")
    with pytest.raises(CourseError, match="reference"):
        course.checks()


def test_parameters_with_points_of_their_own_are_refused(course):
    course.write('''
        @pytest.mark.exercise("f")
        @pytest.mark.parametrize("n", [pytest.param(1, marks=pytest.mark.points(1)),
                                       pytest.param(2, marks=pytest.mark.points(2))])
        def test_x(submission, n):
            """X."""
        ''')
    with pytest.raises(CourseError):
        course.checks()


def test_what_goes_wrong_while_serving_is_raised_by_collect(course):
    course.write('@points(1)\ndef test_x(submission):\n    """X."""')

    def serve(suite):
        raise SandboxError("the sandbox is gone")

    with pytest.raises(SandboxError, match="the sandbox is gone"):
        course.collect(serve)


def test_a_bag_with_odd_attribute_access_does_not_end_the_submission(submit):
    answer = submit("""\
        class Bag(dict):
            __getattr__ = dict.__getitem__
        class Angry:
            def __getattr__(self, name): raise RuntimeError(name)
        bag, angry = Bag(a=1), Angry()
        def f(): return 5
        def give(): return Angry()
        """)
    assert answer.f() == 5
    assert answer.bag == {"a": 1}
    assert "object" in repr(answer.give())


def test_what_is_printed_just_before_an_answer_is_not_lost(start):
    for _ in range(20):
        talk = start("def f(): print('x' * 1000)")
        SubmissionProxy(talk).f()
        talk.close()
        assert len(talk.output) == 1001


def test_an_error_within_a_callback_keeps_its_words_from_the_submission(start):
    talk = start("""\
        def swallow(g):
            try:
                g()
            except BaseException as error:
                print("caught", repr(error), repr(error.__cause__), repr(error.__context__))
        """)

    def fail():
        raise ValueError("secret")

    with pytest.raises(ValueError, match="secret"):
        SubmissionProxy(talk).swallow(fail)
    talk.close()
    assert talk.output.startswith("caught")
    assert "secret" not in talk.output
