"""A trick that fails, or is left out, costs speed and changes no grade."""

import platform
import subprocess
import sys
from pathlib import Path

import msgspec
import pytest

from grader.course.course import find_course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.errors import SandboxError
from grader.intake.submission import Submission
from grader.sandbox import client
from grader.sandbox.warm import tricks

SPOILED = Path(__file__).with_name("spoiled_warm.py")
SPOILING = ("raise_in_all", "raise_after_all", "have_no_functions", "warn_of_the_type_cache")
PLAY = f"""
import os, runpy, sys
how, library = sys.argv[1:]
runpy.run_path({str(SPOILED)!r})["SPOILING"].get(how, lambda: None)()
from grader.sandbox.warm import tricks
for trick in tricks.BEFORE_IMPORTS.values():
    trick()
from grader.sandbox.warm import warm_worker
if library:
    __import__(library)
for trick in tricks.AFTER_IMPORTS.values():
    trick(True)
for trick in tricks.BEFORE_FORKS.values():
    trick(os.open("/proc", os.O_RDONLY))
"""


IMPORT = """
import os, sys
import numpy, pytest  # these may call what they like
called = []
def note(event, details):
    if event == "ctypes.dlsym":
        called.append(details[1])
sys.addaudithook(note)
import grader.engine.judge_process, grader.sandbox.client, grader.sandbox.warm.warm_worker
from grader.sandbox.warm import tricks
at_import = list(called)
tricks.play(tricks.BEFORE_FORKS, os.open("/proc", os.O_RDONLY))
print(at_import, "malloc" in called)
"""


def play(how, library=""):
    """Play every trick, and let the first that fails end it; return exit status and errors."""
    words = [sys.executable, "-I", "-c", PLAY, how, library]
    done = subprocess.run(words, capture_output=True, text=True)
    return done.returncode, done.stderr


def judged(tiny, right_text):
    """Return what comes of a submission that is right but for one function, without the times."""
    text = right_text.replace("2 * x / x.size", "2 * x")
    submission = Submission("s", "tiny.py", {"tiny.py": text.encode()}, digest="", notes=())
    assignment = find_course(tiny).assignment("tiny")
    with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
        judged = engine.judge(submission, seed=7)
    judged.outcomes = [msgspec.structs.replace(outcome, seconds=0) for outcome in judged.outcomes]
    return judged


@pytest.fixture(scope="module")
def usual(tiny, right_text):
    usual = judged(tiny, right_text)
    passed = [outcome.outcome == "passed" for outcome in usual.outcomes]
    assert (len(passed), passed.count(False)) == (6, 1)
    return usual


@pytest.mark.parametrize("how", [*tricks.NAMES, *SPOILING])
def test_a_trick_that_fails_costs_no_grade(usual, tiny, right_text, monkeypatch, how):
    command = (sys.executable, "-I", "-B", str(SPOILED), how)
    monkeypatch.setattr(client, "_COMMAND", command)
    assert judged(tiny, right_text) == usual


@pytest.mark.parametrize("names", [*tricks.NAMES, ",".join(tricks.NAMES)])
def test_a_trick_that_is_left_out_costs_no_grade(usual, tiny, right_text, monkeypatch, names):
    monkeypatch.setenv(client.WITHOUT, names)
    assert judged(tiny, right_text) == usual


def test_nothing_is_called_at_import():
    words = [sys.executable, "-I", "-c", IMPORT]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    assert done.stdout == "[] True\n"


def test_only_what_is_left_out_is_not_played(monkeypatch):
    played = []
    monkeypatch.setattr(tricks, "_left_out", set())
    some = {"one": lambda: played.append(1), "two": lambda: played.append(2)}
    tricks.leave_out(["one"])
    tricks.play(some)
    assert played == [2]


def test_a_trick_that_fails_does_not_keep_the_next_from_being_played():
    played = []
    tricks.play({"one": lambda by: 1 / 0, "two": played.append}, 2)
    assert played == [2]


def test_a_trick_that_there_is_not_is_named(monkeypatch):
    monkeypatch.setenv(client.WITHOUT, "huge_pages,hugepages")
    warm = client.WarmWorker.start([], "split")
    with pytest.raises(SandboxError, match="no trick of a warm process is called 'hugepages'"):
        warm.wait_ready()
    warm.close()


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="elsewhere, some may fail")
@pytest.mark.parametrize("library", ["", "torch"])
def test_every_trick_works_on_this_system(library):
    if library:
        pytest.importorskip(library)
    assert play("as it is", library) == (0, "")


@pytest.mark.parametrize("how", SPOILING)
def test_a_spoiled_system_is_one_where_tricks_fail(how):
    status, error = play(how)
    assert status == 1
    assert any(words in error for words in ("no such function", "use another", "'freeze'"))
