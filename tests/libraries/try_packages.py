"""Grade a tiny course for each package that courses use, and write the table of docs/packages.md.

    python tests/libraries/try_packages.py [--keep] [NAME ...]

Each group of courses gets an environment of its own below .libraries, which is removed afterwards
unless --keep is given. Each course is audited, and a class is graded, as an instructor would by
the command line: at `isolated`, and at `confined` in a user namespace that allows no others, which
is what Docker does. A row says how that ended. The exit code is 1 if any course did not end as its
file says.
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tiny_course import POINTS, make_class, make_course, read_courses

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "packages.md"
HOME = ROOT / ".libraries"
LEVELS = ("isolated", "confined")
FEW, MORE = 1, 4  # right submissions of the two classes, whose difference is what one costs
SECONDS = 300  # that one command may take
_HEAD = "| package | version | isolated | confined | CPU s per check | MiB | remark |\n"
_NO_NAMESPACES = (
    "for kind in user mnt pid net ipc uts cgroup; do "
    'echo 0 > "/proc/sys/user/max_${kind}_namespaces"; done; exec "$@"'
)


@dataclass(frozen=True)
class Tried:
    """How a course went at one level."""

    problem: str  # "" if it was audited and graded right
    seconds: float = 0.0  # CPU time of a check
    mebibytes: int = 0  # of the largest process


@dataclass(frozen=True)
class Ran:
    """A command that has ended."""

    code: int
    said: str
    seconds: float  # CPU time, with all that it started
    mebibytes: int


def main() -> int:
    words = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    words.add_argument("--keep", action="store_true", help="do not remove the environments")
    words.add_argument("names", nargs="*", metavar="NAME", help="courses; all if there is none")
    asked = words.parse_args()
    courses = read_courses()
    wanted = {name: courses[name] for name in asked.names or courses}
    failed = [name for name, ended in _try_all(wanted, courses, asked.keep) if not ended]
    if failed:
        print("did not end as the file says:", ", ".join(failed))
    return 1 if failed else 0


def _try_all(
    wanted: dict[str, dict[str, Any]], courses: dict[str, dict[str, Any]], keep: bool
) -> Iterator[tuple[str, bool]]:
    """Try courses group by group; yield the name of each, and whether it ended as expected."""
    for group in dict.fromkeys(said["group"] for said in wanted.values()):
        python = _environment(group, [c for c in courses.values() if c["group"] == group])
        for name, said in wanted.items():
            if said["group"] != group:
                continue
            tried = {level: _try(python, name, said, level) for level in LEVELS}
            _write_row(name, _row(name, said, _version(python, said), tried))
            expected = said.get("levels", LEVELS)
            yield name, all((not tried[level].problem) == (level in expected) for level in LEVELS)
        if not keep:
            shutil.rmtree(HOME / group)


def _environment(group: str, courses: Sequence[dict[str, Any]]) -> Path:
    """Return the interpreter of a group, whose environment is made if it is not there."""
    folder = HOME / group
    python = folder / "bin" / "python"
    if not python.exists():
        wanted = sorted({package for said in courses for package in said["install"]})
        alone = sorted({package for said in courses for package in said.get("alone", ())})
        subprocess.run([sys.executable, "-m", "venv", folder], check=True)
        pip = [python, "-m", "pip", "install", "--quiet", "--constraint", ROOT / "constraints.txt"]
        subprocess.run([*pip, "--editable", ROOT, *wanted], check=True)
        if alone:
            subprocess.run([*pip, "--no-deps", *alone], check=True)
    return python


def _try(python: Path, name: str, said: dict[str, Any], level: str) -> Tried:
    with tempfile.TemporaryDirectory(prefix="nablagrade-") as temporary:
        course = Path(temporary) / "course"
        make_course(course, name, said)
        audit = _grader(python, level, "audit", "--course", course)
        if audit.code:
            return _failed(audit)
        more = _grade(python, level, course, said, MORE)
        few = more
        if level == _measured(said):
            few = _grade(python, level, course, said, FEW)
    if isinstance(few, Tried) or isinstance(more, Tried):
        return few if isinstance(few, Tried) else more
    checks = (MORE - FEW) * len(POINTS)
    return Tried("", max(0.0, more.seconds - few.seconds) / checks, more.mebibytes)


def _measured(said: dict[str, Any]) -> str:
    """Return the level at which a check is measured: the strongest at which it works."""
    return next(iter(said.get("levels", LEVELS)), LEVELS[0])


def _grade(python: Path, level: str, course: Path, said: dict[str, Any], right: int) -> Ran | Tried:
    """Grade a class; return how it ran, or why it was not graded right."""
    handed_in, out = course.parent / f"class{right}", course.parent / f"out{right}"
    make_class(handed_in, said, right)
    words = ("--assignment", "ex", "--course", course, "--out", out, "--jobs", "1", "--seed", "1")
    ran = _grader(python, level, "grade", handed_in, *words)
    if ran.code:
        return _failed(ran)
    for record in map(json.loads, (out / "records.jsonl").read_text().splitlines()):
        is_right = record["submission"].startswith("right")
        if record["sandbox"]["level"] != level:
            return Tried(f"graded at {record['sandbox']['level']}")
        if (record["earned"] == sum(POINTS.values())) != is_right:
            return Tried(f"{record['submission']} earned {record['earned']}: {_first(record)}")
    return ran


def _first(record: dict[str, Any]) -> str:
    lost = [check for check in record["checks"] if check["outcome"] != "passed"]
    return lost[0].get("message", "") if lost else "nothing was lost"


def _failed(ran: Ran) -> Tried:
    return Tried(" / ".join(ran.said.strip().splitlines()[-4:]) or f"exit code {ran.code}")


def _grader(python: Path, level: str, *words: str | Path) -> Ran:
    """Run the grader's command line, and measure it."""
    command = [python, "-m", "grader.cli", *words]
    if level == "confined":
        command = [
            "unshare",
            "--user",
            "--map-root-user",
            "sh",
            "-c",
            _NO_NAMESPACES,
            "sh",
            *command,
        ]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(
            ["timeout", "--kill-after=5", str(SECONDS), *map(str, command)],
            cwd="/",
            env={**os.environ, "COLUMNS": "200"},
            stdout=said,
            stderr=subprocess.STDOUT,
        )
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        said.seek(0)
        text = said.read().decode(errors="replace")
    seconds = used.ru_utime + used.ru_stime
    return Ran(process.returncode, text, seconds, used.ru_maxrss >> 10)


