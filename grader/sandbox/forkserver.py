"""Fork a child of a warm process for every request that comes over a control socket."""

import contextlib
import gc
import os
import socket
import sys
import traceback
from collections.abc import Callable, Iterator
from typing import NoReturn

from grader.sandbox.hugepages import collapse_heap

FORK = b"F"  # one byte carries the file descriptors
_fillings: list[bytes] = []  # kept for ever


def fork_for_each(control: socket.socket, serve: Callable[[list[int]], None], fds: int) -> None:
    """Call `serve` in a forked child for each set of `fds` descriptors; return at the end."""
    while True:
        try:
            _, received, _, _ = socket.recv_fds(control, 1, fds)
        except ConnectionResetError:  # closed with our last words unread
            break
        if not received:
            break
        if os.fork() == 0:
            _be_child(control, serve, received)
        for fd in received:
            os.close(fd)
        _reap(os.WNOHANG)
    _reap(0)


def settle(proc: int) -> None:
    """Let forks share this process's memory for as long as they can; call it before the first.

    Args:
        proc: file descriptor of /proc.
    """
    sys._clear_type_cache()  # or forks would replace its entries, and write to names all over
    _fillings.extend(_fill_holes())
    gc.freeze()  # no collection writes into the pages that forks share
    gc.enable()
    collapse_heap(proc)


def _fill_holes() -> Iterator[bytes]:
    """Yield objects for the gaps that what was freed has left, so that new ones lie together.

    A pool of equal blocks of Python's allocator has 16 KiB; of each size, few have a gap.
    """
    for size in range(48, 513, 16):
        for _ in range((16 << 10) // size):
            yield bytes(size - sys.getsizeof(b""))


def _be_child(
    control: socket.socket, serve: Callable[[list[int]], None], fds: list[int]
) -> NoReturn:
    try:
        control.close()
        serve(fds)
    except Exception:
        traceback.print_exc()  # of ours: the other side only sees that we are gone
    finally:
        os._exit(0)


def _reap(options: int) -> None:
    """Wait for children that have ended, so that their CPU time is counted as ours."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass
