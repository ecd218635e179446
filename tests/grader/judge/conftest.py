"""Submissions that really run in a worker."""

import time
from textwrap import dedent

import pytest

from grader.judge.proxy import Conversation, Submission
from grader.sandbox.client import Session, WorkerTemplate
from grader.sandbox.probe import probe
from grader.sandbox.program import Sources


@pytest.fixture(scope="session")
def template():
    template = WorkerTemplate.start(["numpy"], probe().level)
    template.wait_ready()
    yield template
    template.close()


@pytest.fixture
def open_session(template):
    """Return a function that opens a session for a submission of the given text."""
    sessions = []

    def open_session(text, *, cpu_seconds=5, memory_mb=512, **modules):
        beside = {name.replace("__", "."): dedent(code) for name, code in modules.items()}
        sources = Sources("answer", dedent(text), beside, memory_mb, cpu_seconds)
        sessions.append(Session(template.open(), sources))
        return sessions[-1]

    yield open_session
    for session in sessions:
        session.close()


@pytest.fixture
def start(open_session):
    """Return a function that starts a conversation with a submission of the given text."""
    talks = []

    def start(text, *, seconds=10.0, **options):
        deadline = time.monotonic() + seconds
        talks.append(Conversation(open_session(text, **options), "answer.py", deadline))
        return talks[-1]

    yield start
    for talk in talks:
        talk.close()


@pytest.fixture
def submit(start):
    """Return a function that starts a submission and returns its stand-in."""
    return lambda text, **options: Submission(start(text, **options))
