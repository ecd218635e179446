"""One process per submission: compiles it once, forks a worker per check, ends each one.

It is forked from the clean template, runs nothing of the student's and knows nothing of the
course. The judge talks to it over one socket:

    judge -> supervisor                         supervisor -> judge
    frame ["load"], a buffer: sources         frame ["loaded"]
    byte FORK with the worker's socket
    byte END                                    frame ["ended", status, rss, cpu, output]

When the judge goes away, or END comes, the worker and all it started are killed.
"""

import contextlib
import os
import resource
import select
import signal
import socket
import sys
from pathlib import Path
from typing import Any, NoReturn

import msgspec

from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.forkserver import FORK
from grader.sandbox.program import Program, Sources, compile_program
from grader.sandbox.wire import Encoder
from grader.sandbox.worker import serve

END = b"E"
OUTPUT_LIMIT = 256 << 10


def supervise(sock: socket.socket) -> None:
    """Serve one submission until the judge closes its end."""
    channel = Channel(sock)
    with contextlib.suppress(ChannelClosed):
        sources = msgspec.msgpack.decode(channel.receive().buffers[0], type=Sources)
        program = compile_program(sources)
        channel.send(_frame(["loaded"]))
        while True:
            _run_one_worker(sock, channel, sources, program)


def _run_one_worker(
    sock: socket.socket, channel: Channel, sources: Sources, program: Program
) -> None:
    sock.settimeout(None)
    command, fds, _, _ = socket.recv_fds(sock, 1, 1)
    if command != FORK:
        raise ChannelClosed
    output, writer = os.pipe()
    pid = os.fork()
    if pid == 0:
        _be_worker(fds[0], writer, sources, program)
    os.close(fds[0])
    os.close(writer)
    text = _watch(sock, output)
    status, usage = _end(pid)
    os.close(output)
    cpu = usage.ru_utime + usage.ru_stime
    channel.send(_frame(["ended", status, usage.ru_maxrss, cpu, bytes(text)]))


def _be_worker(fd: int, output: int, sources: Sources, program: Program) -> NoReturn:
    """Confine this forked process, then serve; never return to the supervisor's code."""
    try:
        os.setsid()
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.dup2(output, 1)
        os.dup2(output, 2)
        sys.stdout = open(1, "w", buffering=1, closefd=False)  # a killed worker flushes nothing
        fd = os.dup2(fd, 3)
        os.closerange(4, resource.getrlimit(resource.RLIMIT_NOFILE)[0])
        serve(Channel(socket.socket(fileno=fd), max_bytes=1 << 30), program)
    except ChannelClosed:
        pass
    finally:
        os._exit(0)


def _watch(sock: socket.socket, output: int) -> bytearray:
    """Collect what the worker prints until the judge says END or goes away."""
    text = bytearray()
    poll = select.poll()
    poll.register(sock, select.POLLIN)
    poll.register(output, select.POLLIN)
    while True:
        ready = {fd for fd, _ in poll.poll()}
        if sock.fileno() in ready:
            sock.recv(1)
            return text
        piece = os.read(output, 1 << 16)
        text += piece[: OUTPUT_LIMIT - len(text)]  # the excess is dropped
        if not piece:
            poll.unregister(output)


def _end(pid: int) -> tuple[int, resource.struct_rusage]:
    """Kill the worker and every process that descends from it; return how it ended."""
    os.kill(pid, signal.SIGKILL)  # it is our child and not yet waited for: the number is its own
    _, status, usage = os.wait4(pid, 0)
    children = f"/proc/self/task/{os.getpid()}/children"
    while orphans := Path(children).read_text().split():  # ours, as their subreaper
        for orphan in orphans:
            os.kill(int(orphan), signal.SIGKILL)
        for _ in orphans:
            os.waitpid(-1, 0)
    return status, usage


def _frame(message: list[Any]) -> list[bytes | memoryview]:
    return Encoder(_no_reference).frame(message)


def _no_reference(value: object) -> NoReturn:
    raise TypeError(f"a supervisor sends plain values only, not {type(value).__name__}")
