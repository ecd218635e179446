"""Where a student's own code raised, as the message of a check says it.

The judge ends the message of a public check with a line for each step in the student's own files,
such as "  cell 3, line 4 of knn.ipynb, in distances", and other messages with the last of them, as
in "ValueError at line 12 of knn.py".
"""

import re
from typing import NamedTuple

import msgspec

from grader.record.record import Record

_STEP = re.compile(
    r"((?:^  | at )(?:cell (\d+), )?line (\d+) of )(\S.*?)(?=, in .*$|\)?$)", re.MULTILINE
)


class Place(NamedTuple):
    """A line of a file, or of a cell of a notebook."""

    file: str
    line: int
    cell: int = 0  # of a notebook, from 1; 0 in a script


def place_of(message: str) -> Place | None:
    """Return the step that raised, or None if no line of the student did.

    The text of an exception is the student's, and may look like a step. So what this returns
    points at a line, and decides nothing.
    """
    steps = _STEP.findall(message)
    if not steps:
        return None
    _, cell, line, file = steps[-1]
    return Place(file, int(line), int(cell or 0))


def placed_in(record: Record, folder: str) -> Record:
    """Return the record with the files of its steps in that folder of a repository."""
    change = msgspec.structs.replace

    def step(match: re.Match[str]) -> str:
        return f"{match[1]}{folder}/{match[4]}"

    checks = [change(check, message=_STEP.sub(step, check.message)) for check in record.checks]
    return change(record, checks=checks)
