"""Submissions that really run in a worker, and suites that pytest really collects."""

import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent
from typing import Any

import pytest
from msgspec.structs import replace

from grader.judge.conversation import Conversation
from grader.judge.declared import Declared
from grader.judge.diagnose import DeclaredMistake
from grader.judge.plugin import collect
from grader.judge.proxy import SubmissionProxy
from grader.judge.suite import Attempt, Suite
from grader.record.cause import Explained
from grader.record.check import Check, CheckOutcome, Visibility
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.level import probe
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources

HEADER = """\
import numpy as np
import pytest

def points(n, exercise="f"):
    def mark(test):
        return pytest.mark.points(n)(pytest.mark.exercise(exercise)(test))
    return mark
"""


@pytest.fixture(scope="session")
def warm_worker():
    warm_worker = WarmWorker.start(["numpy"], probe().level)
    warm_worker.wait_ready()
    yield warm_worker
    warm_worker.close()


@pytest.fixture
def open_session(warm_worker):
    """Return a function that opens a session for a submission of the given text."""
    sessions = []

    def open_session(text, *, cpu_seconds=5, memory_mb=512, shared=False, **modules):
        beside = {name.replace("__", "."): dedent(code) for name, code in modules.items()}
        terms = Terms(imports=("numpy",), limits=Limits(cpu_seconds, memory_mb=memory_mb))
        sources = Sources("answer", dedent(text), beside, terms, shared=shared)
        sessions.append(Session(warm_worker.open(), sources))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()


@pytest.fixture
def start(open_session):
    """Return a function that starts a conversation with a submission of the given text."""
    talks = []

    def start(text, *, seconds=10.0, **options):
        talks.append(Conversation(open_session(text, **options), "answer.py", seconds))
        return talks[-1]

    yield start
    for talk in talks:
        talk.close()


@pytest.fixture
def submit(start):
    """Return a function that starts a submission and returns its stand-in."""
    return lambda text, **options: SubmissionProxy(start(text, **options))


@dataclass
class TinyCourse:
    """A reference and suites in a folder, collected and run in this process."""

    root: Path
    reference: str = "def f(x):\n    return 2 * x\n"
    exercises: Sequence[str] = ("f", "g")
    suites: Sequence[Visibility] = ("hidden",)
    mistakes: Sequence[DeclaredMistake] = ()

    def write(self, text: str, name: str = "hidden/test_tiny.py") -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(HEADER + dedent(text))

    def collect(self, serve: Callable[[Suite], None]) -> None:
        path = self.root / "tiny.py"
        path.write_text(self.reference)
        declared = Declared(
            suites={name: self.root / name for name in self.suites},
            exercises=self.exercises,
            reference=path if self.reference else None,
            data=self.root / "data",
            mistakes=self.mistakes,
        )
        known = set(sys.modules)
        try:
            collect(declared, serve)
        finally:
            for name in set(sys.modules) - known:
                if name.partition(".")[0] in (*self.suites, "reference_tiny"):
                    del sys.modules[name]

    def checks(self) -> list[Check]:
        found: list[Check] = []
        self.collect(lambda suite: found.extend(suite.checks))
        return found


@pytest.fixture
def course(tmp_path: Path) -> TinyCourse:
    return TinyCourse(tmp_path)


@pytest.fixture
def judge(course: TinyCourse, open_session: Callable[..., Session]) -> Callable[..., Any]:
    """Return a function that runs the tiny course on a submission and returns the outcomes."""

    def judge(
        text: str,
        *,
        seed: int = 7,
        check_seconds: float = 1.0,
        left_out: tuple[str, ...] = (),
        **options: Any,
    ) -> list[CheckOutcome]:
        outcomes: list[CheckOutcome] = []
        problems: list[BaseException] = []
        attempt = Attempt(
            seed=seed,
            session=open_session(text, **options),
            module="answer",
            file="answer.py",
            place="line {1} of {0}".format,
            worker_seconds=2 * check_seconds + 1,
            left_out=left_out,
        )

        def tell(explained: Explained) -> None:
            hints = explained.hints
            outcomes[:] = [replace(one, hint=hints.get(one.id, one.hint)) for one in outcomes]

        def serve(suite: Suite) -> None:
            try:
                suite.run(attempt, begin=lambda check: None, emit=outcomes.append, tell=tell)
            except BaseException as error:  # pytest's run loop would only print it
                problems.append(error)

        course.collect(serve)
        if problems:
            raise problems[0]
        return outcomes

    return judge
