"""What each further submission of a class costs, while `grader grade` grades it.

The course is the bench's own: its one assignment has hidden checks, and a public one, that call
softmax, k-NN, a convolution and a network in torch, which is trained.
"""

import itertools
import os
import subprocess
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

from processes import cpu_of_all

COURSE = Path(__file__).parent / "course"
REFERENCE = COURSE / "reference" / "mixed.py"
FEW = 5  # submissions that pay for set-up, or for the end


def make_submissions(folder: Path, count: int) -> list[Path]:
    """Write `count` right submissions that differ by a comment."""
    text = REFERENCE.read_text()
    files = []
    for number in range(count):
        file = folder / f"student{number:03}" / "mixed.py"
        file.parent.mkdir(parents=True)
        file.write_text(f"# student {number}\n{text}")
        files.append(file)
    return files


def grade(python: Path, submissions: Sequence[Path], out: Path, window: int) -> list[float]:
    """Grade them all in one run, on one core at a time.

    Args:
        python: that of the grader to use.
        out: a new folder for the reports.
        window: a number of submissions.

    Returns:
        the CPU seconds of a submission, on an average over each `window` of them but for the
        first and last FEW.
    """
    words = ["--assignment", "mixed", "--course", COURSE, "--out", out, "--jobs", "1"]
    command = [python, "-m", "grader.cli", "grade", *submissions, *words]
    marks = range(FEW, len(submissions) - FEW + 1, window)
    with subprocess.Popen(command, cwd="/", env=environment(), stdout=subprocess.DEVNULL) as run:
        seen = list(_look(run, out / "records.jsonl", marks))
    if run.returncode or len({count for count, _ in seen}) < len(marks):
        raise SystemExit(f"{' '.join(map(str, command))} failed, or was too quick to be looked at")
    return [
        (after - before) / (last - first)
        for (first, before), (last, after) in itertools.pairwise(seen)
    ]


def environment() -> dict[str, str]:
    return {**os.environ, "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}


def _look(
    run: subprocess.Popen[bytes], log: Path, marks: Sequence[int]
) -> Iterator[tuple[int, float]]:
    """Yield how many are graded, and the CPU seconds of all so far, whenever a mark is reached."""
    for mark in marks:
        while run.poll() is None and _count_lines(log) < mark:
            time.sleep(0.002)
        yield _count_lines(log), cpu_of_all(run.pid)


def _count_lines(file: Path) -> int:
    return file.read_bytes().count(b"\n") if file.exists() else 0
