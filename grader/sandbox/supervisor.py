"""One process per submission: compiles it once, forks a worker per check, ends each one.

It is forked from the clean template, runs nothing of the student's and knows nothing of the
course. The judge talks to it over one socket:

    judge -> supervisor                         supervisor -> judge
    frame ["load"], a buffer: sources         frame ["loaded"]
    byte FORK with the worker's socket
    byte END                                    frame ["ended", "" or why it was not locked,
                                                       status, rss, cpu], a buffer: output

When the judge goes away, or END comes, the worker and all it started are killed.
"""

import contextlib
import mmap
import os
import resource
import select
import signal
import socket
import sys
from typing import Any, NoReturn

import msgspec
import numpy as np

from grader.errors import SandboxError
from grader.sandbox import lockdown, syscalls
from grader.sandbox.channel import Channel, ChannelClosed, socket_of
from grader.sandbox.forkserver import FORK
from grader.sandbox.limits import Limits
from grader.sandbox.program import Program, Sources, compile_program
from grader.sandbox.wire import Encoder
from grader.sandbox.worker import serve

END = b"E"
OUTPUT_LIMIT = 256 << 10
_LOCKED = b"locked"
_MOST_RECEIVED = 1 << 30  # bytes of one message to a worker
_PIECE = 1 << 16  # as much as a pipe holds


def supervise(sock: socket.socket, cell: lockdown.Cell) -> None:
    """Serve one submission until the judge closes its end."""
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_CHILD_SUBREAPER, 1)
    channel = Channel(sock)
    with contextlib.suppress(ChannelClosed):
        sources = msgspec.msgpack.decode(channel.receive().buffers[0], type=Sources)
        program = compile_program(sources)
        limits = Limits(memory_mb=sources.memory_mb, cpu_seconds=sources.cpu_seconds)
        channel.send(_frame(["loaded"]))
        while True:
            _run_one_worker(sock, channel, cell, limits, program)
    lockdown.release(cell)  # the judge may have gone while a worker was started


def _run_one_worker(
    sock: socket.socket,
    channel: Channel,
    cell: lockdown.Cell,
    limits: Limits,
    program: Program,
) -> None:
    sock.setblocking(True)
    command, fds, _, _ = socket.recv_fds(sock, 1, 1)
    if command != FORK:
        raise ChannelClosed
    output, printing = os.pipe()
    news, telling = os.pipe()
    lockdown.renew(cell)
    pid = os.fork()
    if pid == 0:
        _be_worker(fds[0], printing, telling, cell, limits, program)
    for fd in (fds[0], printing, telling):
        os.close(fd)
    printed = _Printed()
    _watch(sock, output, printed)
    status, usage = _end(pid, cell)
    printed.add_rest(output)
    words = os.read(news, 4096)
    os.close(news)
    unlocked = "" if words == _LOCKED else words.decode() or "it died"
    cpu = usage.ru_utime + usage.ru_stime
    channel.send(_frame(["ended", unlocked, status, usage.ru_maxrss, cpu], printed.text()))


def _be_worker(
    fd: int,
    printing: int,
    telling: int,
    cell: lockdown.Cell,
    limits: Limits,
    program: Program,
) -> NoReturn:
    """Confine this forked process, then serve; never return to the supervisor's code."""
    try:
        channel = Channel(socket_of(fd), _MOST_RECEIVED)
        os.dup2(printing, 1)
        os.dup2(printing, 2)
        try:
            lockdown.lock(cell, limits, keep=[fd, telling])
        except SandboxError as error:
            os.write(telling, str(error).encode())
            os._exit(0)
        os.write(telling, _LOCKED)
        os.close(telling)
        sys.stdout = os.fdopen(1, "w", buffering=1)  # a killed worker flushes nothing
        serve(channel, program)
    except ChannelClosed:
        pass
    finally:
        os._exit(0)


class _Printed:
    """What a worker printed, cut.

    It lies in a mapping of its own, and is sent from there: in the heap, the next worker, which
    is forked with all of it, could read what this one has left.
    """

    def __init__(self) -> None:
        self._bytes = np.frombuffer(mmap.mmap(-1, OUTPUT_LIMIT + _PIECE), np.uint8)
        self._size = 0

    def add(self, output: int) -> bool:
        """Read once from a pipe; return whether there may be more."""
        size = min(self._size, OUTPUT_LIMIT)  # the excess is dropped
        count = os.readv(output, [self._bytes[size : size + _PIECE].data])
        self._size = size + count
        return count > 0

    def add_rest(self, output: int) -> None:
        """Read what the killed worker left in its pipe, and close it."""
        os.set_blocking(output, False)  # what it started may hold the other end still
        with contextlib.suppress(BlockingIOError):
            while self.add(output):
                pass
        os.close(output)

    def text(self) -> np.ndarray:
        return self._bytes[: min(self._size, OUTPUT_LIMIT)]


def _watch(sock: socket.socket, output: int, printed: _Printed) -> None:
    """Collect what the worker prints until the judge says END or goes away."""
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    poll.register(output, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if sock.fileno() in ready:
            with contextlib.suppress(ConnectionResetError):
                sock.recv(1)
            return
        if not printed.add(output):
            poll.unregister(output)


def _end(pid: int, cell: lockdown.Cell) -> tuple[int, resource.struct_rusage]:
    """Kill the worker and every process that descends from it; return how it ended."""
    os.kill(pid, signal.SIGKILL)  # it is our child and not yet waited for: the number is its own
    lockdown.release(cell)
    _, status, usage = os.wait4(pid, 0)
    if cell.policy.level != "isolated":  # there, the end of its first process ends a namespace
        while orphans := _children(cell.proc):
            for orphan in orphans:
                os.kill(orphan, signal.SIGKILL)
            for _ in orphans:
                os.waitpid(-1, 0)
    return status, usage


def _children(proc: int) -> list[int]:
    """Return our children: what a worker left behind came to us, as its subreaper."""
    if sys.platform != "linux":
        return []
    fd = os.open(f"self/task/{os.getpid()}/children", os.O_RDONLY, dir_fd=proc)
    with open(fd) as children:
        return [int(child) for child in children.read().split()]


def _frame(message: list[Any], *arrays: np.ndarray) -> list[bytes | memoryview]:
    encoder = Encoder(_no_reference)
    for array in arrays:
        encoder.node(array)
    return encoder.frame(message)


def _no_reference(value: object) -> NoReturn:
    raise TypeError(f"a supervisor sends plain values only, not {type(value).__name__}")
