"""A class of thousands in one run: memory of the conductor, and what a submission costs.

    python tests/bench/bench_class.py [--assignment linear] [--submissions 3000] [--course DIR]

Each submission is the reference with a line of its own. While `grader grade` runs, its process is
looked at whenever another tenth is graded: the memory that it holds, and the CPU seconds of it and
of all below it. So a cost that rises with the class shows, and one of the start does not.
"""

import argparse
import itertools
import os
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from processes import cpu_of_all

from grader.course.course import find_course
from grader.intake.files.find import find_submissions

_PARTS = 10
_MIB = 2**20


class Look(NamedTuple):
    graded: int
    cpu_seconds: float
    resident: float  # MiB that the conductor holds


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--assignment", default="linear")
    options.add_argument("--submissions", type=int, default=3000)
    options.add_argument("--course", type=Path)
    options.add_argument("--jobs", type=int, default=os.cpu_count())
    asked = options.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        submitted, out = Path(folder) / "class", Path(folder) / "out"
        write_class(submitted, asked)
        started = time.monotonic()
        found = find_submissions([submitted], asked.assignment).submissions
        print(f"{len(found)} submissions found in {time.monotonic() - started:.2f} s")
        looks = list(looked_at(submitted, out, asked))
    print("| graded | CPU s per submission | conductor, MiB |")
    print("|---|---|---|")
    for before, after in itertools.pairwise(looks):
        print(f"| {after.graded} | {cost(before, after):.4f} | {after.resident:.1f} |")
    first, last = cost(*looks[:2]), cost(*looks[-2:])
    print(f"last part against first: {100 * (last / first - 1):+.1f} % CPU per submission")
    peak = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024
    print(f"largest process of all: {peak:.0f} MiB")


def write_class(submitted: Path, asked: argparse.Namespace) -> None:
    reference = find_course(asked.course).assignment(asked.assignment).reference_path
    assert reference is not None
    text = reference.read_text("utf-8")
    for number in range(asked.submissions):
        own = submitted / f"student{number:05}"
        own.mkdir(parents=True)
        (own / f"{asked.assignment}.py").write_text(f"{text}\nNUMBER = {number}\n", "utf-8")


def looked_at(submitted: Path, out: Path, asked: argparse.Namespace) -> Iterator[Look]:
    """Grade the class, and yield a look at each part of it."""
    course = ["--course", str(asked.course)] if asked.course else []
    words = ["grade", submitted, "--assignment", asked.assignment, "--out", out]
    command = [sys.executable, "-m", "grader.cli", *words, "--jobs", str(asked.jobs), *course]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL) as grader:
        part, wanted = asked.submissions // _PARTS, 1
        while grader.poll() is None:
            graded = lines(out / "records.jsonl")
            if graded >= wanted:
                yield Look(graded, cpu_of_all(grader.pid), resident(grader.pid))
                wanted = min(graded // part * part + part, asked.submissions)
                if graded == asked.submissions:
                    break
            time.sleep(0.05)
    if grader.returncode:
        raise SystemExit(f"grader grade ended with {grader.returncode}")


def lines(log: Path) -> int:
    return log.read_bytes().count(b"\n") if log.exists() else 0


def resident(pid: int) -> float:
    pages = int(Path(f"/proc/{pid}/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / _MIB


def cost(before: Look, after: Look) -> float:
    return (after.cpu_seconds - before.cpu_seconds) / (after.graded - before.graded)


if __name__ == "__main__":
    main()
