"""Landlock: which files a process may open, and no TCP, abstract sockets or signals outwards.

Runs in: the warm worker, the supervisor and the worker.

A right that the running kernel's ABI does not know is left out. Seccomp refuses what stays
open then: truncate() by path before ABI 3, ioctl on devices before ABI 5, connect() always.
Under every ABI a worker can still ask whether a path exists, and for its size and times.
"""

import ctypes
import functools
import os
import stat
from collections.abc import Iterable, Iterator
from functools import partial

from grader.sandbox.kernel.layer import Confinement, Layer, Moment, Step
from grader.sandbox.kernel.policy import WorkerLimits
from grader.sandbox.kernel.root import DEVICES, SCRATCH, Root
from grader.sandbox.kernel.syscalls import Call, call, prepared

_VERSION = 1  # flag of landlock_create_ruleset: return the ABI
_PATH_BENEATH = 1
_NO_AUDIT_LOG = 1  # flag of landlock_restrict_self: refusals would flood the host's log

_WRITE_FILE, _READ_FILE, _READ_DIR = 1 << 1, 1 << 2, 1 << 3
_REMOVE_DIR, _REMOVE_FILE = 1 << 4, 1 << 5
_MAKE_DIR, _MAKE_FILE = 1 << 7, 1 << 8
_REFER, _TRUNCATE, _IOCTL_DEV, _RESOLVE_UNIX = 1 << 13, 1 << 14, 1 << 15, 1 << 16

_ABI_1 = (1 << 13) - 1
_ADDED = {2: _REFER, 3: _TRUNCATE, 5: _IOCTL_DEV, 9: _RESOLVE_UNIX}  # ABI -> rights of files
_READ = _READ_FILE | _READ_DIR
_WRITE = _WRITE_FILE | _TRUNCATE
_SCRATCH = _READ | _WRITE | _REFER | _REMOVE_DIR | _REMOVE_FILE | _MAKE_DIR | _MAKE_FILE
_FILE = _READ_FILE | _WRITE | _IOCTL_DEV  # the kernel refuses other rights in the rule of a file


class Landlock(Layer):
    """Only what the policy names can be opened; only the scratch folder can be written to."""

    name = "landlock"
    levels = ("isolated", "confined")
    _rules: int  # file descriptor of the ruleset

    def words(self) -> str:
        return f"ABI {abi()}"

    def settle(self, confinement: Confinement) -> None:
        if self.policy.level in Root.levels:  # the own root holds nothing else that could be read
            self._rules = ruleset(["/"], [os.path.dirname(SCRATCH)], ["/dev/null"])

    def begin(self, confinement: Confinement) -> None:
        if self.policy.level not in Root.levels:  # each supervisor has a scratch folder of its own
            readable = [*self.policy.readable, *DEVICES]
            scratch = [confinement.scratch] if confinement.scratch else []
            self._rules = ruleset(readable, scratch, ["/dev/null"])

    def locking(self, confinement: Confinement, limits: WorkerLimits) -> Iterator[Step]:
        if self.policy.level not in Root.levels:
            yield Step(Moment.FILES, partial(_allow_own_words, self._rules, confinement.proc))
        yield Step(Moment.FILES, restricting(self._rules))


class _RulesetAttr(ctypes.Structure):
    _fields_ = (
        ("files", ctypes.c_uint64),
        ("tcp", ctypes.c_uint64),  # from ABI 4
        ("scoped", ctypes.c_uint64),  # from ABI 6
    )


class _PathBeneath(ctypes.Structure):
    _pack_ = 1
    _layout_ = "ms"  # the layout that _pack_ implies; Python 3.14 wants it to be said
    _fields_ = (("rights", ctypes.c_uint64), ("parent", ctypes.c_int32))


@functools.cache
def abi() -> int:
    """Return the ABI of the running kernel.

    Raises:
        OSError: the kernel has no Landlock, or was started without it.
    """
    return call("landlock_create_ruleset", None, 0, _VERSION)


def ruleset(readable: Iterable[str], scratch: Iterable[str], writable_files: Iterable[str]) -> int:
    """Return a file descriptor of rules for `restricting`: what no rule names is refused.

    Args:
        readable: files, and folders with all that is beneath them.
        scratch: folders in which files may be made, written and removed too.
        writable_files: existing files.

    A path that this user cannot reach gets no rule.
    """
    version = abi()
    handled = _ABI_1 | sum(right for since, right in _ADDED.items() if since <= version)
    both = 3  # bind and connect by TCP; abstract sockets and signals
    size = 8 if version < 4 else 16 if version < 6 else 24
    rules = call("landlock_create_ruleset", _RulesetAttr(handled, both, both), size, 0)
    for paths, rights in (
        (readable, _READ),
        (scratch, _SCRATCH),
        (writable_files, _READ_FILE | _WRITE),
    ):
        for path in paths:
            _allow(rules, path, rights & handled)
    return rules


def restricting(rules: int) -> Call:
    """Return the call that applies `rules` to a thread for ever; it must have no_new_privs."""
    return prepared("landlock_restrict_self", rules, _NO_AUDIT_LOG if abi() >= 7 else 0)


def _allow_own_words(rules: int, proc: int) -> None:
    """Let this process read the words that its program was started with, as TensorFlow does."""
    _allow(rules, "self/cmdline", _READ, proc)


def _allow(rules: int, path: str, rights: int, folder: int | None = None) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC, dir_fd=folder)
    except (FileNotFoundError, NotADirectoryError, PermissionError):
        return
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= _FILE
        call("landlock_add_rule", rules, _PATH_BENEATH, _PathBeneath(rights, fd), 0)
    finally:
        os.close(fd)
