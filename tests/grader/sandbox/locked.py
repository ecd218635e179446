"""Try deeds unlocked and locked, each in a process of its own.

    python locked.py '{"level": "confined", "groups": ["forbidden"]}'      the fields of Request

prints {"layers": ..., "unlocked": {deed: outcome}, "locked": {group: {deed: outcome}}}. An
outcome is "ok", an errno's name, another exception, or the signal that ended the process.
"""

import errno
import json
import os
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from deeds import GROUPS, Deed, World

from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.allowed import allowed_paths
from grader.sandbox.kernel.layer import Confinement
from grader.sandbox.kernel.policy import Policy, WorkerLimits
from grader.sandbox.kernel.syscalls import PR_SET_DUMPABLE, prctl
from grader.sandbox.kernel.trusted import harden_trusted
from grader.sandbox.level import Level

NOBODY = 65534
SCRATCH_MB = 16


@dataclass(frozen=True)
class Request:
    level: Level
    groups: list[str]  # names of deeds.GROUPS; the forbidden deeds are tried unlocked, too
    user: str = "caller"  # or "nobody"
    package: str = "numpy"
    cpu_seconds: int = 20


def main() -> None:
    request = Request(**json.loads(sys.argv[1]))
    __import__(request.package)
    readable = allowed_paths(["numpy", request.package])
    if request.user == "nobody":
        os.setgroups([])
        os.setgid(NOBODY)
        os.setuid(NOBODY)
        prctl(PR_SET_DUMPABLE, 1)  # so it is after an exec, while giving up root hides the memory
    folder = Path(tempfile.mkdtemp())
    try:
        print(json.dumps(_try_all(request, readable, folder)))
    finally:
        shutil.rmtree(folder)


def _try_all(request: Request, readable: tuple[str, ...], folder: Path) -> dict[str, object]:
    with _world(folder) as world:
        unlocked = {}
        if "forbidden" in request.groups:
            unlocked = {name: _tried(world, deed) for name, deed in GROUPS["forbidden"].items()}
        files = str(folder / "run" / "files")
        readable = (*readable, str(world.allowed), files)
        policy = Policy(readable, request.level, SCRATCH_MB, files=files)
        harden_trusted()
        answer = _answer_of_a_child(lambda _: _be_warm_worker(policy, world, request))
        return {"unlocked": unlocked, **json.loads(answer)}


@contextmanager
def _world(folder: Path) -> Iterator[World]:
    tcp, unix = socket.create_server(("127.0.0.1", 0)), socket.socket(socket.AF_UNIX)
    near, far = socket.socketpair()
    with tcp, unix, near, far:
        outside = folder / "outside"
        outside.mkdir()
        (folder / "run").mkdir()
        (folder / "run" / "files").mkdir()
        (folder / "run" / "files" / "data").mkdir()
        (folder / "run" / "files" / "data" / "a.csv").write_text("1,2\n")
        (folder / "allowed").write_text("allowed")
        unix.bind(str(outside / "socket"))
        unix.listen()
        far.send(b"abc" * 100)
        yield World(outside, folder / "allowed", os.getpid(), tcp.getsockname()[1], near)


def _be_warm_worker(policy: Policy, world: World, request: Request) -> str:
    confinement = lockdown.enter(policy)
    return _answer_of_a_child(lambda _: _be_supervisor(confinement, world, request))


def _be_supervisor(confinement: Confinement, world: World, request: Request) -> str:
    limits = WorkerLimits(memory_mb=512, cpu_seconds=request.cpu_seconds)
    lockdown.settle(confinement, str(world.folder.parent / "run"))
    lockdown.prepare(confinement, limits)

    def locked(deed: Deed) -> str:
        lockdown.renew(confinement)
        end = _tried(
            world,
            deed,
            lambda answer_to: lockdown.lock(confinement, [answer_to, world.channel.fileno()]),
        )
        over_full = lockdown.is_over_full(confinement)
        lockdown.tidy(confinement)
        return f"{end}, over full" if over_full else end

    ends = {
        group: {name: locked(deed) for name, deed in GROUPS[group].items()}
        for group in request.groups
    }
    lockdown.end(confinement)
    return json.dumps({"layers": confinement.words, "locked": ends})


def _tried(world: World, deed: Deed, lock: Callable[[int], object] | None = None) -> str:
    """Return how `deed` ends in a forked process that `lock` was called in."""
    if world.folder.exists():
        _reset(world)

    def attempt(answer_to: int) -> str:
        if lock is not None:
            lock(answer_to)
        try:
            deed(world)
        except OSError as error:
            return errno.errorcode[error.errno or 0]
        except BaseException as error:
            return f"{type(error).__name__}: {error}"
        return "ok"

    return _answer_of_a_child(attempt)


def _answer_of_a_child(action: Callable[[int], str]) -> str:
    """Return what `action` answers in a forked process; it gets the pipe of its answer."""
    reader, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        try:
            os.write(writer, action(writer).encode())
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(0)
    os.close(writer)
    with open(reader, "rb") as pipe:
        answer = pipe.read().decode()
    status = os.waitpid(pid, 0)[1]
    if os.WIFSIGNALED(status):
        return signal.Signals(os.WTERMSIG(status)).name
    return answer or "ok"  # another program was started in its place, and ended


def _reset(world: World) -> None:
    for path in (world.new, world.canary):
        if path.is_dir():
            path.rmdir()
        path.unlink(missing_ok=True)
    world.canary.write_text("canary")
    world.allowed.chmod(0o644)
    world.allowed.write_text("allowed")


if __name__ == "__main__":
    main()
