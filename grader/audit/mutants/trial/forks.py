"""Do many things, each in a fork of this process, so many at once, none for too long."""

import os
import select
import signal
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import NamedTuple

FAULT = b"fault "  # begins the line of a task that raised, which none should

_READ = 1 << 16


class Task(NamedTuple):
    """What a fork does: it writes lines, which are what is known of it afterwards."""

    number: int
    seconds: float  # it is killed when it takes longer
    work: Callable[[Callable[[bytes], None]], None]


class Ended(NamedTuple):
    """What became of a task."""

    number: int
    lines: list[bytes]
    late: bool
    status: int  # in the form of os.waitpid
    seconds: float

    @property
    def fault(self) -> str:
        """What the task raised, if it did."""
        last = self.lines[-1] if self.lines else b""
        return last.removeprefix(FAULT).decode() if last.startswith(FAULT) else ""


@dataclass
class _Fork:
    task: Task
    pid: int
    pipe: int
    started: float
    written: bytearray = field(default_factory=bytearray)

    @property
    def left(self) -> float:
        return self.started + self.task.seconds - time.monotonic()


def in_forks(tasks: Iterator[Task], jobs: int) -> Iterator[Ended]:
    """Yield what became of each task, in the order in which they end."""
    running: dict[int, _Fork] = {}
    poll = select.poll()
    try:
        while True:
            while len(running) < jobs and (task := next(tasks, None)) is not None:
                fork = _fork(task)
                running[fork.pipe] = fork
                poll.register(fork.pipe, select.POLLIN | select.POLLHUP)
            if not running:
                return
            wait = max(0.0, min(fork.left for fork in running.values()))
            ready = {fd for fd, _ in poll.poll(1000 * wait + 1)}
            for fork in list(running.values()):
                late = fork.left <= 0
                if (fork.pipe in ready and not _read(fork)) or late:
                    poll.unregister(fork.pipe)
                    del running[fork.pipe]
                    yield _end(fork, late)
    finally:
        for fork in running.values():
            _end(fork, late=True)


def _fork(task: Task) -> _Fork:
    read, write = os.pipe()
    pid = os.fork()
    if pid:
        os.close(write)
        return _Fork(task, pid, read, time.monotonic())
    try:
        os.close(read)
        task.work(lambda line: _write(write, line + b"\n"))
    except BaseException as error:
        _write(write, FAULT + f"{error!r}".encode() + b"\n")
    finally:
        os._exit(0)  # without what is registered to be done at the end of the process above


def _write(fd: int, data: bytes) -> None:
    left = memoryview(data)
    while left:
        left = left[os.write(fd, left) :]


def _read(fork: _Fork) -> bool:
    """Read what a fork has written; tell whether it may write more."""
    data = os.read(fork.pipe, _READ)
    fork.written += data
    return bool(data)


def _end(fork: _Fork, late: bool) -> Ended:
    if late:
        os.kill(fork.pid, signal.SIGKILL)
    os.close(fork.pipe)
    _, status = os.waitpid(fork.pid, 0)
    seconds = time.monotonic() - fork.started
    return Ended(fork.task.number, bytes(fork.written).splitlines(), late, status, seconds)
