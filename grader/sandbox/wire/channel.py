"""Frames over a stream socket, each sent and received within a deadline.

Runs in: the conductor, the judge, the warm worker, the supervisor and the worker.

`send` and `receive` use only read, write and poll: a locked worker may do no more to a socket.
"""

import os
import select
import socket
from collections.abc import Sequence

from grader.sandbox.wire.frame import MAX_BYTES, Frame, read_frame
from grader.sandbox.wire.patience import Patience

_SOCKET_BUFFER = 4 << 20  # bytes; the larger it is, the fewer turns a large message takes
_MAX_PARTS = 512  # given to one call of writev; the kernel takes 1024


class ChannelClosed(Exception):
    """The other side is gone."""


def socket_pair() -> tuple[socket.socket, socket.socket]:
    """Return two sockets for the two ends of a channel."""
    pair = socket.socketpair()
    for sock in pair:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, _SOCKET_BUFFER)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, _SOCKET_BUFFER)
    return pair


def socket_of(fd: int) -> socket.socket:
    """Return one end, which came to this process as a file descriptor."""
    # Without family and type, the constructor asks the kernel for them, in two calls more.
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM, 0, fd)


class Channel:
    """One end of a stream that carries frames; `deadline` is of time.monotonic()."""

    def __init__(
        self,
        sock: socket.socket,
        max_bytes: int = MAX_BYTES,
        patience: Patience | None = None,
    ) -> None:
        self._sock = sock  # closes its descriptor when nothing refers to it any more
        self._fd = sock.fileno()
        self._max_bytes = max_bytes
        self.patience = patience or Patience()
        self._never_block()

    def send(self, parts: Sequence[bytes | memoryview], deadline: float | None = None) -> None:
        """Write the parts of one frame.

        Raises:
            TimeoutError: the deadline passed.
            ChannelClosed: the other side is gone.
        """
        left = [memoryview(part).cast("B") for part in parts if len(part)]
        while left:
            try:
                sent = self._write(left)
            except BlockingIOError:
                self._wait(deadline, to_write=True)
                continue
            except ConnectionError as error:
                raise ChannelClosed from error
            while left and sent >= len(left[0]):
                sent -= len(left.pop(0))
            if sent:
                left[0] = left[0][sent:]

    def receive(self, deadline: float | None = None) -> Frame:
        """Read one frame; raises what `send` raises, and ProtocolError."""

        def read_into(buffer: memoryview) -> None:
            while buffer:
                try:
                    count = self._read_into(buffer)
                except BlockingIOError:
                    self._wait(deadline)
                    continue
                except ConnectionError as error:
                    raise ChannelClosed from error
                if not count:
                    raise ChannelClosed
                buffer = buffer[count:]

        return read_frame(read_into, self._max_bytes)

    def has_input(self) -> bool:
        """Tell whether anything waits to be read; a closed other side counts as nothing."""
        try:
            return bool(self._sock.recv(1, socket.MSG_PEEK))
        except (BlockingIOError, ConnectionError):
            return False

    def close(self) -> None:
        self._sock.close()

    def _wait(self, deadline: float | None, to_write: bool = False) -> None:
        if deadline is None:
            self._is_ready(to_write, None)
            return
        while left := self.patience.left(deadline):
            if self._is_ready(to_write, left):
                return
        if not self._is_ready(to_write, 0):
            raise TimeoutError

    def _never_block(self) -> None:
        os.set_blocking(self._fd, False)

    def _write(self, parts: list[memoryview]) -> int:
        return os.writev(self._fd, parts[:_MAX_PARTS])

    def _read_into(self, buffer: memoryview) -> int:
        return os.readv(self._fd, [buffer])

    def _is_ready(self, to_write: bool, seconds: float | None) -> bool:
        """Wait for at most `seconds`, or without end, until the socket can be used."""
        poll = select.poll()
        poll.register(self._fd, select.POLLOUT if to_write else select.POLLIN)
        return bool(poll.poll(None if seconds is None else 1000 * seconds))
