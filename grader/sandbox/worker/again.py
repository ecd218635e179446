"""What lets a worker execute a submission again as another process would, for the next check.

Runs in: the worker.

The submission itself is executed anew, so this is about what it shares with the rest of the
process. `intake.code.traces` decides beforehand what a submission may do so that this suffices.
"""

import functools
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.sandbox.settings import remember

_UNSET = 77  # of a whole number or a truth that nobody has set; of a float it is nan


def as_if_new() -> Callable[[], None]:
    """Prepare this process for several checks; return what sets it back before the next one."""
    for name in ("empty", "empty_like"):
        setattr(np, name, _filled(getattr(np, name)))
    return remember()


def _filled(make: Callable[..., np.ndarray]) -> Callable[..., np.ndarray]:
    """Return a function that makes the same array and fills it.

    Memory that nobody has set would hold what earlier checks have left there.
    """

    @functools.wraps(make)
    def empty(*args: Any, **kwargs: Any) -> np.ndarray:
        array = make(*args, **kwargs)
        array.fill(np.nan if array.dtype.kind in "fc" else _UNSET)
        return array

    return empty
