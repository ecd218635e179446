"""Cut off a computation of the judge's own that takes too long.

Runs in: the judge.
"""

import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class TakesTooLong(BaseException):
    """Raised in the block that is cut off; an `except Exception` in it does not hold it up."""


@contextmanager
def cpu_limit(seconds: float) -> Iterator[None]:
    """Raise TakesTooLong in the block once this process has computed for `seconds` in it.

    A busy machine makes no difference. Windows has no such timer, and so no limit.
    """
    if sys.platform == "win32":
        yield
        return

    def cut_off(number: int, frame: FrameType | None) -> None:
        raise TakesTooLong

    before = signal.signal(signal.SIGPROF, cut_off)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
