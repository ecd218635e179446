"""What a worker does for a check, and that nothing a submission does there goes further."""

import os
import time
from fractions import Fraction
from textwrap import dedent

import numpy as np
import pytest

from grader.judge.conversation import MAX_CALLBACKS, Conversation
from grader.judge.failures import Mismatch, StudentError, SubmissionEnded
from grader.judge.proxy import SubmissionProxy
from grader.record.check import Outcome
from grader.sandbox.client import OUTPUT_LIMIT, Session, WarmWorker
from grader.sandbox.level import probe
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources

TERMS = Terms(imports=("numpy",))


@pytest.fixture(scope="module")
def level():
    return probe().level


@pytest.fixture(scope="module")
def warm_worker(level):
    os.environ["NABLAGRADE_TEST_SECRET"] = "of the grader"
    warm_worker = WarmWorker.start(["numpy"], level)
    del os.environ["NABLAGRADE_TEST_SECRET"]
    warm_worker.wait_ready()
    yield warm_worker
    warm_worker.close()


@pytest.fixture
def start(warm_worker):
    """Return a function that starts a conversation with a submission of the given text."""
    talks = []

    def start(text="", *, seconds=10.0, cpu_seconds=5, memory_mb=512, **modules):
        beside = {name.replace("__", "."): dedent(code) for name, code in modules.items()}
        terms = Terms(imports=("numpy",), limits=Limits(cpu_seconds, memory_mb=memory_mb))
        sources = Sources("answer", dedent(text), beside, terms)
        session = Session(warm_worker.open(), sources)
        talks.append((session, Conversation(session, "answer.py", seconds)))
        return talks[-1][1]

    yield start
    for session, talk in talks:
        talk.close()
        session.close()


@pytest.fixture
def submit(start):
    """Return a function that starts a submission and returns its stand-in."""
    return lambda text="", **options: SubmissionProxy(start(text, **options))


def printed(talk):
    talk.close()
    return talk.output


def ending_of(act):
    with pytest.raises(SubmissionEnded) as caught:
        act()
    return caught.value.outcome, caught.value.message


def test_a_call_gives_the_value_for_positional_and_keyword_arguments(submit):
    answer = submit("def f(a, b=2, *rest, c, **more): return a, b, rest, c, more")
    assert answer.f(1, c=3) == (1, 2, (), 3, {})
    assert answer.f(1, 5, 6, c=3, d=4) == (1, 5, (6,), 3, {"d": 4})


def test_arguments_and_answers_keep_their_kinds(submit):
    answer = submit("def echo(x): return x")
    for value in (
        *(None, True, 3, 2**90, 2.5, 1j, "é", b"x", [1, (2, {"a": [None]})], np.float32(2)),
        *({1, ("a", 2)}, frozenset({None}), Fraction(1, 3)),
    ):
        back = answer.echo(value)
        assert (type(back), back) == (type(value), value)


def test_arguments_are_copies(submit):
    x = np.zeros(3)
    answer = submit("def fill(x): x[:] = 7; return x")
    assert answer.fill(x).tolist() == [7, 7, 7]
    assert x.tolist() == [0, 0, 0]


def test_two_arguments_that_are_one_array_are_two_there(submit):
    x = np.zeros(2)
    answer = submit("def f(a, b): a += 1; return b")
    assert answer.f(x, x).tolist() == [0, 0]


def test_one_array_returned_twice_arrives_twice(submit):
    answer = submit("def add_backward(d): return d, d")
    da, db = answer.add_backward(np.ones(3))
    assert (da.tolist(), db.tolist()) == ([1, 1, 1], [1, 1, 1])


def test_call_brings_back_what_was_left_in_the_arguments(submit):
    answer = submit("""\
        def step(w, dw, config=None):
            w -= dw
            config["steps"] = config.get("steps", 0) + 1
            return w
        """)
    called = answer.step.call(np.ones(2), np.full(2, 0.25), config={"steps": 4})
    assert called.value.tolist() == [0.75, 0.75]
    assert called.args[0].tolist() == [0.75, 0.75]
    assert called.args[1].tolist() == [0.25, 0.25]
    assert called.kwargs == {"config": {"steps": 5}}


