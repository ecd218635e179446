"""Grade attacks in classes with honest students, and say what came of each.

    python harness.py isolated closed                   every attack
    python harness.py confined open 27_ptrace_parent    one, with the drop folder writable

Prints {attack: [what does not hold]} as JSON; nothing: the grader has won.
"""

import argparse
import csv
import io
import json
import re
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

from evaluate import Outcome, evaluate
from submitted import CLASSES, COURSE, HERE, Attack, attack_id, attacks, hand_in, honest_around
from world import World, open_world, shared_memory_keys, wait_for_survivors

_SECONDS = 1200  # for a whole class
_ENDED = (0, 2, 3, 4)  # exit codes of a grader that has graded what it could
_REPORTS = 4  # files for each submission, and for the class
_NOT_GRADED = re.compile(r"^grader: (?P<id>[^ :]+): not graded: (?P<why>.*)$", re.M)

Record = dict[str, Any]


def run(chosen: Sequence[Attack], level: str, is_open: bool) -> dict[str, list[str]]:
    """Grade the attacks at `level` and return what does not hold of each."""
    problems = {}
    for name in CLASSES:
        members = [attack for attack in chosen if attack.of_class == name]
        if members:
            with open_world() as world:
                outcomes = _Grading(world, members, level, is_open).outcomes()
            problems |= {a.name: evaluate(a.entry, outcomes[a.name]) for a in members}
    return problems


class _Grading:
    """One run of the grader over a class."""

    def __init__(self, world: World, members: Sequence[Attack], level: str, is_open: bool) -> None:
        self._world = world
        self._members = members
        self._level = level
        self._out = world.folder / "reports" / "of" / "class"
        (world.folder / "submitted").mkdir()
        paths = hand_in(members, world.folder / "submitted", world.places)
        memory_before = set(shared_memory_keys())
        self._code, self._terminal = self._run(paths, is_open)
        wait_for_survivors(world)
        self._shared_memory = [key for key in shared_memory_keys() if key not in memory_before]
        self._records: dict[str, Record] = {
            path.parent.name: json.loads(path.read_text())
            for path in self._out.glob("*/record.json")
        }
        self._left_out = dict(_NOT_GRADED.findall(self._terminal.decode("utf-8", "replace")))

    def outcomes(self) -> dict[str, Outcome]:
        """Return the outcome of each attack by its name."""
        common = self._common()
        found = {}
        for n, attack in enumerate(self._members):
            own = attack_id(attack, n)
            fault = self._fault(n, own)
            found[attack.name] = replace(common, fault=fault, **self._of_record(own))
        return found

    def _run(self, paths: Sequence[Path], is_open: bool) -> tuple[int, bytes]:
        jobs = 1 if self._members[0].of_class == "measured" else 2
        command = [sys.executable, "-B", str(HERE / "launch.py")]
        command += ["--no-namespaces"] if self._level == "confined" else []
        command += ["--open", str(self._world.drop)] if is_open else []
        command += ["grade", *map(str, paths), "--assignment", "solution"]
        command += ["--course", str(COURSE), "--out", str(self._out), "--jobs", str(jobs)]
        with tempfile.TemporaryFile() as terminal:  # to read a pipe would wait for survivors
            done = subprocess.run(
                command,
                cwd=self._world.folder,
                env=self._world.environment,
                stdin=subprocess.DEVNULL,
                stdout=terminal,
                stderr=subprocess.STDOUT,
                timeout=_SECONDS,
            )
            terminal.seek(0)
            return done.returncode, terminal.read()

    def _common(self) -> Outcome:
        """Return what is the same for all attacks of the class."""
        written, files = self._world.written(self._out)
        return Outcome(
            peak_mb=self._world.peak_mb,
            terminal=self._terminal,
            drop=self._world.dropped(),
            victim_changed=self._world.victim_changed(),
            received=self._world.received,
            survivors=self._world.survivors,
            outside=self._world.left_behind(),
            shared_memory=self._shared_memory,
            written_mb=written,
            files=files - _REPORTS * len(self._records),
        )

    def _of_record(self, own: str) -> dict[str, Any]:
        if own not in self._records:
            return {}
        record, folder = self._records[own], self._out / own
        page = (folder / "report.html").read_bytes()
        return {
            "score": record["earned"] / record["possible"],
            "seconds": record["seconds"],
            "reports": {
                "student": page,
                "html": page + _read(self._out / "index.html"),
                "json": (folder / "record.json").read_bytes(),
                "csv": _own_row(_read(self._out / "grades.csv"), own),
            },
        }

    def _fault(self, n: int, own: str) -> str:
        if self._code not in _ENDED or not (self._out / "index.html").exists():
            last = self._terminal.decode("utf-8", "replace").strip().rpartition("\n")[2]
            return f"the grader ended with {self._code} and without reports: {last}"
        for honest in honest_around(n):
            record = self._records.get(honest)
            if record is None:
                return f"no record of {honest}: {self._left_out.get(honest)}"
            if record["earned"] != record["possible"]:
                return f"{honest} got {record['earned']}"
            if record["sandbox"]["level"] != self._level:
                return f"{honest} was graded {record['sandbox']['level']}"
        if own not in self._records:
            return f"no record: {self._left_out.get(own)}"
        return ""


def _read(path: Path) -> bytes:
    return path.read_bytes() if path.exists() else b""


def _own_row(table: bytes, own: str) -> bytes:
    rows = csv.reader(io.StringIO(table.decode()))
    text = io.StringIO()
    csv.writer(text).writerows(row for row in rows if row and row[0].endswith(own))
    return text.getvalue().encode()


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("level", choices=("isolated", "confined"))
    parser.add_argument("drop", choices=("closed", "open"))
    parser.add_argument("names", nargs="*")
    asked = parser.parse_args()
    known = attacks()
    chosen = [known[name] for name in asked.names] if asked.names else list(known.values())
    print(json.dumps(run(chosen, asked.level, asked.drop == "open"), indent=2))


if __name__ == "__main__":
    main()
