"""What is told of an exercise besides its cause: the smallest example, and the line to look at.

Runs in: the judge.

Both are searched for exercises that lost points, when all outcomes are known. Whatever goes wrong
in a search means that nothing is found: it never costs a grade.
"""

import time
import types
from collections.abc import Callable
from typing import TypeVar

import msgspec

from grader.judge.asked import Asked, asked_in
from grader.judge.cpu_limit import cpu_limit
from grader.judge.evidence import Evidence
from grader.judge.failures import StudentError
from grader.judge.line.located import Located, locate
from grader.judge.smallest.example import example_of
from grader.record.cause import Cause, Explain, Explained

_EXAMPLE_SECONDS = 1.0  # for each exercise
_LINE_SECONDS = 3.0
SEARCH_SECONDS = 15.0  # for all exercises of a submission
_Found = TypeVar("_Found")


class Details:
    """Adds to what is known of the exercises of one submission, in limited time."""

    def __init__(self, reference: types.ModuleType, explain: Explain) -> None:
        self._reference = reference
        self._explain = explain
        self._left = SEARCH_SECONDS

    def add(self, evidence: Evidence, known: Explained | None) -> Explained | None:
        """Return what is known of an exercise with an example and a line, where they are found."""
        if self._explain == "off" or _is_unwritten(evidence):
            return known
        calls = self._timed(_EXAMPLE_SECONDS, lambda _: asked_in(evidence, self._reference)) or []
        example = self._timed(_EXAMPLE_SECONDS, lambda s: self._example(evidence, calls, s))
        located = None
        if self._explain == "full":
            located = self._timed(_LINE_SECONDS, lambda s: locate(evidence, calls, s))
        return _with(evidence.exercise, known, example or "", located)

    def _example(self, evidence: Evidence, calls: list[Asked], seconds: float) -> str:
        return example_of(evidence, calls, self._reference, seconds)

    def _timed(self, seconds: float, search: Callable[[float], _Found]) -> _Found | None:
        """Return what a search finds that may take so many seconds, None if it goes wrong."""
        seconds = min(seconds, self._left)
        if seconds <= 0:
            return None
        started = time.monotonic()
        try:
            with cpu_limit(seconds):
                return search(seconds)
        except BaseException:  # also TakesTooLong, SubmissionEnded, a SystemExit of the course
            return None
        finally:
            self._left -= time.monotonic() - started


def _is_unwritten(evidence: Evidence) -> bool:
    errors = [seen.error for seen in evidence.lost]
    return all(
        isinstance(error, StudentError) and error.kind == "NotImplementedError" for error in errors
    )


def _with(
    exercise: str, known: Explained | None, example: str, located: Located | None
) -> Explained | None:
    if not example and located is None:
        return known
    unknown = Explained(exercise, Cause(kind="unknown", confidence="likely"), {})
    explained = known or unknown
    cause = msgspec.structs.replace(explained.cause, example=example)
    if located is not None:
        cause = msgspec.structs.replace(cause, place=located.place, edit=located.edit)
    return msgspec.structs.replace(explained, cause=cause)