def test_a_module_level_constant_is_read(submit):
    answer = submit("ANSWERS = {'a': 1, 'b': [2.5, None]}\nTABLE = [[1, 2]]")
    assert answer.ANSWERS == {"a": 1, "b": [2.5, None]}
    assert answer.TABLE == [[1, 2]]


def test_given_modules_and_modules_beside_are_there(submit):
    answer = submit(
        "import helpers\ndef f(): return helpers.ONE",
        helpers="ONE = 1",
        given__models="class Net:\n    def __init__(self, d): self.d = d\ndef two(): return 2",
    )
    assert answer.f() == 1
    assert answer.given("models").two() == 2
    assert answer.given("models").Net(5).d == 5


def test_a_batch_calls_once_per_argument_set(submit):
    answer = submit("def f(x, y, scale=1): return (x + y) * scale, x - y")
    sets = [(float(i), 1.0) for i in range(3)]
    assert answer.f.batch(sets) == [(1.0, -1.0), (2.0, 0.0), (3.0, 1.0)]
    assert answer.f.batch(sets, pick=1) == [-1.0, 0.0, 1.0]
    assert answer.f.batch(sets, pick=0, scale=10) == [10.0, 20.0, 30.0]
    assert answer.f.batch([]) == []


def test_what_cannot_be_picked_from_a_batchs_results_is_described(submit):
    answer = submit("def f(x): return x")
    assert answer.f.batch([((1.0, 2.0),), ([3.0, 4.0],)], pick=1) == [2.0, 4.0]
    for result, words in [(1.0, "a float"), (None, "None"), ((1.0,), "a tuple (a float)")]:
        with pytest.raises(Mismatch) as caught:
            answer.f.batch([((1.0, 2.0),), (result,)], pick=1)
        assert caught.value.safe == f"f gave {words}, expected a tuple of several values"
        assert answer.f(3) == 3


def test_a_batch_sees_fresh_copies_although_its_sets_share_an_array(submit):
    x = np.zeros(2)
    answer = submit("def f(x, k): x += k; return x.sum()")
    assert answer.f.batch([(x, 1), (x, 2), (x, 3)]) == [2.0, 4.0, 6.0]


def test_a_function_that_returns_one_buffer_each_time_gives_three_answers(submit):
    answer = submit("""\
        import numpy as np
        out = np.zeros(2)
        def f(k):
            out[:] = k
            return {"out": [out]}, (out,)
        """)
    rows = answer.f.batch([(1,), (2,), (3,)])
    assert [row[0]["out"][0].tolist() for row in rows] == [[1, 1], [2, 2], [3, 3]]
    assert [row[1][0].tolist() for row in rows] == [[1, 1], [2, 2], [3, 3]]


def test_a_batch_that_raises_raises(submit):
    answer = submit("def f(x): return 1 / x")
    with pytest.raises(ZeroDivisionError):
        answer.f.batch([(1,), (0,)])


NET = """
class Net:
    def __init__(self, d):
        self.W = [[1.0] * d] * d
        self.layers = ["a", "b", "c"]
        self.activate = None
    def loss(self, x): return self.activate(x) if self.activate else sum(x)
    def __len__(self): return len(self.layers)
    def __getitem__(self, i): return self.layers[i]
    def copy(self): return self
def size(net): return len(net.W)
"""


def test_an_object_stays_and_is_used_through_its_handle(submit):
    net = submit(NET).Net(2)
    assert net.W == [[1.0, 1.0], [1.0, 1.0]]
    assert net.loss([1, 2, 3]) == 6
    assert len(net) == 3
    assert net[0] == "a"
    assert net[-1] == "c"
    assert net[1:] == ["b", "c"]
    with pytest.raises(Mismatch):  # its length could differ from one question to the next
        list(net)


def test_a_handle_can_be_passed_back_and_is_the_same_object(submit):
    answer = submit(NET)
    net = answer.Net(4)
    assert answer.size(net) == 4
    net.copy().W = [1]
    assert answer.size(net) == 1


