"""Tasks are done in forks: what they wrote is known, and none outlives its time."""

import os
import time

import pytest

from grader.audit.mutants.trial.forks import Task, in_forks

pytestmark = pytest.mark.processes


def test_each_task_ends_as_what_it_is():
    def fails(write):
        write(b"before")
        os.kill(os.getpid(), 9)

    tasks = [
        Task(0, 30, lambda write: [write(b"one"), write(b"two")]),
        Task(1, 0.2, lambda _: time.sleep(60)),
        Task(2, 30, fails),
        Task(3, 30, lambda write: write(b"x" * 200_000)),
    ]
    ended = {one.number: one for one in in_forks(iter(tasks), 2)}
    assert ended[0].lines == [b"one", b"two"]
    assert (ended[1].late, ended[1].lines) == (True, [])
    assert (ended[2].late, ended[2].lines, os.WTERMSIG(ended[2].status)) == (False, [b"before"], 9)
    assert len(ended[3].lines[0]) == 200_000


def test_what_a_task_raises_is_its_fault():
    (ended,) = in_forks(iter([Task(0, 30, lambda _: 1 / 0)]), 1)
    assert ended.fault == "ZeroDivisionError('division by zero')"


def test_no_more_run_at_once_than_asked_for():
    started = time.monotonic()
    tasks = (Task(n, 30, lambda _: time.sleep(0.3)) for n in range(4))
    assert sum(1 for _ in in_forks(tasks, 2)) == 4
    assert time.monotonic() - started >= 0.6
