"""Start, use and end workers without a sandbox.

Runs in: the judge.

    OwnWorkers(packages)            one for each judge: processes that wait for work
    OwnSession(workers, sources)    one for each submission; what `client.Session` is elsewhere
"""

import contextlib
import math
import os
import secrets
import select
import socket
import subprocess
import tempfile
import time
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import msgspec

from grader.errors import SandboxError
from grader.sandbox.client import OUTPUT_LIMIT, Ending
from grader.sandbox.environment import threads_alone
from grader.sandbox.folders import copy_into
from grader.sandbox.own.loopback import HERE, Loopback
from grader.sandbox.own.starting import start
from grader.sandbox.own.told import COMPUTED_TOO_LONG, TOOK_TOO_MUCH, WHERE, Start
from grader.sandbox.wire.channel import Channel, ChannelClosed
from grader.sandbox.wire.frame import ProtocolError, write_frame
from grader.sandbox.wire.messages import Sources
from grader.sandbox.wire.stack import STACK_BYTES, Line, split_stack

_MODULE = "grader.sandbox.own.worker"
_START_SECONDS = 120.0
_GREET_SECONDS = 10.0
_CLEAN_SECONDS = 0.5  # for a worker to end what it computes after its check is over
_STACK_SECONDS = 1.0  # for a worker that is late to write where it is
_PAUSE = 0.002
_SCRATCH = "scratch"  # the folder that a worker starts in
_WORN_BYTES = 16 << 20  # a worker that has printed so much is replaced by a new one
_SIGNALS = {  # exit code -> the signal that the kernel sends elsewhere, by its number on Linux
    COMPUTED_TOO_LONG: 24,  # SIGXCPU
    TOOK_TOO_MUCH: 9,  # SIGKILL
    0xC0000005: 11,  # SIGSEGV: how Windows ends a process that reads where it must not
    0xC00000FD: 11,  # the same, for a stack that has overflowed
    0xC0000409: 6,  # SIGABRT
}


class OwnWorkers:
    """The processes that run checks; once one is lost, a spare one starts ahead of time."""

    def __init__(self, packages: Sequence[str], files: Mapping[str, Path]) -> None:
        """Start the first process, and do not wait for it.

        Args:
            files: what a worker finds in the folder that it starts in: place -> a file to copy.
        """
        self._packages = list(packages)
        self._files = files
        self._folder = tempfile.TemporaryDirectory(prefix="grader-", ignore_cleanup_errors=True)
        self._started = 0
        self._ready = [self._start()]

    def take(self) -> "_Process":
        """Return a process that has imported everything and waits for a submission.

        Raises:
            SandboxError: it cannot be started.
        """
        process = self._ready.pop() if self._ready else self._start()
        try:
            process.wait_ready()
        except SandboxError:
            process.close()
            raise
        return process

    def give_back(self, process: "_Process") -> None:
        """Keep a process that can serve another check, else end it and start a spare one."""
        if process.is_clean:
            self._ready.append(process)
        else:
            process.close()
            while len(self._ready) < 2:
                self._ready.insert(0, self._start())

    def close(self) -> None:
        for process in self._ready:
            process.close()
        self._folder.cleanup()

    def _start(self) -> "_Process":
        self._started += 1
        folder = Path(self._folder.name) / str(self._started)
        folder.mkdir()
        copy_into(folder / _SCRATCH, self._files)
        return _Process(self._packages, folder)

    def folder_with_files(self) -> Path:
        """Return a new folder in which the files are found as a worker finds them."""
        folder = Path(self._folder.name) / "judge"
        copy_into(folder, self._files)
        return folder