def test_an_attribute_is_set_there(submit):
    net = submit(NET).Net(2)
    net.W = np.zeros((3, 3))
    assert net.W.shape == (3, 3)


def test_a_function_becomes_an_attribute_and_is_called_back(submit):
    net = submit(NET).Net(2)
    net.activate = lambda x: [max(0, v) for v in x]
    assert net.loss([-1, 2]) == [0, 2]


def test_methods_take_batches_and_bring_arguments_back(submit):
    net = submit("class C:\n    def grow(self, x): x.append(1); return len(x)").C()
    assert net.grow.batch([([],), ([0],)]) == [1, 2]
    assert net.grow.call([0]).args == ([0, 1],)


def test_classes_and_functions_come_back_as_functions(submit):
    answer = submit("def make(): return lambda x: x + 1\nclass C:\n    k = 3\ndef kind(): return C")
    assert answer.make()(1) == 2
    assert answer.C.k == 3
    assert answer.kind()().k == 3


def test_an_attribute_that_is_missing_is_the_submissions_error(submit):
    net = submit(NET).Net(2)
    with pytest.raises(AttributeError, match="no_such"):
        _ = net.no_such


def test_a_function_passed_in_is_called_back_with_copies(submit):
    seen = []
    answer = submit("def twice(g, x): return g(x, k=1) + g(x, k=2)")
    assert answer.twice(lambda x, k: seen.append((x, k)) or x * k, 5) == 15
    assert seen == [(5, 1), (5, 2)]


def test_a_callback_may_ask_the_submission_again(submit):
    answer = submit("""\
        def apply(g, x): return g(x) + 1
        def square(x): return x * x
        """)
    assert answer.apply(lambda x: answer.square(x), 5) == 26
    assert answer.apply(lambda x: answer.apply(lambda y: answer.square(y), x + 1), 2) == 11


def test_a_callback_that_raises_raises_in_the_check(submit):
    answer = submit("""\
        def swallow(g):
            try:
                return g()
            except Exception as error:
                return str(error)
        def f(): return 1
        """)

    def fail():
        raise KeyError("mine")

    with pytest.raises(KeyError, match="mine"):
        answer.swallow(fail)


def test_the_functions_of_a_check_are_called_ten_thousand_times_and_no_more(submit):
    answer = submit("""\
        def work(g, n):
            for _ in range(n): g()
            return "done"
        """)
    assert answer.work(lambda: None, MAX_CALLBACKS) == "done"
    outcome, message = ending_of(lambda: answer.work(lambda: None, 1))
    assert outcome == Outcome.FAILED
    assert "more than 10,000 times" in message


def test_an_exception_arrives_as_the_builtin_that_it_is(submit):
    answer = submit("def f():\n    raise ValueError('bad shape')\ndef g():\n    return f()")
    with pytest.raises(ValueError, match="ValueError: bad shape") as caught:
        answer.g()
    assert isinstance(caught.value, StudentError)
    assert [(s.file, s.line, s.function) for s in caught.value.steps] == [
        ("answer.py", 4, "g"),
        ("answer.py", 2, "f"),
    ]


def test_an_exception_of_an_own_class_arrives_as_its_nearest_builtin(submit):
    answer = submit("""\
        class Bad(KeyError): pass
        class Worse(Bad, ValueError): pass
        class Odd(Exception): pass
        def bad(): raise Bad("k")
        def worse(): raise Worse("w")
        def odd(): raise Odd("o")
        """)
    for name, kind in [("bad", "KeyError"), ("worse", "KeyError"), ("odd", "Exception")]:
        with pytest.raises(StudentError) as caught:
            getattr(answer, name)()
        assert caught.value.kind == kind
        assert "Bad" not in type(caught.value).__name__
    with pytest.raises(LookupError):
        answer.bad()


def test_an_exception_without_words_arrives_without(submit):
    answer = submit("""\
        class Mute(ValueError):
            def __str__(self): raise RuntimeError
        def f(): raise Mute
        """)
    with pytest.raises(ValueError, match=r"ValueError: $") as caught:
        answer.f()
    assert caught.value.text == ""


