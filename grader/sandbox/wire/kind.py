"""What the table of kinds says of each kind of value: the columns of one row.

Runs in: the judge and the worker.
"""

import functools
import importlib
import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from grader.sandbox.wire.frame import Node, ProtocolError


class Outgoing(Protocol):
    """What `encode` may ask of the Encoder of a frame."""

    def node(self, value: object, depth: int) -> Node: ...
    def buffer(self, owner: object, array: np.ndarray, code: str) -> int: ...
    def count_texts(self, count: int) -> None: ...
    def refer(self, value: object) -> Node: ...
    @property
    def references(self) -> int: ...


class Incoming(Protocol):
    """What `decode` may ask of the Decoder of a frame."""

    @property
    def shared(self) -> bool: ...
    def value(self, node: Node, depth: int) -> Any: ...
    def take(self, index: Node) -> bytearray: ...
    def count_texts(self, count: int) -> None: ...


def class_words(value: object) -> str:
    """Return e.g. "an int"."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def counted(value: Any) -> str:
    """Return e.g. "a list of 3"."""
    return f"{class_words(value)} of {len(value)}"


def is_loaded_class(value: object, module: str, name: str) -> bool:
    """Tell whether a value is of a class of a library, or one that extends it.

    As long as the library is not loaded, no value is. Nothing of the value itself is asked.
    """
    return issubclass(type(value), getattr(sys.modules.get(module), name, ()))


def is_exactly(value: object, module: str, name: str) -> bool:
    """Tell whether a value is of a class of a library itself, or is the one of that name."""
    found = getattr(sys.modules.get(module), name, None)
    return found is not None and (type(value) is found or value is found)


def required(module: str) -> Any:
    """Return a library of which the other side has sent a value.

    Raises:
        ProtocolError: it is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        text = f"it sent a value of {module}, which the judge lacks"
        raise ProtocolError(text) from error


_Decode = Callable[[list[Node], "Incoming", int], object]


def by_library(decode: _Decode) -> _Decode:
    """Return a decoder that leaves checks to a library, which may raise anything at odd data."""

    @functools.wraps(decode)
    def decode_strictly(rest: list[Node], incoming: Incoming, depth: int) -> object:
        try:
            return decode(rest, incoming, depth)
        except (ProtocolError, MemoryError):
            raise
        except Exception as error:
            raise ValueError from error

    return decode_strictly


def _nothing(value: object) -> bool:
    return False


def _as_it_is(value: object, outgoing: Outgoing, depth: int) -> Node:
    return value


def _refuse(rest: list[Node], incoming: Incoming, depth: int) -> object:
    raise ValueError


def _itself(value: Any) -> Any:
    return value


@dataclass(frozen=True)
class Kind:
    """A kind of value that crosses between judge and worker.

    tag       the first item of its node; "" if each of its values stands for itself
    types     its values are the instances of these
    encode    returns a value's node; may refer to a value that is no plain data after all
    decode    makes the value from what follows the tag: strictly, for a worker may have sent it
    test      tells its values apart where a library may not be loaded, and `types` is ()
    copy      makes what a later call of the same function cannot write into
    words     say what a value is, without saying what is in it
    numbers   makes the array by which two values are compared; None: they are compared by ==
    """

    tag: str
    types: tuple[type, ...]
    encode: Callable[[Any, Outgoing, int], Node] = _as_it_is
    decode: Callable[[list[Node], Incoming, int], object] = _refuse
    test: Callable[[object], bool] = _nothing
    copy: Callable[[Any], Any] = _itself
    words: Callable[[Any], str] = class_words
    numbers: Callable[[Any], np.ndarray] | None = np.asarray
