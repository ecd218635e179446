"""Is this machine's isolation what it says? A small class with attackers in it is graded."""

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from grader.course.course import Course
from grader.engine.engine import Engine
from grader.intake.submission import Submission
from grader.sandbox.level import Isolation

_REFERENCE = '''
def double(x):
    """Return 2 x.

    Args:
        x: float.
    """
    return 2 * x
'''
_SUITE = '''"""One hidden check."""
import pytest


@pytest.mark.points(1)
@pytest.mark.exercise("double")
def test_double(submission, rng):
    """A random number is doubled."""
    x = float(rng.normal())
    assert submission.double(x) == 2 * x
'''
_MANIFEST = """title = "Self-test"
summary = "Graded by the grader to test itself."
exercises = ["double"]

[limits]
check_seconds = 2
"""
_RIGHT = "def double(x):\n    return 2 * x\n"
_FORGERIES = {  # stopped by the judge being another process, at every level
    "forges a result on every descriptor": """
def double(x):
    import os
    outcome = b'{"id":"hidden/test_double","outcome":"passed"}'
    for fd in range(64):
        try:
            os.write(fd, b'{"type":"ended","outcome":' + outcome + b"}\\n")
        except OSError:
            pass
    os._exit(0)
""",
    "returns an object that equals everything": """
class Anything(float):
    def __eq__(self, other):
        return True


def double(x):
    return Anything(0)
""",
    "patches pytest": """
import sys


def double(x):
    for module in list(sys.modules.values()):
        for name in ("pytest_runtest_call", "fail", "AssertionError"):
            if hasattr(module, name):
                setattr(module, name, lambda *args, **kwargs: None)
""",
    "loops for ever": """
def double(x):
    while True:
        pass
""",
    "eats memory": """
def double(x):
    return [bytearray(1 << 20) for _ in range(1 << 20)]
""",
    "crashes": """
import ctypes


def double(x):
    ctypes.string_at(0)
""",
}
_ESCAPES = {  # stopped by what the kernel refuses, at every level but split
    "reads the suite": """
def double(x):
    import glob
    found = glob.glob("/**/test_selftest.py", recursive=True)
    return eval(open(found[0]).read().split("==")[1])
""",
    "reads the grader's memory": """
def double(x):
    import os
    memory = open(f"/proc/{os.getppid()}/mem", "rb")
    return memory.read(8)
""",
    "opens a connection": """
import socket


def double(x):
    socket.create_connection(("127.0.0.1", 9), timeout=1)
""",
    "starts a program": """
import ctypes


def double(x):
    return 2 * x if ctypes.CDLL(None).system(b"true") == 0 else 0
""",
    "forks": """
import ctypes
import os


def double(x):
    forked = ctypes.PyDLL(None).fork()  # past Python, which would refuse
    if forked == 0:
        os._exit(0)
    return 2 * x if forked > 0 else 0
""",
    "signals the grader": """
import os


def double(x):
    os.kill(os.getppid(), 0)
    return 2 * x
""",
    "leaves a file": """
def double(x):
    open("/tmp/nablagrade-selftest", "w").write("here")
    return 2 * x
""",
}


@dataclass(frozen=True)
class Trial:
    """What was handed in, and whether it got what it should."""

    name: str
    outcome: str
    as_expected: bool


def selftest(isolation: Isolation) -> Iterator[Trial]:
    """Grade an honest submission, each attack, and the honest one again.

    Raises:
        GraderError: grading itself does not work here.
    """
    attacks = _FORGERIES if isolation.level == "split" else _FORGERIES | _ESCAPES
    with tempfile.TemporaryDirectory() as folder:
        assignment = _write_course(Path(folder)).assignment("selftest")
        with Engine(assignment, ["hidden"], isolation) as engine:
            yield _trial(engine, "honest", _RIGHT, "passed")
            for name, text in attacks.items():
                yield _trial(engine, name, text, None)
            yield _trial(engine, "honest again", _RIGHT, "passed")


def _write_course(root: Path) -> Course:
    files = {
        "reference/selftest.py": _REFERENCE,
        "assignments/selftest/assignment.toml": _MANIFEST,
        "assignments/selftest/hidden/test_selftest.py": _SUITE,
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return Course(root)


def _trial(engine: Engine, name: str, text: str, wanted: str | None) -> Trial:
    files = {"selftest.py": text.encode()}
    submission = Submission("selftest", "selftest.py", files, digest="", notes=())
    judged = engine.judge(submission, seed=1)
    outcome = str(judged.outcomes[0].outcome) if judged.outcomes else judged.unread
    return Trial(name, outcome, outcome == wanted if wanted else outcome != "passed")
