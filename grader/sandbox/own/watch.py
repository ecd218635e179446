"""End a worker that computes for too long or takes too much memory, on any system.

Runs in: the worker.

Elsewhere the kernel does this. Here a thread looks at the clock and leaves with the exit code that
says why. Code that keeps Python's lock for itself is out of its reach; the judge, which waits for
twice as long, then kills the process.
"""

import faulthandler
import os
import sys
import threading
import time
from collections.abc import Callable

from grader.sandbox.own.told import COMPUTED_TOO_LONG, TOOK_TOO_MUCH, WHERE

_LOOK_SECONDS = 0.05
_MIB = 1 << 20


class Watch:
    """Limits what a process uses from one `restart` to the next."""

    def __init__(self) -> None:
        self._until = float("inf")  # CPU time of this process
        self._most = float("inf")  # bytes
        threading.Thread(target=self._look, daemon=True).start()

    def restart(self, cpu_seconds: float, memory_mb: int) -> None:
        self._until = time.process_time() + cpu_seconds
        self._most = _peak_bytes() + memory_mb * _MIB

    def stop(self) -> None:
        self._until = self._most = float("inf")

    def _look(self) -> None:
        while True:
            time.sleep(_LOOK_SECONDS)
            if time.process_time() > self._until:
                tell_where()
                os._exit(COMPUTED_TOO_LONG)
            if _peak_bytes() > self._most:
                os._exit(TOOK_TOO_MUCH)


def obey(stdin: int) -> None:
    """Do in a thread what the judge says on standard input; end when the judge goes away."""
    threading.Thread(target=_obey, args=(stdin,), daemon=True).start()


def _obey(stdin: int) -> None:
    while os.read(stdin, 1) == WHERE:
        tell_where()
    os._exit(0)


def tell_where() -> None:
    """Write to standard error which lines all threads are at."""
    faulthandler.dump_traceback(file=2, all_threads=True)


def _of_system() -> Callable[[], int]:
    """Return what says how many bytes of memory this process has used at most, or always 0."""
    if sys.platform == "win32":  # memory is not limited there
        return lambda: 0
    try:
        import resource
    except ImportError:
        return lambda: 0
    unit = 1 if sys.platform == "darwin" else 1024
    return lambda: unit * resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


_peak_bytes = _of_system()
