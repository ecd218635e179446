"""An own root: a worker cannot open a file that is not in its tree.

Runs in: the warm worker and the supervisor.

After `build_root`, the warm worker and all that it forks later see a read-only tree of the paths
that the policy names, /dev with three devices, and an empty /scratch. No /proc is mounted, since it
tells of the host's mounts and processes: a link and a file say there which program runs. A
supervisor mounts a fresh scratch folder before each fork of a worker.

A process in which one of these functions has failed is half inside: it must end.
"""

import ctypes
import os
import sys
from collections.abc import Iterable, Sequence

from grader.sandbox.kernel.layer import Confinement, Layer
from grader.sandbox.kernel.scratch import MOST_FILES
from grader.sandbox.kernel.syscalls import Call, call, prepared, prepared_mount

SCRATCH = "/scratch/own"  # mounted anew for each worker; a rule for /scratch outlasts that
DEVICES = ("/dev/null", "/dev/urandom", "/dev/zero")

_HERE = -100  # AT_FDCWD
_EMPTY_PATH, _RECURSIVE = 0x1000, 0x8000
_CLONE_TREE, _CLOSE_ON_EXEC, _FROM_EMPTY_PATH = 1, os.O_CLOEXEC, 4
_READ_ONLY, _NO_SETUID, _NO_DEVICES, _NO_EXEC = 1, 2, 4, 8  # both as flags and as attributes
_RECURSIVE_PRIVATE, _DETACH = 1 << 18 | 1 << 14, 2


class Root(Layer):
    """A read-only tree of what the policy names, and one scratch folder of a limited size."""

    name = "root"
    levels = ("isolated",)
    _links: Sequence[Call]  # that make the links in a scratch folder

    def settle(self, confinement: Confinement) -> None:
        confinement.scratch = SCRATCH
        self._links = [link_in_scratch(*link) for link in confinement.links.items()]
        build_root(self.policy.readable)

    def begin(self, confinement: Confinement) -> None:
        fresh_scratch(self.policy.scratch_mb)()

    def renewing(self) -> Iterable[Call]:
        return drop_scratch(), fresh_scratch(self.policy.scratch_mb), *self._links


class _MountAttr(ctypes.Structure):
    _fields_ = (
        ("set", ctypes.c_uint64),
        ("clear", ctypes.c_uint64),
        ("propagation", ctypes.c_uint64),
        ("user_namespace", ctypes.c_uint64),
    )


def build_root(readable: Iterable[str]) -> None:
    """Make a tree that holds only the paths of `readable` the root of this process.

    Symbolic links on the way to a path are made as they are outside. A path that is missing,
    or that this user cannot reach, is left out.

    Raises:
        OSError: something could not be mounted; this process must end.
    """
    links, real = _resolve_all(readable)
    root = _mount_point(real)
    prepared_mount("none", "/", "none", _RECURSIVE_PRIVATE)()
    prepared_mount("tmpfs", root, "tmpfs", _NO_SETUID | _NO_DEVICES, "size=8m,mode=755")()
    for path in real:
        _bind(path, root + path, _READ_ONLY | _NO_SETUID | _NO_DEVICES)
    for path in DEVICES:
        _bind(path, root + path, _READ_ONLY | _NO_SETUID | _NO_EXEC)
    for link, target in links.items():
        _link(root + link, target)
    os.makedirs(root + SCRATCH)
    _describe_program(root)
    _pivot(root)


def fresh_scratch(megabytes: int) -> Call:
    """Return the call that mounts an empty scratch folder; `drop_scratch` undoes it."""
    flags = _NO_SETUID | _NO_DEVICES | _NO_EXEC
    size = f"size={megabytes}m,nr_inodes={MOST_FILES},mode=700"
    return prepared_mount("tmpfs", SCRATCH, "tmpfs", flags, size)


