"""Grade a class: every submission once, and each record is on the disk as soon as it is made."""

import hashlib
import os
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path

import msgspec

from grader.course.assignment import Assignment, other_exercises
from grader.course.template import render
from grader.engine.digest import suite_digest
from grader.engine.engine import Engine, EngineGone
from grader.engine.isolation import find_isolation
from grader.engine.judged import Judged
from grader.errors import CourseError, GraderError
from grader.intake.files.choose import Wanted
from grader.intake.files.find import Found, find_submissions
from grader.intake.files.location import Location
from grader.intake.files.outline import outline
from grader.intake.files.read import read
from grader.intake.files.roster import read_roster
from grader.intake.submission import Unreadable
from grader.record.aside import Aside
from grader.record.cause import Explain
from grader.record.change import Change
from grader.record.check import CheckOutcome, Outcome
from grader.record.files import LOG
from grader.record.record import Digests, HandIn, Record, Student, make_record
from grader.report.json import Head, inert_student
from grader.report.log import (
    append_record,
    each_head,
    each_record,
    last_changes,
    read_gone,
    require_own_log,
    write_gone,
)
from grader.report.summary import Summary, summarise
from grader.report.write import own_folder, write_class, write_submission
from grader.sandbox.level import Level

SEED_BITS = 48  # a number that every reader of JSON keeps exact


@dataclass(frozen=True)
class Progress:
    """What to call while a class is graded: with the number of submissions, then after each."""

    total: Callable[[int], None] = lambda _: None
    done: Callable[[], None] = lambda: None


@dataclass
class Graded:
    """What came of a run over a class."""

    sandbox: dict[str, str]
    summary: Summary
    graded: set[str] = field(default_factory=set)  # ids
    kept: set[str] = field(default_factory=set)
    rejected: int = 0  # lines of the log that were no records
    faults: list[tuple[str, GraderError]] = field(default_factory=list)

    @property
    def changes(self) -> list[Change]:
        """What this run moved."""
        return [one for one in self.summary.changes if one.submission in self.graded]

    @property
    def is_open(self) -> bool:
        """Whether somebody could not be graded, or was left aside until somebody decides."""
        mine = self.graded | self.kept
        unread = any(row.unread for row in self.summary.rows if row.submission in mine)
        return unread or any(aside.is_open for aside in self.summary.aside)


def grade(
    assignment: Assignment,
    paths: Sequence[Path],
    out: Path,
    *,
    roster: Path | None = None,
    jobs: int = 1,
    seed: int | None = None,
    isolation: Level | None = None,
    fresh_workers: bool = False,
    explain: Explain = "fast",
    progress: Progress | None = None,
) -> Graded:
    """Grade the submissions in `paths` and write records and reports below `out`.

    Student code is held at least as strongly as `isolation` says, or else as the assignment does.
    A submission is not graded again if `out` has a record of the same files, by the same suite
    and grader (and with `seed`, if one is given).

    Args:
        roster: a CSV file of who the students are.
        fresh_workers: each check gets a process of its own, also where that changes nothing.
        explain: how much is found out about exercises that lost points.

    Raises:
        GraderError: nothing can be graded. An error of one submission is in the result instead.
    """
    shown = progress or Progress()
    others = other_exercises(assignment)
    wanted = Wanted(assignment.name, assignment.exercises, others, _starter(assignment))
    people = read_roster(roster) if roster else None
    found = find_submissions(paths, assignment.name, wanted.others, people)
    shown.total(len(found.submissions))
    held = find_isolation(isolation or assignment.isolation)
    result = Graded(held.described(), Summary(assignment.title))
    with own_folder(out):
        result.rejected = require_own_log(out, assignment.name)
        with Engine(assignment, ["public", "hidden"], held) as engine:
            grader = _Grader(engine, wanted, out, seed, fresh_workers, explain)
            for location, record in _each_done(found.submissions, grader.grade, jobs):
                _keep(out, result, location, record)
                shown.done()
        _rename(out, grader.renamed)
        result.summary = _summary(out, assignment.title, paths, found)
        write_class(out, result.summary)
    return result


