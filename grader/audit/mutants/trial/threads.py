"""Workers that are threads of the process that asks them: for code of the course alone.

A mutant of the reference is no hostile code, so that it needs no process of its own for each check.
It needs the wire, though: what a check gets must be what it would get of a submission.
"""

import contextlib
import sys
import threading
from collections.abc import Mapping

import msgspec

from grader.sandbox.client import Ending
from grader.sandbox.terms import Terms
from grader.sandbox.wire.channel import Channel, ChannelClosed, socket_pair
from grader.sandbox.wire.messages import Sources
from grader.sandbox.worker.program import compile_program
from grader.sandbox.worker.worker import serve

_MAX_BYTES = 1 << 30  # of one message to a worker
_END_SECONDS = 5.0


class ThreadWorkers:
    """What `sandbox.client.Session` is elsewhere: it starts a worker for each check."""

    def __init__(self, name: str, text: str, given: Mapping[str, str], terms: Terms) -> None:
        self.seconds = self.seconds_left = float("inf")
        self.cpu_seconds = sys.maxsize
        self.shared = False
        self.worker_seconds = 0.0
        terms = msgspec.structs.replace(terms, banned=())  # the checks here may use what is banned
        self._sources = Sources(name, text, {f"given.{k}": v for k, v in given.items()}, terms)
        self._compiled = compile_program(self._sources)
        self._thread: threading.Thread | None = None
        self._finders: list[object] = []

    def load(self, sources: Sources) -> None:
        self._sources, self._compiled = sources, compile_program(sources)

    def start_worker(self, seconds: float = 0.0) -> Channel:
        own, theirs = socket_pair()
        self._finders = list(sys.meta_path)
        channel = Channel(theirs, _MAX_BYTES)
        self._thread = threading.Thread(target=self._work, args=[channel], daemon=True)
        self._thread.start()
        return Channel(own)

    def keep_worker(self, channel: Channel) -> None:
        """End the worker: a new thread is cheap."""
        channel.close()
        self.end_worker()

    def kept_worker(self) -> Channel | None:
        """Return no worker: none waits."""

    def end_worker(self, late: bool = False) -> Ending:
        """Wait for the worker, whose channel is closed, and forget the modules that it made."""
        assert self._thread is not None
        self._thread.join(_END_SECONDS)
        sys.meta_path[:] = self._finders  # type: ignore[assignment]
        for name in (self._sources.name, "given", *self._sources.modules):
            sys.modules.pop(name, None)
        return Ending(0, 0, 0.0, "")

    def close(self) -> None:
        """Nothing is left to close."""

    def _work(self, channel: Channel) -> None:
        with contextlib.suppress(ChannelClosed):
            serve(channel, self._sources, self._compiled)
        channel.close()
