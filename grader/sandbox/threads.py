"""Find out whether an import has started threads, because a process with some cannot be forked.

Runs in: the warm worker and the warm judge.

A fork has only the thread that forked. A lock that another thread held stays locked in the fork,
which could then wait for it for ever. And the kernel lets no process with several threads enter
namespaces of its own.
"""

import os
import sys
import threading
import time

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
