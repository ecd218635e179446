"""A deadline for the other side, which does not count the time that one of the two was stopped.

A laptop that sleeps, a virtual machine that is moved, a Ctrl-Z: afterwards every deadline has
passed, and what waits to be read came in time, or would have.
"""

import time
from collections.abc import Callable

_LOOK_SECONDS = 0.5
_LATE_SECONDS = 1.0  # over what was asked for: this process was busy or stopped, or its machine


class Patience:
    """Says how long to wait; ask before each wait."""

    def __init__(self, excused: Callable[[], float] = lambda: 0.0) -> None:
        """Ask `excused` at the deadline how many seconds the other side gets on top."""
        self._looked = time.monotonic()
        self._lost = 0.0
        self._excused = excused

    def left(self, deadline: float) -> float:
        """Return the seconds to wait until the next look; 0 once `deadline` has passed."""
        now = time.monotonic()
        late = now - self._looked - _LOOK_SECONDS
        if late > _LATE_SECONDS:
            self._lost += late
        self._looked = now
        if deadline + self._lost <= now:
            self._lost += self._excused()
        return min(max(0.0, deadline + self._lost - now), _LOOK_SECONDS)
