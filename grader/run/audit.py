"""Is an assignment sound? Its suite must accept the reference, give the untouched starter
nothing and catch every listed mistake.
"""

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

from grader.course.assignment import Assignment
from grader.course.mistakes import Mistake, load_mistakes, patched
from grader.course.template import render
from grader.errors import CourseError
from grader.intake.submission import Submission
from grader.record.check import Check
from grader.record.record import CheckResult, results
from grader.run.engine import Engine

_SEED = 1  # the audit of a course gives the same answer twice


@dataclass(frozen=True)
class Finding:
    """What was looked at, how many points it got, and the holes that it shows."""

    subject: str
    earned: float
    possible: int
    holes: tuple[str, ...]


def audit(assignment: Assignment, jobs: int = 1) -> Iterator[Finding]:
    """Yield a finding for the suite itself, the reference, solution, starter and every mistake.

    Raises:
        CourseError: the files of the assignment are wrong.
        GraderError: the grader itself failed.
    """
    reference = assignment.reference_path
    if reference is None:
        raise CourseError(f"{assignment.root}: a handout cannot be audited; name the course")
    right = reference.read_text(encoding="utf-8")
    mistakes = load_mistakes(assignment)
    texts = {
        "reference": right,
        "solution": render(assignment, solution=True),
        "starter": render(assignment, solution=False),
        **{f"mistake {mistake.name}": patched(mistake, right) for mistake in mistakes},
    }
    with Engine(assignment, ["public", "hidden"]) as engine, ThreadPoolExecutor(jobs) as pool:
        yield _suite_finding(assignment, engine.checks, mistakes)
        futures = {
            subject: pool.submit(_judge, engine, subject, text) for subject, text in texts.items()
        }
        for subject in ("reference", "solution"):
            yield _finding(subject, futures[subject].result(), _losses)
        yield _finding("starter", futures["starter"].result(), _gains)
        for mistake in mistakes:
            subject = f"mistake {mistake.name}"
            yield _finding(subject, futures[subject].result(), partial(_misses, mistake))


def _judge(engine: Engine, subject: str, text: str) -> list[CheckResult]:
    main = f"{engine.assignment.name}.py"
    submission = Submission(subject, main, {main: text.encode()}, "", ())
    judged = engine.judge(submission, _SEED)
    if judged.unread:
        raise CourseError(f"{engine.assignment.root}: the {subject}: {judged.unread}")
    return results(engine.checks, judged.outcomes)


def _suite_finding(
    assignment: Assignment, checks: Sequence[Check], mistakes: Sequence[Mistake]
) -> Finding:
    worth = {name: 0 for name in assignment.exercises}
    for check in checks:
        worth[check.exercise] += check.points
    missed = set(worth) - {mistake.exercise for mistake in mistakes}
    holes = [f"no check gives points for {name}" for name, points in worth.items() if not points]
    holes += [f"no mistake is listed for {name}" for name in worth if name in missed]
    return Finding("suite", 0, sum(worth.values()), tuple(holes))


def _finding(
    subject: str,
    checks: list[CheckResult],
    find_holes: Callable[[list[CheckResult]], list[str]],
) -> Finding:
    earned = round(sum(check.earned for check in checks), 2)
    possible = sum(check.points for check in checks)
    return Finding(subject, earned, possible, tuple(find_holes(checks)))


def _losses(checks: list[CheckResult]) -> list[str]:
    return [
        f"{check.id} does not pass: {check.outcome}, {check.message}"
        for check in checks
        if check.outcome != "passed" or check.earned < check.points
    ]


def _gains(checks: list[CheckResult]) -> list[str]:
    return [f"{check.id} passes without any work" for check in checks if check.outcome == "passed"]


def _misses(mistake: Mistake, checks: list[CheckResult]) -> list[str]:
    """A mistake has to lose a hidden check of its own exercise: public ones are there to be met."""
    caught = any(
        check.exercise == mistake.exercise
        and check.visibility == "hidden"
        and check.earned < check.points
        for check in checks
    )
    return [] if caught else [f"no hidden check of {mistake.exercise} catches it"]
