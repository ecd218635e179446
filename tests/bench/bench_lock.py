"""Print what locking a worker costs: CPU per check, `isolated` against `split`, side by side.

    python tests/bench/bench_lock.py [--checks 100] [--rounds 9]

A check here is as short as one can be: a worker is forked and locked, greets, answers one call,
and is killed. At `split` it is only limited, at `isolated` it gets all layers. Rounds alternate
between the two, so that a busy machine slows both; medians of CPU time, user and system, of all
processes on both sides. What the kernel does later to take namespaces down is nobody's CPU time;
it shows in the wall time, which means something on an idle machine only. The aim is a difference
of at most 15 ms.
"""

import argparse
import contextlib
import os
import statistics
import time
from collections.abc import Iterator

from processes import below

from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.level import Level
from grader.sandbox.terms import Terms
from grader.sandbox.wire.messages import Sources
from grader.sandbox.wire.values import Encoder

BUDGET_MS = 15
LEVELS: tuple[Level, Level] = ("split", "isolated")
SUBMISSION = "import numpy as np\n\ndef double(x):\n    return 2 * np.asarray(x)\n"
_ANSWER_SECONDS = 20


def main() -> None:
    options = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    options.add_argument("--checks", type=int, default=100, help="per round and level")
    options.add_argument("--rounds", type=int, default=9)
    asked = options.parse_args()
    with contextlib.ExitStack() as stack:
        benches = [stack.enter_context(started(level)) for level in LEVELS]
        for bench in benches:
            bench.per_check(asked.checks)  # the first pays for set-up
        rounds = [[bench.per_check(asked.checks) for bench in benches] for _ in range(asked.rounds)]
    for clock, name in enumerate(("CPU", "wall")):
        split, isolated = (
            1e3 * statistics.median(of[level][clock] for of in rounds) for level in (0, 1)
        )
        within = "within" if isolated - split <= BUDGET_MS else "OVER"
        print(
            f"{name:4}  split {split:5.1f} ms  isolated {isolated:5.1f} ms"
            f"  ratio {isolated / split:.2f}"
            f"  locking {isolated - split:.1f} ms per check, {within} the budget of {BUDGET_MS} ms"
        )


class Bench:
    """A warm worker of one level, and a session of a submission in it."""

    def __init__(self, warm_worker: WarmWorker) -> None:
        self._session = Session(
            warm_worker.open(),
            Sources("solution", SUBMISSION, {}, Terms(imports=("numpy",))),
        )
        self._check()
        self._supervisor = newest_descendant()  # its worker has ended

    def per_check(self, checks: int) -> tuple[float, float]:
        """Return the seconds that each of `checks` took: of CPU on both sides, and on the wall."""
        cpu, wall = self._cpu_seconds(), time.monotonic()
        for _ in range(checks):
            self._check()
        return (self._cpu_seconds() - cpu) / checks, (time.monotonic() - wall) / checks

    def _cpu_seconds(self) -> float:
        return time.process_time() + below(self._supervisor)[self._supervisor].cpu_seconds

    def _check(self) -> None:
        deadline = time.monotonic() + _ANSWER_SECONDS
        channel = self._session.start_worker()
        _, kind, names, _ = channel.receive(deadline).message
        assert kind == "hello"
        number = dict(zip(names[1::2], names[2::2], strict=True))["double"][2]
        encoder = Encoder(repr)
        call = [1, "call", number, encoder.node((1.0,)), encoder.node({}), False]
        channel.send(encoder.frame(call), deadline)
        assert channel.receive(deadline).message[1] == "value"
        channel.close()
        self._session.end_worker()

    def close(self) -> None:
        self._session.close()


@contextlib.contextmanager
def started(level: Level) -> Iterator[Bench]:
    warm_worker = WarmWorker.start(["numpy"], level)
    try:
        warm_worker.wait_ready()
        with contextlib.closing(Bench(warm_worker)) as bench:
            yield bench
    finally:
        warm_worker.close()


def newest_descendant() -> int:
    """Return the process id of the last process that was forked below this one."""
    found = below(os.getpid())
    return max(found, key=lambda pid: (found[pid].started, pid))


if __name__ == "__main__":
    main()
