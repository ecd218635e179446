"""The checks that a suite declares, and how each of them ended."""

from enum import StrEnum
from typing import Literal

import msgspec

from grader.record.figure import Figure

Visibility = Literal["public", "hidden"]


class Outcome(StrEnum):
    """How one check ended. Only PASSED earns points."""

    PASSED = "passed"
    FAILED = "failed"  # the answer is wrong, or of a kind that the check could not use
    ERROR = "error"  # the submission raised an exception
    TIMEOUT = "timeout"  # the submission used up its time
    MEMORY = "memory"  # the submission used up its memory
    CRASHED = "crashed"  # the submission's process ended
    NOT_RUN = "not run"  # grading ended before this check


class Check(msgspec.Struct, frozen=True):
    """One graded requirement: a test function with all its parameters."""

    id: str  # such as "hidden/test_gradient", unique within the assignment
    title: str  # the first line of its docstring, which the student reads
    exercise: str
    visibility: Visibility
    points: int


class Step(msgspec.Struct, frozen=True):
    """A check that begins, or one that has ended, while a suite runs."""

    check: Check
    outcome: "CheckOutcome | None"  # None: it begins
    number: int  # of this check, from 1
    total: int


class CheckOutcome(msgspec.Struct, frozen=True):
    """How one check ended, as the judge writes it down."""

    id: str
    outcome: Outcome
    share: float = 1.0  # of the points, when passed; less than 1 by measured partial credit
    message: str = ""  # what the student reads; holds nothing hidden
    hint: str = ""
    seconds: float = 0.0
    figure: Figure | None = None
