"""What a worker has from the process that forked it: as little as it can compute with.

Runs in: the warm worker, the supervisor and the worker.

No capabilities and no way back to them, a memory that others cannot read, an empty input, an
environment of a few harmless variables, a session of its own, and an end with its supervisor.
"""

import contextlib
import os
import struct
import sys
import tempfile
from collections.abc import Iterator
from functools import partial

from grader.sandbox.environment import environment
from grader.sandbox.kernel import syscalls
from grader.sandbox.kernel.layer import Confinement, Layer, Moment, Step
from grader.sandbox.kernel.policy import WorkerLimits
from grader.sandbox.kernel.trusted import dying_with_parent
from grader.sandbox.level import LEVELS

_CAPABILITIES_V3 = 0x20080522
_MOST_CAPABILITIES = 64


class Privileges(Layer):
    """No capabilities, no way to get new ones, and nothing else that could be of use."""

    name = "privileges"
    levels = LEVELS

    def settle(self, confinement: Confinement) -> None:
        _give_up_for_good()
        _use_environment(confinement.scratch)
        _start_empty()

    def begin(self, confinement: Confinement) -> None:
        _use_environment(confinement.scratch)

    def locking(self, confinement: Confinement, limits: WorkerLimits) -> Iterator[Step]:
        yield Step(Moment.PARENT, os.setsid)
        for call in dying_with_parent(confinement.supervisor):
            yield Step(Moment.PARENT, call)
        yield Step(Moment.PLACE, partial(os.chdir, confinement.scratch or "/"))
        if sys.platform == "linux":
            header = struct.pack("<Ii", _CAPABILITIES_V3, 0)
            nothing = bytes(24)  # effective, permitted, inheritable: two words of each
            undumpable = syscalls.prepared("prctl", syscalls.PR_SET_DUMPABLE, 0, 0, 0, 0)
            yield Step(Moment.CAPABILITIES, syscalls.prepared("capset", header, nothing))
            yield Step(Moment.CAPABILITIES, undumpable)


def _give_up_for_good() -> None:
    """Let no child of this process ever get privileges that this process has not now."""
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_CLEAR_ALL)
        with contextlib.suppress(OSError):  # past the last capability, or there is none to give up
            for capability in range(_MOST_CAPABILITIES):
                syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)


def _use_environment(scratch: str | None) -> None:
    os.environ.clear()
    os.environ.update(environment(scratch))
    tempfile.tempdir = None  # a library may have asked for the folder, which Python remembers


def _start_empty() -> None:
    """Make the standard input empty, and new files private."""
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.umask(0o077)
