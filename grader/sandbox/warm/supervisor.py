"""One process for each submission: it forks a worker for every check, and ends each of them.

Runs in: the supervisor and the worker. The latter leaves it once it is locked.

The supervisor is forked from the warm worker, runs nothing of the student's and knows nothing of
the course. It does not even compile the submission: the first worker does, because a process that
parses hostile text should be locked in. Between two forks it does little: a page that it writes
to is copied for each of them. `wire.messages` lists what the judge and the supervisor say to each
other. When END comes, or the judge goes away, the supervisor kills the worker and all that the
worker started.
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
from grader.sandbox.kernel.layer import Confinement
from grader.sandbox.kernel.namespaces import Namespaces
from grader.sandbox.kernel.policy import WorkerLimits
from grader.sandbox.wire.channel import Channel, ChannelClosed, socket_of
from grader.sandbox.wire.messages import ENDING, FORK, LOAD, STOPPED, WHERE, Sources
from grader.sandbox.wire.stack import tell_stacks
from grader.sandbox.worker.program import compile_program, uncompiled
from grader.sandbox.worker.refused import refuse
from grader.sandbox.worker.worker import serve

_LOCKED = b"locked"
_MOST_RECEIVED = 1 << 30  # bytes of one message to a worker
_MOST_COMPILED = 64 << 20  # bytes of a compiled submission
_SIZE = 8  # bytes of the number before a compiled submission, which says how long it is
_PIECE = 1 << 16
_MOST_WORDS = 4096
_LOOK_MILLISECONDS = 25  # from one look at a scratch folder to the next
_TICKS = 0  # the clock of a process that counts ticks, CPUCLOCK_PROF of posix-timers.h


class _RunningWorker(NamedTuple):
    pid: int
    news: int  # a pipe that says whether the worker is locked


def supervise(sock: socket.socket, confinement: Confinement) -> None:
    """Serve one submission until the judge closes its end."""
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    tell_stacks()
    with contextlib.suppress(ChannelClosed, ConnectionError):
        sources, compiled = _receive_sources(sock), b""
        limits = sources.terms.limits
        lockdown.prepare(confinement, WorkerLimits(limits.memory_mb, limits.cpu_seconds))
        while True:
            command, fds, _, _ = socket.recv_fds(sock, 1, 2)
            if command == LOAD:
                sources, compiled = _receive_sources(sock), b""
            elif command == FORK:
                compiled = _run_one_worker(sock, confinement, sources, compiled, *fds)
            else:
                raise ChannelClosed
    lockdown.release(confinement)  # the judge may have gone away while a worker was started
    lockdown.end(confinement)


def _receive_sources(sock: socket.socket) -> Sources:
    sources = msgspec.msgpack.decode(Channel(sock).receive().buffers[0], type=Sources)
    sock.setblocking(True)
    return sources


def _run_one_worker(
    sock: socket.socket,
    confinement: Confinement,
    sources: Sources,
    compiled: bytes,
    fd: int,
    output: int,
) -> bytes:
    """Return what the submission was compiled to: `compiled`, or what this worker makes of it.

    Args:
        fd: the worker's end of the channel to the judge.
        output: the file that it prints to.
    """
    if not compiled:
        worker, compiled = _compile(sock, confinement, sources, fd, output)
    else:
        worker = _fork_worker(confinement, output, [fd], lambda: _serve(fd, sources, compiled))
    os.close(fd)
    os.close(output)
    fault = _watch(sock, confinement, worker)
    while (command := sock.recv(1)) in (STOPPED, WHERE):  # else END, or the judge has gone away
        if command == STOPPED:
            sock.sendall(bytes([_was_stopped(worker.pid)]))
        else:
            os.kill(worker.pid, signal.SIGXCPU)
        fault = fault or _watch(sock, confinement, worker)
    sock.sendall(_end(confinement, worker, fault))
    return compiled


def _watch(
    sock: socket.socket, confinement: Confinement, worker: _RunningWorker
) -> signal.Signals | str | None:
    """Return when the judge speaks; kill the worker before if it fills its scratch folder.

    Return the `fault` of `_end`, if the worker was killed.
    """
    if confinement.host_scratch is None:
        return None
    while not _has_input(sock, _LOOK_MILLISECONDS):
        if fault := _fault(confinement):
            os.kill(worker.pid, signal.SIGKILL)
            return fault
    return None


def _fault(confinement: Confinement) -> signal.Signals | str | None:
    try:
        return signal.SIGXFSZ if lockdown.is_over_full(confinement) else None
    except SandboxError as error:
        return str(error)


def _serve(fd: int, sources: Sources, compiled: bytes) -> None:
    serve(Channel(socket_of(fd), _MOST_RECEIVED), sources, compiled)


def _compile(
    sock: socket.socket, confinement: Confinement, sources: Sources, fd: int, output: int
) -> tuple[_RunningWorker, bytes]:
    """Return a worker, and the program that this worker has made of the submission.

    The program is empty when the judge has lost patience meanwhile. When the worker died of
    compiling, the program is no more than an error that says so, and another worker serves it.
    """
    result, telling = os.pipe()

    def work() -> None:
        program = compile_program(sources)
        with contextlib.suppress(BrokenPipeError), open(telling, "wb") as pipe:
            pipe.write(len(program).to_bytes(_SIZE) + program)
        _serve(fd, sources, program)

    worker = _fork_worker(confinement, output, [fd, telling], work)
    os.close(telling)
    # the pipe is closed last: a worker whose program is too large to read must not get past it
    with open(result, "rb", buffering=0):
        told = _told(result, sock)
        size, compiled = int.from_bytes(told[:_SIZE]), told[_SIZE:]
        if 0 < size == len(compiled):
            return worker, compiled
        if _has_input(sock):
            return worker, b""
        _end(confinement, worker)
    compiled = uncompiled("it takes too much time or memory to compile")
    return _fork_worker(confinement, output, [fd], lambda: _serve(fd, sources, compiled)), compiled


def _told(pipe: int, sock: socket.socket) -> bytes:
    """Return what a worker writes until it has ended or the judge has spoken."""
    pieces: list[bytes] = []
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    poll.register(sock, select.POLLIN)
    while sock.fileno() not in dict(poll.poll()) and sum(map(len, pieces)) < _MOST_COMPILED:
        pieces.append(os.read(pipe, _PIECE))
        if not pieces[-1]:
            break
    return b"".join(pieces)


def _has_input(sock: socket.socket, milliseconds: int = 0) -> bool:
    """Tell whether the judge has spoken or gone away, or does so in the next milliseconds."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    return bool(poll.poll(milliseconds))


