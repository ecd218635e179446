"""The calls that the checks of an exercise made, with both answers, and what they compared.

Runs in: the judge.
"""

import copy
import inspect
import types
import warnings
from collections.abc import Callable, Iterator, Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np

from grader.judge.conversation import Event
from grader.judge.evidence import Compared, Evidence, Seen
from grader.judge.failures import StudentError
from grader.judge.proxy import StandIn
from grader.judge.smallest.call import Call
from grader.judge.smallest.differ import Part, is_same

_DEEPEST = 2  # keys that lead to a part of an answer


class Asked(NamedTuple):
    """One call of a function of the submission."""

    seen: Seen
    question: int  # its number in the test; the calls of a batch share one
    name: str  # of the function
    call: Call  # with its arguments by position
    given: Call  # as the check wrote it
    theirs: Any  # what the submission answered, or the StudentError that it raised
    right: Any  # what the reference answers
    pick: int | None = None  # the item of the answer that the check took, if it took one alone
    left: Any = None  # what is in (args, kwargs) afterwards, if the check asked for it


def asked_in(evidence: Evidence, reference: types.ModuleType) -> list[Asked]:
    """Return the calls of top-level functions that the reference answers, too."""
    return [
        asked
        for seen in evidence.seen
        for number, event in enumerate(seen.events)
        for asked in _calls(seen, number, event, reference)
    ]


def _calls(seen: Seen, number: int, event: Event, reference: types.ModuleType) -> Iterator[Asked]:
    name = seen.names.get(event.target, "")
    function = getattr(reference, name, None)
    if not inspect.isfunction(function) or _holds_stand_in(event.parts):
        return
    match event.operation, event.parts:
        case "call", (args, kwargs):
            sets, pick, answers = [args], None, [event.result]
        case "batch", (sets, kwargs, pick):
            raised = isinstance(event.result, StudentError)
            answers = [event.result] if raised and len(sets) == 1 else event.result
        case _:
            return
    if not isinstance(answers, list):  # it raised on one of several calls
        return
    for args, theirs in zip(sets, answers, strict=True):
        given = Call(*copy.deepcopy((tuple(args), dict(kwargs))))
        try:
            right = answer_of(function, given)
        except Exception:  # the reference refuses it, and so may the submission
            continue
        call = normal(function, given)
        yield Asked(seen, number, name, call, given, theirs, right, pick, event.left)


def answer_of(function: Callable[..., Any], call: Call) -> Any:
    """Call a trusted function with copies of the arguments."""
    args, kwargs = copy.deepcopy(call.args), copy.deepcopy(call.kwargs)
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return function(*args, **kwargs)


def normal(function: Callable[..., Any], call: Call) -> Call:
    """Return the call with its arguments by position, as far as the function allows."""
    try:
        bound = inspect.signature(function).bind(*call.args, **call.kwargs)
    except TypeError:
        return call
    return Call(bound.args, bound.kwargs)


def parts_compared(calls: Sequence[Asked]) -> list[Part]:
    """Return the parts of a function's answer for which the checks expect what the reference gives.

    That is seen where an answer went into `close` beside a value that equals the reference's.
    """
    found: dict[tuple[int | str, ...], Part] = {}
    for (_, _), group in groupby(calls, key=lambda asked: (id(asked.seen), asked.question)):
        together = [asked for asked in group if not isinstance(asked.theirs, StudentError)]
        for compared in together[0].seen.compared if together else ():
            for part in _linked(together, compared):
                known = found.setdefault(part.path, part)
                if len(part.name) < len(known.name):  # "loss", and not "loss at W = 0"
                    found[part.path] = part
    return list(found.values())


def _linked(calls: Sequence[Asked], compared: Compared) -> Iterator[Part]:
    actual, expected = compared.actual, compared.expected
    if isinstance(actual, (list, tuple)) and len(actual) == len(calls) > 1:
        pairs = list(zip(calls, actual, expected, strict=False))
    else:
        pairs = [(asked, actual, expected) for asked in calls]
    for path in _paths(calls[0].theirs):
        fits = [
            _equal(_at(asked.theirs, path), given)
            and is_same(wanted, _at(_picked(asked), path), compared.tol)
            for asked, given, wanted in pairs
        ]
        if all(fits) if len(pairs) > 1 and pairs[0][1] is not actual else any(fits):
            pick = calls[0].pick
            yield Part(path if pick is None else (pick, *path), compared.name)


def _picked(asked: Asked) -> Any:
    try:
        return asked.right if asked.pick is None else asked.right[asked.pick]
    except (LookupError, TypeError):
        return None


def _paths(answer: Any) -> Iterator[tuple[int | str, ...]]:
    """Yield the paths to an answer and to its parts."""
    yield ()
    open_ones: list[tuple[tuple[int | str, ...], Any]] = [((), answer)]
    while open_ones:
        path, value = open_ones.pop(0)
        if len(path) < _DEEPEST and isinstance(value, (tuple, dict)):
            parts = value.items() if isinstance(value, dict) else enumerate(value)
            for key, part in parts:
                yield (*path, key)
                open_ones.append(((*path, key), part))


def _at(value: Any, path: tuple[int | str, ...]) -> Any:
    for key in path:
        try:
            value = value[key]
        except (LookupError, TypeError):
            return None
    return value


def _equal(part: Any, actual: Any) -> bool:
    """Tell whether a check compared this part of an answer, be it as an array or as a number."""
    if part is None or actual is None or isinstance(part, StandIn) or isinstance(actual, StandIn):
        return False
    if part is actual:
        return True
    try:
        mine, given = np.asarray(part), np.asarray(actual)
        return mine.size == given.size and bool(np.array_equal(mine.ravel(), given.ravel()))
    except (ValueError, TypeError, RuntimeError):
        return False


def _holds_stand_in(value: Any) -> bool:
    if isinstance(value, (tuple, list)):
        return any(map(_holds_stand_in, value))
    if isinstance(value, dict):
        return any(map(_holds_stand_in, value.values()))
    return isinstance(value, StandIn)
