"""Own namespaces: a worker cannot reach processes, networks and IPC objects that it cannot name.

Runs in: the warm worker, the supervisor and the worker.

The warm worker enters new namespaces with all that it forks later. Each worker then gets a
process namespace and IPC objects of its own, which end with it.

A process in which one of these functions has failed is half inside: it must end.
"""

import os
import socket
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.sandbox.kernel.layer import Confinement, Layer, Moment, Step
from grader.sandbox.kernel.policy import WorkerLimits
from grader.sandbox.kernel.syscalls import (
    PR_GET_DUMPABLE,
    PR_SET_DUMPABLE,
    Call,
    call,
    prctl,
    prepared,
)

_NOBODY = 65534

_NEW_MOUNTS, _NEW_HOST_NAME, _NEW_IPC = 0x20000, 0x4000000, 0x8000000
_NEW_USERS, _NEW_PIDS, _NEW_NETWORK = 0x10000000, 0x20000000, 0x40000000
_NEW_ALL = (  # without control groups: a worker could not join its own from inside
    _NEW_USERS | _NEW_MOUNTS | _NEW_PIDS | _NEW_NETWORK | _NEW_IPC | _NEW_HOST_NAME
)


class Namespaces(Layer):
    """Own users, mounts, processes, network, IPC objects and host name."""

    name = "namespaces"
    levels = ("isolated",)
    _pids: int  # file descriptor of the process namespace that supervisors live in

    def enter(self) -> None:
        enter()

    def settle(self, confinement: Confinement) -> None:
        self._pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)

    def begin(self, confinement: Confinement) -> None:
        own_mounts()

    def renewing(self) -> Iterable[Call]:
        return new_pids(self._pids)

    def locking(self, confinement: Confinement, limits: WorkerLimits) -> Iterator[Step]:
        yield Step(Moment.PLACE, own_ipc())


def enter() -> None:
    """Move this process, which must have one thread, into new namespaces.

    Its next child is process 1 of the new process namespace, and the first that lives in it.

    Raises:
        OSError: the process has more threads, or the kernel or its configuration refuses.
    """
    threads = len(os.listdir("/proc/self/task"))
    if threads > 1:
        raise OSError(f"this process has {threads} threads already")
    uid, gid = os.geteuid(), os.getegid()
    dumpable = prctl(PR_GET_DUMPABLE)
    prctl(PR_SET_DUMPABLE, 1)  # else /proc/self belongs to root, and its maps cannot be written
    try:
        call("unshare", _NEW_ALL)
        Path("/proc/self/setgroups").write_text("deny")
        Path("/proc/self/uid_map").write_text(f"{_NOBODY} {uid} 1")
        Path("/proc/self/gid_map").write_text(f"{_NOBODY} {gid} 1")
    finally:
        prctl(PR_SET_DUMPABLE, dumpable)
    socket.sethostname("worker")  # AppArmor can grant a namespace and then refuse any use of it


def own_mounts() -> None:
    """Let this process and its descendants mount without others seeing it."""
    call("unshare", _NEW_MOUNTS)


def new_pids(own: int) -> tuple[Call, Call]:
    """Return the calls that make the next child process 1 of a namespace; for one child each time.

    Args:
        own: file descriptor of /proc/self/ns/pid of a process that shares the caller's.
    """
    back = prepared("setns", own, _NEW_PIDS)  # without it, unshare refuses from the second time on
    return back, prepared("unshare", _NEW_PIDS)


def own_ipc() -> Call:
    """Return the call that gives a process IPC objects of its own, which end with it."""
    return prepared("unshare", _NEW_IPC)