class _Process:
    """A worker's process, the socket to which it connects, and the file to which it prints."""

    def __init__(self, packages: list[str], folder: Path) -> None:
        self._output = folder / "output"
        self._token = secrets.token_hex(16)
        self._listener = socket.create_server((HERE, 0))
        self._connection: socket.socket | None = None
        self._shown = 0  # bytes of the output that were of earlier checks
        self.is_clean = True
        with self._output.open("ab") as output:
            environment = {**os.environ, **threads_alone()}
            self._process = start(
                _MODULE, output, cwd=folder / _SCRATCH, env=environment, errors=subprocess.STDOUT
            )
        told = Start(self._listener.getsockname()[1], self._token, packages)
        self._say(msgspec.json.encode(told) + b"\n")

    def wait_ready(self) -> None:
        """Return when the process has connected.

        Raises:
            SandboxError: it has ended or takes too long.
        """
        if self._connection is None and not self._wait_for_connection(_START_SECONDS):
            words = self._output.read_text("utf-8", "replace").strip().rpartition("\n")[2]
            raise SandboxError(f"a worker did not start: {words or 'it takes too long'}")

    def begin(self, sources: Sources) -> Channel:
        """Send a submission, and return the channel to what serves it."""
        assert self._connection is not None
        channel = Loopback(self._connection)
        self._connection = None
        self._shown = self._output.stat().st_size
        try:
            deadline = time.monotonic() + _GREET_SECONDS
            if channel.receive(deadline).message != [self._token]:
                raise SandboxError("another program has connected to the judge")
            channel.send(write_frame([], [msgspec.msgpack.encode(sources)]), deadline)
        except (ChannelClosed, TimeoutError, ProtocolError) as error:
            raise SandboxError(f"a worker does not begin: {error}") from error
        return channel

    def end(self, late: bool, files: Collection[str]) -> Ending:
        """End the check, whose channel is closed, and return how it ended."""
        if late:
            self._ask_where()
        if late or not self._wait_for_connection(_CLEAN_SECONDS):
            if self._process.poll() is None:
                self._process.kill()
            self._process.wait()
        code = self._process.poll()
        output, lines = self._printed(files)
        self.is_clean = code is None and self._output.stat().st_size < _WORN_BYTES
        return Ending(_status(code or 0), 0, 0.0, output, lines)

    def close(self) -> None:
        for closed in (self._connection, self._listener, self._process.stdin):
            if closed is not None:
                with contextlib.suppress(OSError):
                    closed.close()
        with contextlib.suppress(OSError):
            self._process.kill()
        self._process.wait()

    def _wait_for_connection(self, seconds: float) -> bool:
        """Tell whether the process connects before it ends or the time is up."""
        until = time.monotonic() + seconds
        while not select.select([self._listener], [], [], _PAUSE)[0]:
            if self._process.poll() is not None or time.monotonic() > until:
                return False
        self._connection, _ = self._listener.accept()
        return True

    def _ask_where(self) -> None:
        before, until = self._output.stat().st_size, time.monotonic() + _STACK_SECONDS
        self._say(WHERE)
        while time.monotonic() < until and self._output.stat().st_size == before:
            time.sleep(_PAUSE)
        time.sleep(5 * _PAUSE)

    def _say(self, words: bytes) -> None:
        assert self._process.stdin is not None
        with contextlib.suppress(OSError):  # it has ended; who waits for it will find out
            self._process.stdin.write(words)
            self._process.stdin.flush()

    def _printed(self, files: Collection[str]) -> tuple[str, list[Line]]:
        with self._output.open("rb") as file:
            size = file.seek(0, os.SEEK_END) - self._shown
            start = max(0, size - STACK_BYTES)
            file.seek(self._shown)
            printed = file.read(min(OUTPUT_LIMIT, start))
            file.seek(self._shown + start)
            last = file.read().decode("utf-8", "replace")
        own, lines = split_stack(last.replace("\r\n", "\n"), files)
        return (printed.decode("utf-8", "replace") + own)[:OUTPUT_LIMIT], lines


def _status(code: int) -> int:
    """Return an exit code, or a negative number of a signal, in the form of os.wait4."""
    if code < 0:
        return -code
    return _SIGNALS.get(code) or code << 8


class OwnSession:
    """A session in which the workers are processes without a sandbox."""

    def __init__(self, workers: OwnWorkers, sources: Sources, seconds: float = math.inf) -> None:
        self._workers = workers
        self._process: _Process | None = None
        self._sources = sources
        self.seconds = seconds
        self.seconds_left = seconds
        self.cpu_seconds = sources.terms.limits.cpu_seconds
        self.shared = False  # `own.worker` itself decides which process serves on
        self.worker_seconds = 0.0

    def load(self, sources: Sources) -> None:
        """Let the workers that are started from now on run these sources."""
        self._sources = sources

    def start_worker(self, seconds: float = 0.0) -> Channel:
        """Return the channel to a worker."""
        self._process = self._workers.take()
        return self._process.begin(self._sources)

    def keep_worker(self, channel: Channel) -> None:
        """End the worker: it waits for the next check by itself, if it can."""
        channel.close()
        self.end_worker()

    def kept_worker(self) -> Channel | None:
        """Return no worker: none waits."""

    def end_worker(self, late: bool = False) -> Ending:
        """End the worker, and return how it ended."""
        assert self._process is not None
        ending = self._process.end(late, self._sources.files)
        self._workers.give_back(self._process)
        return ending

    def close(self) -> None:
        """Do nothing: the workers serve the next submission."""
