"""The warm judge and the warm worker of one assignment, and the attempts made with them.

Runs in: the conductor.

Several threads may use one Engine: each attempt has a judge and a supervisor of its own.
"""

import contextlib
import os
import select
import signal
import socket
import time
from collections.abc import Iterator, Sequence
from types import TracebackType
from typing import Self

import msgspec

from grader.course.assignment import Assignment
from grader.course.handed_out import handed_out
from grader.engine.judged import Hear, Judged, hear_nothing
from grader.engine.messages import (
    CourseProblem,
    FromJudge,
    FromWarmJudge,
    Ready,
    Request,
    to_line,
)
from grader.engine.settings import imported, judge_settings, make_request, most_seconds, trains
from grader.errors import CourseError, GraderError, SandboxError
from grader.intake.submission import Submission
from grader.record.cause import Explain
from grader.record.check import Check, Visibility
from grader.sandbox.client import WarmWorker
from grader.sandbox.level import Isolation
from grader.sandbox.wire.messages import FORK
from grader.sandbox.wire.patience import Patience

_START_SECONDS = 180  # for a process to start on a busy machine
_LAST_LOOK_SECONDS = 0.01  # after the deadline, to read what had arrived before it
_WARM_JUDGE = "grader.engine.judge_process"  # a Companion, whose `main` the warm worker calls


class EngineGone(SandboxError):
    """A warm process has died: nothing more can be graded in this run."""


class Engine:
    """A context manager that grades submissions of one assignment."""

    def __init__(
        self, assignment: Assignment, suites: Sequence[Visibility], isolation: Isolation
    ) -> None:
        self.assignment = assignment
        self.sandbox = isolation.described()
        settings, files = judge_settings(assignment, suites), handed_out(assignment)
        self._control, theirs = socket.socketpair()
        with contextlib.closing(theirs):
            self._workers = WarmWorker.start(
                assignment.imports,
                isolation.level,
                isolation.extra,
                trains(assignment),
                companion=(_WARM_JUDGE, theirs),
                modules=imported(assignment),
                scratch_mb=assignment.limits.scratch_mb,
                files=files,
            )
        with contextlib.suppress(OSError):  # `__enter__` will find that the warm judge is gone
            self._control.sendall(to_line(settings))
        self.checks: list[Check] = []
        self.fixed: list[str] = []  # hidden checks that draw nothing at random
        self.versions: dict[str, str] = {}
        self.hidden: list[str] = []  # packages that libraries looked for and may not import

    def __enter__(self) -> Self:
        try:
            ready = self._first_message()
            if isinstance(ready, CourseProblem):
                raise CourseError(ready.text)
            self.checks, self.fixed, self.versions = ready.checks, ready.fixed, ready.versions
            self._workers.wait_ready()
            self.hidden = self._workers.hidden
        except BaseException:
            self.close()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        self._control.close()  # first, because the warm worker waits for the warm judge to end
        self._workers.close()

    def judge(
        self,
        submission: Submission,
        seed: int,
        exercises: Sequence[str] | None = None,
        hear: Hear = hear_nothing,
        fresh_workers: bool = False,
        explain: Explain = "fast",
    ) -> Judged:
        """Run every check, or those of some exercises, on one submission.

        Args:
            hear: called when a check begins, and when it has ended.
            fresh_workers: each check gets a worker of its own, also where one could serve several.
            explain: how much is found out about exercises that lost points.

        Raises:
            GraderError: grading failed, and not by the submission's fault.
        """
        try:
            request = make_request(submission, seed, exercises, fresh_workers, explain)
            return self._judge(request, hear)
        except CourseError:
            raise
        except GraderError as error:
            if self._workers.is_alive() and self._is_judge_alive():
                raise
            message = (
                f"a process of the grader has died ({error}); start again: what is graded is kept"
            )
            raise EngineGone(message) from error

    def _judge(self, request: Request, hear: Hear) -> Judged:
        ours, theirs = socket.socketpair()
        with contextlib.closing(ours):
            with contextlib.closing(theirs):
                self._fork_judge(theirs)
            return self._ask(ours, request, hear)

    def _fork_judge(self, conductor: socket.socket) -> None:
        try:
            work = self._workers.open()
            with contextlib.closing(work):
                fds = [conductor.fileno(), work.fileno()]
                socket.send_fds(self._control, [FORK], fds)
        except OSError as error:
            raise SandboxError("the warm judge is gone") from error

    def _ask(self, sock: socket.socket, request: Request, hear: Hear) -> Judged:
        """Send a request to a new judge, collect what it says, and kill it."""
        sock.settimeout(_START_SECONDS)
        try:
            _, fds, _, _ = socket.recv_fds(sock, 1, 1)
        except OSError as error:
            raise SandboxError(f"a new judge does not begin: {error}") from error
        if not fds:
            raise SandboxError("a judge ended before it began")
        try:
            sock.sendall(to_line(request))
            deadline = time.monotonic() + most_seconds(self.assignment)
            return self._collect(sock, deadline, hear)
        except OSError as error:
            raise SandboxError(f"a judge is gone: {error}") from error
        finally:
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(fds[0], signal.SIGKILL)
            os.close(fds[0])

    def _collect(self, sock: socket.socket, deadline: float, hear: Hear) -> Judged:
        judged = Judged(hear=hear)
        try:
            for message in _messages(sock, deadline):
                if judged.take(message):
                    return judged
        except TimeoutError as error:
            what = f"the check {judged.begun}" if judged.begun else "a judge"
            raise SandboxError(
                f"{what} did not end, though the submission has not used up its time: "
                "something outside the submission computes or waits for too long"
            ) from error
        raise SandboxError("a judge ended before it said that it is done")

    def _is_judge_alive(self) -> bool:
        poll = select.poll()
        poll.register(self._control, select.POLLIN)
        return not poll.poll(0)  # after its first message, only its end makes the socket readable

    def _first_message(self) -> Ready | CourseProblem:
        try:
            for line in _lines(self._control, time.monotonic() + _START_SECONDS):
                message: Ready | CourseProblem = msgspec.json.decode(line, type=FromWarmJudge)
                return message
            how = "ended while it started"
        except (OSError, msgspec.DecodeError) as error:
            how = f"did not start: {error}"
        self._workers.wait_ready()  # if the warm worker has taken the judge along, it says why
        raise SandboxError(f"the warm judge {how}")


def _messages(sock: socket.socket, deadline: float) -> Iterator[FromJudge]:
    for line in _lines(sock, deadline):
        yield msgspec.json.decode(line, type=FromJudge)


def _lines(sock: socket.socket, deadline: float) -> Iterator[bytes]:
    """Yield complete lines until the other side closes.

    Raises:
        TimeoutError: the deadline passed.
    """
    buffer, patience = b"", Patience()
    while True:
        left = patience.left(deadline)
        sock.settimeout(left or _LAST_LOOK_SECONDS)
        try:
            piece = sock.recv(1 << 16)
        except TimeoutError:
            if left:
                continue
            raise
        if not piece:
            return
        *lines, buffer = (buffer + piece).split(b"\n")
        yield from lines
