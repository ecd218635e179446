"""What a check and its worker say to each other: questions out, answers back, both checked.

Runs in: the judge.

The worker may say anything at any time. Anything but an answer to the open question ends the
conversation, and no word of it is shown to anybody.
"""

import functools
import inspect
import time
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple, NoReturn

import numpy as np

from grader.errors import nearest
from grader.judge.describe import describe
from grader.judge.failures import (
    Mismatch,
    Missing,
    Step,
    StudentError,
    SubmissionEnded,
    Unpassable,
    student_error,
)
from grader.judge.gradients import not_taken, places_of, require_gradients
from grader.judge.proxy import STAYED, Function, Handle, StandIn, number_of
from grader.record.check import Outcome
from grader.record.inert import inert
from grader.sandbox.client import Ending, signal_name
from grader.sandbox.wire.channel import Channel, ChannelClosed
from grader.sandbox.wire.frame import Frame, Node, ProtocolError, write_frame
from grader.sandbox.wire.gradients import Place
from grader.sandbox.wire.messages import AGAIN
from grader.sandbox.wire.values import Decoder, Encoder
from grader.sandbox.workers import Workers

MAX_CALLBACKS = 10_000  # calls of the judge's functions in one check
_MAX_SENT = 1 << 30  # bytes of one message to a worker
_MAX_RECEIVED = 1 << 30  # bytes of arrays from the worker in one check
_MAX_KEPT = 64 << 20  # bytes of such arrays that are kept to recognise a known mistake

_Parts = Callable[[Encoder], list[Node]]


class Event(NamedTuple):
    """One question and what came of it: enough to put it to another module."""

    operation: str  # "call", "batch", "grad", "get", "set", "item", "len" or "given"
    target: int
    parts: tuple[Any, ...]
    result: Any  # a value, or the StudentError that was raised
    left: Any = None  # what the call left in its arguments, if the check asked for it


