"""Stand-ins behave like what they stand for, refuse what would surprise, and survive a worker that
says anything at all."""

import builtins
import functools
import math

import numpy as np
import pytest

from grader.errors import CourseError
from grader.judge.compare import close
from grader.judge.failures import Mismatch, StudentError, SubmissionEnded
from grader.judge.proxy import SubmissionProxy
from grader.record.check import Outcome
from grader.sandbox.wire.values import Encoder

NET = """
class Net:
    def __init__(self, d=2): self.d = d
    def loss(self, x): return x * self.d
def make(): return Net()
def twice(x): return 2 * x
"""
# Lets a check speak for the worker: `say` writes raw bytes to the judge and then answers as well.
SPEAKER = """
import os, stat
def channel():
    for fd in range(3, 64):
        try:
            if stat.S_ISSOCK(os.fstat(fd).st_mode):
                return fd
        except OSError:
            pass
def say(raw): os.write(channel(), raw)
def say_and_die(raw):
    say(raw)
    os._exit(0)
def close(): os.close(channel())
def ask(g): return g()
"""


@pytest.fixture
def net(submit):
    return submit(NET).Net()


def ended(act):
    with pytest.raises(SubmissionEnded) as caught:
        act()
    return caught.value


def raw(message):
    return b"".join(Encoder(repr).frame(message))


def test_a_stand_in_says_what_it_stands_for(submit):
    answer = submit(NET)
    assert repr(answer) == "<the submission>"
    assert repr(answer.twice) == "<the function twice>"
    assert repr(answer.Net()) == "<an object of the class Net>"


@pytest.mark.parametrize(
    "use",
    [
        lambda net: net == 1,
        lambda net: net != 1,
        lambda net: bool(net),
        lambda net: not net,
        lambda net: np.asarray(net),
        lambda net: np.allclose(net, 1.0),
        lambda net: net == net,
        lambda net: list(net),  # its length could differ from one question to the next
        lambda net: 1 in net,
    ],
)
def test_an_object_is_never_taken_for_data(net, use):
    with pytest.raises(Mismatch, match=r"the answer is an object.*, expected data"):
        use(net)


@pytest.mark.parametrize(
    "use",
    [
        lambda net: net + 1,
        lambda net: 1 - net,
        lambda net: net < 1,
        lambda net: -net,
        lambda net: net @ np.ones(2),
        lambda net: float(net),
        lambda net: int(net),
        lambda net: math.sqrt(net),
        lambda net: np.ones(2)[net],
        lambda net: abs(net),
        lambda net: 2**net,
        lambda net: round(net),
        lambda net: net != "a",
        lambda net: range(net),
    ],
)
def test_neither_an_object_nor_a_function_has_operators(net, submit, use):
    for stand_in in (net, submit(NET).make):
        with pytest.raises(Mismatch, match=r"the answer is an? .*, expected data"):
            use(stand_in)


@pytest.mark.parametrize(
    "use", [len, list, lambda f: f == "a", lambda f: f["a"], lambda f: "a" in f]
)
def test_a_function_is_not_taken_for_a_dict_or_a_text(submit, use):
    with pytest.raises(Mismatch, match="the answer is a function, expected data"):
        use(submit(NET).make)


def test_an_object_can_be_kept_in_a_set(net):
    assert len({net, net}) == 1


def test_python_looks_for_no_special_names_over_there(submit):
    answer = submit("""\
        asked = []
        class Spy:
            def __getattr__(self, name):
                asked.append(name)
                return 1
        spy = Spy()
        def names(): return [n for n in asked if not n.startswith("__")]
        """)
    spy = answer.spy
    for name in ("__deepcopy__", "__array_interface__", "__wrapped__", "__iter_"):
        with pytest.raises(AttributeError):
            getattr(spy, name)
    assert answer.names() == []


def test_a_name_that_is_not_defined_ends_the_check(submit):
    answer = submit("def f(): return 1")
    error = ended(lambda: answer.g)
    assert error.outcome == Outcome.FAILED
    assert error.message.startswith("answer.py does not define g")
    assert ended(lambda: answer.f).message == error.message


