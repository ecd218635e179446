"""Scratch folders on the host's disk, for workers that have no root of their own.

Runs in: the supervisor.

All workers of a submission write to one folder, in turn; it is emptied before each of them. The
kernel's rules open it to them, but limit only the size of each file. So the supervisor looks at
what lies in it many times a second, and ends a worker that has gone too far. It does not see
files that a worker has removed and still holds, and ends the worker, too, before these could fill
the disk.
"""

import os
import tempfile
from collections.abc import Mapping
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.folders import empty, remove, use_of

MOST_FILES = 4096  # as many as a scratch folder of an own root can hold
_MIB = 1 << 20
_KEPT_FREE = 256 * _MIB  # bytes that are left on the disk, besides those of a scratch folder


class HostScratch:
    """The scratch folder of one submission at a time."""

    def __init__(self, place: str, megabytes: int, links: Mapping[str, str]) -> None:
        """Make the folder below `place`, the folder of a run, in which no worker can open another.

        Args:
            links: name -> where a link of that name in the folder leads.
        """
        self._size = megabytes * _MIB
        self._links = links
        self.path = tempfile.mkdtemp(dir=place)
        self.renew()
        self.start()

    def renew(self) -> None:
        """Prepare the folder for the next worker, which may take a while; the last one is dead."""
        empty(self.path)
        for name, target in self._links.items():
            os.symlink(target, os.path.join(self.path, name))

    def start(self) -> None:
        """Remember how much room the disk has when a worker starts."""
        self._room = self._free()

    def is_over_full(self) -> bool:
        """Tell whether a worker has written more than it may.

        Raises:
            SandboxError: the disk has hardly any room, whoever has taken it.
        """
        use = use_of(self.path, MOST_FILES)
        if use.bytes > self._size or use.files > MOST_FILES:
            return True
        free = self._free()
        taken = self._room - free
        if free < self._size or (free < self._size + _KEPT_FREE and taken > self._size):
            place = os.path.dirname(os.path.dirname(self.path))
            raise SandboxError(f"{place}: there is no room for scratch folders; make some")
        return False

    def remove(self) -> None:
        """Remove the folder; what is left of it goes with the folder of the run."""
        remove(Path(self.path))

    def _free(self) -> int:
        disk = os.statvfs(self.path)
        return disk.f_bavail * disk.f_frsize
