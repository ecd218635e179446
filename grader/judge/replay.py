"""Put the questions of a check again, to the reference or to a known mistake.

Runs in: the judge.

A submission that answers as a mistake does, where the right reference answers otherwise, has
made it. An exception is the same answer if its class and its words are the same.
"""

import copy
import inspect
import types
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from grader.judge.compare import TOLERANCE, close
from grader.judge.conversation import Event
from grader.judge.evidence import Seen
from grader.judge.failures import StudentError
from grader.judge.proxy import StandIn, number_of
from grader.sandbox.wire.gradients import gradients
from grader.sandbox.wire.kinds import is_exact

_SAME = 1e-9  # as a share of the largest value; two right ways to compute it differ by less
_TOLD = 200  # characters of an exception that are compared


@dataclass(frozen=True)
class Call:
    """One call of a check, with both answers."""

    function: Any  # of the module that answers again
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    pick: int | None  # the item of the result that was asked for
    theirs: Any
    right: Any

    @cached_property
    def named(self) -> dict[str, Any]:
        """The arguments by their names, and what dicts among them hold by its keys."""
        bound = _bound(self)
        inner = [value for value in bound.values() if isinstance(value, dict)]
        return {key: item for value in inner for key, item in value.items()} | bound

    def with_argument(self, name: str, value: Any) -> Any:
        """Return the answer if the argument, or the key of a dict among them, is another one."""
        bound = copy.deepcopy(_bound(self))
        owner = next(d for d in [bound, *bound.values()] if isinstance(d, dict) and name in d)
        owner[name] = value
        answer = self.function(**bound)
        return answer if self.pick is None else answer[self.pick]


def _bound(call: Call) -> dict[str, Any]:
    signature = inspect.signature(call.function)
    bound = signature.bind(*call.args, **call.kwargs)
    bound.apply_defaults()
    return dict(bound.arguments)


class Replayed:
    """A module to which the questions of checks are put again."""

    def __init__(self, module: types.ModuleType, given: Mapping[str, types.ModuleType]) -> None:
        self.module = module
        self._given = given

    def agrees(self, seen: Seen) -> bool:
        """Tell whether the module answers every question of a test as the submission did."""
        tol = _SAME if seen.lost else TOLERANCE  # what passed is right up to the usual tolerance
        replay = self._replay(seen)
        with _silent():
            return bool(seen.events) and all(replay.agrees(event, tol) for event in seen.events)

    def calls(self, seen: Seen) -> Iterator[Call]:
        """Yield every call of a test that both have answered with a value."""
        replay = self._replay(seen)
        with _silent():
            for event in seen.events:
                if isinstance(event.result, StudentError):
                    return
                yield from replay.calls(event)

    def _replay(self, seen: Seen) -> "_Replay":
        return _Replay(seen.names, self.module, self._given)


@contextmanager
def _silent() -> Iterator[None]:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        yield


class _Replay:
    """Another module, to which the questions of a check are put again."""

    def __init__(
        self,
        names: Mapping[int, str],
        module: types.ModuleType,
        given: Mapping[str, types.ModuleType],
    ) -> None:
        self._module = module
        self._given = given
        self._objects: dict[int, Any] = {0: module}
        self._names = names
        self._tol = _SAME

    def agrees(self, event: Event, tol: float) -> bool:
        """Put one question; tell whether the answer is the same as that of the submission."""
        self._tol = tol
        try:
            parts = self._here(event.parts)
            answer = self._answer(event, parts)
        except Exception as error:
            return _is_same_error(event.result, error)
        return self._same(event.result, answer) and (
            event.left is None or self._same(event.left, parts)
        )

    def calls(self, event: Event) -> Iterator[Call]:
        """Put one question, and yield the calls in it with both answers."""
        answer = self._answer(event, self._here(event.parts))
        self._same(event.result, answer)  # later questions are about the objects in it
        parts, target = self._here(event.parts), self._object(event.target)
        match event.operation, parts:
            case "call", (args, kwargs):
                yield Call(target, args, kwargs, None, event.result, answer)
            case "batch", (sets, kwargs, pick):
                for args, theirs, right in zip(sets, event.result, answer, strict=True):
                    yield Call(target, args, kwargs, pick, theirs, right)

    def _answer(self, event: Event, parts: Any) -> Any:
        target = self._object(event.target)
        match event.operation, parts:
            case "call", (args, kwargs):
                return target(*args, **kwargs)
            case "batch", (sets, kwargs, pick):
                results = [target(*args, **kwargs) for args in sets]
                return results if pick is None else [result[pick] for result in results]
            case "grad", (args, kwargs, places, upstream, pick):
                return gradients(target, args, kwargs, places, upstream, pick)
            case "get", (name,):
                return getattr(target, name)
            case "set", (name, value):
                return setattr(target, name, value)
            case "item", (key,):
                return target[key]
            case "len", ():
                return len(target)
            case "given", (name,):
                return self._given[name]
        raise LookupError(event.operation)

    def _object(self, number: int) -> Any:
        if number not in self._objects:
            self._objects[number] = getattr(self._module, self._names[number])
        return self._objects[number]

    def _here(self, value: Any) -> Any:
        """Return a copy of what was sent, with stand-ins replaced by this module's objects."""
        if isinstance(value, StandIn):
            return self._object(number_of(value))
        if isinstance(value, (list, tuple)):
            return type(value)([self._here(part) for part in value])
        if isinstance(value, dict):
            return {key: self._here(part) for key, part in value.items()}
        return copy.deepcopy(value)

    def _same(self, theirs: Any, ours: Any) -> bool:
        if isinstance(theirs, StandIn):
            self._objects[number_of(theirs)] = ours
            return True
        if isinstance(theirs, StudentError):
            return False
        if isinstance(theirs, (list, tuple)) and isinstance(ours, (list, tuple)):
            pairs = zip(theirs, ours, strict=False)
            return len(theirs) == len(ours) and all(self._same(*pair) for pair in pairs)
        if isinstance(theirs, dict) and isinstance(ours, dict):
            return theirs.keys() == ours.keys() and all(
                self._same(value, ours[key]) for key, value in theirs.items()
            )
        if is_exact(theirs):
            return type(theirs) is type(ours) and bool(theirs == ours)
        return _close(theirs, ours, self._tol)


def _is_same_error(theirs: Any, ours: Exception) -> bool:
    if not isinstance(theirs, StudentError) or not isinstance(ours, type(theirs).__mro__[2]):
        return False
    return theirs.text[:_TOLD] == str(ours)[:_TOLD]


def _close(theirs: Any, ours: Any, tol: float) -> bool:
    try:
        close(theirs, ours, tol=tol)
    except Exception:  # they differ, or one is no data; what the module gives can be any object
        return False
    return True
