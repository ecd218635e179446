"""One process per submission: it has it compiled, forks a worker per check, ends each one.

It is forked from the clean template, runs nothing of the student's and knows nothing of the
course. It compiles nothing itself, either: the first worker does that, for who parses hostile text
had better be locked up. And it does little between two forks: whatever it writes to is copied once
more for each. `wire.messages` lists what the judge and it
say to each other. When the judge goes away, or END
comes, the worker and all it started are killed.
"""

import contextlib
import os
import select
import signal
import socket
import sys
import time
from collections.abc import Callable
from typing import NamedTuple, NoReturn

import msgspec

from grader.errors import SandboxError
from grader.sandbox.kernel import lockdown, syscalls
from grader.sandbox.kernel.limits import WorkerLimits
from grader.sandbox.wire.channel import Channel, ChannelClosed, socket_of
from grader.sandbox.wire.messages import ENDING, FORK, STOPPED, Sources
from grader.sandbox.worker.program import compile_program, uncompiled
from grader.sandbox.worker.worker import serve

_LOCKED = b"locked"
_MOST_RECEIVED = 1 << 30  # bytes of one message to a worker
_MOST_COMPILED = 64 << 20  # bytes of a compiled submission
_SIZE = 8  # bytes of the number that comes before it
_PIECE = 1 << 16
_MOST_WORDS = 4096
_TICKS = 0  # of the clocks of another process; see posix-timers.h


class _RunningWorker(NamedTuple):
    pid: int
    news: int  # file descriptor of what it says of its lock


def supervise(sock: socket.socket, cell: lockdown.Confinement) -> None:
    """Serve one submission until the judge closes its end."""
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    with contextlib.suppress(ChannelClosed, ConnectionError):
        sources = msgspec.msgpack.decode(Channel(sock).receive().buffers[0], type=Sources)
        sock.setblocking(True)
        lockdown.prepare(cell, WorkerLimits(sources.memory_mb, sources.cpu_seconds))
        compiled = b""
        while True:
            compiled = _run_one_worker(sock, cell, sources, compiled)
    lockdown.release(cell)  # the judge may have gone while a worker was started


def _run_one_worker(
    sock: socket.socket, cell: lockdown.Confinement, sources: Sources, compiled: bytes
) -> bytes:
    """Return the program that the submission was compiled to; none as long as none is given."""
    command, fds, _, _ = socket.recv_fds(sock, 1, 2)
    if command != FORK:
        raise ChannelClosed
    fd, output = fds
    if not compiled:
        worker, compiled = _compile(sock, cell, sources, fd, output)
    else:
        worker = _fork_worker(cell, output, [fd], lambda: _serve(fd, sources, compiled))
    os.close(fd)
    os.close(output)
    while sock.recv(1) == STOPPED:  # else it is END, or the end of the judge
        sock.sendall(bytes([_was_stopped(worker.pid)]))
    sock.sendall(_end(cell, worker))
    return compiled


def _serve(fd: int, sources: Sources, compiled: bytes) -> None:
    serve(Channel(socket_of(fd), _MOST_RECEIVED), sources, compiled)


def _compile(
    sock: socket.socket, cell: lockdown.Confinement, sources: Sources, fd: int, output: int
) -> tuple[_RunningWorker, bytes]:
    """Return a worker, and the program that it has made of the submission.

    There is no program if the judge has lost patience meanwhile, and one that only says so if the
    worker died of making it; another one then serves that.
    """
    result, telling = os.pipe()

    def work() -> None:
        program = compile_program(sources)
        with contextlib.suppress(BrokenPipeError), open(telling, "wb") as pipe:
            pipe.write(len(program).to_bytes(_SIZE) + program)
        _serve(fd, sources, program)

    worker = _fork_worker(cell, output, [fd, telling], work)
    os.close(telling)
    # closed last: a worker whose program was too large to tell must not go on to serve
    with open(result, "rb", buffering=0):
        told = _told(result, sock)
        size, compiled = int.from_bytes(told[:_SIZE]), told[_SIZE:]
        if 0 < size == len(compiled):
            return worker, compiled
        if _has_input(sock):
            return worker, b""
        _end(cell, worker)
    compiled = uncompiled("it takes too much time or memory to compile")
    return _fork_worker(cell, output, [fd], lambda: _serve(fd, sources, compiled)), compiled


