"""Seconds from a save to the verdict under `grader check --watch`, beside a whole `grader check`.

    python tests/bench/bench_watch.py [ROUNDS]

The starter of `linear` is solved and its one_hot edited again and again, as a student would.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from grader.course.assignment import load_handout
from grader.course.course import Course
from grader.course.handout import write_handout
from grader.run.watch import Watch

COURSE = Course(Path(__file__).parents[2])
LINE = "def one_hot("


def main(rounds: int = 10) -> None:
    with tempfile.TemporaryDirectory() as folder:
        assignment = COURSE.assignment("linear")
        handout = load_handout(write_handout(COURSE, assignment, Path(folder)))
        assert assignment.reference_path is not None
        text = assignment.reference_path.read_text("utf-8")
        file = handout.root / "linear.py"
        file.write_text(text, "utf-8")
        alone = statistics.median(whole_check(file) for _ in range(3))
        watch = Watch(handout, file)
        watch.check()
        watch.was_saved()
        saved = [saved_to_verdict(watch, file, text, n) for n in range(rounds)]
        watch.close()
    median = statistics.median(saved)
    print(f"grader check          {alone:6.2f} s")
    print(f"save to verdict       {median:6.2f} s (most {max(saved):.2f})")
    print(f"ratio                 {median / alone:6.2f} (at most 0.20)")


def whole_check(file: Path) -> float:
    started = time.perf_counter()
    command = [sys.executable, "-m", "grader.cli", "check", file]
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)
    return time.perf_counter() - started


def saved_to_verdict(watch: Watch, file: Path, text: str, n: int) -> float:
    mark = f"    seen = {n}\n"
    at = text.index("\n    ", text.index('"""', text.index('"""', text.index(LINE)) + 3)) + 1
    file.write_text(text[:at] + mark + text[at:], "utf-8")
    started = time.perf_counter()
    while not watch.was_saved():
        time.sleep(0.03)
    record = watch.check()
    taken = time.perf_counter() - started
    assert record.earned == record.possible
    return taken


if __name__ == "__main__":
    main(*map(int, sys.argv[1:]))
