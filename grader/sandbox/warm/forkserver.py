"""Fork a child of a warm process for every request that comes over a control socket.

Runs in: the warm worker and the warm judge.
"""

import contextlib
import os
import socket
import traceback
from collections.abc import Callable
from typing import NoReturn

from grader.sandbox.kernel.trusted import die_with_parent


def fork_for_each(control: socket.socket, serve: Callable[[list[int]], None], fds: int) -> None:
    """Call `serve` in a forked child for each set of `fds` descriptors; return when it closes."""
    own = os.getpid()
    while True:
        try:
            _, received, _, _ = socket.recv_fds(control, 1, fds)
        except (
            ConnectionResetError
        ):  # the conductor closed its end without reading what we last said
            break
        if not received:
            break
        if os.fork() == 0:
            _be_child(own, control, serve, received)
        for fd in received:
            os.close(fd)
        _reap(os.WNOHANG)
    _reap(0)


def _be_child(
    parent: int, control: socket.socket, serve: Callable[[list[int]], None], fds: list[int]
) -> NoReturn:
    try:
        die_with_parent(parent)
        control.close()
        serve(fds)
    except Exception:
        traceback.print_exc()  # the conductor sees only that this child has ended
    finally:
        os._exit(0)


def _reap(options: int) -> None:
    """Wait for children that have ended, so that the kernel adds their CPU time to this process."""
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, options)[0]:
            pass
