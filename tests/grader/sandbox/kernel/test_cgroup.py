r"""Control groups hold a worker with all that it starts, and vanish with it.

What needs a folder of groups is skipped elsewhere; to run it:

    systemd-run --user --scope -p Delegate=yes \
        python -m pytest tests/grader/sandbox/kernel/test_cgroup.py
"""

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.judge.conversation import Conversation
from grader.judge.failures import SubmissionEnded
from grader.judge.proxy import SubmissionProxy
from grader.record.check import Outcome
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.kernel.cgroup import _descends, folder_of
from grader.sandbox.level import LEVELS, Level, probe
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources

MIB = 1 << 20


def terms(seconds: float) -> Terms:
    return Terms(imports=("numpy",), limits=Limits(seconds, memory_mb=128))


PROC = "22 1 0:21 / /proc rw,nosuid shared:13 - proc proc rw\n"
SYSTEMD = "35 24 0:30 / /sys/fs/cgroup rw,nosuid shared:9 - cgroup2 cgroup2 rw,nsdelegate\n"
HYBRID = (
    "32 31 0:29 / /sys/fs/cgroup/memory rw,relatime shared:3 - cgroup cgroup rw,memory\n"
    "41 31 0:38 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw\n"
)
CONTAINER = "99 90 0:30 /docker/ab12 /sys/fs/cgroup ro,relatime - cgroup2 cgroup rw\n"
SCOPE = "/user.slice/user-1000.slice/user@1000.service/app.slice/run-r1.scope"


@pytest.mark.parametrize(
    ("cgroup", "mounts", "folder"),
    [
        (f"0::{SCOPE}\n", PROC + SYSTEMD, f"/sys/fs/cgroup{SCOPE}"),
        (f"0::{SCOPE}/grader-trusted\n", SYSTEMD, f"/sys/fs/cgroup{SCOPE}"),
        ("4:memory:/jobs/1\n1:cpu:/\n0::/jobs/2\n", PROC + HYBRID, "/sys/fs/cgroup/unified/jobs/2"),
        ("0::/\n", SYSTEMD, "/sys/fs/cgroup/"),
        ("0::/grader-trusted\n", SYSTEMD, "/sys/fs/cgroup"),
        ("0::/docker/ab12\n", CONTAINER, "/sys/fs/cgroup"),
        ("0::/docker/ab12/one\n", CONTAINER, "/sys/fs/cgroup/one"),
    ],
)
def test_the_folder_of_this_process_is_read_from_proc(
    cgroup: str, mounts: str, folder: str
) -> None:
    assert folder_of(cgroup, mounts) == folder


@pytest.mark.parametrize(
    ("cgroup", "mounts"),
    [
        ("4:memory:/\n1:cpu:/\n", HYBRID),  # the process is in no group of version 2
        ("0::/\n", PROC),
        ("0::/\n", HYBRID.splitlines()[0]),  # version 1 only
        ("0::/docker/ab123\n", CONTAINER),  # its own group is not below the one that is mounted
        ("", ""),
    ],
)
def test_without_cgroup_v2_there_is_no_folder(cgroup: str, mounts: str) -> None:
    with pytest.raises(OSError, match="no cgroup v2"):
        folder_of(cgroup, mounts)


@pytest.mark.skipif(sys.platform != "linux", reason="needs /proc")
def test_a_process_descends_from_itself_and_its_parents_only() -> None:
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as child:
        assert _descends(child.pid, child.pid)
        assert _descends(child.pid, os.getppid())
        assert not _descends(os.getpid(), child.pid)
    assert not _descends(child.pid, os.getpid())  # it has ended


def test_a_warm_worker_without_the_groups_that_it_must_give_does_not_start() -> None:
    found = probe()
    if "cgroup" in found.extra:
        pytest.skip("there are groups here")
    warm = WarmWorker.start([], found.level, extra=["cgroup"])
    with pytest.raises(SandboxError, match="cgroup: "):
        warm.wait_ready()
    warm.close()


@pytest.fixture(scope="module")
def folder() -> Path:
    """Return the folder of this process, which `probe` has moved into a leaf of it."""
    note = probe().layers["cgroup"]
    if note != "on (memory, pids)":
        pytest.skip(f"cgroup: {note}")
    own, mounts = Path("/proc/self/cgroup"), Path("/proc/self/mountinfo")
    return Path(folder_of(own.read_text(), mounts.read_text()))


Start = Callable[..., WarmWorker]


@pytest.fixture
def start(needs_level: Callable[[Level], None]) -> Iterator[Start]:
    with contextlib.ExitStack() as stack:

        def start(level: Level, grouped: bool = True) -> WarmWorker:
            needs_level(level)
            warm = WarmWorker.start([], level, ["cgroup"] if grouped else [])
            stack.callback(warm.close)
            warm.wait_ready()
            return warm

        yield start


def groups(folder: Path) -> list[Path]:
    return list(folder.glob("worker-*"))


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()[1])


def appear(folder: Path, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while not groups(folder) and time.monotonic() < until:
        time.sleep(0.02)
    return len(groups(folder)) == 1


def vanish(folder: Path, seconds: float = 5) -> bool:
    until = time.monotonic() + seconds
    while groups(folder) and time.monotonic() < until:
        time.sleep(0.02)
    return not groups(folder)


def ask(warm: WarmWorker, text: str, *args: object) -> object:
    """Return what the function `f` of a submission returns."""
    session = Session(warm.open(), Sources("answer", text, {}, terms(30)))
    talk = Conversation(session, "answer.py", 60)
    try:
        return SubmissionProxy(talk).f(*args)
    finally:
        talk.close()
        session.close()


@pytest.mark.parametrize("level", LEVELS)
def test_each_worker_has_a_group_that_ends_with_it(
    folder: Path, start: Start, level: Level
) -> None:
    session = Session(start(level).open(), Sources("answer", "", {}, terms(5)))
    names = []
    for _ in range(3):
        channel = session.start_worker()
        channel.receive(time.monotonic() + 30)  # the greeting
        (group,) = groups(folder)
        names.append(group.name)
        assert len((group / "cgroup.procs").read_text().split()) == 1
        assert int((group / "memory.max").read_text()) == 128 * MIB
        assert int((group / "pids.max").read_text()) == 256
        session.end_worker()
        channel.close()
        assert groups(folder) == []
    assert len(set(names)) == 1  # named after the one supervisor
    session.close()


@pytest.mark.parametrize("level", LEVELS)
def test_the_group_goes_when_the_judge_does(folder: Path, start: Start, level: Level) -> None:
    session = Session(start(level).open(), Sources("answer", "while True: pass", {}, terms(30)))
    with contextlib.closing(session.start_worker()):
        assert appear(folder)
        session.close()
        assert vanish(folder)


THREADS = """
import threading
def f():
    threading.stack_size(64 << 10)
    stop = threading.Event()
    try:
        for _ in range(300):
            threading.Thread(target=stop.wait).start()
    finally:
        stop.set()
    return 300
"""


def test_threads_are_limited_without_an_own_user_namespace(folder: Path, start: Start) -> None:
    assert ask(start("confined", grouped=False), THREADS) == 300
    with pytest.raises(RuntimeError, match="can't start new thread"):
        ask(start("confined"), THREADS)
    assert groups(folder) == []


PROCESSES = """
import os
def f():
    for _ in range(4):
        reading, writing = os.pipe()
        if os.fork() == 0:
            taken = b"x" * (60 << 20)
            os.write(writing, b"x")
            while True: pass
        os.close(writing)
        assert os.read(reading, 1) == b"x"
    return 4
"""


def test_memory_is_limited_for_all_processes_of_a_worker(folder: Path, start: Start) -> None:
    assert ask(start("split", grouped=False), PROCESSES) == 4  # each within its address space
    with pytest.raises(SubmissionEnded) as ended:
        ask(start("split"), PROCESSES)
    assert ended.value.outcome is Outcome.MEMORY
    assert groups(folder) == []


LEAVE = """
def f(path):
    open(path, "w").write("0")
"""


@pytest.mark.parametrize("level", LEVELS[:3])
def test_a_locked_worker_cannot_leave_its_group(folder: Path, start: Start, level: Level) -> None:
    trusted = str(folder / "grader-trusted" / "cgroup.procs")
    assert ask(start("split"), LEAVE, trusted) is None
    with pytest.raises(OSError, match=r"No such file|denied|not permitted"):
        ask(start(level), LEAVE, trusted)


@pytest.mark.parametrize("level", LEVELS)
def test_a_killed_supervisor_leaves_an_empty_group_which_the_next_grader_removes(
    folder: Path, start: Start, level: Level
) -> None:
    warm = start(level)
    session = Session(warm.open(), Sources("answer", "", {}, terms(5)))
    with contextlib.closing(session.start_worker()) as channel:
        channel.receive(time.monotonic() + 30)  # the greeting
        (group,) = groups(folder)
        worker = int((group / "cgroup.procs").read_text())
        os.kill(parent(worker), signal.SIGKILL)
        until = time.monotonic() + 5
        while "populated 1" in (group / "cgroup.events").read_text():
            assert time.monotonic() < until
            time.sleep(0.02)
    session.close()
    warm.close()
    start(level)
    assert groups(folder) == []


FIND = """
import os, sys
from grader.sandbox.kernel.cgroup import Groups
open(f"{sys.argv[1]}/cgroup.procs", "w").write("0")
try:
    print(Groups.find(os.getpid()).controllers)
except OSError as error:
    print(error)
"""


def test_a_folder_with_processes_of_others_is_left_alone(
    folder: Path, run_python: Callable[..., str]
) -> None:
    shared = folder / "shared"
    shared.mkdir()
    try:
        with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as other:
            (shared / "cgroup.procs").write_text(str(other.pid))
            said = run_python(FIND, str(shared))
            assert said == "the control group holds other processes, too\n"
            assert (shared / "cgroup.procs").read_text() == f"{other.pid}\n"
        assert run_python(FIND, str(shared)) == "('memory', 'pids')\n"
        (shared / "grader-trusted").rmdir()
    finally:
        shared.rmdir()