def test_a_long_message_and_a_deep_traceback_are_cut(submit):
    answer = submit("""\
        def f(n):
            if n == 0:
                raise ValueError("x" * 100_000)
            f(n - 1)
        """)
    with pytest.raises(StudentError) as caught:
        answer.f(100)
    assert len(caught.value.text) == 2000
    assert len(caught.value.steps) == 12


@pytest.mark.parametrize(
    "statement", ["sys.exit(0)", "raise SystemExit", "raise KeyboardInterrupt"]
)
def test_leaving_by_exception_is_an_error_like_any_other(submit, statement):
    answer = submit(f"import sys\ndef f(): {statement}\ndef g(): return 1")
    with pytest.raises(StudentError):
        answer.f()
    assert answer.g() == 1


def test_a_recursion_without_end_is_an_error(submit):
    with pytest.raises(RecursionError):
        submit("def f(x): return f(x)").f(1)


def test_what_is_too_large_to_send_is_an_error(submit):
    answer = submit("""\
        import numpy as np
        def huge(): return np.broadcast_to(np.float64(0), (1 << 20, 1 << 20))
        def many(): return list(range(200_000))
        """)
    for name in ("huge", "many"):
        with pytest.raises(Mismatch, match=r"over the limit of what can be sent back"):
            getattr(answer, name)()


def test_a_broken_top_level_statement_costs_only_what_it_defines(submit):
    answer = submit("import no_such_module\ndef f(): return 1\n1 / 0\ndef g(): return 2")
    assert (answer.f(), answer.g()) == (1, 2)


def test_a_process_that_ends_itself_has_crashed(submit):
    answer = submit("import os\ndef f(): os._exit(3)")
    outcome, message = ending_of(answer.f)
    assert outcome == Outcome.CRASHED
    assert "exit code 3" in message


def test_a_segmentation_fault_is_a_crash(submit):
    answer = submit("import ctypes\ndef f(): ctypes.string_at(0)")
    outcome, message = ending_of(answer.f)
    assert outcome == Outcome.CRASHED
    assert "SIGSEGV" in message


def test_an_endless_loop_ends_at_the_deadline(submit):
    answer = submit("def f():\n    while True: pass\ndef g(): return 1", seconds=0.5)
    started = time.monotonic()
    outcome, _ = ending_of(answer.f)
    assert outcome == Outcome.TIMEOUT
    assert 0.2 < time.monotonic() - started < 3
    assert ending_of(lambda: answer.g())[0] == Outcome.TIMEOUT  # over is over


def test_a_loop_that_swallows_everything_is_ended_by_its_cpu_limit(submit):
    answer = submit(
        """\
        def f():
            while True:
                try:
                    while True: pass
                except BaseException: pass
        """,
        cpu_seconds=1,
    )
    assert ending_of(answer.f)[0] == Outcome.TIMEOUT


@pytest.mark.parametrize(
    "text",
    [
        "def f():\n    while True: g()\ndef g():\n    return sum(range(1000))",
        "def f():\n    g()\ndef g():\n    return sum(range(10**12))",
    ],
    ids=["in Python", "in C"],
)
def test_what_computes_for_too_long_is_named_with_its_line(submit, text):
    answer = submit(text, cpu_seconds=1, seconds=60)
    with pytest.raises(SubmissionEnded) as caught:
        answer.f()
    assert caught.value.message == "the submission computed for more than 1 s"
    steps = [(step.file, step.line, step.function) for step in caught.value.steps]
    assert steps[0] == ("answer.py", 2, "f")
    assert steps[1:] in ([], [("answer.py", 4, "g")])


@pytest.mark.parametrize("wait", ["time.sleep(60)", "threading.Event().wait(60)"])
def test_what_waits_for_too_long_is_named_with_its_line(submit, wait):
    answer = submit(f"import threading, time\ndef f():\n    if True:\n        {wait}", seconds=0.5)
    with pytest.raises(SubmissionEnded) as caught:
        answer.f()
    assert [(step.line, step.function) for step in caught.value.steps] == [(4, "f")]