class Conversation:
    """One check talks with one worker, which starts with the first question."""

    def __init__(
        self,
        session: Workers,
        file: str,
        seconds: float,
        methods: Collection[str] = (),
        leave_out: Callable[[SubmissionEnded], bool] = lambda _: False,
        surplus: Collection[str] = (),
        alone: bool = False,
    ) -> None:
        """Prepare a talk with a worker that is not started yet.

        Args:
            file: what messages call the submission.
            seconds: wall time of the worker, counted while it owes an answer: when the judge
                computes between two questions, the worker loses nothing.
            methods: names that messages call methods, if an object lacks them.
            leave_out: called when the submission has ended while it was executed; returns whether
                a worker that is started now would execute less of it.
            surplus: names that the submission defines and nobody asks for.
            alone: the worker must not have served another check.
        """
        self._surplus = surplus
        self._session = session
        self._file = file
        self._seconds = seconds
        self._seconds_left = seconds
        self._methods = methods
        self._leave_out = leave_out
        self._alone = alone
        self._deadline = 0.0  # for the open question, on the clock of time.monotonic()
        self._channel: Channel | None = None
        self._names: dict[str, tuple[str, int]] = {}  # top-level name -> kind, number
        self._asked_for: set[str] = set()  # names that the check used: words of the course
        self._number = 0  # the number of the last question
        self._callbacks: list[Callable[..., object]] = []
        self._callback_calls = 0
        self._callback_error: BaseException | None = None
        self.received = 0  # bytes of arrays that have come so far
        self._over: SubmissionEnded | None = None
        self.used = False  # the worker has served another check before
        self.imported = False  # the submission was executed down to its last statement
        self.faults: list[tuple[int, str]] = []  # line of a statement, what it raised on import
        self.events: list[Event] | None = []  # None when they grew too large to keep
        self.last_answer = ""  # says what came back last, without values
        self.output = ""  # what the submission printed

    def names(self) -> dict[int, str]:
        """Return the names of the submission's functions and classes by their numbers."""
        return {number: name for name, (_, number) in self._names.items() if number}

    def defines(self, name: str) -> bool:
        """Tell whether the submission has this top-level name."""
        self._ensure_started()
        return name in self._names

    def look_up(self, name: str) -> tuple[str, int]:
        """Return kind and number of a top-level name of the submission."""
        self._asked_for.add(name)
        if not self.defines(name):
            message = f"{self._file} does not define {name}{self._near(name)}"
            self._say_over(SubmissionEnded(Outcome.FAILED, message))
        return self._names[name]

    def _near(self, name: str) -> str:
        """Name the definition that the student may have meant to call `name`, if there is one.

        It stands in the file as it was handed in, so its name may be shown.
        """
        near = nearest(name, self._surplus)
        return f"; you define {inert(near, 60)}: did you mean {name}?" if near else ""

    def given(self, name: str) -> Any:
        return self._ask(f"given.{name}", "given", 0, (name,), lambda _: [name])[0]

    def get(self, label: str, target: int, name: str) -> Any:
        self._asked_for.add(name)
        try:
            return self._ask(label, "get", target, (name,), lambda _: [target, name])[0]
        except StudentError as error:
            if error.kind != "AttributeError" or error.steps:  # its own code raised it
                raise
            owner, kind = (
                label.rpartition(".")[0],
                "method" if name in self._methods else "attribute",
            )
            raise Missing(f"{owner} has no {kind} {name}") from error

    def set(self, label: str, target: int, name: str, value: object) -> None:
        self._ask(label, "set", target, (name, value), lambda e: [target, name, e.node(value)])

    def item(self, label: str, target: int, key: object) -> Any:
        return self._ask(label, "item", target, (key,), lambda e: [target, e.node(key)])[0]

    def length(self, label: str, target: int) -> Any:
        return self._ask(label, "len", target, (), lambda _: [target])[0]

    def call(
        self,
        label: str,
        target: int,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        echo: bool = False,
    ) -> tuple[Any, Any]:
        """Return the value and, with `echo`, what is left in (args, kwargs)."""

        def parts(encoder: Encoder) -> list[Node]:
            return [target, encoder.node(args), encoder.node(kwargs), echo]

        value, left = self._ask(label, "call", target, (args, kwargs), parts)
        if echo and not (type(left) is tuple and [type(part) for part in left] == [tuple, dict]):
            self._say_over(_broke_protocol("the arguments did not come back"))
        return value, left

    def batch(
        self,
        label: str,
        target: int,
        argument_sets: Sequence[tuple[object, ...]],
        pick: int | None,
        kwargs: dict[str, object],
    ) -> list[Any]:
        def parts(encoder: Encoder) -> list[Node]:
            nodes = [encoder.node(tuple(args)) for args in argument_sets]
            return [target, encoder.node(kwargs), pick, nodes]

        values, _ = self._ask(label, "batch", target, (argument_sets, kwargs, pick), parts)
        if type(values) is not list or len(values) != len(argument_sets):
            self._say_over(_broke_protocol("a batch came back incomplete"))
        return values

    def grad(
        self,
        label: str,
        target: int,
        args: Sequence[Any],
        wrt: Place | list[Place],
        upstream: Any,
        pick: int | None,
        kwargs: dict[str, object],
    ) -> Any:
        """Return the gradient by `wrt` that autograd finds in the worker, or one for each."""
        places = places_of(wrt, args)
        said = (tuple(args), kwargs, places, upstream, pick)

        def parts(encoder: Encoder) -> list[Node]:
            return [target, *map(encoder.node, said)]

        answer, _ = self._ask(label, "grad", target, said, parts)
        try:
            taken, found = answer
            if taken is True:
                self.last_answer = f"the gradient of {label} was {describe(found)}"
                require_gradients(label, found, places, args)
                return found if isinstance(wrt, list) else found[0]
        except (ValueError, TypeError):
            self._say_over(_broke_protocol("no gradient came back"))
        self.last_answer = f"{label} gave {describe(found)}"
        raise Mismatch(not_taken(label, found, upstream))

    def has_room(self, seconds: float) -> bool:
        """Tell whether as much can be asked again: little time is used, and little of the limits.

        A check that asked nothing has no worker, and nothing to ask again.
        """
        return (
            self._channel is not None
            and self._seconds - self._seconds_left < seconds
            and self._callback_calls < MAX_CALLBACKS / 3
            and self.received < _MAX_RECEIVED / 3
        )

    @property
    def seconds_taken(self) -> float:
        """How long the worker has taken to answer so far."""
        return self._seconds - self._seconds_left

    def is_over(self) -> bool:
        """Tell whether the conversation has ended before the check has."""
        return self._over is not None

    def close(self, passed: bool = False) -> None:
        """Leave the worker, if there is one; from now on nothing can be asked.

        Args:
            passed: the check has passed, so that the worker may serve another one.
        """
        if self._channel is not None and passed and self._over is None:
            self._session.keep_worker(self._channel)
            self._channel = None
        elif self._channel is not None:
            self._end_worker()
        self._over = SubmissionEnded(Outcome.FAILED, "the check is over")

    def _ask(
        self, label: str, operation: str, target: int, said: tuple[Any, ...], parts: _Parts
    ) -> tuple[Any, Any]:
        """Put a question; return the value, and what the call left in its arguments."""
        self._ensure_started()
        encoder = self._encoder()
        self._number += 1
        question = encoder.frame([self._number, operation, *parts(encoder)])
        with self._waiting():
            self._send(question)
            value, left = self._answer(self._number, label)
        if self._callback_error is not None:  # a function of the check had raised
            error, self._callback_error = self._callback_error, None
            raise error
        self._keep(Event(operation, target, said, value, left))
        if isinstance(value, (StudentError, Mismatch)):
            self.last_answer = f"{label} raised"
            raise value
        self.last_answer = f"{label} gave {describe(value)}"
        return value, left

    def _ensure_started(self) -> None:
        if self._over is not None:
            raise self._over
        while self._channel is None:
            try:
                frame = self._begin()
            except SubmissionEnded as ended:
                if self.used or not self._leave_out(ended):
                    raise
                self._over, self._seconds_left = None, self._seconds
            else:
                self._introduce(frame)

    def _begin(self) -> Frame:
        """Start a worker, or let one that waits begin again; return its first words."""
        kept = None if self._alone else self._session.kept_worker()
        self.used = kept is not None
        self._channel = kept or self._session.start_worker(self._seconds)
        with self._waiting():
            if self.used:
                self._send(write_frame([0, AGAIN]))
            return self._receive()

    def _introduce(self, frame: Frame) -> None:
        """Learn from the worker's first words what the submission defines."""
        try:
            _, kind, names, faults = frame.message
            _require(kind == "hello")
            decoder = Decoder(frame, self._resolve)
            self._names = {
                _text(name): (_text(what), _count(number))
                for name, (what, number) in decoder.value(names).items()
            }
            self.faults = [
                (_count(line), f"{_text(error)}: {_text(text)}")
                for line, error, text in decoder.value(faults)
            ]
        except (ProtocolError, ValueError, TypeError, AttributeError):
            self._say_over(_broke_protocol("it did not introduce itself"))
        self.imported = True

    @contextmanager
    def _waiting(self) -> Iterator[None]:
        """Count the time in the block as the worker's, and set the deadline of its answer."""
        assert self._channel is not None
        started, patience = time.monotonic(), self._channel.patience
        self._deadline = started + min(self._seconds_left, self._session.seconds_left)
        patience.restart()
        try:
            yield
        finally:
            taken = max(0.0, time.monotonic() - started - patience.lost)
            self._seconds_left -= taken
            self._session.seconds_left -= taken
            self._session.worker_seconds += taken

    def _answer(self, number: int, label: str) -> tuple[Any, Any]:
        """Return the value and what is left in the arguments; an error is a value here, too."""
        while True:
            frame = self._receive()
            try:
                answered, kind, *rest = frame.message
                if kind == "callback":
                    function, given, named = self._called(frame, *rest)
                else:
                    _require(type(answered) is int and answered == number)
                    return self._value(frame, label, kind, *rest)
            except (ProtocolError, ValueError, TypeError, IndexError):
                self._say_over(_broke_protocol("no answer to what was asked"))
            self._answer_callback(function, given, named)

    def _value(self, frame: Frame, label: str, kind: str, *rest: Node) -> tuple[Any, Any]:
        decoder = Decoder(frame, self._resolve)
        if kind == "value":
            node, left = rest
            return decoder.value(node), decoder.value(left)
        if kind == "unpicked":
            (node,) = rest
            got = describe(decoder.value(node))
            return Mismatch(f"{label} gave {got}, expected a tuple of several values"), None
        if kind == "unsendable":
            (text,) = rest
            safe = "the answer is over the limit of what can be sent back"
            return Mismatch(safe, _text(text)), None
        _require(kind == "raised")
        bases, text, frames = [decoder.value(part) for part in rest]
        names = [_text(name) for name in bases]
        if "MemoryError" in names:
            self._say_over(SubmissionEnded(Outcome.MEMORY, "the submission ran out of memory"))
        steps = [Step(_text(file), _count(line), _text(name)) for file, line, name in frames]
        return student_error(names, _text(text), steps), None

    def _called(
        self, frame: Frame, number: Node, args: Node, kwargs: Node
    ) -> tuple[Callable[..., object], tuple[Any, ...], dict[str, Any]]:
        """Return which of the check's functions the submission called, and with what."""
        decoder = Decoder(frame, self._resolve)
        given, named = decoder.value(args), decoder.value(kwargs)
        _require(type(given) is tuple and type(named) is dict and all(map(_text, named)))
        return self._callbacks[_count(number)], given, named

    def _answer_callback(
        self, function: Callable[..., object], given: tuple[Any, ...], named: dict[str, Any]
    ) -> None:
        self._callback_calls += 1
        if self._callback_calls > MAX_CALLBACKS:
            message = f"the submission called a function more than {MAX_CALLBACKS:,} times"
            self._say_over(SubmissionEnded(Outcome.FAILED, message))
        self.last_answer = f"a function was called with {describe(given)}"
        encoder = self._encoder()
        try:
            value = function(*given, **named)
            answer = encoder.frame([0, "answer", encoder.node(value)])
        except Exception as error:
            within = error.__traceback__ is not None and error.__traceback__.tb_next is not None
            self._callback_error = error if within else _called_wrongly(given)
            answer = encoder.frame([0, "refused", "the function that was passed in raised"])
        self._send(answer)

    def _keep(self, event: Event) -> None:
        if self.received > _MAX_KEPT:
            self.events = None
        if self.events is not None:
            self.events.append(event)

    def _send(self, parts: list[bytes | memoryview]) -> None:
        assert self._channel is not None
        try:
            if self._channel.has_input():
                self._say_over(_broke_protocol("it spoke without being asked"))
            self._channel.send(parts, self._deadline)
        except (TimeoutError, ChannelClosed) as problem:
            self._say_over(self._ended(problem))

    def _receive(self) -> Frame:
        assert self._channel is not None
        try:
            frame = self._channel.receive(self._deadline)
        except (TimeoutError, ChannelClosed, ProtocolError) as problem:
            self._say_over(self._ended(problem))
        self.received += sum(map(len, frame.buffers))
        if self.received > _MAX_RECEIVED:
            text = f"the submission returned more than {_MAX_RECEIVED >> 20} MiB in one check"
            self._say_over(SubmissionEnded(Outcome.MEMORY, text))
        return frame

    def _ended(self, problem: Exception) -> SubmissionEnded:
        if isinstance(problem, ProtocolError):
            return _broke_protocol(str(problem))
        if isinstance(problem, TimeoutError):
            words = "the submission did not answer in time"
            if self._session.seconds_left <= self._seconds_left:
                self._session.seconds_left = 0.0
                words = used_up(self._session)
            steps = _steps(self._end_worker(late=True))
            return SubmissionEnded(Outcome.TIMEOUT, words, steps=steps)
        return _why_gone(self._end_worker(), self._session.cpu_seconds)

    def _say_over(self, over: SubmissionEnded) -> NoReturn:
        """End the conversation: every later question of this check ends the same way."""
        self._over = over
        raise over

    def _end_worker(self, late: bool = False) -> Ending:
        assert self._channel is not None
        self._channel.close()
        self._channel = None
        ending = self._session.end_worker(late)
        self.output = ending.output
        return ending

    def _encoder(self) -> Encoder:
        return Encoder(self._refer, _MAX_SENT, shared=True)

    def _refer(self, value: object) -> Node:
        if isinstance(value, StandIn):
            return ["h", number_of(value)]
        if inspect.isroutine(value) or isinstance(value, (functools.partial, np.ufunc)):
            self._callbacks.append(value)
            return ["f", len(self._callbacks) - 1]
        kind = type(value).__name__
        raise Unpassable(f"a check passes a {kind} to a submission; build it there by given()")

    def _resolve(self, tag: str, rest: Sequence[Node]) -> object:
        number, name, kind = rest
        _require(tag == "h")
        made = Function if kind in ("function", "class") else Handle
        return made(self, _count(number), name if self._is_harmless(_text(name)) else "object")

    def _is_harmless(self, name: str) -> bool:
        """Tell whether a name may be shown: a word of the student's could carry inputs out."""
        return name in self._asked_for or name in STAYED


