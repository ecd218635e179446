"""What a trusted process does for its own safety: it hides its memory and ends with its parent.

Runs in: the warm worker, the warm judge, the judge and the supervisor.
"""

import os
import signal
import sys
from functools import partial

from grader.sandbox.kernel import syscalls
from grader.sandbox.kernel.layer import blamed
from grader.sandbox.kernel.limits import no_core_dumps


def harden_trusted() -> None:
    """Hide the memory of this process from others of its user; call it again after each exec.

    Raises:
        LayerError: the memory stays readable.
    """
    with blamed("privileges"):
        if sys.platform == "linux":
            syscalls.prctl(syscalls.PR_SET_DUMPABLE, 0)
        no_core_dumps()


def die_with_parent(parent: int) -> None:
    """Let the kernel kill this process when `parent`, which started it, ends; at once if it has.

    Strictly, the kernel kills it when the thread that started it ends.
    """
    for call in dying_with_parent(parent):
        call()


def dying_with_parent(parent: int) -> list[syscalls.Call]:
    """Return the calls of `die_with_parent`, prepared for processes that `parent` will fork."""
    if sys.platform != "linux":
        return []
    ask = syscalls.prepared("prctl", syscalls.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
    return [ask, partial(_require_parent, parent)]


def _require_parent(parent: int) -> None:
    """End this process if `parent` ended before the kernel was asked to watch it."""
    if os.getppid() not in (parent, 0):  # 0: the parent is outside of this process's namespace
        os._exit(1)
