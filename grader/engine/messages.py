"""What the conductor and a judge say to each other: JSON lines between trusted processes.

Runs in: the conductor, the warm judge and the judge.

    conductor -> warm judge     JudgeSettings
    warm judge -> conductor     Ready or CourseProblem
    conductor -> judge          Request
    judge -> conductor          WasRead or Unread, then Begun and Ended for each check, then Why
                                for exercises that lost points, then Done; Broken at any time
"""

from pathlib import Path

import msgspec

from grader.course.assignment import Assignment
from grader.intake.submission import Other
from grader.judge.diagnose import DeclaredMistake
from grader.record.cause import Explain, Explained
from grader.record.check import Check, CheckOutcome, Visibility
from grader.record.excerpt import Excerpt


class JudgeSettings(msgspec.Struct, frozen=True):
    """What the warm judge is told when it starts: the assignment, and what is made of its files."""

    assignment: Assignment
    suites: list[Visibility]  # those to run
    mistakes: list[DeclaredMistake]  # each with the text of the whole patched reference
    given: dict[str, str]  # module under given/ -> text


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The suite is collected."""

    checks: list[Check]
    fixed: list[str]  # hidden checks that draw nothing at random
    versions: dict[str, str]


class CourseProblem(msgspec.Struct, frozen=True, tag="problem"):
    """The suite cannot be collected."""

    text: str


class Request(msgspec.Struct, frozen=True):
    """Judge this submission."""

    id: str
    files: dict[str, bytes]
    main: str
    seed: int
    exercises: list[str] | None = None  # to run their checks alone
    called: str = ""  # the student's own name of `main`, if it is another
    others: tuple[Other, ...] = ()
    fresh_workers: bool = False  # each check has a worker of its own, whatever the submission does
    explain: Explain = "fast"


class WasRead(msgspec.Struct, frozen=True, tag="read"):
    """The submission is one module now; the notes say what was repaired."""

    notes: list[str]
    code: list[Excerpt]  # what the student wrote for each exercise


class Unread(msgspec.Struct, frozen=True, tag="unread"):
    """The submission cannot be read; the text tells the student what to mend."""

    text: str


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """A check has begun."""

    id: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """A check has ended."""

    outcome: CheckOutcome


class Why(msgspec.Struct, frozen=True, tag="why"):
    """All checks have ended, and it is known why an exercise lost points."""

    explained: Explained


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """Grading failed by a fault of the grader or of the course; there is no grade."""

    text: str
    course: bool  # whether a check is at fault, rather than the grader


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Every check has ended, or the submission has used up its time."""

    notes: list[str]  # statements of the submission that failed on import, or took too long


FromWarmJudge = Ready | CourseProblem
FromJudge = WasRead | Unread | Begun | Ended | Why | Broken | Done


def to_line(message: msgspec.Struct) -> bytes:
    """Return a message as one line; its paths become absolute, for a process in another folder."""
    return msgspec.json.encode(message, enc_hook=_absolute) + b"\n"


def read_settings(line: bytes) -> JudgeSettings:
    """Return the settings that `to_line` wrote."""
    return msgspec.json.decode(line, type=JudgeSettings, dec_hook=lambda _, path: Path(path))


def _absolute(value: object) -> str:
    if isinstance(value, Path):
        return str(value.resolve())
    raise NotImplementedError(f"a message holds no {type(value).__name__}")
