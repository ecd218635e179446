"""The trusted process that collects a suite once and forks a judge for each submission.

Runs in: the warm judge and the judge.

This module is the `Companion` of a warm worker (`wire.messages` says what that is): the engine
gives its name to the warm worker, which forks itself before it knows anything of the course,
imports this module in the fork and calls `main`. For each submission the warm judge then gets two
sockets: the conductor's, on which the request comes and the outcomes go, and the supervisor's,
through which student code is run.
"""

import os
import random
import socket
import sys
import tempfile
import warnings
from functools import partial

import msgspec
import numpy as np

from grader.engine.attempt import judge_submission, prepare
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
from grader.sandbox.client import Session
from grader.sandbox.kernel.limits import limit_memory
from grader.sandbox.kernel.trusted import harden_trusted
from grader.sandbox.warm import tricks
from grader.sandbox.warm.forkserver import fork_for_each

_JUDGE_MB = 1024  # what a judge may use on top of what a submission may


def main(fd: int) -> None:
    """Collect the suite that the conductor names on the socket `fd`, and fork judges for it."""
    harden_trusted()
    _part_from_workers()
    control = socket.socket(fileno=fd)
    with control.makefile("rb") as lines:
        settings = read_settings(lines.readline())
    try:
        collect_suite(settings, lambda suite: _serve(control, settings, suite))
    except CourseError as error:
        _tell(control, CourseProblem(str(error)))


def _part_from_workers() -> None:
    """Give up what came with the fork from the warm worker, except for the libraries."""
    os.setsid()
    for name in ("HOME", "TMPDIR"):  # folders that do not exist, as for a worker
        os.environ.pop(name, None)
    tempfile.tempdir = None
    np.random.seed()  # or workers could know what a suite draws from a global generator
    random.seed()
    if torch := sys.modules.get("torch"):
        torch.seed()
    warnings.simplefilter("ignore")  # nobody reads what numpy says of arithmetic on wrong answers
    null = os.open(os.devnull, os.O_WRONLY)
    os.dup2(null, 1)
    os.close(null)


def _serve(control: socket.socket, settings: JudgeSettings, suite: Suite) -> None:
    prepare()
    proc = os.open("/proc" if sys.platform == "linux" else "/", os.O_RDONLY)
    tricks.play(tricks.BEFORE_FORKS, proc)
    os.close(proc)
    _tell(control, ready(suite))
    fork_for_each(control, lambda fds: _be_judge(suite, settings, *fds), fds=2)


def _be_judge(suite: Suite, settings: JudgeSettings, out: int, work: int) -> None:
    _limit_memory(settings.assignment.limits.memory_mb + _JUDGE_MB)
    conductor = socket.socket(fileno=out)
    try:
        socket.send_fds(conductor, [b"\n"], [os.pidfd_open(os.getpid())])
        with conductor.makefile("rb") as lines:
            request = msgspec.json.decode(lines.readline(), type=Request)
        judge_submission(
            suite,
            settings,
            request,
            tell=lambda message: _tell(conductor, message),
            open_session=partial(Session, socket.socket(fileno=work)),
        )
    except GraderError as error:
        _tell(conductor, Broken(str(error), isinstance(error, CourseError)))
    except BaseException as error:  # a fault of the grader, which the conductor must hear of
        _tell(conductor, Broken(f"{type(error).__name__}: {error}", course=False))


def _limit_memory(megabytes: int) -> None:
    """Limit what a check can make of an answer: a small one may be broadcast to a large one."""
    proc = os.open("/proc" if sys.platform == "linux" else "/", os.O_RDONLY)
    limit_memory(megabytes, proc)
    os.close(proc)


def _tell(sock: socket.socket, message: FromWarmJudge | FromJudge) -> None:
    sock.sendall(to_line(message))
