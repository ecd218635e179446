"""The untrusted process: it executes a submission and answers calls until it is killed.

Runs in: the worker.

Everything here shares its interpreter with the student's code, so nothing that it says is
more than a claim. It holds no test, no expected value and no other student's file.

    judge -> worker                                worker -> judge
                                                   [0, "hello", names, faults]
    [id, "call", object, args, kwargs, echo]       [id, "value", node, left]
    [id, "batch", object, kwargs, pick,            [id, "value", list, null]
         [args, ...]]
    [id, "grad", object, args, kwargs, places,     [id, "value", (True, gradients), null]
         upstream, pick]
    [id, "get", object, name]                      [id, "value", node, null]
    [id, "set", object, name, node]
    [id, "item", object, node]
    [id, "len", object]
    [id, "given", name]
    [0, "again"]                                   [0, "hello", names, faults]
                                                   [id, "raised", bases, text, steps]
                                                   [id, "unsendable", text]
                                                   [id, "unpicked", node]
    [0, "answer", node] | [0, "refused", text]     [0, "callback", number, args, kwargs]

The worker says "hello" before the first request, and again when it has begun "again": it has then
forgotten what it knew, and has executed the submission anew. `names` says, for each top-level name
of the submission, which stand-in the judge is to make, and the number of a function or class;
`faults` has line, class and text of each exception that a statement raised. In a request, `id`
counts up from 1 and `object` is a number: 0 is the submission's module, others are those of objects
that the worker referred to. `left` is what the function left in its arguments, when `echo` asks for
it. `pick` asks a batch for one item of each result; a result without it comes back whole,
"unpicked".
`wire.gradients` says what `places` are, and what comes back of a value that has no gradient.
"""

import builtins
import functools
import importlib
import types
from collections.abc import Callable
from typing import Any, cast

import numpy as np

from grader.sandbox.wire.channel import Channel
from grader.sandbox.wire.frame import Frame, Node, Unsendable
from grader.sandbox.wire.gradients import gradients
from grader.sandbox.wire.kinds import copied
from grader.sandbox.wire.messages import AGAIN, Sources
from grader.sandbox.wire.values import Decoder, Encoder
from grader.sandbox.worker.again import as_if_new
from grader.sandbox.worker.imports import BesideFinder
from grader.sandbox.worker.program import (
    Fault,
    Program,
    execute,
    load_program,
    message_of,
    prepare,
)

_CALLABLES = (
    types.FunctionType,
    types.BuiltinFunctionType,
    types.MethodType,
    types.MethodDescriptorType,
    types.WrapperDescriptorType,
    types.ClassMethodDescriptorType,
    type(functools.cache(len)),
    functools.partial,
    np.ufunc,
    np.vectorize,
)
_MAX_STEPS = 12  # of a traceback, the innermost
_MAX_FAULTS = 100
_MAX_NAME = 80  # characters
_Reply = list[bytes | memoryview]


def serve(channel: Channel, sources: Sources, compiled: bytes | memoryview) -> None:
    """Execute the submission, say what it defines, then answer requests until the judge is gone."""
    program = load_program(compiled)
    beside = prepare(sources, program)
    set_back = as_if_new() if sources.shared else lambda: None
    while True:
        _serve_once(channel, sources, program, beside)
        beside.forget()
        set_back()


def _serve_once(channel: Channel, sources: Sources, program: Program, beside: BesideFinder) -> None:
    """Execute the submission and answer requests until the judge asks to begin again."""
    module, faults = execute(sources, program)
    worker = _Server(channel, sources.files, module)
    worker.greet(faults)
    while (frame := channel.receive()).message[1] != AGAIN:
        beside.put_back_given()
        worker.handle(frame)