def link_in_scratch(name: str, target: str) -> Call:
    """Return the call that makes a link in the scratch folder that was mounted last."""
    return prepared("symlinkat", target.encode(), _HERE, f"{SCRATCH}/{name}".encode())


def drop_scratch() -> Call:
    """Return the call that removes the scratch folder that was mounted last, with its files."""
    return prepared("umount2", SCRATCH.encode(), _DETACH)


def _resolve_all(paths: Iterable[str]) -> tuple[dict[str, str], list[str]]:
    """Return the links on the way to `paths`, and the real paths, none beneath another."""
    links: dict[str, str] = {}
    reached = set()
    for path in paths:
        if os.path.exists(path):
            passed, real = _resolve(path)
            links |= passed
            reached.add(real)
    outermost: list[str] = []
    for path in sorted(reached, key=lambda path: path.split("/")):  # a folder, then what is in it
        if not _is_beneath(path, outermost[-1:]):
            outermost.append(path)
    return links, outermost


def _resolve(path: str) -> tuple[dict[str, str], str]:
    """Return the links that an existing absolute path goes through, and where it leads."""
    links: dict[str, str] = {}
    done, left = "/", path.split("/")
    while left:
        part = left.pop(0)
        step = os.path.normpath(os.path.join(done, part))
        if os.path.islink(step):
            links[step] = target = os.readlink(step)
            left = target.split("/") + left
            step = "/" if target.startswith("/") else done
        done = step
    return links, done


def _is_beneath(path: str, folders: Iterable[str]) -> bool:
    return any(path == folder or path.startswith(f"{folder}/") for folder in folders)


def _mount_point(real: list[str]) -> str:
    """Return a folder that hides nothing of `real` and no device while it is mounted over."""
    kept = (*real, *DEVICES)
    for entry in sorted(os.scandir("/"), key=lambda entry: entry.name):
        hides = "/" in kept or any(_is_beneath(path, [entry.path]) for path in kept)
        if entry.is_dir(follow_symlinks=False) and not hides:
            return entry.path
    raise OSError("no folder in / to mount a new root on")


def _bind(source: str, target: str, attributes: int) -> None:
    """Mount `source` and what is mounted in it on a new `target`, with more restrictions."""
    if os.path.isdir(source):
        os.makedirs(target)
    else:
        os.makedirs(os.path.dirname(target), exist_ok=True)
        os.close(os.open(target, os.O_CREAT | os.O_EXCL, 0o600))
    tree = call("open_tree", _HERE, source.encode(), _CLONE_TREE | _RECURSIVE | _CLOSE_ON_EXEC)
    try:
        _restrict(tree, b"", _EMPTY_PATH | _RECURSIVE, attributes)
        call("move_mount", tree, b"", _HERE, target.encode(), _FROM_EMPTY_PATH)
    finally:
        os.close(tree)


def _restrict(folder: int, path: bytes, flags: int, attributes: int) -> None:
    attr = _MountAttr(set=attributes)
    call("mount_setattr", folder, path, flags, attr, ctypes.sizeof(attr))


def _link(path: str, target: str) -> None:
    if not os.path.lexists(path):  # a link that exists lies in a folder that is mounted
        os.makedirs(os.path.dirname(path), exist_ok=True)
        os.symlink(target, path)


def _describe_program(root: str) -> None:
    """Make what some libraries, such as TensorFlow, ask of /proc: the program and its words."""
    _link(f"{root}/proc/self/exe", os.path.realpath(sys.executable))
    with open(f"{root}/proc/self/cmdline", "wb") as words:
        words.write(b"python\0")


def _pivot(root: str) -> None:
    """Make `root` the root, read-only, and drop the old one."""
    os.chdir(root)
    call("pivot_root", b".", b".")
    call("umount2", b".", _DETACH)  # the old root, which lies on top of the new one
    os.chdir("/")
    _restrict(_HERE, b"/", 0, _READ_ONLY | _NO_SETUID | _NO_DEVICES | _NO_EXEC)