def _starter(assignment: Assignment) -> Mapping[str, str]:
    """Return what the exercises are like in the file that was handed out, if it can be made."""
    try:
        text = render(assignment, solution=False)
    except CourseError:  # `grader audit` says why
        return {}
    return outline(f"{assignment.name}.py", text.encode(), assignment.exercises).codes


def _keep(
    out: Path, result: Graded, location: Location, record: Record | GraderError | None
) -> None:
    if isinstance(record, EngineGone):
        raise record
    if isinstance(record, GraderError):
        result.faults.append((location.id, record))
    elif record is None:
        result.kept.add(location.id)
    else:
        write_submission(out, record)
        append_record(out, record)
        result.graded.add(location.id)


def _rename(out: Path, renamed: Mapping[str, HandIn]) -> None:
    """Write records again of which only the student's name is known better now."""
    if renamed:
        for record in each_record(out):
            if known := renamed.get(record.submission):
                again = msgspec.structs.replace(record, student=known.student, source=known.source)
                write_submission(out, again)
                append_record(out, again)


def _summary(out: Path, title: str, paths: Sequence[Path], found: Found) -> Summary:
    """Return the sums over the class as it is now: those whose files are gone are out of it."""
    there = {location.id for location in found.submissions}
    roots = [Path(os.path.abspath(path)) for path in paths]
    last = {head.submission: head.source for head in each_head(out)}
    lost = [id for id, source in last.items() if source and _lay_in(out, source, roots)]
    gone = (read_gone(out) | {*lost}) - there
    write_gone(out, gone)
    summary = summarise(each_record(out, gone), title)
    summary.changes = last_changes(out, gone)
    summary.absent = list(found.absent)
    earlier = [row.submission for row in summary.rows if row.submission not in there]
    summary.aside = [
        *found.aside,
        *(Aside(id, f"gone; its last grade is in {LOG}") for id in sorted(gone)),
        # If many were handed in now, this is a class, and somebody who is not in it may be missed.
        *(Aside(id, "graded before, and not handed in now") for id in earlier if len(there) > 1),
    ]
    return summary


def _lay_in(out: Path, source: str, roots: Sequence[Path]) -> bool:
    path = Path(os.path.normpath(Path(os.path.abspath(out)) / source))
    return any(path == root or root in path.parents for root in roots)


