"""What a worker cannot do, said in a sentence at once.

Runs in: the worker.

The kernel refuses it all where it can, but in the words of a missing file or of a permission, some
of them after a while. Python says beforehand what it is about to do, and asks the hook below. What
is refused here is refused at every level, so that a student learns of it from `grader check`.
"""

import contextlib
import errno
import importlib
import os
import sys
from collections.abc import Callable, Iterator
from typing import Any, NoReturn

_PROCESS = "starts a process, which is not allowed here"
_SHARING = "works with other processes, which are not allowed here"
_NETWORK = "reaches for a network, which is not allowed here"
_REFUSED = {  # an event of sys.addaudithook -> what is wrong with it
    **dict.fromkeys(
        ("os.exec", "os.fork", "os.forkpty", "os.posix_spawn", "os.system", "subprocess.Popen"),
        _PROCESS,
    ),
    **dict.fromkeys(
        ("socket.bind", "socket.connect", "socket.getaddrinfo", "socket.gethostbyaddr"),
        _NETWORK,
    ),
    "socket.gethostbyname": _NETWORK,
    "socket.getnameinfo": _NETWORK,
}


def _share(*_: Any, **__: Any) -> NoReturn:
    """Stand for what makes a semaphore or shared memory, of which multiprocessing is built."""
    raise PermissionError(errno.EPERM, _SHARING)


def _stand_ins() -> Iterator[tuple[Any, str, object]]:
    """Yield a module, a name in it, and what is to stand for it; imported before any fork."""
    with contextlib.suppress(ImportError):  # a system may have no such module
        semaphores: Any = importlib.import_module("_multiprocessing")
        kind = type("SemLock", (semaphores.SemLock,), {"__new__": _share})
        yield semaphores, "SemLock", kind
        yield importlib.import_module("_posixshmem"), "shm_open", _share


_STAND_INS = tuple(_stand_ins())


def refuse() -> None:
    """Let this process say from now on what it cannot do."""
    sys.addaudithook(_hear)
    for module, name, stand_in in _STAND_INS:
        setattr(module, name, stand_in)
    os.chmod, os.utime = _forgiven(os.chmod), _forgiven(os.utime)


def _hear(event: str, _: tuple[Any, ...]) -> None:
    if event in _REFUSED:
        raise PermissionError(errno.EPERM, _REFUSED[event])


def _forgiven(change: Callable[..., None]) -> Callable[..., None]:
    """Return a function that changes a file's mode or times, or leaves them where it may not.

    The kernel refuses such changes to a worker without an own root. shutil.copy and tarfile make
    them to files that they have written, and their result is the same without.
    """

    def try_to_change(path: Any, *args: Any, **kwargs: Any) -> None:
        try:
            change(path, *args, **kwargs)
        except PermissionError:
            os.stat(path)  # a file that does not exist is still an error

    return try_to_change
