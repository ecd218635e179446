"""What the processes of an engine are told about an assignment.

Runs in: the conductor.
"""

import ast
from collections.abc import Iterator, Sequence

from grader.course.assignment import Assignment
from grader.course.files import course_text
from grader.course.mistakes import load_mistakes, patched
from grader.engine.messages import JudgeSettings, Request
from grader.intake.submission import Submission
from grader.judge.details import SEARCH_SECONDS
from grader.judge.diagnose import DeclaredMistake
from grader.record.cause import Explain
from grader.record.check import Visibility

_OWN_SECONDS = 60.0  # a judge may compute for so long itself, or for as long as the submission


def judge_settings(assignment: Assignment, suites: Sequence[Visibility]) -> JudgeSettings:
    """Return what the warm judge needs to know to run these suites."""
    return JudgeSettings(
        assignment=assignment,
        suites=list(suites),
        mistakes=_mistakes(assignment) if "hidden" in suites else [],
        given={path.stem: course_text(path) for path in sorted(assignment.given_dir.glob("*.py"))},
    )


def make_request(
    submission: Submission,
    seed: int,
    exercises: Sequence[str] | None = None,
    fresh_workers: bool = False,
    explain: Explain = "fast",
) -> Request:
    """Return what the conductor sends to a judge: one submission, and how to run it."""
    return Request(
        submission.id,
        dict(submission.files),
        submission.main,
        seed,
        None if exercises is None else list(exercises),
        submission.called,
        submission.others,
        fresh_workers,
        explain,
    )


def most_seconds(assignment: Assignment) -> float:
    """Return how long an attempt may take in all: submission, judge and searches."""
    seconds = assignment.limits.submission_seconds  # the judge counts these
    return seconds + max(seconds, _OWN_SECONDS) + SEARCH_SECONDS


def _mistakes(assignment: Assignment) -> list[DeclaredMistake]:
    if assignment.reference_path is None:
        return []
    right = course_text(assignment.reference_path)
    return [
        DeclaredMistake(mistake.name, mistake.exercise, mistake.hint, patched(mistake, right))
        for mistake in load_mistakes(assignment)
    ]


def trains(assignment: Assignment) -> bool:
    """Tell whether the reference trains with torch; submissions will then train, too."""
    if "torch" not in assignment.imports or assignment.reference_path is None:
        return False
    text = course_text(assignment.reference_path)
    return "optim" in text or ".backward(" in text


def imported(assignment: Assignment) -> list[str]:
    """Return the names below the allowed packages that the reference and `given/` import.

    Only the imports at the top of a file count: workers could find out these names, and starters
    show them. "from scipy import stats" gives "scipy.stats", which may be a module or a function.
    """
    paths = [assignment.reference_path, *sorted(assignment.given_dir.glob("*.py"))]
    names: dict[str, None] = {}
    for path in paths:
        if path is not None:
            names |= dict.fromkeys(_imported(course_text(path)))
    return [name for name in names if name.partition(".")[0] in assignment.imports]


def _imported(text: str) -> Iterator[str]:
    try:
        tree = ast.parse(text)
    except SyntaxError:  # the warm judge will say where
        return
    for node in tree.body:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)
