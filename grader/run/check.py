"""Check a file against the public suite, as a student does while working."""

import contextlib
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import msgspec

from grader.course.assignment import MANIFEST, Assignment, load_handout
from grader.course.course import find_course
from grader.course.stamp import remarks
from grader.engine.engine import Engine
from grader.engine.isolation import UNGUARDED
from grader.engine.own import OwnEngine
from grader.errors import CourseError, UsageError
from grader.intake.files.choose import Wanted
from grader.intake.files.find import find_submissions
from grader.intake.files.read import read
from grader.intake.submission import Submission, Unreadable
from grader.record.cause import Explain
from grader.record.check import Check, CheckOutcome, Outcome, Step
from grader.record.record import Digests, Record, make_record
from grader.sandbox.level import can_hold

Tell = Callable[[Step], None]  # is called when a check begins and when it has ended

_SEED = 1  # the same inputs each time, so that a student can look for the cause of a failure


def find_assignment(file: Path | None, name: str | None, course: Path | None) -> Assignment:
    """Return the assignment of that name in a course, or else that of the handout around `file`.

    Raises:
        UsageError: no assignment is named, and there is no handout here.
    """
    if name is not None:
        return find_course(course).assignment(name)
    here = (file or Path.cwd()).resolve()
    for folder in (here, *here.parents):
        if (folder / MANIFEST).is_file():
            return load_handout(folder)
    raise UsageError(
        f"{here}: no {MANIFEST} here or above; go into the handout's folder, or name the "
        "assignment with --assignment"
    )


def own_file(assignment: Assignment) -> Path:
    """Return the starter in a handout's folder, .py or .ipynb, that was changed last.

    Raises:
        UsageError: there is no starter.
    """
    names = (f"{assignment.name}.py", f"{assignment.name}.ipynb")
    files = [path for name in names if (path := assignment.root / name).is_file()]
    if not files:
        raise UsageError(
            f"{assignment.root}: there is no {names[0]} and no {names[1]}; name a file"
        )
    return max(files, key=lambda path: path.stat().st_mtime)


def tell_nobody(step: Step) -> None:
    """Let nobody know how far the checks are."""


@contextlib.contextmanager
def own_engine(assignment: Assignment) -> Iterator[Engine | OwnEngine]:
    """Start an engine for one's own code, with a sandbox where this system has one.

    Raises:
        CourseError: the suite cannot be run, and what is known of its handout.
    """
    held = can_hold()
    try:
        with Engine(assignment, ["public"], UNGUARDED) if held else OwnEngine(assignment) as engine:
            yield engine
    except CourseError as error:
        raise CourseError("; ".join([str(error), *_remarks(assignment)])) from error


def read_own(assignment: Assignment, file: Path) -> Submission:
    """Read a student's own file.

    Raises:
        UsageError: there is no such file, or it cannot be read.
    """
    location, *others = find_submissions([file], assignment.name).submissions
    if others:
        raise UsageError(f"{file}: holds more than one submission; name your own file")
    try:
        return read(location, Wanted(assignment.name, assignment.exercises))
    except Unreadable as problem:
        raise UsageError(str(problem)) from problem


def check(
    assignment: Assignment, file: Path, tell: Tell = tell_nobody, explain: Explain = "fast"
) -> Record:
    """Run the public suite on `file`.

    Raises:
        UsageError: there is no such file, or it cannot be read.
    """
    submission = read_own(assignment, file)
    with own_engine(assignment) as engine:
        return check_with(engine, submission, tell, explain=explain)


def check_with(
    engine: Engine | OwnEngine,
    submission: Submission,
    tell: Tell = tell_nobody,
    exercises: Sequence[str] | None = None,
    explain: Explain = "fast",
) -> Record:
    """Run the public suite of an engine on a submission, or its checks of some exercises.

    Raises:
        UsageError: it cannot be read.
    """
    started = time.monotonic()
    checks = [c for c in engine.checks if exercises is None or c.exercise in exercises]
    numbered = {check.id: (check, n) for n, check in enumerate(checks, start=1)}

    def hear(check: str, outcome: CheckOutcome | None) -> None:
        if check in numbered:  # else the record will refuse it
            tell(Step(numbered[check][0], outcome, numbered[check][1], len(numbered)))

    judged = engine.judge(submission, _SEED, exercises, hear, explain=explain)
    if judged.unread:
        raise UsageError(judged.unread)
    assignment = engine.assignment
    return make_record(
        assignment=assignment.name,
        submission=submission.id,
        seed=_SEED,
        exercises=assignment.exercises if exercises is None else exercises,
        checks=checks,
        outcomes=carried_forward(assignment, checks, judged.outcomes),
        notes=[*_remarks(assignment), *submission.notes, *judged.notes],
        sandbox=engine.sandbox,
        versions=engine.versions,
        digests=Digests(submission=submission.digest, suite=""),
        seconds=time.monotonic() - started,
        causes=judged.causes,
        about=assignment.about,
    )


def carried_forward(
    assignment: Assignment, checks: Sequence[Check], outcomes: Sequence[CheckOutcome]
) -> list[CheckOutcome]:
    """Name with each lost check the exercise below it that is wrong as well, if there is one."""
    exercise = {check.id: check.exercise for check in checks}
    lost = {exercise[one.id] for one in outcomes if one.outcome is not Outcome.PASSED}
    told = []
    for one in outcomes:
        below = assignment.foundations(exercise[one.id]) & lost
        first = next((name for name in assignment.exercises if name in below), "")
        if first and one.outcome is not Outcome.PASSED:
            hint = f"mend {first} first: this builds on it, and it is wrong, too"
            one = msgspec.structs.replace(one, hint=f"{hint}; {one.hint}" if one.hint else hint)
        told.append(one)
    return told


def _remarks(assignment: Assignment) -> list[str]:
    """Return what is to be said of the handout; a course is as it is."""
    is_handout = assignment.reference_path is None
    return remarks(assignment.root, assignment.handout) if is_handout else []
