"""Try the mutants of an assignment, in a process of their own, and say what became of each.

What is known of a mutant is appended to a log, if one is named. A run that was stopped goes on with
it, as long as no file has changed that decides a grade.
"""

import os
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

import msgspec

from grader.audit.mutants.marks import Mark, load_marks
from grader.audit.mutants.messages import LeftOut, Plan, Problem, Told, Trial, Tried
from grader.audit.mutants.mutant import Mutant, mutants
from grader.course.assignment import Assignment
from grader.engine.digest import suite_digest
from grader.engine.messages import to_line
from grader.engine.settings import judge_settings
from grader.errors import CourseError, GraderError
from grader.record.mutants import Fate, MutantRecord, MutantScores
from grader.sandbox.environment import threads_alone
from grader.sandbox.own.starting import start

GOAL = 0.97  # the share of the mutants that a suite must kill

_PROGRAM = "grader.audit.mutants.trial.program"
_LONGEST = 600.0  # seconds that the reference may take for the checks of one exercise
_EXERCISE_SECONDS = 60.0  # for the mutants of one exercise, together: a training takes seconds
_QUICK_LONGEST = 3.0
_QUICK_SECONDS = 10.0  # the start and the comparison of the survivors come on top of it
_HOW = {"killed": "", "late": "took too long", "crashed": "ended its process"}


class _Logged(msgspec.Struct, frozen=True):
    """A line of the log."""

    key: str  # of the suite and the mutant
    tried: Tried


def try_mutants(
    assignment: Assignment, jobs: int, *, quick: bool = False, log: Path | None = None
) -> MutantScores:
    """Try every mutant; with `quick`, those that there is time for, of checks that take little.

    Raises:
        CourseError: the files of the assignment are wrong, or the reference loses points.
        GraderError: the grader itself failed.
    """
    started = time.monotonic()
    marks = load_marks(assignment)
    found = sorted(mutants(assignment), key=lambda mutant: mutant.key)  # a sample is spread evenly
    digest = suite_digest(assignment)[:16]
    known = _read_log(log, digest)
    _begin_log(log, digest, known)
    waiting = {n: m for n, m in enumerate(found) if m.key not in known}
    trials = [
        Trial(
            n,
            m.exercises,
            m.functions,
            m.first,
            m.last,
            m.text,
            compare=not any(mark.fits(m) for mark in marks),
        )
        for n, m in waiting.items()
    ]
    left_out: list[str] = []
    for told in _told(assignment, trials, jobs, quick) if trials else ():
        if isinstance(told, Tried):
            known[found[told.number].key] = told
            _append(log, _Logged(f"{digest} {found[told.number].key}", told))
        elif isinstance(told, LeftOut):
            left_out.append(told.exercise)
    return _scores(assignment, found, known, marks, left_out, time.monotonic() - started)


def _told(assignment: Assignment, trials: list[Trial], jobs: int, quick: bool) -> Iterator[Told]:
    """Yield what the process that tries mutants tells."""
    bare = judge_settings(assignment, [])  # with mistakes, each loss would be looked up in them
    settings = msgspec.structs.replace(bare, suites=["hidden"])
    seconds = _QUICK_SECONDS if quick else None
    longest = _QUICK_LONGEST if quick else _LONGEST
    plan = Plan(settings, trials, jobs, seconds, longest, _EXERCISE_SECONDS)
    environment = {**os.environ, **threads_alone(), "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"}
    with start(
        _PROGRAM, subprocess.PIPE, cwd=Path(tempfile.gettempdir()), env=environment
    ) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        try:
            process.stdin.write(to_line(plan))
            process.stdin.flush()
            for line in process.stdout:
                told: Told = msgspec.json.decode(line, type=Told)
                if isinstance(told, Problem):
                    raise CourseError(told.text) if told.course else GraderError(told.text)
                yield told
        finally:
            process.terminate()
    if process.returncode not in (0, -15):
        raise GraderError(f"the process that tries mutants ended with {process.returncode}")


def _read_log(log: Path | None, digest: str) -> dict[str, Tried]:
    """Return what is known of mutants by their keys; a line that was cut short is left out."""
    known = {}
    for line in log.read_bytes().splitlines() if log is not None and log.exists() else ():
        try:
            logged = msgspec.json.decode(line, type=_Logged)
        except msgspec.DecodeError:
            continue
        suite, _, key = logged.key.partition(" ")
        if suite == digest:
            known[key] = logged.tried
    return known


def _begin_log(log: Path | None, digest: str, known: Mapping[str, Tried]) -> None:
    """Write the log anew with what is known: no line of another suite, and none cut short."""
    if log is not None:
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        for key, tried in known.items():
            _append(log, _Logged(f"{digest} {key}", tried))


def _append(log: Path | None, logged: _Logged) -> None:
    if log is not None:
        with log.open("ab") as file:
            file.write(msgspec.json.encode(logged) + b"\n")


def _scores(
    assignment: Assignment,
    found: Sequence[Mutant],
    known: Mapping[str, Tried],
    marks: Sequence[Mark],
    left_out: list[str],
    seconds: float,
) -> MutantScores:
    tried = sorted((m for m in found if m.key in known), key=lambda m: (m.line, m.words))
    near = _nearest(tried, known)
    records = [_record(m, known[m.key], marks, near) for m in tried]
    used = {m.note for m in records if m.fate == "equivalent"}
    untried = [m for m in found if m.key not in known]
    idle = (mark for mark in marks if mark.reason not in used and not any(map(mark.fits, untried)))
    stale = [str(mark) for mark in idle]
    return MutantScores(assignment.name, records, len(untried), left_out, stale, round(seconds, 1))


def _record(
    mutant: Mutant, tried: Tried, marks: Sequence[Mark], near: Mapping[object, str]
) -> MutantRecord:
    fate, note = _fate(mutant, tried, marks)
    exercise = ", ".join(mutant.exercises)
    check = tried.check
    if fate != "killed":
        check = near.get(mutant.line) or near.get(exercise, "")
    return MutantRecord(
        exercise,
        mutant.line,
        mutant.operator,
        mutant.words,
        mutant.code,
        mutant.diff,
        fate,
        check,
        note,
    )


def _fate(mutant: Mutant, tried: Tried, marks: Sequence[Mark]) -> tuple[Fate, str]:
    if tried.outcome in _HOW:
        return "killed", _HOW[tried.outcome]
    if tried.outcome == "broken":
        return "survived", f"no check decides: {tried.check}"
    mark = next((mark for mark in marks if mark.fits(mutant)), None)
    if mark is not None:
        return "equivalent", mark.reason
    if tried.same:
        return "the same", "the answers are those of the reference, whatever is asked"
    differs = f"the answer is another one for {tried.difference}" if tried.difference else ""
    return "survived", differs


def _nearest(tried: Sequence[Mutant], known: Mapping[str, Tried]) -> dict[object, str]:
    """Return the check that kills most mutants, by line and by exercise."""
    counts: dict[object, Counter[str]] = {}
    for mutant in tried:
        if known[mutant.key].outcome == "killed":
            for place in (mutant.line, ", ".join(mutant.exercises)):
                counts.setdefault(place, Counter())[known[mutant.key].check] += 1
    return {place: count.most_common(1)[0][0] for place, count in counts.items()}
