"""An assignment, as its judge is told about it, and the digest of all that decides a grade."""

import hashlib
from collections.abc import Sequence
from pathlib import Path

import grader
from grader.course.assignment import Assignment
from grader.course.mistakes import load_mistakes, patched
from grader.engine.messages import JudgeSettings
from grader.judge.diagnose import DeclaredMistake
from grader.record.check import Visibility


def suite_digest(assignment: Assignment) -> str:
    """Return the SHA-256 of every file that decides a grade, names included."""
    files = [path for path in (assignment.manifest_path, assignment.mistakes_path) if path.exists()]
    folders = [assignment.public_suite, assignment.hidden_suite, assignment.given_dir]
    for folder in folders:
        files += sorted(path for path in folder.rglob("*") if _counts(path))
    files += [assignment.data_path(name) for name in assignment.data]
    if assignment.reference_path is not None:
        files.append(assignment.reference_path)
    digest = hashlib.sha256(grader.__version__.encode())
    for path in files:
        content = path.read_bytes()
        digest.update(f"\n{path.name} {len(content)}\n".encode() + content)
    return digest.hexdigest()


def _counts(path: Path) -> bool:
    return path.is_file() and "__pycache__" not in path.parts


def judge_settings(assignment: Assignment, suites: Sequence[Visibility]) -> JudgeSettings:
    """Return all that the warm judge has to know of an assignment."""
    folders = {"public": assignment.public_suite, "hidden": assignment.hidden_suite}
    reference = assignment.reference_path
    return JudgeSettings(
        assignment=assignment.name,
        exercises=list(assignment.exercises),
        suites={name: str(folders[name].resolve()) for name in suites},
        reference=str(reference.resolve()) if reference is not None else None,
        data=str(assignment.data_dir.resolve()),
        mistakes=_mistakes(assignment) if "hidden" in suites else [],
        given={
            path.stem: path.read_text(encoding="utf-8")
            for path in sorted(assignment.given_dir.glob("*.py"))
        },
        packages=list(assignment.imports),
        tolerated=list(assignment.tolerated),
        banned=list(assignment.banned),
        roots=sorted(assignment.defines),
        check_seconds=assignment.limits.check_seconds,
        memory_mb=assignment.limits.memory_mb,
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
    """Tell whether the reference trains with torch, so that submissions will, too."""
    if "torch" not in assignment.imports or assignment.reference_path is None:
        return False
    text = assignment.reference_path.read_text(encoding="utf-8")
    return "optim" in text or ".backward(" in text
