"""Stand-ins for what lives in the worker: the submission, its functions and its objects.

A check uses them like the real thing; each use is one message. What comes back is plain data
or another stand-in, and everything that can go wrong ends as an exception of `failures`.
"""

import functools
import inspect
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple, NoReturn

from grader.errors import CourseError
from grader.judge.describe import STAYED, describe
from grader.judge.failures import (
    Mismatch,
    Step,
    StudentError,
    SubmissionEnded,
    student_error,
)
from grader.record.check import Outcome
from grader.sandbox.channel import Channel, ChannelClosed
from grader.sandbox.client import Ending, Session, signal_name
from grader.sandbox.wire import Decoder, Encoder, Frame, Node, ProtocolError

MAX_CALLBACKS = 10_000  # calls of the judge's functions in one check
_MAX_SENT = 1 << 30  # bytes of one message to a worker
_MAX_RECEIVED = 1 << 30  # bytes of arrays from the worker in one check
_MAX_KEPT = 64 << 20  # of these, to recognise a mistake by


class Event(NamedTuple):
    """One request and what came of it: enough to put the same question to another module."""

    operation: str  # "call", "batch", "get", "set", "item", "len" or "given"
    target: int
    parts: tuple[Any, ...]
    result: Any  # a value, or the StudentError that was raised


class Called(NamedTuple):
    """What a call returned, and what it left in its arguments."""

    value: Any
    args: tuple[Any, ...]
    kwargs: dict[str, Any]


class Handle:
    """An object that stays in the worker: attributes, items and calls go through."""

    def __init__(self, talk: "Conversation", number: int, class_name: str) -> None:
        self.__dict__.update(_talk=talk, _number=number, _class_name=class_name)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._talk.get(f"{self._class_name}.{name}", self._number, name)

    def __setattr__(self, name: str, value: object) -> None:
        self._talk.set(f"{self._class_name}.{name}", self._number, name, value)

    def __getitem__(self, key: object) -> Any:
        return self._talk.item(f"an item of {self._class_name}", self._number, key)

    def __len__(self) -> int:
        length = self._talk.length(f"len({self._class_name})", self._number)
        if type(length) is not int or length < 0:
            raise Mismatch(f"len() of the {self._class_name} is no number")
        return length

    def __iter__(self) -> Iterator[Any]:
        return (self[index] for index in range(len(self)))

    def __call__(self, *args: object, **kwargs: object) -> Any:
        return self._talk.call(self._class_name, self._number, args, kwargs)[0]

    def __repr__(self) -> str:
        return f"<an object of the class {self._class_name}>"

    def _refuse(self, *_: object) -> NoReturn:
        raise Mismatch(f"the answer is an object of the class {self._class_name}, expected data")

    __eq__ = __bool__ = __array__ = _refuse
    __hash__ = object.__hash__


class Function:
    """A function, method or class of the submission."""

    def __init__(self, talk: "Conversation", number: int, name: str) -> None:
        self._talk = talk
        self._number = number
        self.__name__ = name

    def __call__(self, *args: object, **kwargs: object) -> Any:
        """Call it with copies of the arguments."""
        return self._talk.call(self.__name__, self._number, args, kwargs)[0]

    def call(self, *args: object, **kwargs: object) -> Called:
        """Call it, and bring back what it left in its arguments."""
        value, left = self._talk.call(self.__name__, self._number, args, kwargs, echo=True)
        return Called(value, *left)

    def batch(
        self,
        argument_sets: Sequence[tuple[object, ...]],
        pick: int | None = None,
        **kwargs: object,
    ) -> list[Any]:
        """Call it once per argument set, all in one message; `pick` one item of each result."""
        return self._talk.batch(self.__name__, self._number, argument_sets, pick, kwargs)

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return self._talk.get(f"{self.__name__}.{name}", self._number, name)

    def __repr__(self) -> str:
        return f"<the function {self.__name__}>"


class Submission:
    """The student's module. A name that it lacks ends the check."""

    def __init__(self, talk: "Conversation") -> None:
        self._talk = talk

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        kind, number = self._talk.look_up(name)
        if kind in ("function", "class"):
            return Function(self._talk, number, name)
        return self._talk.get(name, 0, name)

    def given(self, name: str) -> Any:
        """Return a stand-in for the module given/<name>.py, loaded beside the submission."""
        return self._talk.given(name)

    def __repr__(self) -> str:
        return "<the submission>"