def test_what_was_printed_before_the_time_was_up_is_kept_without_the_stack(start):
    talk = start("def f():\n    print('epoch 1')\n    while True: pass", seconds=0.5)
    with pytest.raises(SubmissionEnded):
        SubmissionProxy(talk).f()
    assert talk.output.strip() == "epoch 1"


def test_a_submission_that_does_not_tell_where_it_is_ends_all_the_same(submit):
    text = """\
        import signal, time
        def f():
            signal.signal(signal.SIGXCPU, signal.SIG_IGN)
            time.sleep(60)
        """
    answer = submit(text, seconds=0.5)
    with pytest.raises(SubmissionEnded) as caught:
        answer.f()
    assert caught.value.steps == ()


def test_a_session_can_be_given_other_sources(warm_worker):
    def sources(text):
        return Sources("answer", text, {}, TERMS)

    session = Session(warm_worker.open(), sources("def f(): return 1"))
    for text, value in (("def f(): return 1", 1), ("def f(): return 2", 2)):
        session.load(sources(text))
        talk = Conversation(session, "answer.py", 10)
        assert SubmissionProxy(talk).f() == value
        talk.close()
    session.close()


def test_memory_over_the_limit_is_an_error_that_says_so(submit):
    answer = submit("def f(): return len(bytearray(1 << 30))", memory_mb=256)
    assert ending_of(answer.f)[0] == Outcome.MEMORY


def test_an_import_without_end_ends_at_the_deadline(submit):
    answer = submit("while True: pass", seconds=0.5)
    assert ending_of(lambda: answer.f)[0] == Outcome.TIMEOUT


def test_output_is_collected_and_cut(start):
    talk = start("""\
        import os, sys
        print("hello")
        def f(n):
            sys.stderr.write("warned\\n")
            os.write(1, b"\\xff raw\\n")
            for _ in range(n): print("x" * 999)
            return n
        """)
    assert SubmissionProxy(talk).f(5000) == 5000
    output = printed(talk)
    assert output.startswith("hello\nwarned\n\ufffd raw\nxxx")
    assert len(output) == OUTPUT_LIMIT


def test_input_is_empty(submit):
    answer = submit("import sys\ndef f(): return sys.stdin.read()\ndef g(): return input()")
    assert answer.f() == ""
    with pytest.raises(EOFError):
        answer.g()


def test_four_files_are_open_and_one_is_the_channel(submit):
    answer = submit("""\
        import os, stat
        def is_open(fd):
            try:
                os.fstat(fd)
            except OSError:
                return False
            return True
        def f(): return [fd for fd in range(4096) if is_open(fd)]
        def kinds(fds): return [stat.S_IFMT(os.fstat(fd).st_mode) == stat.S_IFSOCK for fd in fds]
        """)
    fds = answer.f()
    assert fds[:3] == [0, 1, 2]
    assert len(fds) == 4
    assert answer.kinds(fds) == [False, False, False, True]


def test_the_environment_says_nothing_of_the_grader(submit):
    environment = submit("import os\ndef f(): return dict(os.environ)").f()
    assert "PYTEST_CURRENT_TEST" in os.environ  # there is something to be found
    assert set(environment) <= {
        "LANG", "LC_CTYPE", "USER", "HOME", "TMPDIR", "OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS",
        "MKL_NUM_THREADS", "JE_ARROW_MALLOC_CONF", "ORT_DISABLE_TELEMETRY",
        "JOBLIB_MULTIPROCESSING",
    }  # fmt: skip
    assert environment["USER"] == "worker"
    assert not any("NABLAGRADE" in key for key in environment)


def test_the_worker_holds_no_judge_and_no_test(submit):
    names = submit("import sys\ndef f(): return list(sys.modules)").f()
    assert "grader.sandbox.worker.worker" in names
    for room in ("judge", "course", "intake", "record", "report", "run"):
        assert not [name for name in names if name.startswith(f"grader.{room}")]
    tops = {name.partition(".")[0] for name in names}
    assert not tops & {"pytest", "_pytest", "hypothesis", "tests", "reference"}


