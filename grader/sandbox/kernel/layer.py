"""What the layers of a worker's isolation have in common.

Runs in: the warm worker, the supervisor and the worker.
"""

import contextlib
from collections.abc import Iterator

from grader.errors import SandboxError


class LayerError(SandboxError):
    """A layer that the policy's level needs does not work here."""

    def __init__(self, layer: str, reason: str) -> None:
        see = "python -m grader.sandbox.kernel.probe"
        super().__init__(f"sandbox: {layer}: {reason}; see what works here with `{see}`")
        self.layer = layer
        self.reason = reason


@contextlib.contextmanager
def blamed(layer: str) -> Iterator[None]:
    """Say of each system call that fails inside that `layer` does not work here."""
    try:
        yield
    except OSError as error:
        raise LayerError(layer, error.strerror or str(error)) from error
