"""Fork a child of a warm process for every request that comes over a control socket."""

import contextlib
import os
import socket
import traceback
from collections.abc import Callable
from typing import NoReturn


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
