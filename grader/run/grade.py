"""Grade a class: every submission once, and each record is on the disk as soon as it is made."""

import hashlib
import secrets
import threading
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from grader.course.assignment import Assignment, other_exercises
from grader.engine.digest import suite_digest
from grader.engine.engine import Engine, EngineGone, Judged
from grader.engine.isolation import find_isolation
from grader.errors import GraderError
from grader.intake.files.choose import Wanted
from grader.intake.files.find import Location, find_submissions
from grader.intake.files.read import read
from grader.intake.submission import Unreadable
from grader.record.aside import Aside
from grader.record.check import CheckOutcome, Outcome
from grader.record.record import Digests, Record, make_record
from grader.report.summary import Summary, summarise
from grader.report.write import (
    append_record,
    each_record,
    own_folder,
    write_class,
    write_submission,
)
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
    aside: list[Aside]  # what is no submission
    summary: Summary
    graded: int = 0
    kept: int = 0
    faults: list[tuple[str, GraderError]] = field(default_factory=list)


def grade(
    assignment: Assignment,
    paths: Sequence[Path],
    out: Path,
    *,
    jobs: int = 1,
    seed: int | None = None,
    isolation: Level | None = None,
    progress: Progress | None = None,
) -> Graded:
    """Grade the submissions in `paths` and write records and reports below `out`.

    Student code is held at least as strongly as `isolation` says, or else as the assignment does.
    A submission is not graded again if `out` has a record of the same files, by the same suite
    and grader (and with `seed`, if one is given).

    Raises:
        GraderError: nothing can be graded. An error of one submission is in the result instead.
    """
    shown = progress or Progress()
    wanted = Wanted(assignment.name, assignment.exercises, other_exercises(assignment))
    found = find_submissions(paths, assignment.name, wanted.others)
    shown.total(len(found.submissions))
    held = find_isolation(isolation or assignment.isolation)
    result = Graded(held.described(), found.aside, Summary(assignment.title))
    with own_folder(out), Engine(assignment, ["public", "hidden"], held) as engine:
        grader = _Grader(engine, wanted, seed, _known(out))
        for location, record in _each_done(found.submissions, grader.grade, jobs):
            if isinstance(record, EngineGone):
                raise record
            if isinstance(record, GraderError):
                result.faults.append((location.id, record))
            elif record is None:
                result.kept += 1
            else:
                write_submission(out, record)
                append_record(out, record)
                result.graded += 1
            shown.done()
        result.summary = summarise(each_record(out), assignment.title)
        write_class(out, result.summary)
    return result


class _Grader:
    """Grades one submission after the other, from several threads."""

    def __init__(
        self, engine: Engine, wanted: Wanted, seed: int | None, known: set[tuple[str, ...]]
    ) -> None:
        self._engine = engine
        self._wanted = wanted
        self._seed = seed
        self._known = known
        self._suite = suite_digest(engine.assignment)
        self._reading = threading.Lock()  # `ast` counts depth for all threads at once

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
            if self._is_known(location.id, digest):
                return None
            return self._record(location.id, digest, seed, Judged(unread=unread), started)
        if self._is_known(submission.id, submission.digest):
            return None
        judged = self._engine.judge(submission, seed)
        judged.notes = [*submission.notes, *judged.notes]
        return self._record(submission.id, submission.digest, seed, judged, started)

    def _is_known(self, name: str, digest: str) -> bool:
        seed = "" if self._seed is None else str(self._seed)
        return (name, digest, self._suite, seed) in self._known

    def _record(self, name: str, digest: str, seed: int, judged: Judged, started: float) -> Record:
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
        )

    def _unread(self, text: str) -> list[CheckOutcome]:
        return [
            CheckOutcome(check.id, Outcome.NOT_RUN, message=text) for check in self._engine.checks
        ]


def _known(out: Path) -> set[tuple[str, ...]]:
    """Return the keys of the records in `out`: each with its seed, and again with none."""
    known: set[tuple[str, ...]] = set()
    for record in each_record(out):
        key = (record.submission, record.digests.submission, record.digests.suite)
        known |= {(*key, ""), (*key, str(record.seed))}
    return known


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
                if error is not None and not isinstance(error, GraderError):
                    raise error
                yield location, future.result() if error is None else error