class _Grader:
    """Grades one submission after the other, from several threads."""

    def __init__(
        self,
        engine: Engine,
        wanted: Wanted,
        out: Path,
        seed: int | None,
        fresh_workers: bool,
        explain: Explain,
    ) -> None:
        self._engine = engine
        self._fresh_workers = fresh_workers
        self._wanted = wanted
        self._out = out
        self._seed = seed
        self._explain: Explain = explain
        self._before = _Before(out)
        self._suite = suite_digest(engine.assignment)
        self._reading = threading.Lock()  # `ast` counts depth for all threads at once
        self.renamed: dict[str, HandIn] = {}

    def grade(self, location: Location) -> Record | None:
        """Return the record of a submission, or None if it is known already."""
        started = time.monotonic()
        seed = secrets.randbits(SEED_BITS) if self._seed is None else self._seed
        try:
            with self._reading:
                submission = read(location, self._wanted)
        except Unreadable as problem:
            unread = str(problem)
            digest = hashlib.sha256(unread.encode("utf-8", "backslashreplace")).hexdigest()
            hand_in = self._hand_in(location, digest, location.submitted_at)
            if self._is_known(location.id, digest, hand_in):
                return None
            return self._record(location.id, digest, hand_in, Judged(unread=unread), started, seed)
        hand_in = self._hand_in(location, submission.digest, submission.submitted_at)
        if self._is_known(location.id, submission.digest, hand_in):
            return None
        judged = self._engine.judge(
            submission, seed, fresh_workers=self._fresh_workers, explain=self._explain
        )
        judged.notes = [*submission.notes, *judged.notes]
        return self._record(location.id, submission.digest, hand_in, judged, started, seed)

    def _hand_in(self, location: Location, digest: str, submitted_at: str) -> HandIn:
        student = Student(location.id, location.name, location.email)
        is_somebody = location.name or location.email
        return HandIn(
            student=inert_student(student) if is_somebody else None,
            submitted_at=submitted_at or None,
            attempt=location.attempt or self._before.attempt(location.id, digest),
            source=os.path.relpath(location.source, self._out) if location.source else None,
        )

    def _is_known(self, name: str, digest: str, hand_in: HandIn) -> bool:
        seed = "" if self._seed is None else str(self._seed)
        key = (name, digest, self._suite, seed)
        if key not in self._before.known:
            return False
        if self._before.known[key] != hand_in.student:
            self.renamed[name] = hand_in
        return True

    def _record(
        self,
        name: str,
        digest: str,
        hand_in: HandIn,
        judged: Judged,
        started: float,
        seed: int,
    ) -> Record:
        return make_record(
            assignment=self._engine.assignment.name,
            submission=name,
            seed=seed,
            exercises=self._engine.assignment.exercises,
            checks=self._engine.checks,
            outcomes=judged.outcomes if not judged.unread else self._unread(judged.unread),
            notes=[judged.unread] if judged.unread else judged.notes,
            sandbox=self._engine.sandbox,
            versions=self._engine.versions,
            digests=Digests(submission=digest, suite=self._suite),
            seconds=time.monotonic() - started,
            causes=judged.causes,
            code=judged.code,
            hand_in=hand_in,
            graded_at=datetime.now(UTC).isoformat(timespec="seconds"),
            about=self._engine.assignment.about,
        )

    def _unread(self, text: str) -> list[CheckOutcome]:
        return [
            CheckOutcome(check.id, Outcome.NOT_RUN, message=text) for check in self._engine.checks
        ]


class _Before:
    """What the log says of earlier runs."""

    def __init__(self, out: Path) -> None:
        last: dict[str, Head] = {}
        self._hand_ins: dict[str, list[str]] = {}  # digests of what each student handed in
        for head in each_head(out):
            last[head.submission] = head
            handed_in = self._hand_ins.setdefault(head.submission, [])
            if head.digests.submission not in handed_in:
                handed_in.append(head.digests.submission)
        # The keys of the last records, each with its seed, and again with none.
        self.known = {
            (name, head.digests.submission, head.digests.suite, seed): head.student
            for name, head in last.items()
            for seed in ("", str(head.seed))
        }

    def attempt(self, name: str, digest: str) -> int:
        """Return which hand-in of a student this is, from 1."""
        handed_in = self._hand_ins.get(name, [])
        return handed_in.index(digest) + 1 if digest in handed_in else len(handed_in) + 1


def _each_done(
    locations: Iterable[Location], grade_one: Callable[[Location], Record | None], jobs: int
) -> Iterator[tuple[Location, Record | GraderError | None]]:
    """Yield each submission with its record as it is done; few are held at a time."""
    queue = iter(locations)
    with ThreadPoolExecutor(jobs) as pool:
        running: dict[Future[Record | None], Location] = {}
        while True:
            for location in islice(queue, 2 * jobs - len(running)):
                running[pool.submit(grade_one, location)] = location
            if not running:
                return
            done, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in done:
                location = running.pop(future)
                error = future.exception()
                if error is None:
                    yield location, future.result()
                else:
                    yield location, _fault(error)


def _fault(error: BaseException) -> GraderError:
    """Return an error as one of this submission: it must not stop the class."""
    if isinstance(error, GraderError):
        return error
    if not isinstance(error, Exception):
        raise error
    return GraderError(f"{type(error).__name__}: {error}; this is a fault of the grader itself")
