"""The trusted end of the sandbox: start a warm worker, open sessions, start and end workers.

Runs in: the conductor and the judge.

    conductor   WarmWorker.start(...)           one for each assignment
                open() -> socket                one for each submission, handed to its judge
    judge       Session(socket, sources)        one for each submission
                start_worker() -> Channel       one for each check, unless a check may use
                keep_worker(), kept_worker()    the worker that another one has left behind
                end_worker() -> Ending
"""

import contextlib
import math
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import msgspec

from grader.errors import SandboxError
from grader.sandbox.environment import environment
from grader.sandbox.folders import RunFolder, copy_into
from grader.sandbox.level import Level
from grader.sandbox.wire.channel import Channel, socket_pair
from grader.sandbox.wire.frame import write_frame
from grader.sandbox.wire.messages import (
    END,
    ENDING,
    FILES,
    FORK,
    IMPORTING,
    LOAD,
    READY,
    STOPPED,
    WHERE,
    Settings,
    Sources,
)
from grader.sandbox.wire.patience import Patience
from grader.sandbox.wire.stack import STACK_BYTES, Line, split_stack

OUTPUT_LIMIT = 256 << 10  # bytes of what a worker printed that are kept
WITHOUT = "NABLAGRADE_WITHOUT"  # a variable that names tricks of `warm.tricks` to leave out
_COMMAND = (sys.executable, "-I", "-B", "-m", "grader.sandbox.warm")
_START_SECONDS = 120
_STACK_SECONDS, _STACK_PAUSE = 1.0, 0.01  # for a worker that is late to write where it is
_ANSWER_SECONDS = 120  # a trusted process answers at once, unless somebody has stopped it


class WarmWorker:
    """The conductor's end of the warm process that supervisors are forked from."""

    def __init__(
        self, process: subprocess.Popen[bytes], control: socket.socket, folder: RunFolder
    ) -> None:
        self._process = process
        self._control = control
        self._folder = folder
        self.hidden: list[str] = []  # packages that the libraries looked for and may not import

    @classmethod
    def start(
        cls,
        packages: Sequence[str],
        level: Level,
        extra: Sequence[str] = (),
        trains: bool = False,
        companion: tuple[str, socket.socket] | None = None,
        modules: Sequence[str] = (),
        scratch_mb: int = 32,
        files: Mapping[str, Path] | None = None,
    ) -> Self:
        """Start a process for workers that may import `packages`; do not wait for it.

        It dies with the thread that calls this.

        Args:
            extra: names of layers that each worker must have, as `Isolation.extra` says it can.
            trains: submissions train with torch, whose late imports are then made early.
            companion: the name of a module that is a `Companion`, and the socket for its `main`.
            modules: names below the packages that are imported early, too, if they are modules.
            scratch_mb: the size of a worker's scratch folder.
            files: what a worker finds in that folder, to read: place -> a file to copy.

        Raises:
            SandboxError: it cannot be started.
        """
        try:
            folder = RunFolder.make()
            copy_into(folder.path / FILES, files or {})
        except OSError as error:
            raise SandboxError(f"no folder for temporary files: {error}") from error
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        try:
            process = subprocess.Popen(
                [*_COMMAND, str(theirs.fileno()), *_left_out()],
                stdin=subprocess.DEVNULL,
                pass_fds=[theirs.fileno()],
                env=environment(),
                start_new_session=True,
                cwd="/",
            )
        except OSError as error:
            raise SandboxError(f"the warm worker does not start: {error}") from error
        theirs.close()
        module, fds = (companion[0], [companion[1].fileno()]) if companion else (None, [])
        settings = Settings(
            list(packages),
            list(modules),
            level,
            trains,
            list(extra),
            os.getpid(),
            module,
            str(folder.path),
            scratch_mb,
        )
        socket.send_fds(ours, [msgspec.json.encode(settings)], fds)
        return cls(process, ours, folder)

    def wait_ready(self) -> None:
        """Return when the libraries are imported and the sandbox stands.

        Raises:
            SandboxError: the process has died or takes too long.
        """
        self._control.settimeout(_START_SECONDS)
        words, package = IMPORTING, ""
        try:
            while words.startswith(IMPORTING):
                package = words.removeprefix(IMPORTING).decode()
                words = self._control.recv(4096)
        except ConnectionResetError:
            words = b""
        except OSError as error:
            raise SandboxError(f"the warm worker did not start: {error}") from error
        if not words.startswith(READY):
            raise SandboxError(words.decode() or self._ended_at(package))
        self.hidden = words.removeprefix(READY).decode(errors="replace").split()

    def _ended_at(self, package: str) -> str:
        """Say how the process ended, which was importing `package` last, without a word of it."""
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(_START_SECONDS)
        status = self._process.returncode or 0
        how = f"died of {signal_name(-status)}" if status < 0 else "ended"
        return f"the warm worker {how} while it started" + (
            f", after it began to import {package}" if package else ""
        )

    def open(self) -> socket.socket:
        """Return the judge's end of a socket to a new supervisor.

        Raises:
            SandboxError: the process is gone.
        """
        ours, theirs = socket_pair()
        try:
            socket.send_fds(self._control, [FORK], [theirs.fileno()])
        except OSError as error:
            ours.close()
            raise SandboxError("the warm worker is gone") from error
        finally:
            theirs.close()
        return ours

    def is_alive(self) -> bool:
        return self._process.poll() is None

    def close(self) -> None:
        """End the process and wait for it."""
        self._control.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._folder.close()


