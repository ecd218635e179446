"""Check a file again when it is saved, and only the exercises that may have changed."""

import contextlib
from pathlib import Path

import msgspec

from grader.course.assignment import Assignment
from grader.errors import UsageError
from grader.record.record import Record, exercise_scores
from grader.run.check import Tell, check_with, own_file, read_own, tell_nobody
from grader.run.depends import Seen, asked_for, seen_by
from grader.run.warm import WarmEngine, suite_state

_Stats = tuple[tuple[str, int, int], ...]


class Watch:
    """The file that is watched, its engine, and what is known of it."""

    def __init__(self, assignment: Assignment, file: Path | None) -> None:
        """Watch `file`, or else the starter that was changed last."""
        self._assignment = assignment
        self._file = file
        self._warm = WarmEngine()
        self._stats: _Stats = ()
        self._suite: _Stats = ()
        self._asked: dict[str, frozenset[str]] = {}
        self._seen: dict[str, Seen] = {}
        self._last: Record | None = None
        self.file = file or own_file(assignment)

    def was_saved(self) -> bool:
        """Tell whether anything was saved since this was asked last."""
        if self._file is None:
            with contextlib.suppress(UsageError):  # an editor is about to put it back
                self.file = own_file(self._assignment)
        stats = self._own_stats() + suite_state(self._assignment)
        changed, self._stats = stats != self._stats, stats
        return changed

    def close(self) -> None:
        self._warm.close()

    def check(self, tell: Tell = tell_nobody) -> Record:
        """Return the record of all checks, of which those were run that may have changed.

        Raises:
            GraderError: the file cannot be read, or checking failed.
        """
        submission = read_own(self._assignment, self.file)
        if (suite := suite_state(self._assignment)) != self._suite:
            self._suite, self._asked, self._last = suite, asked_for(self._assignment), None
        seen = seen_by(self._assignment, self._asked, submission)
        exercises = self._to_check(seen)
        with self._warm.engine(self._assignment) as engine:
            new = check_with(engine, submission, tell, exercises)
        self._last = new if self._last is None else _merged(self._last, new)
        self._seen = seen
        return self._last

    def _to_check(self, seen: dict[str, Seen]) -> list[str]:
        """Return the exercises that may have changed, and those whose messages name other lines."""
        if self._last is None:
            return list(seen)
        lost = {score.name for score in self._last.exercises if score.earned < score.possible}
        return [
            name
            for name, now in seen.items()
            if now.text != self._seen[name].text
            or (name in lost and now.place != self._seen[name].place)
        ]

    def _own_stats(self) -> _Stats:
        beside = [path for path in self.file.parent.glob("*.py") if path != self.file]
        found = []
        for path in [self.file, *sorted(beside)]:
            try:
                stat = path.stat()
            except OSError:  # an editor is about to put another file in its place
                continue
            found.append((str(path), stat.st_mtime_ns, stat.st_size))
        return tuple(found)


def _merged(before: Record, new: Record) -> Record:
    """Return the newer record with the results before for what was not checked again."""
    fresh = {check.id: check for check in new.checks}
    checks = [fresh.get(check.id, check) for check in before.checks]
    causes = {score.name: score.cause for score in [*before.exercises, *new.exercises]}
    return msgspec.structs.replace(
        new,
        checks=checks,
        exercises=exercise_scores([score.name for score in before.exercises], checks, causes),
        earned=round(sum(check.earned for check in checks), 2),
        possible=before.possible,
    )