def _told(pipe: int, sock: socket.socket) -> bytes:
    """Return what a worker writes until it ends, or the judge speaks."""
    pieces: list[bytes] = []
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    poll.register(sock, select.POLLIN)
    while sock.fileno() not in dict(poll.poll()) and sum(map(len, pieces)) < _MOST_COMPILED:
        pieces.append(os.read(pipe, _PIECE))
        if not pieces[-1]:
            break
    return b"".join(pieces)


def _has_input(sock: socket.socket) -> bool:
    """Tell whether the judge has spoken, or is gone."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(0))


def _fork_worker(
    cell: lockdown.Confinement, output: int, kept: list[int], work: Callable[[], None]
) -> _RunningWorker:
    """Start a locked process that prints to `output` and has `kept` for its `work`."""
    news, telling = os.pipe()
    lockdown.renew(cell)
    pid = os.fork()
    if pid == 0:
        _be_worker(cell, output, kept, telling, work)
    os.close(telling)
    return _RunningWorker(pid, news)


def _be_worker(
    cell: lockdown.Confinement, output: int, kept: list[int], telling: int, work: Callable[[], None]
) -> NoReturn:
    """Confine this forked process, then work; never return to the supervisor's code."""
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        try:
            lockdown.lock(cell, keep=[*kept, telling])
        except SandboxError as error:
            os.write(telling, str(error).encode()[:_MOST_WORDS])
            os._exit(0)
        os.write(telling, _LOCKED)
        os.close(telling)
        work()
    except ChannelClosed:
        pass
    finally:
        os._exit(0)


def _was_stopped(pid: int) -> bool:
    """Tell whether a child is stopped, or was since last asked; locked, it cannot stop itself."""
    if sys.platform != "linux":
        return False
    for kind in (os.WSTOPPED | os.WNOWAIT, os.WCONTINUED):
        with contextlib.suppress(ChildProcessError):  # it has ended
            if os.waitid(os.P_PID, pid, kind | os.WNOHANG) is not None:
                return True
    return False


def _end(cell: lockdown.Confinement, worker: _RunningWorker) -> bytes:
    """Kill the worker and every process that descends from it; return how it ended."""
    pid, news = worker
    os.kill(pid, signal.SIGKILL)  # it is our child and not yet waited for: the number is its own
    lockdown.release(cell)
    by_ticks = _cpu_by_ticks(pid)
    _, status, usage = os.wait4(pid, 0)
    if cell.policy.level != "isolated":  # there, the end of its first process ends a namespace
        while orphans := _children(cell.proc):
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
            for _ in orphans:
                os.waitpid(-1, 0)
    words = os.read(news, _MOST_WORDS)
    os.close(news)
    unlocked = b"" if words == _LOCKED else words or b"it died"
    cpu = by_ticks or usage.ru_utime + usage.ru_stime
    return ENDING.pack(status, usage.ru_maxrss, cpu, len(unlocked)) + unlocked


def _cpu_by_ticks(pid: int) -> float:
    """Return the CPU seconds of a child once it has ended, as the kernel counts them for a limit.

    What os.wait4 tells is measured by another clock: on a busy machine a fifth less, or more.
    """
    if sys.platform != "linux":
        return 0.0
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return time.clock_gettime(~pid << 3 | _TICKS)


def _children(proc: int) -> list[int]:
    """Return our children: what a worker left behind came to us, as its subreaper."""
    if sys.platform != "linux":
        return []
    fd = os.open(f"self/task/{os.getpid()}/children", os.O_RDONLY, dir_fd=proc)
    with open(fd) as children:
        return [int(child) for child in children.read().split()]
