"""An engine that stays warm from one check of one's own code to the next."""

import contextlib
from collections.abc import Iterator

from grader.course.assignment import Assignment
from grader.course.files import files_below
from grader.engine.engine import Engine
from grader.engine.own import OwnEngine
from grader.errors import GraderError, UsageError
from grader.run.check import own_engine

_State = tuple[tuple[str, int, int], ...]  # path, time of change and size of each file


class WarmEngine:
    """Keeps one engine; it starts anew when the handout has changed or the engine has failed."""

    def __init__(self) -> None:
        self._open = contextlib.ExitStack()
        self._engine: Engine | OwnEngine | None = None
        self._of: tuple[Assignment, _State] | None = None

    @contextlib.contextmanager
    def engine(self, assignment: Assignment) -> Iterator[Engine | OwnEngine]:
        """Give the engine for an assignment, for the block.

        Raises:
            GraderError: it does not start, or the block failed by it.
        """
        wanted = (assignment, suite_state(assignment))
        if self._engine is None or self._of != wanted:
            self.close()
            self._engine, self._of = self._open.enter_context(own_engine(assignment)), wanted
        try:
            yield self._engine
        except UsageError:
            raise
        except (GraderError, KeyboardInterrupt):  # it may be in the midst of an attempt
            self.close()
            raise

    def close(self) -> None:
        """End the engine, if there is one."""
        self._engine = self._of = None
        self._open.close()


def suite_state(assignment: Assignment) -> _State:
    """Return what changes with the files that a suite is made of."""
    folders = (assignment.public_suite, assignment.given_dir)
    paths = [assignment.manifest_path, *(path for f in folders for path in files_below(f))]
    stats = [(path, path.stat()) for path in paths]
    return tuple((str(path), stat.st_mtime_ns, stat.st_size) for path, stat in stats)
