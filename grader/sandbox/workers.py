"""What a judge asks of the two that can start workers: the sandbox, and a system without one.

Runs in: the judge.
"""

from typing import Protocol

from grader.sandbox.client import Ending
from grader.sandbox.wire.channel import Channel
from grader.sandbox.wire.messages import Sources


class Workers(Protocol):
    """The workers of one submission: `client.Session`, or `own.session.OwnSession`."""

    seconds: float  # how long all workers together may take to answer
    seconds_left: float  # a caller that waits for a worker subtracts what it took
    cpu_seconds: int  # what each worker may use
    shared: bool  # a worker may serve one check after another
    worker_seconds: float  # that the worker has taken to answer so far

    def load(self, sources: Sources) -> None:
        """Let the workers that are started from now on run these sources."""

    def start_worker(self, seconds: float = 0.0) -> Channel:
        """Start a worker and return the channel to it."""
        ...

    def keep_worker(self, channel: Channel) -> None:
        """Let the worker wait for the next check, or end it if it must not serve another one."""

    def kept_worker(self) -> Channel | None:
        """Return the channel to the worker that waits, if there is one; it waits no longer."""

    def end_worker(self, late: bool = False) -> Ending:
        """End the worker, and return how it ended."""
        ...

    def close(self) -> None:
        """Start no more workers."""
