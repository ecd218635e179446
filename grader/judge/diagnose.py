"""Recognise a known mistake: a submission that answers as the mistake does has made it.

Runs in: the judge.

The questions of a failed check are put again, in order, to the reference with the mistake
patched in. If all answers are those of the submission, and the right reference gives others,
the student reads the mistake's hint.
"""

import copy
import time
import types
import warnings
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from grader.judge.compare import close
from grader.judge.conversation import Event
from grader.judge.cpu_limit import cpu_limit
from grader.judge.failures import StudentError
from grader.judge.proxy import StandIn, number_of
from grader.sandbox.wire.gradients import gradients
from grader.sandbox.wire.kinds import is_exact

_SAME = 1e-9  # as a share of the largest value; two right ways to compute it differ by less


class DeclaredMistake(msgspec.Struct, frozen=True):
    """A known mistake: the text of the reference that makes it."""

    name: str
    exercise: str
    hint: str
    text: str


@dataclass(frozen=True)
class KnownMistake:
    """A loaded reference with a mistake in it, and the hint for students who made the same."""

    exercise: str
    hint: str
    module: types.ModuleType


class Diagnosis:
    """Finds the known mistake behind the answers of a submission, in limited time."""

    def __init__(
        self,
        reference: types.ModuleType,
        mistakes: Sequence[KnownMistake],
        given: Mapping[str, types.ModuleType],
        seconds: float = 20.0,
    ) -> None:
        """Prepare for one submission.

        Args:
            given: the modules that the course hands to submissions.
            seconds: CPU time for all checks, of which one may take a tenth: to repeat a training
                could take minutes.
        """
        self._reference = reference
        self._mistakes = mistakes
        self._given = given
        self._left = seconds
        self._most = seconds / 10

    def hint(self, events: Sequence[Event], names: dict[int, str], exercise: str) -> str:
        """Return the hint of the mistake of `exercise` that explains the answers, or "".

        Whatever goes wrong in the search means that there is no hint: it never costs a grade.

        Args:
            events: the questions of one check, with the submission's answers.
            names: what the numbers of the submission's functions and classes stand for.
        """
        candidates = [mistake for mistake in self._mistakes if mistake.exercise == exercise]
        seconds = min(self._most, self._left)
        if not (events and candidates and seconds > 0) or any(map(_is_unwritten, events)):
            return ""
        started = time.process_time()
        try:
            with cpu_limit(seconds):
                return self._search(events, names, candidates)
        except BaseException:  # also TakesTooLong, SubmissionEnded, a SystemExit of the course
            return ""
        finally:
            self._left -= time.process_time() - started

    def _search(
        self, events: Sequence[Event], names: dict[int, str], candidates: Sequence[KnownMistake]
    ) -> str:
        def alike(module: types.ModuleType) -> bool:
            return _answers_alike(events, _Replay(names, module, self._given))

        made = next((mistake for mistake in candidates if alike(mistake.module)), None)
        # The reference is asked last, and seldom: some of its answers take a training.
        return made.hint if made and not alike(self._reference) else ""


def _is_unwritten(event: Event) -> bool:
    return isinstance(event.result, StudentError) and event.result.kind == "NotImplementedError"


def _answers_alike(events: Sequence[Event], replay: "_Replay") -> bool:
    with np.errstate(all="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return all(replay.agrees(event) for event in events)


class _Replay:
    """Another module, to which the questions of a check are put again."""

    def __init__(
        self,
        names: dict[int, str],
        module: types.ModuleType,
        given: Mapping[str, types.ModuleType],
    ) -> None:
        self._module = module
        self._given = given
        self._objects: dict[int, Any] = {0: module}
        self._names = names

    def agrees(self, event: Event) -> bool:
        """Put one question; tell whether the answer is the same as that of the submission."""
        try:
            parts = self._here(event.parts)
            answer = self._answer(event, parts)
        except Exception as error:  # then an exception of the same class is the same answer
            return isinstance(event.result, StudentError) and isinstance(
                error, type(event.result).__mro__[2]
            )
        return self._same(event.result, answer) and (
            event.left is None or self._same(event.left, parts)
        )

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
        return _close(theirs, ours)


def _close(theirs: Any, ours: Any) -> bool:
    try:
        close(theirs, ours, tol=_SAME)
    except Exception:  # they differ, or one is no data; what the module gives can be any object
        return False
    return True
