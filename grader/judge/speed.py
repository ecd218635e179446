"""Is code fast enough, measured against other code on the same machine at the same time?

Runs in: the judge.
"""

import time
from collections.abc import Callable

from grader.judge.failures import Mismatch

ROUNDS = 12  # until it is quick enough once: only what is too slow takes them all


def faster(
    work: Callable[[], object],
    than: Callable[[], object],
    *,
    times: float = 1.0,
    hint: str | None = None,
) -> None:
    """Return if `work` takes less than `times` times as long as `than`.

    Both are measured in turn, `than` before and after `work`, so that what else a machine does
    slows down both, and the least time of each counts, for everything else only adds to it. Choose
    sizes at which right code is far quicker than it has to be, and other code far too slow.

    Args:
        work: asks the submission, once.
        than: what it is measured against, such as a loop of the reference.
        hint: shown to the student whose code is too slow.

    Raises:
        Mismatch: it is slower, in each of several rounds.
    """
    mine = others = float("inf")
    for _ in range(ROUNDS):
        before, took, after = map(_seconds, (than, work, than))
        mine, others = min(mine, took), min(others, before, after)
        if mine < times * others:
            return
    enough = f"{mine:.3g} s, and {times * others:.3g} s are enough"
    raise Mismatch("it takes too long", enough, hint)


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start
