"""Folders on the host's disk: one for each run, and in it one for each submission's files.

Runs in: the conductor, the judge and the supervisor.

The conductor makes the folder of a run and removes it. One that was killed leaves its folder
behind, which the next run of the same user finds by its name and removes; a lock, which ends with
its process, says that a run still goes on. What a submission has made in its own folder may be
deep, unreadable or without end, so that nothing here recurses or trusts a mode.
"""

import contextlib
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple, Self

_PREFIX = "nablagrade-run-"
_BLOCK = 512  # bytes, the unit of st_blocks on every system
_OWN_ONLY = 0o700
_LONGEST = 2000  # characters of a path; the kernel opens none of more than 4096 bytes


class Use(NamedTuple):
    """What lies in a folder."""

    bytes: int
    files: int  # folders and links count, too


@dataclass(frozen=True)
class RunFolder:
    """A folder that belongs to one run and is removed with it."""

    path: Path
    lock: int  # file descriptor of the folder, locked for as long as the run goes on

    @classmethod
    def make(cls) -> Self:
        """Make a new folder, and remove those of runs that were killed.

        Raises:
            OSError: there is no place for one.
        """
        place = Path(tempfile.gettempdir())
        _remove_left_behind(place)
        while True:
            path = Path(tempfile.mkdtemp(prefix=_PREFIX, dir=place))
            lock = _lock(path)
            if lock is not None:
                return cls(path, lock)

    def close(self) -> None:
        """Remove the folder with all that is in it."""
        remove(self.path)
        if self.lock >= 0:
            os.close(self.lock)


def copy_into(folder: Path, files: Mapping[str, Path]) -> None:
    """Make `folder`, and copy files to their places below it."""
    folder.mkdir()
    for place, source in files.items():
        target = folder / place
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(source, target)


def use_of(folder: str, most_files: int) -> Use:
    """Return what lies in a folder, on which a process may still work; count so many files."""
    size = files = 0
    for entry in _below(folder):
        files += 1
        with contextlib.suppress(OSError):  # it is gone
            size += entry.stat(follow_symlinks=False).st_blocks * _BLOCK
        if files > most_files or len(entry.path) > _LONGEST:
            return Use(size, most_files + 1)
    return Use(size, files)


def empty(folder: str) -> None:
    """Remove all that is in a folder, on which no process works any more.

    Each folder in it is emptied by moving what it holds to the top, so that no path gets long.
    """
    number, token = 0, os.urandom(8).hex()
    while entries := list(os.scandir(folder)):
        for entry in entries:
            if not entry.is_dir(follow_symlinks=False):
                os.unlink(entry.path)
                continue
            os.chmod(entry.path, _OWN_ONLY)
            for below in list(os.scandir(entry.path)):
                number += 1
                if below.is_dir(follow_symlinks=False):
                    os.chmod(below.path, _OWN_ONLY)  # a folder that is moved is written to
                os.rename(below.path, os.path.join(folder, f"{token}-{number}"))
            os.rmdir(entry.path)


def remove(folder: Path) -> None:
    """Remove a folder with all that is in it; leave what cannot be removed."""
    with contextlib.suppress(OSError):
        empty(str(folder))
        os.rmdir(folder)


def _below(folder: str) -> Iterator[os.DirEntry[str]]:
    """Yield all that is in a folder, in the folders in it, and so on."""
    left = [folder]
    while left:
        for entry in _listed(left.pop()):
            yield entry
            if entry.is_dir(follow_symlinks=False):
                left.append(entry.path)


def _listed(folder: str) -> list[os.DirEntry[str]]:
    try:
        return list(os.scandir(folder))
    except PermissionError:  # who made it may have hidden what is in it
        with contextlib.suppress(OSError):
            os.chmod(folder, _OWN_ONLY)
            return list(os.scandir(folder))
    except OSError:  # it is gone
        pass
    return []


def _remove_left_behind(place: Path) -> None:
    with contextlib.suppress(OSError):
        for path in place.glob(f"{_PREFIX}*"):
            lock = _lock(path)
            if lock is not None and lock >= 0:
                remove(path)
                os.close(lock)


def _lock(folder: Path) -> int | None:
    """Return a locked descriptor of a folder of this user, or -1 where nothing can be locked.

    Return none if another process has it locked, or if it is gone.
    """
    if sys.platform == "win32":
        return -1
    import fcntl  # here, because Windows has none

    with contextlib.suppress(OSError):
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW)
        if _is_own(lock, folder):
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass
            except OSError:  # this file system has no locks
                os.close(lock)
                return -1
            else:
                if _is_own(lock, folder):  # still: it may have been removed before it was locked
                    return lock
        os.close(lock)
    return None


def _is_own(fd: int, folder: Path) -> bool:
    status = os.fstat(fd)
    return status.st_uid == os.geteuid() and os.path.samestat(status, os.stat(folder))
