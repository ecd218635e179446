"""The door to all that makes the forks of a warm process cheap: every trick, by its name.

Runs in: the warm worker and the warm judge.

A trick changes what a fork costs, never what it computes. So a trick that fails, because this
system has no such C function or a newer Python works otherwise, is left out, and the process goes
on without it. A trick can also be left out by hand, if it crashes or to see what it is worth:

    NABLAGRADE_WITHOUT=huge_pages,rehearsal grader grade ...
    python tests/bench/bench_tricks.py

The conductor passes these names on the command line of the warm worker, because the first tricks
come before anything is imported that could receive them. For the same reason this module and what
it imports need little of the standard library.
"""

import contextlib
from collections.abc import Callable, Iterable, Mapping

from grader.errors import SandboxError
from grader.sandbox.warm import heap, interpreter

_Tricks = Mapping[str, Callable[..., object]]


def _rehearse(trains: bool) -> None:
    from grader.sandbox.warm import rehearsal  # it imports numpy, which the first tricks precede

    rehearsal.rehearse(trains)


BEFORE_IMPORTS: _Tricks = {
    "frozen": interpreter.collect_nothing,
}
AFTER_IMPORTS: _Tricks = {  # called with `trains` of Settings
    "rehearsal": _rehearse,
}
BEFORE_FORKS: _Tricks = {  # called with a file descriptor of /proc
    "frozen": interpreter.freeze,
    "gaps": heap.fill_gaps,
    "huge_pages": heap.use_huge_pages,
}
NAMES = tuple(dict.fromkeys((*BEFORE_IMPORTS, *AFTER_IMPORTS, *BEFORE_FORKS)))

_left_out: set[str] = set()


def leave_out(names: Iterable[str]) -> None:
    """Play no trick of these names, neither in this process nor in its forks."""
    _left_out.update(names)


def require_known() -> None:
    """Check the names that were left out, when there is somebody to tell.

    Raises:
        SandboxError: there is no trick of such a name.
    """
    if unknown := sorted(_left_out.difference(NAMES)):
        known = ", ".join(NAMES)
        raise SandboxError(
            f"no trick of a warm process is called {unknown[0]!r}; there are {known}"
        )


def play(tricks: _Tricks, *given: object) -> None:
    """Play the tricks of one moment in their order; go on without one that fails."""
    for name, trick in tricks.items():
        if name not in _left_out:
            with contextlib.suppress(Exception):  # a failure costs speed, and must cost no grade
                trick(*given)
