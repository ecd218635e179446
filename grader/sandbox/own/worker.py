"""A worker without sandbox: imports the libraries once, then serves one check after the other.

Runs in: the worker.
"""

import contextlib
import errno
import importlib
import io
import os
import socket
import sys

import msgspec

from grader.sandbox.own.loopback import HERE, Loopback
from grader.sandbox.own.told import Start
from grader.sandbox.own.traces import Traces
from grader.sandbox.own.watch import Watch, obey
from grader.sandbox.wire.channel import ChannelClosed
from grader.sandbox.wire.frame import write_frame
from grader.sandbox.wire.messages import Sources
from grader.sandbox.worker.banned import refuse
from grader.sandbox.worker.program import compile_program
from grader.sandbox.worker.worker import serve

_MOST_RECEIVED = 1 << 30  # bytes of one message to a worker
_MOST_PRINTED = 64 << 20  # bytes that a submission may print in one check


class Printed(io.FileIO):
    """Standard output, which takes no more than a file of a locked worker does."""

    left = _MOST_PRINTED

    def write(self, text: "bytes | memoryview") -> int:  # type: ignore[override]
        if self.left <= 0:
            raise OSError(errno.EFBIG, os.strerror(errno.EFBIG))
        written = super().write(bytes(memoryview(text)[: self.left]))
        self.left -= written
        return written


def main() -> None:
    """Serve checks until the judge goes away, or one has left something behind."""
    stdin, printed = _standard_streams()
    with os.fdopen(stdin, "rb", buffering=0) as lines:
        told = msgspec.json.decode(lines.readline(), type=Start)
        for name in told.packages:
            importlib.import_module(name)
        if torch := sys.modules.get("torch"):
            torch.set_num_threads(1)  # as in a sandbox, where it sums in the same order
        watch = Watch()
        obey(lines.fileno())
        server = _Server(told, watch)
        while server.serve_one():
            printed.left = _MOST_PRINTED


def _standard_streams() -> tuple[int, Printed]:
    """Give the submission an empty input and a limited output; return where the judge speaks."""
    stdin = os.dup(0)
    with open(os.devnull, "rb") as empty:
        os.dup2(empty.fileno(), 0)
    sys.stdin = open(0, encoding="utf-8", closefd=False)  # noqa: SIM115
    printed = Printed(1, "wb", closefd=False)
    sys.stdout = io.TextIOWrapper(
        io.BufferedWriter(printed), encoding="utf-8", newline="\n", line_buffering=True
    )
    return stdin, printed


class _Server:
    """Serves one check after the other."""

    def __init__(self, told: Start, watch: Watch) -> None:
        self._told = told
        self._watch = watch
        self._traces = Traces(told.packages)
        self._has_trained = "torch" not in told.packages
        self._banned: tuple[str, ...] = ()

    def serve_one(self) -> bool:
        """Serve one check; tell whether the process is as it was before."""
        channel = Loopback(socket.create_connection((HERE, self._told.port)), _MOST_RECEIVED)
        try:
            channel.send(write_frame([self._told.token]))
            packed = channel.receive().buffers[0]
        except ChannelClosed:
            return False
        sources = msgspec.msgpack.decode(packed, type=Sources)
        self._prepare_for(sources)
        limits = sources.terms.limits
        self._watch.restart(limits.cpu_seconds, limits.memory_mb)
        with contextlib.suppress(ChannelClosed):
            serve(channel, sources, compile_program(sources))
        self._watch.stop()
        channel.close()
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):
                stream.flush()
        return self._traces.remove(sources)

    def _prepare_for(self, sources: Sources) -> None:
        """Do what changes libraries before a check does, where it would pass for the submission's.

        Torch imports more at the first use of an optimizer, which takes seconds and changes parts
        of it; and what is banned is replaced.
        """
        if sources.terms.banned != self._banned:
            self._banned = sources.terms.banned
            refuse(self._banned, sources.terms.imports)
            self._traces = Traces(self._told.packages)
        if not self._has_trained and "optim" in sources.text:
            _train()
            self._traces = Traces(self._told.packages)
            self._has_trained = True


def _train() -> None:
    import torch

    torch.manual_seed(0)
    net = torch.nn.Linear(2, 2)
    optimizer = torch.optim.SGD(net.parameters(), lr=0.1)
    torch.nn.functional.cross_entropy(net(torch.ones(2, 2)), torch.tensor([0, 1])).backward()
    optimizer.step()


if __name__ == "__main__":
    main()
    os._exit(0)  # without waiting for threads that a submission has started
