"""Without a sandbox, a student reads the same to the letter: both engines, beside each other."""

import ast
import importlib.util
import io
import re
import sys
from pathlib import Path
from textwrap import indent

import msgspec
import pytest
from rich.console import Console

from grader.course.assignment import Assignment, load_handout
from grader.course.course import Course
from grader.course.handout import write_handout
from grader.course.mistakes import load_mistakes, patched
from grader.engine.engine import Engine
from grader.engine.isolation import UNGUARDED
from grader.engine.own import OwnEngine
from grader.intake.submission import Submission
from grader.record.check import Outcome
from grader.report.text import print_check
from grader.run.check import check_with
from grader.sandbox.level import OWN_PROCESS
from grader.sandbox.terms import Limits

COURSE = Course(Path(__file__).parents[3])
WRONG = 2  # known mistakes of each assignment, from its first to its last

pytestmark = pytest.mark.processes

LATE = re.compile(r"computed for more than \d+ s|did not answer in time")  # which, the load says
AWFUL = {  # exercise of linear -> what its body does, the outcome of its checks
    "one_hot": ("while True: pass", Outcome.TIMEOUT),
    "hinge": ("import time\ntime.sleep(60)", Outcome.TIMEOUT),
    "softmax": ("import os\nos._exit(3)", Outcome.CRASHED),
    "sigmoid": ("import ctypes\nctypes.string_at(0)", Outcome.CRASHED),
    "entropy": ("while True:\n    print('x' * 100_000)", Outcome.ERROR),
    "kl": ("import sys\nsys.exit('enough')", Outcome.ERROR),
    "l2_penalty": ("kept = []\nwhile True:\n    kept.append(b'x' * 2**20)", Outcome.MEMORY),
    "templates": ("import numpy\nnumpy.dot = None\nraise KeyError('templates')", Outcome.ERROR),
}
PLANES = """
import pytest


@pytest.mark.points(1)
@pytest.mark.exercise("planes")
def test_planes(submission):
    '''Three plain planes.'''
    assert (submission.planes() == [1, 2, 3]).all(), "hint: one after the other"
"""


def read(engine: Engine | OwnEngine, assignment: Assignment, text: str) -> str:
    """Return what a student reads of all checks, without how long they took."""
    name = f"{assignment.name}.py"
    record = check_with(engine, Submission("s", name, {name: text.encode()}, "", ()))
    console = Console(width=100, record=True, file=io.StringIO())
    print_check(console, record)
    told = [
        f"{check.id}: {check.outcome}: {check.message}: {check.hint}" for check in record.checks
    ]
    text = "\n".join([console.export_text(), *told, *record.notes])
    return LATE.sub("was late", text)


def with_bodies(text: str, bodies: dict[str, str]) -> str:
    """Return a module in which functions have other bodies."""
    lines = text.splitlines()
    for node in reversed(ast.parse(text).body):
        if isinstance(node, ast.FunctionDef) and node.name in bodies:
            lines[node.body[0].lineno - 1 : node.end_lineno] = [indent(bodies[node.name], "    ")]
    return "\n".join(lines)


