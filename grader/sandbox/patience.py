"""A deadline for the other side, which does not count the time that this side lost itself.

A laptop that sleeps, a virtual machine that is moved, a Ctrl-Z: afterwards every deadline has
passed, and what waits to be read came in time.
"""

import time

_LOOK_SECONDS = 0.5
_LATE_SECONDS = 1.0  # over what was asked for: this process was busy or stopped, or its machine


class Patience:
    """Says how long to wait; ask before each wait."""

    def __init__(self) -> None:
        self._looked = time.monotonic()
        self._lost = 0.0

    def left(self, deadline: float) -> float:
        """Return the seconds to wait until the next look; 0 once `deadline` has passed."""
        now = time.monotonic()
        late = now - self._looked - _LOOK_SECONDS
        if late > _LATE_SECONDS:
            self._lost += late
        self._looked = now
        return min(max(0.0, deadline + self._lost - now), _LOOK_SECONDS)
