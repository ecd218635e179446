"""What the processes of an engine are told about an assignment.

Runs in: the conductor.
"""

from collections.abc import Sequence

from grader.course.assignment import Assignment
from grader.course.mistakes import load_mistakes, patched
from grader.engine.messages import JudgeSettings
from grader.judge.diagnose import DeclaredMistake
from grader.record.check import Visibility


def judge_settings(assignment: Assignment, suites: Sequence[Visibility]) -> JudgeSettings:
    """Return what the warm judge needs to know to run these suites."""
    return JudgeSettings(
        assignment=assignment,
        suites=list(suites),
        mistakes=_mistakes(assignment) if "hidden" in suites else [],
        given={
            path.stem: path.read_text(encoding="utf-8")
            for path in sorted(assignment.given_dir.glob("*.py"))
        },
    )


def _mistakes(assignment: Assignment) -> list[DeclaredMistake]:
    if assignment.reference_path is None:
        return []
    right = assignment.reference_path.read_text(encoding="utf-8")
    return [
        DeclaredMistake(mistake.name, mistake.exercise, mistake.hint, patched(mistake, right))
        for mistake in load_mistakes(assignment)
    ]


def trains(assignment: Assignment) -> bool:
    """Tell whether the reference trains with torch; submissions will then train, too."""
    if "torch" not in assignment.imports or assignment.reference_path is None:
        return False
    text = assignment.reference_path.read_text(encoding="utf-8")
    return "optim" in text or ".backward(" in text
