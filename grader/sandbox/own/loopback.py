"""A channel over a connection within this machine, with what every system can do to a socket.

Runs in: the judge and the worker.
"""

import select
import socket

from grader.sandbox.wire.channel import Channel

HERE = "127.0.0.1"


class Loopback(Channel):
    """One end of a TCP connection to a process of the same machine."""

    def _never_block(self) -> None:
        self._sock.setblocking(False)
        self._sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)

    def _write(self, parts: list[memoryview]) -> int:
        return self._sock.send(parts[0])

    def _read_into(self, buffer: memoryview) -> int:
        return self._sock.recv_into(buffer)

    def _is_ready(self, to_write: bool, seconds: float | None) -> bool:
        reading, writing = ([], [self._sock]) if to_write else ([self._sock], [])
        return any(select.select(reading, writing, [], seconds))
