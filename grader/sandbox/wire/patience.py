"""A deadline for the other side, which does not count the time that one of the two was stopped.

Runs in: the conductor, the judge, the warm worker, the supervisor and the worker.

After a laptop has slept, a virtual machine was moved or somebody pressed Ctrl-Z, every deadline has
passed, although the other side answered in time, or would have if it had not been stopped as well.
"""

import time
from collections.abc import Callable

_LOOK_SECONDS = 0.5  # no wait is longer
_LATE_SECONDS = 1.0  # a wait that took so much longer: this process or its machine was stopped


class Patience:
    """Says before each wait how long it may take."""

    def __init__(self, excused: Callable[[], float] = lambda: 0.0) -> None:
        """Have `excused` say, at the deadline, how many seconds the other side gets on top."""
        self._excused = excused
        self.restart()

    def restart(self) -> None:
        """Begin to wait under a new deadline: nobody has waited since the last look."""
        self._looked = time.monotonic()
        self.lost = 0.0  # seconds that the deadline is put off

    def left(self, deadline: float) -> float:
        """Return the seconds to wait until the next look; 0 once `deadline` has passed."""
        now = time.monotonic()
        late = now - self._looked - _LOOK_SECONDS
        if late > _LATE_SECONDS:
            self.lost += late
        self._looked = now
        if deadline + self.lost <= now:
            self.lost += self._excused()
        return min(max(0.0, deadline + self.lost - now), _LOOK_SECONDS)
