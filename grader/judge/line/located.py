"""Find the line of a function where one edit makes every check of the exercise pass.

Runs in: the judge. The submission and its edits run in workers.

An edit is tried on the calls that the checks made; one that answers them all is put into the
submission, and the checks of the exercise run on that, with the same inputs and with fresh ones. If
all pass, that is the proof. Nothing found here changes a grade.
"""

import time
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import NamedTuple

from grader.judge.asked import Asked
from grader.judge.evidence import Evidence
from grader.judge.failures import StudentError
from grader.judge.line.edits import Edit, edited, edits_of, find_function
from grader.judge.line.trial import passing
from grader.judge.smallest.differ import is_same

_AT_ONCE = 100  # edits in one module
_MOST_CALLS = 6
_MOST_PROOFS = 6  # edits on which the checks run
_MOST_LINES = 150  # of a function


class Located(NamedTuple):
    """Where an edit makes every check pass."""

    place: str  # what the student is to look at: "line 54: the factor"
    edit: str  # what staff read


def locate(evidence: Evidence, calls: Sequence[Asked], seconds: float) -> Located | None:
    """Return the line of the first function that can be mended by one edit, or None."""
    end = time.monotonic() + seconds
    left = evidence.session.seconds_left
    try:
        for name in dict.fromkeys(asked.name for asked in calls if _is_wrong(asked)):
            alike = [asked for asked in calls if asked.name == name]
            if proven := _proven(evidence, name, alike, end):
                return _told(evidence, proven)
        return None
    finally:
        evidence.load(None, {})
        evidence.session.seconds_left = left


def _proven(evidence: Evidence, name: str, calls: Sequence[Asked], end: float) -> list[Edit]:
    """Return the edits of a function that make all checks pass, from the first module with any."""
    function = find_function(evidence.text, name)
    if function is None or (function.end_lineno or 0) - function.lineno > _MOST_LINES:
        return []
    telling = sorted(calls, key=lambda asked: not _is_wrong(asked))[:_MOST_CALLS]
    edits = edits_of(function)
    while time.monotonic() < end and (some := list(islice(edits, _AT_ONCE))):
        likely = passing(
            some, telling, evidence.session, evidence.load, evidence.module, _MOST_PROOFS
        )
        if proven := [edit for edit in likely if time.monotonic() < end and _holds(evidence, edit)]:
            return proven
    return []


def _holds(evidence: Evidence, edit: Edit) -> bool:
    """Tell whether every check passes with an edit, those that were lost with fresh inputs, too."""
    evidence.load(edited(evidence.text, edit), {})
    tests = [(seen, 0) for seen in (*evidence.lost, *evidence.passed)]
    tests += [(seen, 1) for seen in evidence.lost]
    return not any(evidence.again(seen, number).lost for seen, number in tests)


def _told(evidence: Evidence, proven: Sequence[Edit]) -> Located:
    first = proven[0]
    places = [evidence.place(f"{evidence.module}.py", edit.line) for edit in _two_lines(proven)]
    edits = "; ".join(f"{edit.words} (line {edit.line} as graded)" for edit in proven)
    return Located(f"{' or '.join(places)}: the {first.look}", edits)


def _two_lines(proven: Sequence[Edit]) -> Iterator[Edit]:
    """Yield the first edit, and one of the same kind in another line, if there is just one."""
    first, *others = proven
    yield first
    elsewhere = {other.line: other for other in others if other.line != first.line}
    if len(elsewhere) == 1:
        (other,) = elsewhere.values()
        if other.look == first.look:
            yield other


def _is_wrong(asked: Asked) -> bool:
    """Tell whether a call of a lost check has another answer than the reference gives."""
    if not asked.seen.lost:
        return False
    if isinstance(asked.theirs, StudentError):
        return True
    if asked.left is not None and not is_same(asked.left, tuple(asked.given)):
        return True
    try:
        right = asked.right if asked.pick is None else asked.right[asked.pick]
    except (LookupError, TypeError):
        return False
    return not is_same(asked.theirs, right)
