"""Is an assignment sound?

Its suite must give all points to the reference, none to the untouched starter or to answers that
are none, and must catch every listed mistake. Each exercise must also earn all its points alone, in
a reference where all others are empty but those that it builds on, as assignment.toml says.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, replace
from itertools import chain
from pathlib import Path

from grader.audit.nonanswers import non_answers
from grader.audit.reading import read_suite
from grader.course.assignment import Assignment
from grader.course.emptied import emptied_but
from grader.course.mistakes import Mistake, load_mistakes, patched
from grader.course.source import read_source
from grader.course.template import render
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.engine.judged import Judged
from grader.errors import CourseError
from grader.intake.submission import Submission
from grader.record.record import CheckResult, results

_Result = Future[list[CheckResult]]
_SEED = 1  # so that two audits of one course agree


@dataclass(frozen=True)
class Finding:
    """What one submission shows: how many points it got, and the holes in the suite."""

    subject: str
    earned: float
    possible: int
    holes: tuple[str, ...]
    remarks: tuple[str, ...] = ()  # what staff should look at, though it is no hole


def audit(assignment: Assignment, jobs: int = 1) -> Iterator[Finding]:
    """Yield a finding for the suite itself, the reference, solution and starter, for every
    exercise by itself, and for every mistake.

    Raises:
        CourseError: the files of the assignment are wrong.
        GraderError: the grader itself failed.
    """
    reference = assignment.reference_path
    if reference is None:
        raise CourseError(f"{assignment.root}: a handout cannot be audited; name the course")
    right = reference.read_text(encoding="utf-8")
    mistakes = load_mistakes(assignment)
    solution, starter = render(assignment, solution=True), render(assignment, solution=False)
    isolation = find_isolation("split")
    with (
        Engine(assignment, ["public", "hidden"], isolation) as engine,
        ThreadPoolExecutor(jobs) as pool,
    ):
        yield _suite_finding(engine, mistakes)

        def judge(subject: str, text: str, exercise: str | None = None) -> _Result:
            return pool.submit(_judge, engine, subject, text, exercise)

        whole = [
            pool.submit(_whole_finding, engine, subject, text)
            for subject, text in (("reference", right), ("solution", solution))
        ]
        empty = judge("starter", starter)
        alone = {
            exercise: judge(f"{exercise} alone", text, exercise)
            for exercise, text in _lone_exercises(assignment)
        }
        nothing = [
            (exercise, words, judge(f"{exercise} that answers {words}", text, exercise))
            for exercise, words, text in non_answers(read_source(reference), assignment.exercises)
        ]
        wrong = [
            (mistake, judge(mistake.name, patched(mistake, right), mistake.exercise))
            for mistake in mistakes
        ]
        for found in whole:
            yield found.result()
        yield _finding("starter", empty.result(), _gains)
        yield _lone_finding({exercise: future.result() for exercise, future in alone.items()})
        yield _nothing_finding(
            [(exercise, words, future.result()) for exercise, words, future in nothing]
        )
        for mistake, future in wrong:
            subject = f"mistake {mistake.name} in {mistake.exercise}"
            yield _finding(subject, future.result(), _misses)


def _lone_exercises(assignment: Assignment) -> Iterator[tuple[str, str]]:
    """Yield each exercise, and the reference with all others empty but those it builds on."""
    assert assignment.reference_path is not None
    source = read_source(assignment.reference_path)
    for exercise in assignment.exercises:
        kept = {exercise, *assignment.foundations(exercise)}
        yield exercise, emptied_but(source, kept, assignment.exercises)


def _whole_finding(engine: Engine, subject: str, text: str) -> Finding:
    """Return what is found on a text that should get all points, with the notes if it does not."""
    judged = _judged(engine, subject, text)
    found = _finding(subject, results(engine.checks, judged.outcomes), _losses)
    return replace(found, remarks=tuple(judged.notes) if found.holes else ())


def _judge(
    engine: Engine, subject: str, text: str, exercise: str | None = None
) -> list[CheckResult]:
    judged = _judged(engine, subject, text, exercise)
    checks = [check for check in engine.checks if exercise in (None, check.exercise)]
    return results(checks, judged.outcomes)


def _judged(engine: Engine, subject: str, text: str, exercise: str | None = None) -> Judged:
    main = f"{engine.assignment.name}.py"
    submission = Submission(subject, main, {main: text.encode()}, "", ())
    judged = engine.judge(submission, _SEED, None if exercise is None else [exercise])
    if judged.unread:
        raise CourseError(f"{engine.assignment.root}: the {subject}: {judged.unread}")
    return judged


def _suite_finding(engine: Engine, mistakes: Sequence[Mistake]) -> Finding:
    worth = dict.fromkeys(engine.assignment.exercises, 0)
    for check in engine.checks:
        worth[check.exercise] += check.points
    missed = set(worth) - {mistake.exercise for mistake in mistakes}
    holes = [f"no check gives points for {name}" for name, points in worth.items() if not points]
    holes += [f"no mistake is listed for {name}" for name in worth if name in missed]
    remarks = [f"{check} draws nothing at random" for check in engine.fixed]
    if engine.hidden:
        remarks.append(
            f"libraries looked for {', '.join(engine.hidden)}, which `imports` does not list, and "
            "went on without"
        )
    for reading in read_suite(_test_files(engine.assignment), engine.assignment.imports):
        (holes if reading.hole else remarks).append(str(reading))
    return Finding("suite", 0, sum(worth.values()), tuple(holes), tuple(remarks))


def _test_files(assignment: Assignment) -> list[Path]:
    folders = (assignment.suite(visibility) for visibility in ("public", "hidden"))
    return sorted(chain.from_iterable(folder.rglob("*.py") for folder in folders))


def _finding(
    subject: str,
    checks: list[CheckResult],
    find_holes: Callable[[list[CheckResult]], list[str]],
) -> Finding:
    earned = round(sum(check.earned for check in checks), 2)
    possible = sum(check.points for check in checks)
    return Finding(subject, earned, possible, tuple(find_holes(checks)))


def _lone_finding(alone: Mapping[str, list[CheckResult]]) -> Finding:
    together = _finding("each exercise alone", list(chain(*alone.values())), _losses)
    holes = [
        f"{exercise} leans on another exercise: with the others empty, {loss}"
        for exercise, checks in alone.items()
        for loss in _losses(checks)
    ]
    return replace(together, holes=tuple(holes))


def _nothing_finding(trials: Sequence[tuple[str, str, list[CheckResult]]]) -> Finding:
    """Return what was earned by answers that are none."""
    checks = list(chain.from_iterable(checks for _, _, checks in trials))
    holes = [
        f"{check.id} passes when {exercise} answers {words}"
        for exercise, words, checks in trials
        for check in checks
        if check.outcome == "passed" and check.earned > 0
    ]
    return replace(_finding("answers that are none", checks, _gains), holes=tuple(holes))


def _losses(checks: list[CheckResult]) -> list[str]:
    return [
        f"{check.id} does not pass: {check.outcome}, {check.message}"
        for check in checks
        if check.outcome != "passed" or check.earned < check.points
    ]


def _gains(checks: list[CheckResult]) -> list[str]:
    return [f"{check.id} passes without any work" for check in checks if check.outcome == "passed"]


def _misses(checks: list[CheckResult]) -> list[str]:
    """Return a hole if no hidden check catches a mistake; students can tune to public ones."""
    hidden = [check for check in checks if check.visibility == "hidden"]
    caught = any(check.earned < check.points for check in hidden)
    return [] if caught else ["no hidden check of the exercise catches it"]