@dataclass(frozen=True)
class Ending:
    """How a worker's process ended."""

    status: int  # in the form of os.wait4
    peak_kib: int
    cpu_seconds: float
    output: str  # what the worker printed, at most OUTPUT_LIMIT
    lines: Sequence[
        Line
    ] = ()  # of the submission that it was at when its time was up, innermost first

    @property
    def signal(self) -> int | None:
        return self.status & 0x7F or None

    @property
    def exit_code(self) -> int | None:
        return None if self.signal else self.status >> 8


class Session:
    """The judge's end of a supervisor, for as long as one submission is graded."""

    def __init__(self, sock: socket.socket, sources: Sources, seconds: float = math.inf) -> None:
        """Open a session in which all workers together may take `seconds` to answer."""
        self._sock = sock
        self._output = -1  # the file that the worker prints to
        self.seconds = seconds
        self.seconds_left = seconds  # a caller that waits for a worker subtracts what it took
        self.cpu_seconds = sources.terms.limits.cpu_seconds  # what each worker may use
        self.shared = True  # a worker may serve one check after another
        self.worker_seconds = 0.0  # that the worker has taken to answer so far
        self._kept: Channel | None = None  # to a worker that served a check and waits for another
        self._read(sources)
        self._send(sources)

    def load(self, sources: Sources) -> None:
        """Let the workers that are started from now on run these sources.

        Raises:
            SandboxError: the supervisor is gone.
        """
        self.give_up_worker()
        self._say(LOAD)
        self._read(sources)
        self._send(sources)

    def start_worker(self, seconds: float = 0.0) -> Channel:
        """Fork a worker and return the channel to it.

        Args:
            seconds: how long a deadline is put off when the worker was stopped meanwhile.

        Raises:
            SandboxError: the supervisor is gone.
        """
        self.give_up_worker()
        self.worker_seconds = 0.0
        ours, theirs = socket_pair()
        self._output = _memory_file()
        self._sock.settimeout(_ANSWER_SECONDS)
        try:
            socket.send_fds(self._sock, [FORK], [theirs.fileno(), self._output])
        except OSError as error:
            ours.close()
            raise SandboxError("the supervisor of a submission is gone") from error
        finally:
            theirs.close()
        excused = Patience(lambda: seconds if self._was_stopped() else 0.0)
        return Channel(ours, patience=excused)

    def keep_worker(self, channel: Channel) -> None:
        """Let the worker wait for the next check; end it if it must not serve another one.

        The kernel counts the CPU time of a process, not of a check: after half of its time a
        worker serves no other check, so that each check finds the other half at least.
        """
        self._kept = channel
        if not self.shared or self.worker_seconds > self.cpu_seconds / 2:
            self.give_up_worker()

    def kept_worker(self) -> Channel | None:
        """Return the channel to the worker that waits, if there is one; it waits no longer."""
        kept, self._kept = self._kept, None
        if kept is not None:
            os.ftruncate(self._output, 0)
            os.lseek(self._output, 0, os.SEEK_SET)  # the worker prints through the same open file
        return kept

    def give_up_worker(self) -> None:
        """End the worker that waits, if there is one."""
        if (kept := self.kept_worker()) is not None:
            kept.close()
            self.end_worker()

    def end_worker(self, late: bool = False) -> Ending:
        """Kill the worker and all that it started; return how it ended.

        Args:
            late: the worker has not answered in time, and is asked where it is.

        Raises:
            SandboxError: the worker could not be locked or kept, or the supervisor is gone.
        """
        if late:
            self._say(WHERE)
            self._wait_for_stack()
        self._say(END)
        status, peak, cpu = self._ended()
        size = os.fstat(self._output).st_size
        start = max(0, size - STACK_BYTES)
        printed = os.pread(self._output, min(OUTPUT_LIMIT, start), 0)
        last = os.pread(self._output, size - start, start).decode("utf-8", "replace")
        os.close(self._output)
        own, lines = split_stack(last, self._files)
        output = (printed.decode("utf-8", "replace") + own)[:OUTPUT_LIMIT]
        return Ending(status, peak, cpu, output, lines)

    def close(self) -> None:
        """End the session, and with it a worker that waits."""
        if (kept := self.kept_worker()) is not None:
            kept.close()
            os.close(self._output)
        self._sock.close()

    def _read(self, sources: Sources) -> None:
        self._files = sources.files
        self.shared &= sources.shared

    def _send(self, sources: Sources) -> None:
        packed = msgspec.msgpack.encode(sources)
        Channel(self._sock).send(write_frame([], [packed]), time.monotonic() + _ANSWER_SECONDS)

    def _wait_for_stack(self) -> None:
        """Give the worker time to write where it is; one that cannot run at all gets no more."""
        before, until = os.fstat(self._output).st_size, time.monotonic() + _STACK_SECONDS
        while time.monotonic() < until and os.fstat(self._output).st_size == before:
            time.sleep(_STACK_PAUSE)
        time.sleep(_STACK_PAUSE)

    def _was_stopped(self) -> bool:
        """Tell whether the worker is stopped, or has been since the last time this was asked."""
        self._say(STOPPED)
        return self._receive(1) != b"\0"

    def _say(self, command: bytes) -> None:
        self._sock.settimeout(_ANSWER_SECONDS)
        try:
            self._sock.sendall(command)
        except OSError as error:
            raise SandboxError("the supervisor of a submission is gone") from error

    def _ended(self) -> tuple[int, int, float]:
        """Return status, peak KiB and CPU seconds of a worker that has ended.

        Raises:
            SandboxError: the worker could not be locked or kept, or the supervisor does not
                answer.
        """
        self._sock.settimeout(_ANSWER_SECONDS)
        status, peak, cpu, size = ENDING.unpack(self._receive(ENDING.size))
        if size:
            raise SandboxError(self._receive(size).decode(errors="replace"))
        return status, peak, cpu

    def _receive(self, size: int) -> bytes:
        received = b""
        while len(received) < size:
            try:
                piece = self._sock.recv(size - len(received))
            except OSError as error:
                raise SandboxError("the supervisor of a submission does not answer") from error
            if not piece:
                raise SandboxError("the supervisor of a submission is gone")
            received += piece
        return received


def _left_out() -> list[str]:
    """Return the names of the tricks that the warm worker has to do without."""
    return [name for name in os.environ.get(WITHOUT, "").split(",") if name]


def _memory_file() -> int:
    """Return the descriptor of a new file without a name, in memory where the system can."""
    if sys.platform == "linux":
        return os.memfd_create("output")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())


def signal_name(number: int) -> str:
    """Return "SIGSEGV" for 11."""
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"