def test_a_method_that_an_object_lacks_is_named_and_can_be_asked_for_with_hasattr(submit):
    net = submit(NET).Net()
    with pytest.raises(Mismatch) as caught:
        net.predict(1)
    assert caught.value.safe == "Net has no attribute predict"
    assert not hasattr(net, "predict")
    assert getattr(net, "predict", 5) == 5
    assert net.d == 2


def test_an_attribute_error_of_the_students_own_code_stays_one(submit):
    answer = submit("""\
        class Net:
            @property
            def size(self): return self.rows
        """)
    with pytest.raises(StudentError) as caught:
        _ = answer.Net().size
    assert (caught.value.kind, len(caught.value.steps)) == ("AttributeError", 1)


def test_a_check_can_ask_whether_a_name_is_defined(submit):
    answer = submit("def f(): return 1")
    assert "f" in answer
    assert "g" not in answer
    assert answer.f() == 1


def test_an_end_is_no_exception_that_a_check_could_catch(submit):
    error = ended(lambda: submit("import os\ndef f(): os._exit(1)").f())
    assert not isinstance(error, Exception)


def test_nothing_is_started_before_something_is_asked(start):
    talk = start("raise SystemExit")
    SubmissionProxy(talk)
    assert not talk.imported
    assert talk.last_answer == ""


def test_the_last_answer_is_told_without_values(start):
    talk = start("def f(x): return x\ndef g(): raise ValueError('secret')")
    answer = SubmissionProxy(talk)
    answer.f(np.zeros((2, 3)))
    assert talk.last_answer == "f gave an array (2, 3) of float64"
    answer.f(("secret", None))
    assert talk.last_answer == "f gave a tuple (a str, None)"
    with pytest.raises(ValueError, match="secret"):
        answer.g()
    assert talk.last_answer == "g raised"


@pytest.mark.parametrize(
    "value",
    [object(), {frozenset()}, np.random.default_rng(0), np.array(["NaT"], "M8[2D]"), range(3)],
    ids=lambda value: type(value).__name__,
)
def test_what_cannot_be_sent_is_the_authors_error(submit, value):
    answer = submit("def f(x): return x")
    with pytest.raises(CourseError, match=f"passes a {type(value).__name__}"):
        answer.f(value)
    assert answer.f(1) == 1


def test_functions_of_every_sort_can_be_passed(submit):
    answer = submit("def apply(g, x): return g(x)\ndef square(x): return x * x")

    class Model:
        def predict(self, x):
            return x + 10

    for function, value in [
        (lambda x: -x, -3),
        (abs, 3),
        (functools.partial(pow, 2), 8),
        (Model().predict, 13),
    ]:
        assert answer.apply(function, 3) == value
    assert answer.apply(answer.square, 3) == 9


def test_a_class_is_built_with_its_arguments(submit):
    answer = submit(NET)
    assert answer.Net(d=5).loss(2) == 10
    with pytest.raises(TypeError):
        answer.Net(1, 2, 3)


def test_names_that_a_student_chose_are_in_no_hidden_message(start):
    talk = start("""\
        class Base:
            x = 1
            def __getitem__(self, i): return 1
        def f(): return type("s3cret", (Base,), {})()
        def g():
            def h(): return 1
            h.__name__ = "s3cret"
            return h
        """)
    answer = SubmissionProxy(talk)
    made = answer.f()
    for use in (lambda: made == 1, lambda: np.asarray(made)):
        with pytest.raises(Mismatch) as caught:
            use()
        assert "s3cret" not in caught.value.safe
    for use in (lambda: made.x, lambda: made[0], lambda: answer.g()()):
        use()
        assert "s3cret" not in talk.last_answer


