"""What the process that tries mutants is told, and what it tells: lines of JSON."""

from typing import Literal

import msgspec

from grader.engine.messages import JudgeSettings

Outcome = Literal["killed", "survived", "late", "crashed", "broken"]


class Trial(msgspec.Struct, frozen=True):
    """A mutant: the lines first..last of the reference, replaced."""

    number: int
    exercises: tuple[str, ...]
    functions: tuple[str, ...]  # their full names
    first: int
    last: int
    text: str
    compare: bool  # with the reference, if it survives


class Plan(msgspec.Struct, frozen=True):
    """What is to be tried, and how."""

    settings: JudgeSettings
    trials: list[Trial]
    jobs: int
    seconds: float | None  # start no mutant later than that
    longest: float  # seconds that the reference may take for the checks of an exercise
    exercise_seconds: float  # start no mutant of an exercise whose others have taken as long


class Measured(msgspec.Struct, frozen=True, tag="measured"):
    """What a check takes with the reference."""

    check: str
    exercise: str
    seconds: float


class LeftOut(msgspec.Struct, frozen=True, tag="left_out"):
    """An exercise whose checks take longer than `Plan.longest`."""

    exercise: str


class Tried(msgspec.Struct, frozen=True, tag="tried"):
    """How a mutant ended."""

    number: int
    outcome: Outcome
    check: str = ""  # the check that it lost
    seconds: float = 0.0
    same: bool = False  # a survivor that answered as the reference did, whatever was asked
    difference: str = ""  # where a survivor's answer is another one


class Problem(msgspec.Struct, frozen=True, tag="problem"):
    """Nothing can be tried: the course is at fault, or else the grader."""

    text: str
    course: bool


Told = Measured | LeftOut | Tried | Problem
