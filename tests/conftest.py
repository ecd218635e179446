"""What all tests share: the tiny course, and the command line as its user runs it."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small arrays wait for more threads, not work

TINY = Path(__file__).parent / "tiny"

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="session")
def tiny() -> Path:
    """The folder of a small, sound course with one assignment, `tiny`, of 10 points."""
    return TINY


@pytest.fixture(scope="session")
def right_text() -> str:
    """A submission to `tiny` that earns everything."""
    return (TINY / "reference" / "tiny.py").read_text()


@pytest.fixture(scope="session")
def grader() -> Run:
    """Run the command line in a process of its own."""

    def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "grader.cli", *map(str, words)]
        environment = {**os.environ, "COLUMNS": "120"}
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
        )

    return run
