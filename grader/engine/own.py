"""The engine for one's own code where there is no sandbox: the conductor's side.

Runs in: the conductor.

It does what `engine.Engine` does, for one submission at a time, with processes that any system can
start. Student code runs with the rights of whoever checks it, so others' work is never graded here.
"""

import os
import subprocess
import tempfile
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self

import msgspec

from grader.course.assignment import Assignment
from grader.engine.judged import Hear, Judged, hear_nothing
from grader.engine.messages import CourseProblem, FromJudge, FromWarmJudge, Ready, to_line
from grader.engine.settings import judge_settings, make_request, most_seconds
from grader.errors import CourseError, SandboxError
from grader.intake.submission import Submission
from grader.record.cause import Explain
from grader.record.check import Check
from grader.sandbox.environment import threads_alone
from grader.sandbox.level import OWN_PROCESS
from grader.sandbox.own.starting import start

_WHY = "this system has none; your code ran in a process of its own, with your rights"
_JUDGE = "grader.engine.own_judge"
_START_SECONDS = 180.0
_END_SECONDS = 5.0


class OwnEngine:
    """A context manager that checks one's own submissions of one assignment."""

    def __init__(self, assignment: Assignment) -> None:
        self.assignment = assignment
        self.sandbox = {"level": OWN_PROCESS, "sandbox": _WHY}
        self.checks: list[Check] = []
        self.versions: dict[str, str] = {}
        self._is_late = False
        environment = {**os.environ, **threads_alone()}
        self._process = start(
            _JUDGE, subprocess.PIPE, cwd=Path(tempfile.gettempdir()), env=environment
        )
        self._say(judge_settings(assignment, ["public"]))

    def __enter__(self) -> Self:
        try:
            with self._within(_START_SECONDS):
                ready: Ready | CourseProblem = msgspec.json.decode(self._line(), type=FromWarmJudge)
            if isinstance(ready, CourseProblem):
                raise CourseError(ready.text)
            self.checks, self.versions = ready.checks, ready.versions
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
        """End the judge, and with it its workers."""
        assert self._process.stdin is not None
        with suppress(OSError):  # the judge has ended before it read everything
            self._process.stdin.close()
        try:
            self._process.wait(_END_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()

    def judge(
        self,
        submission: Submission,
        seed: int,
        exercises: Sequence[str] | None = None,
        hear: Hear = hear_nothing,
        explain: Explain = "fast",
    ) -> Judged:
        """Run every public check, or those of some exercises, on one submission.

        Raises:
            GraderError: checking failed, and not by the submission's fault.
        """
        judged = Judged(hear=hear)
        request = make_request(submission, seed, exercises, fresh_workers=True, explain=explain)
        self._say(request)
        with self._within(most_seconds(self.assignment)):
            while True:
                message: FromJudge = msgspec.json.decode(self._line(), type=FromJudge)
                if judged.take(message):
                    return judged

    def _say(self, message: msgspec.Struct) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(to_line(message))
            self._process.stdin.flush()
        except OSError as error:
            raise SandboxError("the judge is gone") from error

    def _line(self) -> bytes:
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SandboxError("the judge takes too long" if self._is_late else "the judge is gone")
        return line

    @contextmanager
    def _within(self, seconds: float) -> Iterator[None]:
        """Kill the judge if the block takes longer."""

        def too_late() -> None:
            self._is_late = True
            self._process.kill()

        timer = threading.Timer(seconds, too_late)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()
