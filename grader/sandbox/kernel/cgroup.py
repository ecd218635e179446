"""A control group (cgroup v2) for each worker, where the grader has a folder of groups to itself.

Runs in: the warm worker, the supervisor and the worker.

The kernel then counts all that a worker and its children take together: memory, files in their
/scratch included, and threads. A folder whose children have controllers may hold no process, so
the grader moves into a child itself:

    FOLDER                            the control group that the grader was started in
    FOLDER/grader-trusted             all trusted processes
    FOLDER/worker-WARM-SUPERVISOR     one worker, by the process ids of its warm worker and
                                      its supervisor

A grader that is killed leaves folders without processes. They are removed with FOLDER, or by the
next grader in it.
"""

import contextlib
import os
import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

from grader.sandbox.kernel.layer import Confinement, Layer, Moment, Step
from grader.sandbox.kernel.policy import WorkerLimits

_CONTROLLERS = ("memory", "pids")
_TRUSTED = "grader-trusted"
_ROUNDS = 100  # how often processes are moved, because some may fork meanwhile
_EMPTY_SECONDS = 10  # how long the kernel may take to end killed processes


@dataclass(frozen=True)
class Groups:
    """A folder of control groups, and what is limited in each."""

    folder: int  # file descriptor: a worker's own root has no path to it
    controllers: tuple[str, ...]
    warm_worker: int  # its process id

    @classmethod
    def find(cls, conductor: int) -> Self:
        """Move the processes of a grader into a leaf of their folder, and return the folder.

        Args:
            conductor: process id of the grader's first process, which all others descend from.

        Raises:
            OSError: the folder cannot be used, and why.
        """
        own, mounts = Path("/proc/self/cgroup"), Path("/proc/self/mountinfo")
        path = folder_of(own.read_text(), mounts.read_text())
        folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            offered = _read(folder, "cgroup.controllers").split()
            controllers = tuple(name for name in _CONTROLLERS if name in offered)
            if not controllers:
                raise OSError("memory and pids are not delegated")
            _gather(folder, conductor)
            _write(folder, "cgroup.subtree_control", " ".join(f"+{name}" for name in controllers))
        except OSError:
            os.close(folder)
            raise
        _sweep(folder)
        return cls(folder, controllers, os.getpid())

    def join(self, supervisor: int, limits: WorkerLimits) -> None:
        """Move this process into a group of its own.

        Raises:
            OSError: the process is not in a group with all its limits.
        """
        name = self._name(supervisor)
        with contextlib.suppress(FileExistsError):  # a supervisor of this id was killed
            os.mkdir(name, dir_fd=self.folder)
        if "memory" in self.controllers:
            _write(self.folder, f"{name}/memory.max", str(limits.memory_mb << 20))
            _write(self.folder, f"{name}/memory.oom.group", "1")
            with contextlib.suppress(FileNotFoundError):  # a kernel without swap
                _write(self.folder, f"{name}/memory.swap.max", "0")
        if "pids" in self.controllers:
            _write(self.folder, f"{name}/pids.max", str(limits.threads))
        _write(self.folder, f"{name}/cgroup.procs", "0")  # 0: this process

    def remove(self, supervisor: int) -> None:
        """Kill all in the group of a supervisor's worker, if there is one, and remove it.

        Raises:
            OSError: the group does not get empty.
        """
        name = self._name(supervisor)
        with contextlib.suppress(FileNotFoundError):  # no group, or before Linux 5.14
            _write(self.folder, f"{name}/cgroup.kill", "1")
        until = time.monotonic() + _EMPTY_SECONDS
        while True:
            try:
                return os.rmdir(name, dir_fd=self.folder)
            except FileNotFoundError:
                return
            except OSError:
                if time.monotonic() > until:
                    raise
            time.sleep(0.001)

    def _name(self, supervisor: int) -> str:
        return f"worker-{self.warm_worker}-{supervisor}"


class ControlGroup(Layer):
    """One limit for the memory and the threads of all that a worker starts, and its sure end."""

    name = "cgroup"
    levels = ()
    _groups: Groups

    def find(self) -> None:
        self._groups = Groups.find(self.policy.conductor)

    def words(self) -> str:
        return ", ".join(self._groups.controllers)

    def locking(self, confinement: Confinement, limits: WorkerLimits) -> Iterator[Step]:
        yield Step(Moment.GROUP, partial(self._groups.join, confinement.supervisor, limits))

    def release(self, confinement: Confinement) -> None:
        self._groups.remove(confinement.supervisor)


def folder_of(cgroup: str, mountinfo: str) -> str:
    """Return the folder for groups, from what /proc says of a process and its mounts.

    Raises:
        OSError: no cgroup v2 is mounted where this process is in it.
    """
    entries = [line[3:] for line in cgroup.splitlines() if line.startswith("0::/")]
    for line in mountinfo.splitlines() if entries else []:
        own = entries[0].removesuffix(f"/{_TRUSTED}")  # an earlier warm worker has moved it
        place, _, kind = line.partition(" - ")
        root, point = place.split()[3:5]
        above = root.rstrip("/")
        if kind.startswith("cgroup2 ") and f"{own}/".startswith(f"{above}/"):
            return point + own[len(above) :]
    raise OSError("no cgroup v2")


def _gather(folder: int, conductor: int) -> None:
    for _ in range(_ROUNDS):
        pids = _read(folder, "cgroup.procs").split()
        if not pids:
            return
        if not all(_descends(int(pid), conductor) for pid in pids):
            raise OSError("the control group holds other processes, too")
        with contextlib.suppress(FileExistsError):
            os.mkdir(_TRUSTED, dir_fd=folder)
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):  # a process that has ended
                _write(folder, f"{_TRUSTED}/cgroup.procs", pid)


def _descends(pid: int, ancestor: int) -> bool:
    """Tell whether a process is `ancestor` or comes from it; False for one that has ended."""
    while pid not in (0, ancestor):
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except OSError:
            return False
        pid = int(stat.rpartition(") ")[2].split()[1])
    return pid == ancestor


def _sweep(folder: int) -> None:
    """Remove the groups of warm workers that were killed."""
    for name in os.listdir(folder):
        kind, _, rest = name.partition("-")
        if kind == "worker" and not os.path.exists(f"/proc/{rest.partition('-')[0]}"):
            with contextlib.suppress(OSError):  # a group that is not empty yet
                os.rmdir(name, dir_fd=folder)


def _read(folder: int, name: str) -> str:
    with open(os.open(name, os.O_RDONLY | os.O_CLOEXEC, dir_fd=folder)) as file:
        return file.read()


def _write(folder: int, name: str, text: str) -> None:
    fd = os.open(name, os.O_WRONLY | os.O_CLOEXEC, dir_fd=folder)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
