"""Who has caused what a check raised: the one place where that is decided.

Runs in: the judge.

    the submission   its process ended, its code raised, its answer is wrong; or the check broke
                     after something was answered. With the reference's answers no check breaks,
                     as `grader audit` shows, so that this one did lies in the answers.
    the check        it broke before anything was answered, or by what no answer can cause: it
                     uses a name, a module or a fixture that does not exist, calls a fixture
                     with arguments that it does not take, or skips itself
    the grader       the sandbox or the protocol failed: the class of the error says so
"""

import functools
import inspect
from collections.abc import Callable
from pathlib import Path
from traceback import walk_tb
from types import FrameType, ModuleType
from typing import Any, Literal

import pytest

from grader.errors import CourseError, GraderError
from grader.judge.failures import Mismatch, StudentError, SubmissionEnded, Unpassable
from grader.sandbox.wire.frame import Unsendable

Party = Literal["submission", "check", "grader"]


class CheckFault(CourseError):
    """A check broke, and no submission has caused it."""


def who_caused(error: BaseException, answered: bool) -> Party:
    """Return who has caused `error`, which a check raised.

    Args:
        answered: the submission had answered something by then.
    """
    match error:
        case SubmissionEnded() | StudentError() | Mismatch():
            return "submission"
        case AssertionError() | pytest.fail.Exception():
            return "submission"
        case Unpassable() | Unsendable():  # the check may be handing on an answer
            return "submission" if answered else "check"
        case CourseError() | pytest.FixtureLookupError() | pytest.skip.Exception():
            return "check"
        case GraderError():
            return "grader"
    return "submission" if answered and not _names_nothing(error) else "check"


def _names_nothing(error: BaseException) -> bool:
    """Tell whether the check uses a name or a module that does not exist."""
    if isinstance(error, AttributeError):
        return isinstance(error.obj, ModuleType)
    return isinstance(error, (NameError, ImportError)) and not isinstance(error, UnboundLocalError)


def called_rightly(name: str, function: Callable[..., Any]) -> Callable[..., Any]:
    """Return a fixture's function, made to blame the check for arguments that it does not take."""

    @functools.wraps(function)
    def called(*args: object, **kwargs: object) -> Any:
        try:
            return function(*args, **kwargs)
        except TypeError:
            _require_taken(name, function, args, kwargs)
            raise

    return called


def _require_taken(
    name: str, function: Callable[..., Any], args: tuple[object, ...], kwargs: dict[str, object]
) -> None:
    try:
        inspect.signature(function).bind(*args, **kwargs)
    except TypeError as error:
        raise CheckFault(f"{name}() is called wrongly: {error}") from error


def where(error: BaseException) -> str:
    """Return the last line of the course on the way to the error, for its author, or ""."""
    lines = [
        f" (line {line} of {Path(frame.f_code.co_filename).name})"
        for frame, line in walk_tb(error.__traceback__)
        if _is_of_course(frame)
    ]
    return lines[-1] if lines else ""


def _is_of_course(frame: FrameType) -> bool:
    name = Path(frame.f_code.co_filename).name
    return name.startswith("test_") or frame.f_globals.get("__name__", "").startswith("reference_")