def used_up(session: Workers) -> str:
    """Return what a student reads whose submission took too long in all."""
    return f"the submission used up the {session.seconds:g} s that it has for all checks"


def _require(holds: bool) -> None:
    if not holds:
        raise ProtocolError("a message is of no known form")


def _text(value: Any) -> str:
    _require(type(value) is str)
    return str(value)


def _count(value: Any) -> int:
    _require(type(value) is int and value >= 0)
    return int(value)


def _called_wrongly(given: tuple[Any, ...]) -> Mismatch:
    return Mismatch(
        "the submission called a function of the check with arguments that it does not take: "
        f"{describe(given)}"
    )


def _broke_protocol(what: str) -> SubmissionEnded:
    return SubmissionEnded(Outcome.CRASHED, f"the submission's process sent nonsense: {what}")


def _steps(ending: Ending) -> list[Step]:
    """Return where the submission was when its time was up, outermost first."""
    return [Step(line.file, line.number, line.function) for line in reversed(ending.lines)]


def _why_gone(ending: Ending, cpu_seconds: int) -> SubmissionEnded:
    if ending.signal is not None:
        name = signal_name(ending.signal)
        if name == "SIGXCPU" or (name == "SIGKILL" and ending.cpu_seconds >= cpu_seconds):
            message = f"the submission computed for more than {cpu_seconds} s"
            return SubmissionEnded(Outcome.TIMEOUT, message, steps=_steps(ending))
        if name == "SIGXFSZ":
            message = "the submission wrote more than its scratch folder may hold"
            return SubmissionEnded(Outcome.CRASHED, message)
        if name == "SIGKILL":
            return SubmissionEnded(Outcome.MEMORY, "the submission ran out of memory")
        return SubmissionEnded(Outcome.CRASHED, f"the submission's process died of {name}")
    message = f"the submission ended its own process (exit code {ending.exit_code})"
    return SubmissionEnded(Outcome.CRASHED, message)
