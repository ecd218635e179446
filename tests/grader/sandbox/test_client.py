"""Warm workers, supervisors and workers end when they should, and leave nothing behind."""

import contextlib
import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path
from textwrap import dedent

import pytest

from grader.errors import SandboxError
from grader.judge.conversation import Conversation
from grader.judge.failures import SubmissionEnded
from grader.judge.proxy import SubmissionProxy
from grader.sandbox.client import Ending, Session, WarmWorker, signal_name
from grader.sandbox.level import probe
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.channel import ChannelClosed
from grader.sandbox.wire.messages import Sources

ROOT = Path(__file__).parents[3]
JUDGE = """
import socket, sys, time
from grader.judge.conversation import Conversation
from grader.judge.proxy import SubmissionProxy
from grader.sandbox.client import Session
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources
sock = socket.socket(fileno=int(sys.argv[1]))
session = Session(sock, Sources("answer", sys.argv[2], {}, Terms()))
talk = Conversation(session, "answer.py", 60)
print(SubmissionProxy(talk).f(), flush=True)
time.sleep(60)
"""
CONDUCTOR = """
import sys, time
from grader.judge.conversation import Conversation
from grader.judge.proxy import SubmissionProxy
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources
warm_worker = WarmWorker.start([], sys.argv[1])
warm_worker.wait_ready()
session = Session(warm_worker.open(), Sources("answer", "def f(): return 'ready'", {}, Terms()))
talk = Conversation(session, "answer.py", 60)
print(SubmissionProxy(talk).f(), flush=True)
time.sleep(60)
"""


@pytest.fixture(scope="module")
def level():
    return probe().level


@pytest.fixture
def warm_worker(level):
    warm_worker = WarmWorker.start([], level)
    warm_worker.wait_ready()
    yield warm_worker
    warm_worker.close()


def open_session(warm_worker, text="def f(): return 1"):
    return Session(
        warm_worker.open(),
        Sources("answer", dedent(text), {}, Terms(imports=("numpy",), limits=Limits(5))),
    )


def conversation(session, seconds=10.0):
    return Conversation(session, "answer.py", seconds)


def parents():
    """Return pid -> parent's pid of every process that is not a zombie."""
    found = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, parent = stat.read_text().rpartition(") ")[2].split()[:2]
        except OSError:  # it ended just now
            continue
        if state not in "ZX":
            found[int(stat.parent.name)] = int(parent)
    return found


def descendants(pid):
    of = parents()
    found = {pid}
    while more := {child for child, parent in of.items() if parent in found} - found:
        found |= more
    return found - {pid}


def still_alive(pids, seconds=2.0):
    """Return those of `pids` that have not ended after so long."""
    until = time.monotonic() + seconds
    while (left := pids & parents().keys()) and time.monotonic() < until:
        time.sleep(0.02)
    return left


def ending_of(warm_worker, text):
    """Return how a worker ended that was killed after its submission had been executed."""
    session = open_session(warm_worker, text)
    channel = session.start_worker()
    with contextlib.suppress(ChannelClosed):
        channel.receive(time.monotonic() + 10)
    ending = session.end_worker()
    channel.close()
    session.close()
    return ending


def test_a_worker_that_waits_is_killed_and_its_use_is_known(warm_worker):
    ending = ending_of(warm_worker, "print('one')\nprint('two')\nfor _ in range(10_000_000): pass")
    assert (ending.signal, ending.exit_code) == (signal.SIGKILL, None)
    assert ending.output == "one\ntwo\n"
    assert 0.05 < ending.cpu_seconds < 10
    assert 1_000 < ending.peak_kib < 1_000_000


def test_a_worker_that_ended_itself_has_an_exit_code(warm_worker):
    ending = ending_of(warm_worker, "import os\nos._exit(7)")
    assert (ending.signal, ending.exit_code) == (None, 7)


@pytest.mark.parametrize("load", ["idle", "busy"])
def test_a_worker_that_computes_for_too_long_is_known_by_its_cpu_time(warm_worker, load):
    others = []
    if load == "busy":  # there, what os.wait4 tells is less than what the limit counted
        command = [sys.executable, "-c", "while True: pass"]
        others = [subprocess.Popen(command) for _ in range(2 * (os.cpu_count() or 1))]
    try:
        session = Session(
            warm_worker.open(), Sources("answer", "while True: pass", {}, Terms(limits=Limits(1)))
        )
        with contextlib.closing(session.start_worker()) as channel, pytest.raises(ChannelClosed):
            channel.receive(time.monotonic() + 60)
        ending = session.end_worker()
        session.close()
    finally:
        for other in others:
            other.kill()
            other.wait()
    assert ending.signal in (signal.SIGXCPU, signal.SIGKILL)
    assert ending.cpu_seconds >= 1


def test_an_ending_tells_signals_from_exit_codes():
    assert Ending(status=11, peak_kib=0, cpu_seconds=0, output="").signal == 11
    assert Ending(status=3 << 8, peak_kib=0, cpu_seconds=0, output="").exit_code == 3


