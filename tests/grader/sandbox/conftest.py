"""Every confined process of these tests is forked in a fresh interpreter, never in pytest's."""

import functools
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from grader.sandbox.level import LEVELS, Isolation, Level, probe

HERE = Path(__file__).parent
ROOT = HERE.parents[2]
ENVIRONMENT = {
    "PYTHONPATH": str(ROOT),
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
}

TOGETHER = ["forbidden", "privileged", "allowed", "status"]  # tried in one run: it is quicker


@dataclass(frozen=True)
class Ends:
    """How deeds ended, by name; "ok" is success."""

    unlocked: dict[str, str]  # the forbidden deeds only
    locked: dict[str, str]
    layers: dict[str, str]


@pytest.fixture(scope="session")
def run_python() -> Callable[..., str]:
    """Return a function that runs Python text, or a file, and returns what it printed."""
    return _run_python


def _run_python(program: str | Path, *arguments: str) -> str:
    how = ["-c", program] if isinstance(program, str) else [str(program)]
    done = subprocess.run(
        [sys.executable, "-B", *how, *arguments],
        stdin=subprocess.PIPE,  # it never ends, while the input of a worker is empty
        capture_output=True,
        env=ENVIRONMENT,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@functools.cache
def here() -> Isolation:
    return probe()


@functools.cache
def _try_deeds(request: str) -> dict[str, Any]:
    return json.loads(_run_python(HERE / "locked.py", request))


@pytest.fixture(scope="session")
def needs_level() -> Callable[[Level], None]:
    """Return a function that skips a test for which this machine is too weak."""

    def check(level: Level) -> None:
        if LEVELS.index(here().level) > LEVELS.index(level):
            off = {layer: note for layer, note in here().layers.items() if note.startswith("off")}
            pytest.skip(f"{level} does not work here: {off}")

    return check


@pytest.fixture(scope="session")
def try_deeds(needs_level: Callable[[Level], None]) -> Callable[..., Ends]:
    """Return a function that tells how the deeds of a group end, unlocked and locked."""

    def try_deeds(level: Level, group: str, **options: str | int) -> Ends:
        needs_level(level)
        if options.get("user") == "nobody" and os.geteuid() != 0:
            pytest.skip("only root can become another user")
        groups = TOGETHER if group in TOGETHER else [group]
        request = {"level": level, "groups": groups, "user": "caller", **options}
        tried = _try_deeds(json.dumps(request))
        return Ends(tried["unlocked"], tried["locked"][group], tried["layers"])

    return try_deeds
