"""What the conductor and a judge say to each other: JSON lines between trusted processes."""

import msgspec

from grader.judge.diagnose import DeclaredMistake
from grader.record.check import Check, CheckOutcome, Visibility


class JudgeSettings(msgspec.Struct, frozen=True):
    """What the warm judge is told when it starts: everything about the assignment."""

    assignment: str
    exercises: list[str]
    suites: dict[Visibility, str]  # folders
    reference: str | None  # a file
    data: str  # a folder
    mistakes: list[DeclaredMistake]
    given: dict[str, str]  # module under given/ -> text
    packages: list[str]  # that a submission may import besides the standard library
    tolerated: list[str]  # packages that it gets empty stand-ins for
    banned: list[str]  # dotted names whose use is flagged
    roots: list[str]  # top-level names that a submission is read for
    check_seconds: float
    memory_mb: int


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
    exercise: str | None = None  # only the checks of this one
    called: str = ""  # what the student calls `main`, if otherwise


class WasRead(msgspec.Struct, frozen=True, tag="read"):
    """The submission is one module now; the notes say what was repaired."""

    notes: list[str]


class Unread(msgspec.Struct, frozen=True, tag="unread"):
    """The submission cannot be read, which is the student's to mend."""

    text: str


class Begun(msgspec.Struct, frozen=True, tag="begun"):
    """A check has begun."""

    id: str


class Ended(msgspec.Struct, frozen=True, tag="ended"):
    """A check has ended."""

    outcome: CheckOutcome


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """Grading failed by our fault or the course's; there is no grade."""

    text: str
    course: bool  # a check broke, as opposed to the grader


class Done(msgspec.Struct, frozen=True, tag="done"):
    """Every check has ended."""

    notes: list[str]  # statements of the submission that failed on import


FromWarmJudge = Ready | CourseProblem
FromJudge = WasRead | Unread | Begun | Ended | Broken | Done