def test_the_command_line_names_no_course(submit):
    words = submit("import sys\ndef f(): return sys.argv + sys.path").f()
    assert not [word for word in words if "assignments" in word or "hidden" in word]


def test_two_checks_share_no_state(warm_worker):
    text = dedent("""\
        import random, sys
        import numpy as np
        count = [0]
        drawn = random.random(), np.random.rand()
        def f():
            count[0] += 1
            np.e = 3
            sys.modules["numpy"].ones = None
            return count[0], float(np.e)
        """)
    session = Session(warm_worker.open(), Sources("answer", text, {}, TERMS))
    for _ in range(2):
        talk = Conversation(session, "answer.py", 10)
        assert SubmissionProxy(talk).f() == (1, 3.0)
        talk.close()
    session.close()


def test_a_check_that_asks_nothing_starts_no_worker(start):
    talk = start("print('imported')")
    assert printed(talk) == ""


@pytest.fixture(scope="module")
def torch_warm_worker(level):
    pytest.importorskip("torch")
    warm_worker = WarmWorker.start(["numpy", "torch"], level)
    warm_worker.wait_ready()
    yield warm_worker
    warm_worker.close()


def test_tensors_and_modules_of_torch(torch_warm_worker):
    import torch

    text = dedent("""\
        import torch
        from torch import nn
        def halve(x): return x / 2, x.requires_grad
        class Net(nn.Module):
            def __init__(self, d):
                super().__init__()
                self.fc = nn.Linear(d, 1, bias=False)
                nn.init.ones_(self.fc.weight)
            def forward(self, x): return self.fc(x)
        def gradient(net, x):
            net(x).sum().backward()
            return net.fc.weight.grad
        """)
    session = Session(
        torch_warm_worker.open(),
        Sources("answer", text, {}, Terms(imports=("numpy", "torch"), limits=Limits(20))),
    )
    talk = Conversation(session, "answer.py", 30)
    answer = SubmissionProxy(talk)
    half, needed = answer.halve(torch.tensor([2.0, 4.0], requires_grad=True))
    assert (half.tolist(), needed) == ([1.0, 2.0], True)
    net = answer.Net(3)
    x = torch.arange(6.0).reshape(2, 3)
    assert net(x).tolist() == [[3.0], [12.0]]
    assert answer.gradient(net, x).tolist() == [[3.0, 5.0, 7.0]]
    net.load_state_dict({"fc.weight": torch.zeros(1, 3)})
    assert net(x).tolist() == [[0.0], [0.0]]
    assert list(net.state_dict()) == ["fc.weight"]
    talk.close()
    session.close()


def test_a_text_that_is_too_much_to_compile_is_the_submissions_fault(start):
    huge = "x = [\n" + "    (1.5, 'text'),\n" * 200_000 + "]\n"
    talk = start(f"{huge}def f():\n    return 1", memory_mb=8)
    with pytest.raises(SubmissionEnded, match="does not define f"):
        talk.look_up("f")
    ((_, fault),) = talk.faults
    assert fault.startswith("SyntaxError")
    assert SubmissionProxy(start("def f():\n    return 1", memory_mb=8)).f() == 1


def test_a_submission_finds_its_own_source_and_the_time_zones(submit):
    answer = submit(
        """\
        import inspect, traceback, zoneinfo
        import beside
        def f(): return inspect.getsource(f)
        def g(): return inspect.getsource(beside.h)
        def printed():
            try:
                1 / 0
            except ZeroDivisionError:
                return traceback.format_exc()
        def zone(): return str(zoneinfo.ZoneInfo("Europe/Paris"))
        """,
        beside="def h(): return 1\n",
    )
    assert answer.f() == "def f(): return inspect.getsource(f)\n"
    assert answer.g() == "def h(): return 1\n"
    assert "1 / 0" in answer.printed()
    if os.path.isdir("/usr/share/zoneinfo"):
        assert answer.zone() == "Europe/Paris"
