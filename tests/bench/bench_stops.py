"""Stop processes of a grader at random, let them go on, and see whether anybody lost a point.

    python tests/bench/bench_stops.py [--rounds 30] [--level isolated] [--assignment linear]

In each round a class of honest submissions is graded, and one process, or all, is stopped once
for some seconds: what a laptop that sleeps, a Ctrl-Z or a machine that is moved does to some or to
all of them. Prints a line a round; ends with 1 if a submission has less than full marks.
"""

import argparse
import contextlib
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

from grader.course.course import Course, find_course

_GRADE = """
import sys
from grader import cli
from grader.engine import isolation
from grader.sandbox.level import Isolation
level = sys.argv.pop(1)
isolation.probe = lambda: Isolation(level, {})
cli.main()
"""
_FIND_SECONDS = 20


def children(pid: int) -> list[int]:
    """Return the children of a process, the oldest first, whichever thread started them."""
    found: list[int] = []
    with contextlib.suppress(OSError):
        for task in Path(f"/proc/{pid}/task").iterdir():
            found += map(int, (task / "children").read_text().split())
    return sorted(found)


def below(pid: int) -> list[int]:
    return [found for child in children(pid) for found in (child, *below(child))]


class Tree:
    """The processes of a grader, by what they are."""

    def __init__(self, conductor: int, level: str) -> None:
        self._conductor = conductor
        self._level = level

    def _warm(self) -> list[int]:
        """Return the process that was started first, and those that it has forked."""
        first = children(self._conductor)[:1]
        return first + (children(first[0]) if first else [])

    def warm_judge(self) -> list[int]:
        return self._warm()[1:2]

    def warm_worker(self) -> list[int]:
        return self._warm()[2:3] if self._level == "isolated" else self._warm()[:1]

    def judges(self) -> list[int]:
        return [judge for warm in self.warm_judge() for judge in children(warm)]

    def supervisors(self) -> list[int]:
        found = [each for warm in self.warm_worker() for each in children(warm)]
        return [each for each in found if each not in self.warm_judge()]

    def workers(self) -> list[int]:
        return [worker for each in self.supervisors() for worker in children(each)]

    def everything(self) -> list[int]:
        return [self._conductor, *below(self._conductor)]


_CHOSEN: dict[str, Callable[[Tree], list[int]]] = {
    "conductor": lambda tree: tree.everything()[:1],
    "warm judge": Tree.warm_judge,
    "warm worker": Tree.warm_worker,
    "a judge": lambda tree: tree.judges()[-1:],
    "a supervisor": lambda tree: tree.supervisors()[-1:],
    "a worker": lambda tree: tree.workers()[-1:],
    "all workers": Tree.workers,
    "everything": Tree.everything,
}


def send(pids: list[int], number: signal.Signals) -> int:
    """Signal what is still there of `pids`; return how many that are."""
    sent = 0
    for pid in pids:
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, number)
            sent += 1
    return sent


def stop_once(
    tree: Tree, kind: str, seconds: float, is_running: Callable[[], bool], dice: random.Random
) -> int:
    """Stop processes of a kind as soon as there are some, and let them go on."""
    until = time.monotonic() + _FIND_SECONDS
    while time.monotonic() < until and is_running():
        chosen = _CHOSEN[kind](tree)
        dice.shuffle(chosen)
        if chosen and (stopped := send(chosen, signal.SIGSTOP)):
            time.sleep(seconds)
            dice.shuffle(chosen)
            send(chosen, signal.SIGCONT)
            return stopped
    return 0


def write_class(course: Course, assignment: str, students: int, folder: Path) -> None:
    text = course.assignment(assignment).reference_path.read_text()
    for number in range(students):
        file = folder / f"student{number:02}" / f"{assignment}.py"
        file.parent.mkdir(parents=True)
        file.write_text(f"{text}\n# {number}\n")


def one_round(
    asked: argparse.Namespace, course: Course, submissions: Path, out: Path, dice: random.Random
) -> bool:
    kind, seconds = dice.choice(asked.kinds), dice.uniform(*asked.seconds)
    words = ["grade", submissions, "--assignment", asked.assignment, "--course", course.root]
    words += ["--out", out, "--isolation", "split", "--jobs", "2"]
    grader = subprocess.Popen(
        [sys.executable, "-c", _GRADE, asked.level, *map(str, words)],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    time.sleep(dice.uniform(*asked.after))
    tree = Tree(grader.pid, asked.level)
    stopped = stop_once(tree, kind, seconds, lambda: grader.poll() is None, dice)
    printed, _ = grader.communicate()
    records = [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]
    lost = [r["submission"] for r in records if r["earned"] != r["possible"]]
    missing = asked.students - len(records)
    is_good = not lost and not missing and grader.returncode == 0
    told = f"{kind:20} {stopped:3} stopped for {seconds:4.1f} s: exit {grader.returncode}, "
    print(f"{told}{len(records)} records, {len(lost)} lost points", flush=True)
    if not is_good:
        print(printed.decode(), flush=True)
        for record in records:
            bad = [check for check in record["checks"] if check["outcome"] != "passed"]
            print(*(record["notes"] if bad else ()), *bad[:3], sep="\n", end="\n" if bad else "")
    return is_good


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=30)
    options.add_argument("--level", default="isolated")
    options.add_argument("--course", type=Path)
    options.add_argument("--assignment", default="linear")
    options.add_argument("--students", type=int, default=20)
    options.add_argument("--seconds", type=float, nargs=2, default=(5, 40))
    options.add_argument("--after", type=float, nargs=2, default=(1, 6), help="seconds")
    options.add_argument("--kinds", nargs="+", choices=list(_CHOSEN), default=list(_CHOSEN))
    options.add_argument("--seed", type=int, default=7)
    asked = options.parse_args()
    dice = random.Random(asked.seed)
    with tempfile.TemporaryDirectory() as folder:
        place, course = Path(folder), find_course(asked.course)
        write_class(course, asked.assignment, asked.students, place / "class")
        good = [
            one_round(asked, course, place / "class", place / f"out{n}", dice)
            for n in range(asked.rounds)
        ]
    print(f"{sum(good)} of {len(good)} rounds cost nobody anything")
    sys.exit(not all(good))


if __name__ == "__main__":
    main()