def test_signals_have_their_names():
    assert signal_name(11) == "SIGSEGV"
    assert signal_name(300) == "signal 300"


def test_a_session_starts_one_worker_after_the_other(warm_worker):
    session = open_session(warm_worker, "count = [0]\ndef f(): count[0] += 1; return count[0]")
    for _ in range(3):
        talk = conversation(session)
        answer = SubmissionProxy(talk)
        assert (answer.f(), answer.f()) == (1, 2)
        talk.close()
    session.close()


def test_a_worker_that_ended_is_followed_by_a_fresh_one(warm_worker):
    session = open_session(
        warm_worker, "import os\ndef f(die):\n    if die: os._exit(1)\n    return 2"
    )
    talk = conversation(session)
    with pytest.raises(SubmissionEnded):
        SubmissionProxy(talk).f(True)
    talk.close()
    talk = conversation(session)
    assert SubmissionProxy(talk).f(False) == 2
    talk.close()
    session.close()


def test_two_sessions_do_not_meet(warm_worker):
    first = open_session(warm_worker, "import sys\nsys.x = 1\ndef f(): return sys.x")
    second = open_session(warm_worker, "import sys\ndef f(): return hasattr(sys, 'x')")
    talks = [conversation(first), conversation(second)]
    assert SubmissionProxy(talks[0]).f() == 1
    assert SubmissionProxy(talks[1]).f() is False
    for talk, session in zip(talks, (first, second), strict=True):
        talk.close()
        session.close()


def test_a_large_submission_is_loaded(warm_worker):
    text = "# comment\n" * 200_000 + "def f(): return 99999"
    assert len(text) > 1 << 20  # the limit of a frame's body
    session = open_session(warm_worker, text)
    talk = conversation(session)
    assert SubmissionProxy(talk).f() == 99999
    talk.close()
    session.close()


def test_a_closed_session_leaves_no_process(warm_worker):
    before = descendants(os.getpid())
    session = open_session(warm_worker)
    with contextlib.closing(session.start_worker()) as channel:
        channel.receive(time.monotonic() + 30)  # its first words
        started = descendants(os.getpid()) - before
        assert len(started) == 2  # supervisor and worker
        session.close()
        assert still_alive(started) == set()


def test_when_the_judge_is_killed_its_supervisor_and_worker_go_too(warm_worker):
    before = descendants(os.getpid())
    with warm_worker.open() as sock:
        judge = subprocess.Popen(
            [sys.executable, "-c", JUDGE, str(sock.fileno()), "def f(): return 'ready'"],
            stdout=subprocess.PIPE,
            pass_fds=[sock.fileno()],
            cwd=ROOT,
        )
    assert judge.stdout.readline() == b"ready\n"
    started = descendants(os.getpid()) - before - {judge.pid}
    assert len(started) == 2
    judge.kill()
    judge.wait()
    judge.stdout.close()
    assert still_alive(started) == set()


def test_when_the_judge_is_killed_a_busy_worker_goes_too(warm_worker):
    before = descendants(os.getpid())
    text = "import sys\ndef f():\n    while True: pass"
    with warm_worker.open() as sock:
        judge = subprocess.Popen(
            [sys.executable, "-c", JUDGE, str(sock.fileno()), text],
            pass_fds=[sock.fileno()],
            cwd=ROOT,
        )
    until = time.monotonic() + 10
    while len(started := descendants(os.getpid()) - before - {judge.pid}) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    judge.kill()
    judge.wait()
    assert still_alive(started) == set()


def test_when_the_conductor_is_killed_everything_goes_too(level):
    conductor = subprocess.Popen(
        [sys.executable, "-c", CONDUCTOR, level], stdout=subprocess.PIPE, cwd=ROOT
    )
    assert conductor.stdout.readline() == b"ready\n"
    started = descendants(conductor.pid)
    assert len(started) >= 3  # warm worker, supervisor, worker
    conductor.kill()
    conductor.wait()
    conductor.stdout.close()
    assert still_alive(started) == set()


def test_a_closed_warm_worker_leaves_no_process(level):
    before = descendants(os.getpid())
    warm_worker = WarmWorker.start([], level)
    warm_worker.wait_ready()
    started = descendants(os.getpid()) - before
    assert started
    warm_worker.close()
    assert still_alive(started) == set()


def test_a_package_that_is_not_installed_is_named(level):
    warm_worker = WarmWorker.start(["no_such_package"], level)
    with pytest.raises(SandboxError, match="no_such_package"):
        warm_worker.wait_ready()
    warm_worker.close()


