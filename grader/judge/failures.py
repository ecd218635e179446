"""The ways a check can end badly, as exceptions of the judge.

Runs in: the judge.

StudentError       a call of the submission raised. It is also an instance of the builtin class
                   that was raised, so that `pytest.raises(ValueError)` works in a check
Mismatch           an answer is wrong; it says how without giving hidden values away
Missing            an object lacks what a check asks it for: also an AttributeError, so that
                   `hasattr` works in a check
SubmissionEnded    nothing more can be asked in this check (BaseException: no check catches it)
Unpassable         a check passes a value to the submission that cannot be sent
"""

import builtins
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from grader.errors import CourseError
from grader.record.check import Outcome
from grader.record.figure import Figure


@dataclass(frozen=True)
class Step:
    """One line of a traceback in the student's own files."""

    file: str
    line: int
    function: str


class StudentError(Exception):
    """The submission raised. Its text is the student's: never shown for a hidden check."""

    kind: str  # the name of the builtin class, or "Exception" for a class of the student's
    text: str
    steps: tuple[Step, ...]

    def __init__(self) -> None:
        """Set nothing: some builtin classes have arguments of their own, so attributes are set."""

    def __str__(self) -> str:
        return f"{self.kind}: {self.text}"


def student_error(bases: Sequence[str], text: str, steps: Sequence[Step]) -> StudentError:
    """Return the error for an exception with builtin bases of these names, nearest first."""
    known = [getattr(builtins, name) for name in bases if _can_be_raised_again(name)]
    nearest = known[0] if known else Exception
    parents = (StudentError,) if nearest is Exception else (StudentError, nearest)
    error: StudentError = type("StudentError", parents, {})()
    error.kind = bases[0] if bases and _is_builtin(bases[0]) else "Exception"
    error.text = text
    error.steps = tuple(steps)
    return error


class Mismatch(AssertionError):
    """A wrong answer. `safe` holds no expected value and no input; `detail` adds them.

    So does the figure that `draw` makes.
    """

    def __init__(
        self,
        safe: str,
        detail: str = "",
        hint: str | None = None,
        draw: Callable[[], Figure | None] = lambda: None,
    ) -> None:
        super().__init__(f"{safe}\n{detail}".strip())
        self.safe = safe
        self.detail = detail
        self.hint = hint or ""
        self.draw = draw

    def hinting(self, hint: str | None) -> "Mismatch":
        """Return the same with another hint."""
        return Mismatch(self.safe, self.detail, hint, self.draw)


class Missing(Mismatch, AttributeError):
    """An object of the submission lacks a method or an attribute that the check uses."""


class SubmissionEnded(BaseException):
    """The check cannot go on, and how it ended; `message` is for the student."""

    def __init__(
        self, outcome: Outcome, message: str, hint: str = "", steps: Sequence[Step] = ()
    ) -> None:
        super().__init__(message)
        self.outcome = outcome
        self.message = message
        self.hint = hint
        self.steps = tuple(steps)  # what it was at, if its time was up; outermost first


class Unpassable(CourseError):
    pass


def _is_builtin(name: str) -> bool:
    kind = getattr(builtins, name, None)
    return isinstance(kind, type) and issubclass(kind, BaseException)


def _can_be_raised_again(name: str) -> bool:
    if not _is_builtin(name):
        return False
    kind = getattr(builtins, name)
    # Raised within a check, a StopIteration could end one of its own loops without an error.
    ends_loops = issubclass(kind, (StopIteration, StopAsyncIteration))
    return issubclass(kind, Exception) and not (ends_loops or issubclass(kind, BaseExceptionGroup))
