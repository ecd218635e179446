"""The judge of one's own code: collects the public suite once, and judges one request at a time.

Runs in: the judge.

It is started as a process of its own and speaks lines of `engine.messages`: settings and requests
come on standard input, and what it tells goes to standard output. It ends with its input.
"""

import contextlib
import importlib
import os
import sys
import warnings
from functools import partial

import msgspec

from grader.course.handed_out import handed_out
from grader.engine.attempt import judge_submission
from grader.engine.messages import (
    Broken,
    CourseProblem,
    FromJudge,
    FromWarmJudge,
    JudgeSettings,
    Request,
    read_settings,
    to_line,
)
from grader.engine.suite_of import collect_suite, ready
from grader.errors import CourseError, GraderError
from grader.judge.suite import Suite
from grader.sandbox.own.session import OwnSession, OwnWorkers


def main() -> None:
    """Serve the conductor until it closes this process's input."""
    out = _own_output()
    settings = read_settings(sys.stdin.buffer.readline())
    try:
        files = handed_out(settings.assignment)
    except CourseError as error:
        _tell(out, CourseProblem(str(error)))
        return
    workers, before = OwnWorkers(settings.assignment.imports, files), os.getcwd()
    os.chdir(workers.folder_with_files())
    try:
        for name in settings.assignment.imports:  # before what comes with it is taken for a thread
            with contextlib.suppress(ImportError):  # the worker says so
                importlib.import_module(name)
        collect_suite(settings, lambda suite: _serve(out, settings, suite, workers))
    except CourseError as error:
        _tell(out, CourseProblem(str(error)))
    finally:
        os.chdir(before)  # Windows removes no folder that a process works in
        workers.close()


def _own_output() -> int:
    """Return a descriptor for messages; what a suite prints goes nowhere."""
    warnings.simplefilter("ignore")  # nobody reads what numpy says of arithmetic on wrong answers
    out = os.dup(1)
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)
    return out


def _serve(out: int, settings: JudgeSettings, suite: Suite, workers: OwnWorkers) -> None:
    _tell(out, ready(suite))
    for line in sys.stdin.buffer:
        request = msgspec.json.decode(line, type=Request)
        try:
            judge_submission(
                suite, settings, request, partial(_tell, out), partial(OwnSession, workers)
            )
        except GraderError as error:
            _tell(out, Broken(str(error), isinstance(error, CourseError)))
        except Exception as error:  # a fault of the grader, which the conductor must hear of
            _tell(out, Broken(f"{type(error).__name__}: {error}", course=False))


def _tell(out: int, message: FromWarmJudge | FromJudge) -> None:
    left = memoryview(to_line(message))
    while left:
        left = left[os.write(out, left) :]


if __name__ == "__main__":
    main()
