"""What the benches read of processes in /proc."""

import contextlib
import os
import statistics
from pathlib import Path
from typing import NamedTuple

_TICK = 1 / os.sysconf("SC_CLK_TCK")


class Process(NamedTuple):
    parent: int
    started: int  # in ticks
    cpu_seconds: float  # its own, and of its children that were waited for
    faults: int  # pages that they had to be given, or a copy of


def below(root: int) -> dict[int, Process]:
    """Return `root` and every process that descends from it, by process id."""
    found = {}
    for path in Path("/proc").glob("[0-9]*/stat"):
        with contextlib.suppress(OSError):  # it has ended
            fields = path.read_text().rpartition(")")[2].split()
            cpu = sum(map(int, fields[11:15])) * _TICK
            faults = int(fields[7]) + int(fields[8])
            found[int(path.parent.name)] = Process(int(fields[1]), int(fields[19]), cpu, faults)

    def descends(pid: int) -> bool:
        while pid in found and pid != root:
            pid = found[pid].parent
        return pid == root

    return {pid: process for pid, process in found.items() if descends(pid)}


def cpu_of_all(root: int) -> float:
    """Return the CPU seconds of `root` and of all below it, since each began.

    The median of three looks: a process that ends during one is counted twice in it, or not.
    """
    looks = (sum(process.cpu_seconds for process in below(root).values()) for _ in range(3))
    return statistics.median(looks)
