"""Resource limits of one worker. What the kernel counts per user is left alone, except threads.

Runs in: the warm worker, the warm judge, the judge, the supervisor and the worker.

Address space is limited relative to what the process has mapped already: a warm torch alone
takes 0.6 GB of it, and that is not the student's.
"""

import functools
import os
import resource
import sys
from collections.abc import Iterator

from grader.sandbox.kernel.layer import Confinement, Layer, Moment, Step
from grader.sandbox.kernel.namespaces import Namespaces
from grader.sandbox.kernel.policy import WorkerLimits
from grader.sandbox.kernel.syscalls import Call
from grader.sandbox.level import LEVELS

_MIB = 1 << 20


class Limits(Layer):
    """Memory, CPU time, files, and threads where no other process of the user counts."""

    name = "limits"
    levels = LEVELS

    def locking(self, confinement: Confinement, limits: WorkerLimits) -> Iterator[Step]:
        inside = self.policy.level in Namespaces.levels
        largest = self.policy.scratch_mb
        for call in limiting(limits, largest, confinement.proc, own_user_namespace=inside):
            yield Step(Moment.LIMITS, call)


def limiting(limits: WorkerLimits, file_mb: int, proc: int, own_user_namespace: bool) -> list[Call]:
    """Return the calls that limit this process or a fork of it.

    Args:
        file_mb: the largest file that it may write.
        proc: file descriptor of /proc.
        own_user_namespace: whether the process is in one. Threads are limited only there,
            because elsewhere every process of the user counts.
    """
    calls = [
        _limit("CORE", 0),
        _limit("CPU", limits.cpu_seconds, limits.cpu_seconds + 1),
        _limit("FSIZE", file_mb * _MIB),
        _limit("NOFILE", limits.open_files),
    ]
    if sys.platform == "linux":
        memory = _mapped_bytes(proc) + limits.memory_mb * _MIB
        calls += [_limit("AS", memory), _limit("MEMLOCK", 0), _limit("MSGQUEUE", 0)]
    if own_user_namespace:
        calls.append(_limit("NPROC", limits.threads))
    return calls


def limit_memory(megabytes: int, proc: int) -> None:
    """Let this process map `megabytes` more than it has; `proc` is a file descriptor of /proc."""
    if sys.platform == "linux":
        _limit("AS", _mapped_bytes(proc) + megabytes * _MIB)()


def no_core_dumps() -> None:
    _limit("CORE", 0)()


def _limit(name: str, soft: int, hard: int | None = None) -> Call:
    """Return the call that sets a limit; a lower hard limit that the process has stays."""
    kind = getattr(resource, f"RLIMIT_{name}")
    wanted = soft if hard is None else hard
    most = resource.getrlimit(kind)[1]
    ceiling = wanted if most == resource.RLIM_INFINITY else min(wanted, most)
    return functools.partial(resource.setrlimit, kind, (min(soft, ceiling), ceiling))


def _mapped_bytes(proc: int) -> int:
    fd = os.open("self/statm", os.O_RDONLY, dir_fd=proc)
    try:
        pages = int(os.read(fd, 100).split()[0])
    finally:
        os.close(fd)
    return pages * resource.getpagesize()
