"""Print what each trick of the warm processes is worth, in CPU per further submission.

    python tests/bench/bench_tricks.py [--rounds 40] [--each 4] [--without gaps frozen,rehearsal]

For each trick, an engine is started without it; one more has them all. Then they take turns for as
many rounds: each grades a few right submissions to the bench's course, and the CPU time, user and
system, of all its processes is read. Each check has a fork of its own, as in a submission that
cannot share a worker: the tricks are there for forks. A row shows the least time of all rounds, its
ratio to the least time with all tricks, the quartiles of that ratio in each round, and the page
faults, which are much the same however busy the machine is. A trick whose ratio is below 1.05 is
not worth its lines. Other programs on the machine only add to the times, so the least is the one to
believe, and many short rounds find it.
"""

import argparse
import contextlib
import os
import statistics
from collections.abc import Iterator
from typing import NamedTuple

from further import COURSE, REFERENCE
from processes import below

from grader.course.course import find_course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.submission import Submission
from grader.record.check import Outcome
from grader.sandbox.client import WITHOUT
from grader.sandbox.warm.tricks import NAMES

ALL = "nothing"


class Cost(NamedTuple):
    """What one further submission takes."""

    cpu_seconds: float
    faults: float


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--rounds", type=int, default=40)
    options.add_argument("--each", type=int, default=4, help="submissions of a turn")
    options.add_argument("--without", nargs="+", default=NAMES, help="tricks, or some by commas")
    asked = options.parse_args()
    with contextlib.ExitStack() as stack:
        benches = {name: stack.enter_context(started(name)) for name in (ALL, *asked.without)}
        for bench in benches.values():
            bench.cost(2)  # the first ones pay for set-up
        rounds: list[dict[str, Cost]] = []
        with contextlib.suppress(KeyboardInterrupt):
            for turn in range(asked.rounds):
                rounds.append(one_round(benches, asked.each, turn))  # noqa: PERF401
    print("| without | CPU ms, the least | ratio | in each round | page faults |")
    print("|---|---|---|---|---|")
    for name in benches:
        print(row([costs[name] for costs in rounds], [costs[ALL] for costs in rounds], name))


class Bench:
    """An engine, and what grading costs with it."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._graded = 0

    def cost(self, count: int) -> Cost:
        """Grade `count` submissions; return what each of them took."""
        before = self._used()
        for _ in range(count):
            self._grade()
        spent = zip(self._used(), before, strict=True)
        return Cost(*((now - then) / count for now, then in spent))

    def _used(self) -> Cost:
        found = below(self._engine._workers._process.pid).values()
        return Cost(
            sum(process.cpu_seconds for process in found),
            sum(process.faults for process in found),
        )

    def _grade(self) -> None:
        self._graded += 1
        text = REFERENCE.read_bytes()
        files = {"mixed.py": b"# submission %d\n%b" % (self._graded, text)}
        submission = Submission("s", "mixed.py", files, digest="", notes=())
        judged = self._engine.judge(submission, seed=7, fresh_workers=True)
        if {outcome.outcome for outcome in judged.outcomes} != {Outcome.PASSED}:
            raise SystemExit(f"the reference lost points: {judged}")


@contextlib.contextmanager
def started(without: str) -> Iterator[Bench]:
    os.environ[WITHOUT] = "" if without == ALL else without
    assignment = find_course(COURSE).assignment("mixed")
    with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
        yield Bench(engine)


def one_round(benches: dict[str, Bench], each: int, turn: int) -> dict[str, Cost]:
    """Let each bench have its turn; the order moves on by one from round to round."""
    names = list(benches)
    first = turn % len(names)
    return {name: benches[name].cost(each) for name in names[first:] + names[:first]}


def row(costs: list[Cost], with_all: list[Cost], name: str) -> str:
    least, least_of_all = (min(cost.cpu_seconds for cost in some) for some in (costs, with_all))
    pairs = zip(costs, with_all, strict=True)
    quartiles = statistics.quantiles([one.cpu_seconds / all_.cpu_seconds for one, all_ in pairs])
    shown = " ".join(f"{quartile:.2f}" for quartile in quartiles)
    faults = statistics.median(cost.faults for cost in costs)
    return f"| {name} | {1000 * least:.0f} | {least / least_of_all:.3f} | {shown} | {faults:.0f} |"


if __name__ == "__main__":
    main()