def _fork_worker(
    confinement: Confinement, output: int, kept: list[int], work: Callable[[], None]
) -> _RunningWorker:
    """Start a locked process that prints to `output`, keeps the descriptors `kept`, and works."""
    news, telling = os.pipe()
    lockdown.renew(confinement)
    pid = os.fork()
    if pid == 0:
        _be_worker(confinement, output, kept, telling, work)
    os.close(telling)
    return _RunningWorker(pid, news)


def _be_worker(
    confinement: Confinement,
    output: int,
    kept: list[int],
    telling: int,
    work: Callable[[], None],
) -> NoReturn:
    """Lock this forked process in, then work; never return to the supervisor's code."""
    try:
        os.dup2(output, 1)
        os.dup2(output, 2)
        try:
            lockdown.lock(confinement, keep=[*kept, telling])
        except SandboxError as error:
            os.write(telling, str(error).encode()[:_MOST_WORDS])
            os._exit(0)
        refuse()
        os.write(telling, _LOCKED)
        os.close(telling)
        work()
    except ChannelClosed:
        pass
    finally:
        os._exit(0)


def _was_stopped(pid: int) -> bool:
    """Tell whether a worker is stopped, or has been since the last time this was asked.

    Somebody else has stopped it then: a locked worker cannot stop itself.
    """
    if sys.platform != "linux":
        return False
    for kind in (os.WSTOPPED | os.WNOWAIT, os.WCONTINUED):
        with contextlib.suppress(ChildProcessError):  # it has ended
            if os.waitid(os.P_PID, pid, kind | os.WNOHANG) is not None:
                return True
    return False


def _end(
    confinement: Confinement, worker: _RunningWorker, fault: signal.Signals | str | None = None
) -> bytes:
    """Kill the worker and every process that descends from it; return how it ended.

    Args:
        fault: why this process has killed it before: as by that signal, or in words, if the
            worker may be innocent.
    """
    pid, news = worker
    os.kill(pid, signal.SIGKILL)  # nobody has waited for this child, so the number is still its own
    lockdown.release(confinement)
    by_ticks = _cpu_by_ticks(pid)
    _, status, usage = os.wait4(pid, 0)
    if confinement.policy.level not in Namespaces.levels:  # a namespace ends with its first process
        _end_orphans(confinement.proc)
    lockdown.tidy(confinement)
    words = os.read(news, _MOST_WORDS)
    os.close(news)
    ours = b"" if words == _LOCKED else b"a worker could not be locked: " + (words or b"it died")
    if isinstance(fault, str):
        ours = fault.encode()
    elif fault is not None:
        status = fault
    cpu = by_ticks or usage.ru_utime + usage.ru_stime
    return ENDING.pack(status, usage.ru_maxrss, cpu, len(ours)) + ours


def _end_orphans(proc: int) -> None:
    """Kill what a worker has left behind, and what that leaves behind in turn."""
    while orphans := _children(proc):
        for orphan in orphans:
            os.kill(orphan, signal.SIGKILL)
        for _ in orphans:
            os.waitpid(-1, 0)


def _cpu_by_ticks(pid: int) -> float:
    """Return the CPU seconds of a child that has ended, counted as the kernel does for a limit.

    os.wait4 reads another clock, which on a busy machine differs by a fifth in either direction.
    """
    if sys.platform != "linux":
        return 0.0
    os.waitid(os.P_PID, pid, os.WEXITED | os.WNOWAIT)
    return time.clock_gettime(~pid << 3 | _TICKS)


def _children(proc: int) -> list[int]:
    """Return the children of this process, to which the kernel gave what a worker left behind."""
    if sys.platform != "linux":
        return []
    fd = os.open(f"self/task/{os.getpid()}/children", os.O_RDONLY, dir_fd=proc)
    with open(fd) as children:
        return [int(child) for child in children.read().split()]
