"""The self-test says what this machine can hold, and finds a hole where there is one."""

from pathlib import Path

from grader.engine.isolation import UNGUARDED
from grader.run import selftest
from grader.sandbox.level import probe


def test_nothing_gets_through_here(grader):
    done = grader("selftest")
    assert done.returncode == 0, done.stdout + done.stderr
    assert done.stdout.startswith(f"isolation: {probe().level}")
    assert "nothing got through" in done.stdout


def test_what_needs_a_sandbox_gets_through_without_one(monkeypatch):
    monkeypatch.setattr(selftest, "_FORGERIES", selftest._ESCAPES)
    try:
        trials = {trial.name: trial for trial in selftest.selftest(UNGUARDED)}
    finally:
        Path("/tmp/nablagrade-selftest").unlink(missing_ok=True)
    assert trials["honest"].as_expected
    assert not trials["forks"].as_expected
    assert not trials["starts a program"].as_expected