def test_time_in_which_a_worker_was_stopped_is_not_its_own(warm_worker):
    session = open_session(warm_worker, "import time\ndef f(s): time.sleep(s); return 'slept'")
    talk = conversation(session)
    assert SubmissionProxy(talk).f(0) == "slept"
    talk.close()
    before = descendants(os.getpid())
    talk = conversation(session, seconds=1.0)
    assert SubmissionProxy(talk).f(0) == "slept"
    (worker,) = descendants(os.getpid()) - before
    os.kill(worker, signal.SIGSTOP)
    timer = threading.Timer(2.5, os.kill, (worker, signal.SIGCONT))
    timer.start()
    assert SubmissionProxy(talk).f(0) == "slept"
    with pytest.raises(SubmissionEnded, match="did not answer in time"):
        SubmissionProxy(talk).f(10)
    timer.join()
    talk.close()
    session.close()


def test_a_worker_that_sleeps_is_given_no_more_time(warm_worker):
    session = open_session(warm_worker, "import time\ndef f(): time.sleep(10)")
    talk = conversation(session, seconds=1.0)
    started = time.monotonic()
    with pytest.raises(SubmissionEnded, match="did not answer in time"):
        SubmissionProxy(talk).f()
    assert time.monotonic() - started < 4
    talk.close()
    session.close()


SLOW_TO_COMPILE = "def f():\n" + "".join(
    f"{' ' * depth}try:\n{' ' * depth} a = 1\n{' ' * depth}finally:\n" for depth in range(1, 20)
)
COMPILING_JUDGE = """
import socket, sys
from grader.sandbox.client import Session
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources
sources = Sources("answer", sys.argv[2], {}, Terms(limits=Limits(60, memory_mb=8192)))
Session(socket.socket(fileno=int(sys.argv[1])), sources).start_worker().receive()
"""


def test_who_waits_no_longer_for_a_compiler_ends_it(warm_worker):
    sources = Sources(
        "answer", f"{SLOW_TO_COMPILE}{' ' * 20}pass", {}, Terms(limits=Limits(5, memory_mb=8192))
    )
    session = Session(warm_worker.open(), sources)
    for _ in range(2):
        before = descendants(os.getpid())
        talk = conversation(session, seconds=0.1)
        with pytest.raises(SubmissionEnded, match="did not answer in time"):
            SubmissionProxy(talk).f()
        talk.close()
        assert len(descendants(os.getpid()) - before) <= 1  # the supervisor
    session.close()


@pytest.mark.parametrize("killed", ["judge", "warm worker"])
def test_what_compiles_ends_with_its_judge_and_with_the_warm_worker(level, killed):
    warm_worker = WarmWorker.start([], level)
    warm_worker.wait_ready()
    before = descendants(os.getpid())
    with warm_worker.open() as sock:
        words = [str(sock.fileno()), f"{SLOW_TO_COMPILE}{' ' * 20}pass"]
        judge = subprocess.Popen(
            [sys.executable, "-c", COMPILING_JUDGE, *words], pass_fds=[sock.fileno()], cwd=ROOT
        )
    until = time.monotonic() + 10
    while len(started := descendants(os.getpid()) - before - {judge.pid}) < 2:
        assert time.monotonic() < until
        time.sleep(0.02)
    if killed == "judge":
        judge.kill()
    else:
        warm_worker._process.kill()
    assert still_alive(started) == set()
    judge.kill()
    judge.wait()
    warm_worker.close()


DAEMON = """
import ctypes, os, time
def fork():  # past Python, which would refuse
    forked = ctypes.PyDLL(None, use_errno=True).fork()
    if forked < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return forked
def start():
    reading, writing = os.pipe()
    if fork() == 0:
        os.setsid()
        if fork() == 0:
            os.write(writing, str(os.getpid()).encode())
            while True: time.sleep(1)
        os._exit(0)
    return int(os.read(reading, 20))
"""


def test_a_daemon_that_forked_twice_is_killed_with_its_worker():
    warm_worker = WarmWorker.start([], "split")  # at no other level can it fork
    warm_worker.wait_ready()
    session = open_session(warm_worker, DAEMON)
    talk = conversation(session)
    daemons = {SubmissionProxy(talk).start() for _ in range(3)}
    assert len(daemons & parents().keys()) == 3
    talk.close()
    assert still_alive(daemons) == set()
    session.close()
    warm_worker.close()


def test_a_submission_cannot_fork_where_it_is_confined(warm_worker, level):
    if level in ("filtered", "split"):
        pytest.skip(f"only {level} works here")
    session = open_session(warm_worker, DAEMON)
    talk = conversation(session)
    with pytest.raises(OSError, match=r"denied|not permitted|not implemented"):
        SubmissionProxy(talk).start()
    talk.close()
    session.close()


def test_a_closed_warm_worker_opens_nothing(level):
    warm_worker = WarmWorker.start([], level)
    warm_worker.wait_ready()
    warm_worker.close()
    with pytest.raises(SandboxError, match="the warm worker is gone"):
        warm_worker.open()


def test_a_warm_worker_that_dies_is_our_fault_not_the_students(level):
    warm_worker = WarmWorker.start([], level)
    warm_worker.wait_ready()
    for pid in descendants(os.getpid()):
        os.kill(pid, signal.SIGKILL)
    time.sleep(0.1)
    with pytest.raises(SandboxError):
        open_session(warm_worker)
    warm_worker.close()