def test_what_is_remembered_for_the_diagnosis_is_bounded(start):
    talk = start("import numpy as np\ndef f(n): return np.zeros(n)")
    answer = SubmissionProxy(talk)
    answer.f(3)
    assert [event.operation for event in talk.events] == ["call"]
    for _ in range(3):
        answer.f(4_000_000)
    assert talk.events is None


ERRORS = [
    kind
    for kind in vars(builtins).values()
    if isinstance(kind, type)
    and issubclass(kind, Exception)
    and not issubclass(kind, (MemoryError, UnicodeError, ExceptionGroup))
    and not issubclass(kind, (StopIteration, StopAsyncIteration))
]


def test_every_plain_exception_arrives_as_itself(submit):
    answer = submit("import builtins\ndef fail(name): raise getattr(builtins, name)('words')")
    for kind in ERRORS:
        with pytest.raises(kind) as caught:
            answer.fail(kind.__name__)
        assert isinstance(caught.value, StudentError)
        assert caught.value.kind == kind.__name__
        assert "words" in caught.value.text


ENDING = ["SystemExit", "KeyboardInterrupt", "GeneratorExit", "StopIteration", "StopAsyncIteration"]


@pytest.mark.parametrize("name", ENDING)
def test_an_exception_that_would_end_the_judge_or_a_loop_of_a_check_arrives_tamed(submit, name):
    answer = submit("import builtins\ndef fail(name): raise getattr(builtins, name)('words')")
    with pytest.raises(StudentError) as caught:
        answer.fail(name)
    assert caught.value.kind == name
    assert not isinstance(caught.value, getattr(builtins, name))


@pytest.mark.parametrize("name", ["Skipped", "Failed", "Exit", "SubmissionEnded", "Mismatch"])
def test_no_exception_of_pytest_or_of_ours_can_be_raised_from_there(submit, name):
    answer = submit(f"class {name}(BaseException): pass\ndef f(): raise {name}('x')")
    with pytest.raises(StudentError) as caught:
        answer.f()
    assert type(caught.value).__mro__[1:3] == (StudentError, Exception)


NONSENSE = [
    [],
    [1],
    [1, "value"],
    [1, "value", 1],
    [1, "value", 1, None, None],
    [1, "value", ["?"], None],
    [1, "value", ["a", "|O", [1], 0], None],
    [1, "value", {"a": 1}, None],
    [1, "value", ["h", "0", "x", "object"], None],
    [1, "value", ["h", 0, 0, "object"], None],
    [1, "raised"],
    [1, "raised", 1, 2],
    [1, "raised", 1, "text", ["l"]],
    [1, "raised", ["l", "ValueError"], "text", 5],
    [1, "raised", ["l", "ValueError"], "text", ["l", ["l", "f", 1]]],
    [1, "callback"],
    [1, "callback", 0],
    [1, "callback", 0, ["?"], ["d"]],
    [1, "no such kind", 1],
    [1, None, 1],
    [1, ["value"], 1],
    [2, "value", 1, None],
    ["1", "value", 1, None],
    [None, "value", 1, None],
    [[1], "value", 1, None],
]


@pytest.mark.parametrize("message", NONSENSE, ids=repr)
def test_a_worker_that_sends_nonsense_has_crashed(submit, message):
    answer = submit(SPEAKER)
    error = ended(lambda: answer.say(raw(message)))
    assert error.outcome == Outcome.CRASHED
    assert error.message.startswith("the submission's process sent nonsense")
    assert ended(lambda: answer.ask(abs)).message == error.message


@pytest.mark.parametrize("data", [b"\0" * 100, b"\xff" * 100, b"GET / HTTP/1.1\r\n\r\n"])
def test_a_worker_that_sends_no_frames_has_crashed(submit, data):
    assert ended(lambda: submit(SPEAKER).say(data)).outcome == Outcome.CRASHED


def test_half_a_frame_and_the_end_is_a_crash(submit):
    data = raw([1, "value", 1, None])
    assert ended(lambda: submit(SPEAKER).say_and_die(data[:-1])).outcome == Outcome.CRASHED