@pytest.mark.slow
@pytest.mark.parametrize("name", COURSE.assignment_names())
def test_every_line_is_the_same_as_in_a_sandbox(name, tmp_path):
    of_course = COURSE.assignment(name)
    if missing := [
        package for package in of_course.imports if not importlib.util.find_spec(package)
    ]:
        pytest.skip(f"needs {', '.join(missing)}")
    handout = load_handout(write_handout(COURSE, of_course, tmp_path))
    assert of_course.reference_path is not None
    right = of_course.reference_path.read_text("utf-8")
    mistakes = load_mistakes(of_course)
    texts = [patched(mistake, right) for mistake in mistakes[:: -(-len(mistakes) // WRONG)]]
    texts += [right, (tmp_path / name / f"{name}.py").read_text("utf-8")]
    with Engine(handout, ["public"], UNGUARDED) as sandboxed, OwnEngine(handout) as own:
        assert [check.id for check in own.checks] == [check.id for check in sandboxed.checks]
        for text in texts:
            assert read(own, handout, text) == read(sandboxed, handout, text)


@pytest.mark.slow
def test_what_ends_a_process_costs_that_check_only(tmp_path):
    of_course = COURSE.assignment("linear")
    handout = load_handout(write_handout(COURSE, of_course, tmp_path))
    handout = msgspec.structs.replace(handout, limits=Limits(check_seconds=1, memory_mb=512))
    assert of_course.reference_path is not None
    right = of_course.reference_path.read_text("utf-8")
    text = with_bodies(right, {name: body for name, (body, _) in AWFUL.items()})
    with Engine(handout, ["public"], UNGUARDED) as sandboxed, OwnEngine(handout) as own:
        record = check_with(own, Submission("s", "linear.py", {"linear.py": text.encode()}, "", ()))
        ended = {check.exercise: check.outcome for check in record.checks}
        assert {name: ended[name] for name in AWFUL} == {n: how for n, (_, how) in AWFUL.items()}
        assert {how for name, how in ended.items() if name not in AWFUL} == {Outcome.PASSED}
        assert read(own, handout, text) == read(sandboxed, handout, text)


def test_a_message_is_the_same_where_pytest_runs_as_part_of_ci(tmp_path, monkeypatch):
    (tmp_path / "planes" / "public").mkdir(parents=True)
    (tmp_path / "planes" / "public" / "test_planes.py").write_text(PLANES)
    (tmp_path / "planes" / "assignment.toml").write_text(
        'name = "planes"\ntitle = "Planes"\nsummary = "Three planes"\n'
        'exercises = ["planes"]\nimports = ["numpy"]\n'
    )
    text = "import numpy as np\n\n\ndef planes():\n    return np.zeros((9, 32, 3))\n"
    read_there = set()
    for ci, options in [("", ""), ("true", ""), ("true", "-vv -x")]:
        monkeypatch.setenv("CI", ci)
        monkeypatch.setenv("PYTEST_ADDOPTS", options)
        handout = load_handout(tmp_path / "planes")
        with OwnEngine(handout) as own:
            read_there.add(read(own, handout, text))
    assert len(read_there) == 1
    assert "one after the other" in read_there.pop()


def test_the_record_says_that_there_was_no_sandbox(tiny, right_text, tmp_path):
    handout = load_handout(write_handout(Course(tiny), Course(tiny).assignment("tiny"), tmp_path))
    with OwnEngine(handout) as own:
        name = "tiny.py"
        record = check_with(own, Submission("s", name, {name: right_text.encode()}, "", ()))
    assert (record.earned, record.possible) == (2, 2)
    assert record.sandbox["level"] == OWN_PROCESS


def test_a_check_finds_nothing_that_another_left_behind(tiny, right_text, tmp_path):
    handout = load_handout(write_handout(Course(tiny), Course(tiny).assignment("tiny"), tmp_path))
    kept = "    assert not hasattr(np, 'kept')\n    np.kept = 1\n    return 2 *"
    text = right_text.replace("    return 2 *", kept)
    with OwnEngine(handout) as own:
        for _ in range(3):
            record = check_with(own, Submission("s", "tiny.py", {"tiny.py": text.encode()}, "", ()))
            assert (record.earned, record.notes) == (2, [])


def test_a_broken_suite_is_told_and_leaves_no_process(tiny, tmp_path):
    from grader.errors import CourseError

    handout = write_handout(Course(tiny), Course(tiny).assignment("tiny"), tmp_path)
    (handout / "public" / "test_tiny.py").write_text("import nowhere\n")
    engine = OwnEngine(load_handout(handout))
    with pytest.raises(CourseError, match="nowhere"), engine:
        pass
    assert engine._process.poll() is not None


@pytest.mark.skipif(sys.platform == "win32", reason="looks at processes as POSIX does")
def test_a_judge_that_dies_is_no_grade(tiny, right_text, tmp_path):
    from grader.errors import SandboxError

    handout = load_handout(write_handout(Course(tiny), Course(tiny).assignment("tiny"), tmp_path))
    with OwnEngine(handout) as own:
        own._process.kill()
        with pytest.raises(SandboxError, match="the judge is gone"):
            check_with(own, Submission("s", "tiny.py", {"tiny.py": right_text.encode()}, "", ()))