class Conversation:
    """All that is said with one worker during one check."""

    def __init__(self, session: Session, file: str, deadline: float) -> None:
        self._session = session
        self._file = file
        self._deadline = deadline
        self._channel: Channel | None = None
        self._names: dict[str, tuple[str, int]] = {}
        self.faults: list[tuple[int, str]] = []  # line, what its statement raised on import
        self._number = 0
        self._callbacks: list[Callable[..., object]] = []
        self._callback_calls = 0
        self._callback_error: BaseException | None = None
        self._over: SubmissionEnded | None = None
        self.imported = False  # the submission was executed to its end
        self.events: list[Event] | None = []  # None when they grew too large to keep
        self._received = 0  # bytes of arrays
        self.last_answer = ""  # what came back last, in words without values
        self.output = ""  # what the submission printed

    def names(self) -> dict[int, str]:
        """Return the names of the submission's functions and classes by their numbers."""
        return {number: name for name, (_, number) in self._names.items() if number}

    def look_up(self, name: str) -> tuple[str, int]:
        """Return kind and number of a top-level name of the submission."""
        self._ensure_started()
        if name not in self._names:
            self._say_over(self._not_defined(name))
        return self._names[name]

    def given(self, name: str) -> Any:
        return self._ask(f"given.{name}", "given", 0, (name,), lambda _: [name])

    def get(self, label: str, target: int, name: str) -> Any:
        return self._ask(label, "get", target, (name,), lambda _: [target, name])

    def set(self, label: str, target: int, name: str, value: object) -> None:
        self._ask(label, "set", target, (name, value), lambda e: [target, name, e.node(value)])

    def item(self, label: str, target: int, key: object) -> Any:
        return self._ask(label, "item", target, (key,), lambda e: [target, e.node(key)])

    def length(self, label: str, target: int) -> Any:
        return self._ask(label, "len", target, (), lambda _: [target])

    def call(
        self,
        label: str,
        target: int,
        args: tuple[object, ...],
        kwargs: dict[str, object],
        echo: bool = False,
    ) -> tuple[Any, Any]:
        def parts(encoder: Encoder) -> list[Node]:
            return [target, encoder.node(args), encoder.node(kwargs), echo]

        value, left = self._request(label, "call", target, (args, kwargs), parts)
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

        values = self._ask(label, "batch", target, (argument_sets, kwargs, pick), parts)
        if type(values) is not list or len(values) != len(argument_sets):
            self._say_over(_broke_protocol("a batch came back incomplete"))
        return values

    def close(self) -> None:
        """End the worker; a check that started none costs nothing."""
        if self._channel is not None:
            self._end_worker()

    def _ensure_started(self) -> None:
        if self._over is not None:
            raise self._over
        if self._channel is not None:
            return
        self._channel = self._session.start_worker()
        frame = self._receive()
        try:
            _, _, names, faults = frame.message
            decoder = Decoder(frame, self._resolve)
            self._names = {
                str(name): (str(what), int(number))
                for name, (what, number) in decoder.value(names).items()
            }
            self.faults = [
                (int(line), f"{error}: {text}") for line, error, text in decoder.value(faults)
            ]
        except (ProtocolError, ValueError, TypeError, AttributeError) as error:
            self._say_over(_broke_protocol(str(error)))
        self.imported = True

    def _ask(
        self,
        label: str,
        operation: str,
        target: int,
        said: tuple[Any, ...],
        parts: Callable[[Encoder], list[Node]],
    ) -> Any:
        return self._request(label, operation, target, said, parts)[0]

    def _request(
        self,
        label: str,
        operation: str,
        target: int,
        said: tuple[Any, ...],
        parts: Callable[[Encoder], list[Node]],
    ) -> tuple[Any, Any]:
        """Put a question and return the value, and what was left in the arguments."""
        self._ensure_started()
        encoder = Encoder(self._refer, _MAX_SENT)
        self._number += 1
        self._send(encoder.frame([self._number, operation, *parts(encoder)]))
        value, left = self._answer(self._number)
        if self._callback_error is not None:  # the check's own function had raised
            raise self._callback_error
        self._keep(Event(operation, target, said, value))
        if isinstance(value, StudentError):
            self.last_answer = f"{label} raised"
            raise value
        self.last_answer = f"{label} gave {describe(value)}"
        return value, left

    def _keep(self, event: Event) -> None:
        if self._received > _MAX_KEPT:
            self.events = None
        if self.events is not None:
            self.events.append(event)

    def _answer(self, number: int) -> tuple[Any, Any]:
        """Return value and left arguments of the answer; the value may be a StudentError."""
        while True:
            frame = self._receive()
            try:
                answered, kind, *rest = frame.message
                if kind == "callback":
                    self._answer_callback(frame, *rest)
                    continue
                if answered != number:
                    raise ProtocolError("an answer to no question")
                if kind == "raised":
                    return self._error(frame, *rest), None
                if kind == "value":
                    node, left = rest
                    decoder = Decoder(frame, self._resolve)
                    return decoder.value(node), decoder.value(left)
                raise ProtocolError("an answer of no known kind")
            except (ProtocolError, ValueError, TypeError, IndexError) as problem:
                self._say_over(_broke_protocol(str(problem)))

    def _answer_callback(self, frame: Frame, number: int, args: Node, kwargs: Node) -> None:
        decoder = Decoder(frame, self._resolve)
        given, named = decoder.value(args), decoder.value(kwargs)
        encoder = Encoder(self._refer, _MAX_SENT)
        self._callback_calls += 1
        try:
            if self._callback_calls > MAX_CALLBACKS:
                message = f"the submission called a function more than {MAX_CALLBACKS:,} times"
                raise SubmissionEnded(Outcome.FAILED, message)
            self.last_answer = f"a function was called with {describe(given)}"
            value = self._callbacks[number](*given, **named)
            answer = encoder.frame([0, "answer", encoder.node(value)])
        except SubmissionEnded:
            raise
        except BaseException as error:
            self._callback_error = error
            answer = encoder.frame([0, "refused", "the function that was passed in raised"])
        self._send(answer)

    def _error(self, frame: Frame, bases: Node, text: Node, frames: Node) -> StudentError:
        decoder = Decoder(frame, self._resolve)
        names = [str(name) for name in decoder.value(bases)]
        if "MemoryError" in names:
            self._say_over(SubmissionEnded(Outcome.MEMORY, "the submission ran out of memory"))
        steps = [
            Step(str(file), int(line), str(name)) for file, line, name in decoder.value(frames)
        ]
        return student_error(names, str(decoder.value(text)), steps)

    def _send(self, parts: list[bytes | memoryview]) -> None:
        assert self._channel is not None
        try:
            if self._channel.has_input():
                raise ProtocolError("an answer to no question")
            self._channel.send(parts, self._deadline)
        except (TimeoutError, ChannelClosed, ProtocolError) as problem:
            self._say_over(self._ended(problem))

    def _receive(self) -> Frame:
        assert self._channel is not None
        try:
            frame = self._channel.receive(self._deadline)
        except (TimeoutError, ChannelClosed, ProtocolError) as problem:
            self._say_over(self._ended(problem))
        self._received += sum(map(len, frame.buffers))
        if self._received > _MAX_RECEIVED:
            text = f"the submission returned more than {_MAX_RECEIVED >> 20} MiB in one check"
            self._say_over(SubmissionEnded(Outcome.MEMORY, text))
        return frame

    def _ended(self, problem: Exception) -> SubmissionEnded:
        if isinstance(problem, ProtocolError):
            return _broke_protocol(str(problem))
        if isinstance(problem, TimeoutError):
            return SubmissionEnded(Outcome.TIMEOUT, "the submission did not answer in time")
        return _why_gone(self._end_worker(), self._session.cpu_seconds)

    def _say_over(self, over: SubmissionEnded) -> NoReturn:
        """Nothing more can be asked: every later request of this check ends the same way."""
        self._over = over
        raise over

    def _end_worker(self) -> Ending:
        assert self._channel is not None
        self._channel.close()
        self._channel = None
        ending = self._session.end_worker()
        self.output = ending.output
        return ending

    def _not_defined(self, name: str) -> SubmissionEnded:
        message = f"{self._file} does not define {name}"
        return SubmissionEnded(Outcome.FAILED, message)

    def _refer(self, value: object) -> Node:
        if isinstance(value, (Handle, Function)):
            return ["h", value.__dict__["_number"]]
        if inspect.isroutine(value) or isinstance(value, functools.partial):
            self._callbacks.append(value)
            return ["f", len(self._callbacks) - 1]
        kind = type(value).__name__
        raise CourseError(f"a check passes a {kind} to a submission; build it there by given()")

    def _resolve(self, tag: str, rest: Sequence[Node]) -> object:
        number, name, kind = rest
        if tag != "h" or type(number) is not int or type(name) is not str:
            raise ValueError
        made = Function if kind in ("function", "class") else Handle
        return made(self, number, name if self._is_harmless(name) else "object")

    def _is_harmless(self, name: str) -> bool:
        """Tell whether a name was there before any input: later ones could carry inputs out."""
        return name in self._names or name in STAYED


def _broke_protocol(what: str) -> SubmissionEnded:
    return SubmissionEnded(Outcome.CRASHED, f"the submission's process sent nonsense: {what}")


def _why_gone(ending: Ending, cpu_seconds: int) -> SubmissionEnded:
    if ending.signal is not None:
        name = signal_name(ending.signal)
        if name == "SIGXCPU" or (name == "SIGKILL" and ending.cpu_seconds >= cpu_seconds):
            message = f"the submission computed for more than {cpu_seconds} s"
            return SubmissionEnded(Outcome.TIMEOUT, message)
        if name == "SIGKILL":
            return SubmissionEnded(Outcome.MEMORY, "the submission ran out of memory")
        return SubmissionEnded(Outcome.CRASHED, f"the submission's process died of {name}")
    message = f"the submission ended its own process (exit code {ending.exit_code})"
    return SubmissionEnded(Outcome.CRASHED, message)
