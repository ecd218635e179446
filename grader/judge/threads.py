"""Find the line of a course that starts threads, after which no judge can be forked.

Runs in: the warm judge.

A fork has only the thread that forked. A lock that another thread held stays locked in the judge,
which could then wait for it for ever.
"""

import os
import sys
import threading
import time

ADVICE = (
    "starts threads when it is imported{where}, so that no judge can be forked after it; "
    "compute inside functions instead"
)
_GRACE_SECONDS = 1.0  # a thread that has been joined is listed for a moment longer


class Threads:
    """The threads that this process had at first, to be compared with those it has now."""

    def __init__(self) -> None:
        self._before = _count()

    def have_come(self) -> bool:
        """Tell whether there are more threads now, and they stay."""
        until = time.monotonic() + _GRACE_SECONDS
        while _count() > self._before:
            if time.monotonic() > until:
                return True
            time.sleep(0.01)
        return False


def _count() -> int:
    if sys.platform == "linux":  # it knows those of C libraries, too
        return len(os.listdir("/proc/self/task"))
    return threading.active_count()
