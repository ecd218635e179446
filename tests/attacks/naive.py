"""A naive grader, to show that the corpus bites: pytest in the student's own interpreter.

    python naive.py                       every attack that it is safe to run so
    python naive.py 04_patch_runtest_at_import

It copies the hidden tests to the submission, runs pytest there, believes the report that pytest
wrote or else the exit code, and shows the output to the student: what common graders do. Prints
{submission: [conditions that do not hold]} as JSON; "honest" and "template" are no attacks.
Each run has limits, a home and a process group of its own.
"""

import contextlib
import json
import os
import resource
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Sequence
from pathlib import Path

from evaluate import Entry, Outcome, evaluate
from submitted import CORPORA, OTHER_CANARY
from world import World, descendants, open_world, wait_for_survivors

_ASSIGNMENT = CORPORA[0] / "_assignment"
_HIDDEN = ("test_hidden.py", "_reference.py", "expected.npz")
_SAFE = {"bend", "forge", "leak", "policy", "steal"}  # no attack on the machine
_SECONDS = 20
_TAMPERING_SECONDS = 1  # for what waits until a result is written
_LIMITS = {"RLIMIT_AS": 4 << 30, "RLIMIT_CPU": 20, "RLIMIT_FSIZE": 64 << 20, "RLIMIT_CORE": 0}
_SCORED: Entry = {"name": "", "checks": [{"type": "score_below", "value": 1.0}]}


def safe_attacks() -> dict[str, Entry]:
    entries = json.loads((CORPORA[0] / "manifest.json").read_text())["attacks"]
    return {
        entry["name"]: entry
        for entry in entries
        if entry["category"] in _SAFE and (CORPORA[0] / entry["name"] / "solution.py").exists()
    }


def run(names: Sequence[str]) -> dict[str, list[str]]:
    """Grade each submission and return what does not hold, a score below 1 for the controls."""
    known = safe_attacks()
    problems = {}
    for name in names:
        entry = known.get(name, _SCORED)
        with open_world() as world:
            outcome = _grade(world, name)
        problems[name] = evaluate(entry, outcome)
    return problems


def _grade(world: World, name: str) -> Outcome:
    submissions = world.folder / "submitted"
    folder = submissions / "mallory"
    _copy(name, folder)
    (submissions / "alice").mkdir()
    text = (_ASSIGNMENT / "_reference.py").read_text()
    (submissions / "alice" / "solution.py").write_text(f"{text}\n# {OTHER_CANARY}\n")
    for file in _HIDDEN:
        shutil.copy(_ASSIGNMENT / file, folder)
    code, printed = _run_pytest(world, folder, world.folder / "report.xml")
    result = submissions / "mallory.json"
    result.write_text(json.dumps({"score": _score(world.folder / "report.xml", code)}))
    if descendants():
        time.sleep(_TAMPERING_SECONDS)
        wait_for_survivors(world)
    return Outcome(
        score=json.loads(result.read_text())["score"],
        reports={"student": printed},
        drop=world.dropped(),
        received=list(world.received),
    )


def _copy(name: str, folder: Path) -> None:
    if name == "honest":
        folder.mkdir(parents=True)
        shutil.copy(_ASSIGNMENT / "_reference.py", folder / "solution.py")
    elif name == "template":
        folder.mkdir(parents=True)
        shutil.copy(_ASSIGNMENT / "template.py", folder / "solution.py")
    else:
        shutil.copytree(CORPORA[0] / name, folder)


def _run_pytest(world: World, folder: Path, report: Path) -> tuple[int, bytes]:
    command = [sys.executable, "-B", "-m", "pytest", "-q", "-p", "no:cacheprovider"]
    process = subprocess.Popen(
        [sys.executable, __file__, "--limited", *command, f"--junitxml={report}", "test_hidden.py"],
        cwd=folder,
        env={**world.environment, "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1", "OMP_NUM_THREADS": "1"},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    try:
        printed, _ = process.communicate(timeout=_SECONDS)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        printed, _ = process.communicate()
    return process.returncode, printed


def _score(report: Path, code: int) -> float:
    with contextlib.suppress(OSError, ET.ParseError):
        cases = list(ET.parse(report).iter("testcase"))
        return sum(not len(case) for case in cases) / max(len(cases), 1)
    return 1.0 if code == 0 else 0.0


def _run_limited(command: list[str]) -> None:
    for name, most in _LIMITS.items():
        resource.setrlimit(getattr(resource, name), (most, most))
    os.execv(command[0], command)


def main() -> None:
    words = sys.argv[1:]
    if words[:1] == ["--limited"]:
        _run_limited(words[1:])
    names = words or ["honest", "template", *safe_attacks()]
    print(json.dumps(run(names), indent=2))


if __name__ == "__main__":
    main()
