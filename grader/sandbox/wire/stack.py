"""Where the code of a worker was when its time was up.

Runs in: the judge and the supervisor. The latter calls `tell_stacks`, and its workers inherit the
handler.

The kernel, or the supervisor, sends a worker SIGXCPU. Python's faulthandler then writes which lines
its threads are at to the worker's standard error, whatever the code is busy with. The worker can
write there what it likes: what is read is only good for a message.
"""

import faulthandler
import re
import signal
from collections.abc import Collection
from typing import NamedTuple

STACK_BYTES = 1 << 16  # at the end of what a worker printed
_STACK = re.compile(r"(?:^|\n)(?:Current t|T)hread 0x[0-9a-f]+[^\n]*\(most recent call first\):\n")
_FRAME = re.compile(r'  File "([^"\n]*)", line (\d+) in ([^\n]*)\n')


class Line(NamedTuple):
    """A line of a student's file that was being executed."""

    file: str
    number: int
    function: str


def tell_stacks() -> None:
    """Have the forks of this process write their stacks on SIGXCPU before they die of it."""
    if hasattr(faulthandler, "register"):  # which Windows has not
        faulthandler.register(signal.SIGXCPU, file=2, all_threads=True, chain=True)


def split_stack(printed: str, files: Collection[str]) -> tuple[str, list[Line]]:
    """Return what a worker printed itself, and the lines of `files` it was at, innermost first."""
    begins = list(_STACK.finditer(printed))
    if not begins:
        return printed, []
    for begin in reversed(begins):
        frames = _FRAME.findall(printed[begin.end() :].partition("hread 0x")[0])
        lines = [Line(file, int(line), name) for file, line, name in frames if file in files]
        if lines:
            return printed[: begins[0].start()], lines
    return printed[: begins[0].start()], []