def _version(python: Path, said: dict[str, Any]) -> str:
    package = (said.get("alone") or said["install"])[0]
    name = package.partition("<")[0].partition(">")[0].partition("=")[0].partition("[")[0]
    code = "import importlib.metadata, sys; print(importlib.metadata.version(sys.argv[1]))"
    told = subprocess.run([python, "-c", code, name], capture_output=True, text=True, check=True)
    return told.stdout.strip()


def _row(name: str, said: dict[str, Any], version: str, tried: dict[str, Tried]) -> str:
    one = tried[_measured(said)]
    seconds, size = ("-", "-") if one.problem else (_seconds_text(one.seconds), f"{one.mebibytes}")
    for level in LEVELS:
        print(f"{name} at {level}: {tried[level].problem or 'works'}", flush=True)
    ended = ("fails" if tried[level].problem else "works" for level in LEVELS)
    cells = (name, version, *ended, seconds, size, said.get("remark", ""))
    return f"| {' | '.join(cells)} |\n"


def _seconds_text(seconds: float) -> str:
    """Return a difference of two measured times, which is not known better than to 0.05 s."""
    return f"{seconds:.2f}" if seconds >= 0.05 else "< 0.05"


def _write_row(name: str, row: str) -> None:
    """Put a row into the table of the page, in the place of an older one, or by its name."""
    before, head, after = PAGE.read_text(encoding="utf-8").partition(_HEAD)
    lines = after.splitlines(keepends=True)
    end = next((at for at, line in enumerate(lines) if not line.startswith("|")), len(lines))
    rows = {line.split(" | ")[0][2:]: line for line in lines[1:end]}
    rows[name] = row
    table = [lines[0], *(rows[key] for key in sorted(rows, key=str.lower))]
    PAGE.write_text(before + head + "".join(table + lines[end:]), encoding="utf-8")


if __name__ == "__main__":
    sys.exit(main())