def test_an_answer_that_was_sent_before_the_question_is_refused(submit):
    answer = submit(SPEAKER)
    forged = raw([1, "value", None, None]) + raw([2, "value", 42, None])
    answer.say(forged)  # the first is taken for the answer of this call, and may be
    error = ended(lambda: answer.ask(lambda: 1))
    assert (error.outcome, "spoke without being asked" in error.message) == (Outcome.CRASHED, True)


def test_a_hello_that_is_nonsense_is_a_crash(submit):
    text = SPEAKER + "\nsay({!r})\n"
    for message in ([], [0, "hello"], [0, "hello", 1, 2], [0, "hello", ["d", "f", 1], ["l"]]):
        answer = submit(text.format(raw(message)))
        assert ended(lambda a=answer: a.f).outcome == Outcome.CRASHED


def test_a_forged_hello_can_name_only_what_is_then_asked_in_vain(submit):
    hello = raw([0, "hello", ["d", "f", ["t", "function", 999]], ["l"]])
    answer = submit(SPEAKER + f"\nsay({hello!r})\n")
    with pytest.raises((SubmissionEnded, StudentError)):
        answer.f()


def test_a_frame_without_end_is_read_until_the_deadline_and_no_longer(submit):
    answer = submit(
        SPEAKER + "\ndef trickle(raw):\n    say(raw)\n    while True: pass", seconds=0.5
    )
    head = (1000).to_bytes(4, "little") + bytes(12)
    assert ended(lambda: answer.trickle(head)).outcome == Outcome.TIMEOUT


def test_a_huge_message_to_a_submission_that_does_not_read_ends_at_the_deadline(submit):
    text = "\ndef answer_and_stop(raw):\n    say(raw)\n    while True: pass"
    answer = submit(SPEAKER + text, seconds=1)
    answer.answer_and_stop(raw([1, "value", None, None]))
    assert ended(lambda: answer.say(bytes(16), np.zeros(8_000_000))).outcome == Outcome.TIMEOUT


def test_large_arguments_pass_both_ways(submit):
    x = np.arange(5_000_000.0)  # 40 MB
    assert submit("def f(x): return x[::-1]").f(x)[0] == 4_999_999


def test_a_batch_that_comes_back_incomplete_is_refused(submit):
    answer = submit(SPEAKER)
    short = raw([1, "value", ["l", 1], None])
    error = ended(lambda: answer.say.batch([(short,), (b"",)]))
    assert "incomplete" in error.message


def test_arguments_that_do_not_come_back_are_missed(submit):
    answer = submit(SPEAKER)
    error = ended(lambda: answer.say.call(raw([1, "value", 1, None])))
    assert "did not come back" in error.message


def test_a_masked_array_earns_only_with_the_right_mask(submit):
    """It stays in its worker: numpy leaves masked entries out of sums and comparisons."""
    answer = submit("""
        import numpy as np
        def f(numbers, mask): return np.ma.MaskedArray(np.array(numbers), np.array(mask))
        class Odd:
            mask = np.array([True])
            def filled(self, value): return np.array([1.0, 2.0])
        def odd(): return Odd()
        """)
    right = np.ma.MaskedArray([1.0, 2.0, 3.0], [False, True, False])
    close(answer.f([1.0, 9.0, 3.0], [False, True, False]), right)
    close(answer.f([1.0, 2.0, 3.0], [False, False, False]), right.data)
    for mask in ([True, False, False], [False, False, False], [True, True, True]):
        with pytest.raises(Mismatch, match="the mask of result"):
            close(answer.f([1.0, 2.0, 3.0], mask), right)
    with pytest.raises(Mismatch, match="result is a masked array, expected numbers"):
        close(answer.f([1.0, 9.0, 3.0], [False, True, False]), right.data)
    with pytest.raises(Mismatch, match="the mask of result does not fit"):
        close(answer.odd(), right)
    with pytest.raises(Mismatch):
        assert answer.f([1.0, 9.0], [False, True]) == np.array([1.0, 2.0])