class _Server:
    """Answers what the judge asks of one submission."""

    def __init__(self, channel: Channel, files: set[str], module: types.ModuleType) -> None:
        self._channel = channel
        self._files = files  # what tracebacks call the student's own files
        self._objects: list[object] = [module]
        self._numbers: dict[int, int] = {}  # id(object) -> its place in _objects
        self._operations: dict[str, Callable[..., _Reply]] = {
            "call": self._call,
            "batch": self._batch,
            "grad": self._grad,
            "get": self._get,
            "set": self._set,
            "item": self._item,
            "len": self._len,
            "given": self._given,
        }

    def greet(self, faults: list[Fault]) -> None:
        module = self._objects[0]
        names = {
            name: self._introduction(value)
            for name, value in list(vars(module).items())
            if type(name) is str and not name.startswith("__")
        }
        encoder = self._encoder()
        told = [[fault.line, fault.error, fault.text] for fault in faults[:_MAX_FAULTS]]
        self._channel.send(encoder.frame([0, "hello", encoder.node(names), encoder.node(told)]))

    def _introduction(self, value: object) -> tuple[str, int]:
        try:
            stand_in = _stand_in_for(value)
        except BaseException:  # isinstance asks for __class__, which student code may define
            stand_in = "object"
        return stand_in, self._number_of(value) if stand_in != "object" else 0

    def handle(self, frame: Frame) -> None:
        """Answer one request; whatever goes wrong in it is sent, not raised."""
        number, operation, *rest = frame.message
        try:
            reply = self._operations[operation](number, frame, *rest)
        except Unsendable as error:
            reply = self._encoder().frame([number, "unsendable", str(error)])
        except BaseException as error:  # SystemExit and KeyboardInterrupt too
            reply = self._raised(number, error)
        self._channel.send(reply)

    def _call(
        self, number: int, frame: Frame, target: int, args: Node, kwargs: Node, echo: bool
    ) -> _Reply:
        decoder = self._decoder(frame)
        given, named = decoder.value(args), decoder.value(kwargs)
        value = self._function(target)(*given, **named)
        encoder = self._encoder()
        node = encoder.node(value)
        left = encoder.node((given, named)) if echo else None
        return encoder.frame([number, "value", node, left])

    def _batch(
        self,
        number: int,
        frame: Frame,
        target: int,
        kwargs: Node,
        pick: int | None,
        argument_sets: list[Node],
    ) -> _Reply:
        function = self._function(target)
        values = []
        for node in argument_sets:
            decoder = self._decoder(frame)
            value = function(*decoder.value(node), **decoder.value(kwargs))
            try:
                values.append(copied(value if pick is None else value[pick]))
            except (TypeError, LookupError):
                encoder = self._encoder()
                return encoder.frame([number, "unpicked", encoder.node(value)])
        return self._value(number, values)

    def _grad(self, number: int, frame: Frame, target: int, *said: Node) -> _Reply:
        decoder = self._decoder(frame)
        args, kwargs, places, upstream, pick = map(decoder.value, said)
        function = self._function(target)
        return self._value(number, gradients(function, args, kwargs, places, upstream, pick))

    def _get(self, number: int, frame: Frame, target: int, name: str) -> _Reply:
        return self._value(number, getattr(self._objects[target], name))

    def _set(self, number: int, frame: Frame, target: int, name: str, node: Node) -> _Reply:
        setattr(self._objects[target], name, self._decoder(frame).value(node))
        return self._value(number, None)

    def _item(self, number: int, frame: Frame, target: int, node: Node) -> _Reply:
        holder: Any = self._objects[target]
        return self._value(number, holder[self._decoder(frame).value(node)])

    def _len(self, number: int, frame: Frame, target: int) -> _Reply:
        holder: Any = self._objects[target]
        return self._value(number, len(holder))

    def _given(self, number: int, frame: Frame, name: str) -> _Reply:
        return self._value(number, importlib.import_module(f"given.{name}"))

    def _function(self, target: int) -> Callable[..., Any]:
        return cast(Callable[..., Any], self._objects[target])

    def _value(self, number: int, value: object) -> _Reply:
        encoder = self._encoder()
        return encoder.frame([number, "value", encoder.node(value), None])

    def _raised(self, number: int, error: BaseException) -> _Reply:
        bases = [base.__name__ for base in type(error).__mro__ if _is_builtin_error(base)]
        encoder = self._encoder()
        parts = [bases, message_of(error), _steps(error, self._files)]
        return encoder.frame([number, "raised", *[encoder.node(part) for part in parts]])

    def _callback(self, number: int) -> Callable[..., Any]:
        def callback(*args: object, **kwargs: object) -> object:
            encoder = self._encoder()
            nodes = [encoder.node(args), encoder.node(kwargs)]
            self._channel.send(encoder.frame([0, "callback", number, *nodes]))
            while True:
                frame = self._channel.receive()
                _, operation, *rest = frame.message
                if operation == "answer":
                    return self._decoder(frame).value(rest[0])
                if operation == "refused":
                    raise RuntimeError(*rest)
                self.handle(frame)  # the callback itself called the submission

        return callback

    def _encoder(self) -> Encoder:
        return Encoder(self._refer)

    def _decoder(self, frame: Frame) -> Decoder:
        return Decoder(frame, self._resolve, shared=True)

    def _refer(self, value: object) -> Node:
        stand_in = _stand_in_for(value)
        named: Any = type(value) if stand_in == "object" else value
        name = getattr(named, "__name__", stand_in)
        return ["h", self._number_of(value), str(name)[:_MAX_NAME], stand_in]

    def _number_of(self, value: object) -> int:
        number = self._numbers.get(id(value))
        if number is None:
            number = self._numbers[id(value)] = len(self._objects)
            self._objects.append(value)  # keeps the value alive, so that no other gets its id
        return number

    def _resolve(self, tag: str, rest: Any) -> object:
        if tag == "h":
            return self._objects[rest[0]]
        if tag == "f":
            return self._callback(rest[0])
        raise ValueError(tag)


def _stand_in_for(value: object) -> str:
    """Return "class", "function" or "object": what the judge's stand-in for a value is to be."""
    if isinstance(value, type):
        return "class"
    return "function" if isinstance(value, _CALLABLES) else "object"


def _steps(error: BaseException, files: set[str]) -> list[list[Any]]:
    """Return [file, line, function] of the traceback's steps in the student's own files."""
    steps: list[list[Any]] = []
    step = error.__traceback__
    while step is not None:
        code = step.tb_frame.f_code
        if code.co_filename in files:
            steps.append([code.co_filename, step.tb_lineno, code.co_name[:_MAX_NAME]])
        step = step.tb_next
    return steps[-_MAX_STEPS:]


def _is_builtin_error(kind: type) -> bool:
    return getattr(builtins, kind.__name__, None) is kind and issubclass(kind, BaseException)
