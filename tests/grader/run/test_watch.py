"""After a save, only what may have changed is checked again, and the rest keeps its result."""

import os
import subprocess
import sys
import time

import pytest

from grader.course.assignment import load_handout
from grader.course.course import Course
from grader.course.handout import write_handout
from grader.errors import UsageError
from grader.intake.submission import Submission
from grader.record.check import Step
from grader.run.depends import asked_for, seen_by
from grader.run.watch import Watch

FILE = """
import numpy as np

RATE = 2


def helper(x):
    return RATE * x


def first(x):
    return helper(x)


def second(x):
    return x
"""
SUITE = """
import pytest


@pytest.mark.points(1)
@pytest.mark.exercise("first")
def test_first(submission):
    '''First.'''
    assert submission.first(2) == 4


@pytest.mark.points(1)
@pytest.mark.exercise("second")
def test_second(submission):
    '''Second.'''
    assert submission.second(1) == 1


@pytest.mark.points(1)
@pytest.mark.exercise("third")
def test_third(submission):
    '''Third.'''
    assert submission.third(1) == submission.first(1)
"""


@pytest.fixture
def handout(tmp_path):
    (tmp_path / "public").mkdir()
    (tmp_path / "public" / "test_own.py").write_text(SUITE)
    (tmp_path / "assignment.toml").write_text(
        'name = "own"\ntitle = "t"\nsummary = "s"\nexercises = ["first", "second", "third"]\n'
        'defines = ["first", "second", "third", "helper"]\nimports = ["numpy"]\n'
    )
    (tmp_path / "own.py").write_text(FILE)
    return load_handout(tmp_path)


def changed(handout, old: str, new: str, *, text: str = FILE) -> set[str]:
    """Return the exercises that depend on a change of the file."""
    assert old in text
    asked = asked_for(handout)
    before, after = (
        seen_by(handout, asked, Submission("s", "own.py", {"own.py": one.encode()}, "", ()))
        for one in (text, text.replace(old, new))
    )
    return {name for name in before if before[name].text != after[name].text}


@pytest.mark.parametrize(
    ("old", "new", "exercises"),
    [
        ("    return x\n", "    return -x\n", {"second"}),
        ("RATE * x", "RATE + x", {"first", "third"}),
        ("RATE = 2", "RATE = 3", {"first", "third"}),
        ("import numpy as np", "import numpy as np\nnp.seterr()", {"first", "second", "third"}),
        ("return helper(x)", "return helper(x", {"first", "second", "third"}),
    ],
)
def test_what_depends_on_a_change_is_known(handout, old, new, exercises):
    assert changed(handout, old, new) == exercises


def test_a_helper_of_the_suite_counts_for_all_exercises(handout):
    helper = "\n\ndef asks(submission):\n    return submission.second(1)\n"
    (handout.public_suite / "test_own.py").write_text(SUITE + helper)
    assert all("second" in names for names in asked_for(handout).values())


def test_a_notebook_depends_on_its_code_alone(handout):
    cells = '{"cells": [{"cell_type": "code", "source": ["def second(x):\\n", "    return 1"]}]}'
    asked = asked_for(handout)
    before, after = (
        seen_by(handout, asked, Submission("s", "own.ipynb", {"own.ipynb": one}, "", ()))
        for one in (cells.encode(), cells.replace('"cells"', '"x": 1, "cells"').encode())
    )
    assert before == after


def test_only_what_changed_runs_and_the_rest_keeps_its_result(handout):
    handout_file = handout.root / "own.py"
    watch, ran = Watch(handout, None), []

    def tell(step: Step) -> None:
        ran.append(step.check.exercise)

    try:
        assert watch.was_saved()
        assert not watch.was_saved()
        assert watch.check(tell).earned == 2
        ran.clear()
        handout_file.write_text(FILE.replace("    return x\n", "    return -x\n"))
        assert watch.was_saved()
        record = watch.check(tell)
        assert set(ran) == {"second"}
        assert [check.outcome for check in record.checks] == ["passed", "failed", "failed"]
        handout_file.unlink()  # as some editors do for a moment
        assert watch.was_saved()
        with pytest.raises(UsageError):
            watch.check()
        handout_file.write_text(FILE)
        assert watch.was_saved()
        assert watch.check().earned == 2
    finally:
        watch.close()


def test_a_message_that_names_a_line_is_checked_again_when_the_line_moves(handout):
    file = handout.root / "own.py"
    file.write_text(FILE.replace("    return x\n", "    return 1 / 0\n"))
    watch = Watch(handout, file)
    try:
        before = watch.check().checks[1].message
        file.write_text("\n" + file.read_text())
        after = watch.check().checks[1].message
        assert (before.count("line 16"), after.count("line 17")) == (1, 1)
    finally:
        watch.close()


@pytest.mark.skipif(sys.platform == "win32", reason="Windows sends no such signal")
def test_the_command_checks_again_after_a_save_and_ends_with_a_signal(tiny, right_text, tmp_path):
    import signal

    # A job in the background ignores this signal, and so would what it starts.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    folder = write_handout(Course(tiny), Course(tiny).assignment("tiny"), tmp_path)
    command = [sys.executable, "-u", "-m", "grader.cli", "check", "--watch", folder / "tiny.py"]
    environment = {**os.environ, "COLUMNS": "100"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        assert process.stdout is not None
        until(process.stdout, "waiting for you to save")
        (folder / "tiny.py").write_text(right_text)
        try:
            assert "2 of 2 points" in until(process.stdout, "waiting for you to save")
            process.send_signal(signal.SIGINT)
            assert process.wait(20) == 0
        finally:
            process.kill()
            signal.signal(signal.SIGINT, before)


def until(lines, last: str) -> str:
    told, deadline = "", time.monotonic() + 60
    for line in lines:
        told += line
        if last in line or time.monotonic() > deadline:
            break
    return told
