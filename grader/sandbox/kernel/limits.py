"""Resource limits of one worker. What the kernel counts per user is left alone, except threads.

Address space is limited relative to what the process has mapped already: a warm torch alone
takes 0.6 GB of it, and that is not the student's.
"""

import functools
import os
import resource
import sys
from dataclasses import dataclass

from grader.sandbox.kernel.syscalls import Call

_MIB = 1 << 20


@dataclass(frozen=True)
class WorkerLimits:
    """What one worker may use up."""

    memory_mb: int = 2048  # on top of what the template has mapped
    cpu_seconds: int = 60  # SIGXCPU here, SIGKILL one second later
    file_mb: int = 64  # the largest file that it may write
    open_files: int = 64
    threads: int = 256  # of a control group, and of all workers of one user namespace together


def limiting(limits: WorkerLimits, proc: int, own_user_namespace: bool) -> list[Call]:
    """Return what limits this process, or a fork of it; `proc` is a file descriptor of /proc.

    Threads are limited only in an own user namespace, because elsewhere every process of the
    user counts.
    """
    calls = [
        _limit("CORE", 0),
        _limit("CPU", limits.cpu_seconds, limits.cpu_seconds + 1),
        _limit("FSIZE", limits.file_mb * _MIB),
        _limit("NOFILE", limits.open_files),
    ]
    if sys.platform == "linux":
        memory = _mapped_bytes(proc) + limits.memory_mb * _MIB
        calls += [_limit("AS", memory), _limit("MEMLOCK", 0), _limit("MSGQUEUE", 0)]
    if own_user_namespace:
        calls.append(_limit("NPROC", limits.threads))
    return calls


def limit_memory(megabytes: int, proc: int) -> None:
    """Let this process map so much more than it has; `proc` is a file descriptor of /proc."""
    if sys.platform == "linux":
        _limit("AS", _mapped_bytes(proc) + megabytes * _MIB)()


def no_core_dumps() -> None:
    _limit("CORE", 0)()


def _limit(name: str, soft: int, hard: int | None = None) -> Call:
    """Return what sets a limit, or keeps the hard one that the process has when that is lower."""
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
