"""What the table of kinds says of each kind of value: the columns of one row.

Runs in: the judge and the worker.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np

from grader.sandbox.wire.frame import Node


class Outgoing(Protocol):
    """What `encode` may ask of the Encoder of a frame."""

    def node(self, value: object, depth: int) -> Node: ...
    def buffer(self, owner: object, array: np.ndarray, code: str) -> int: ...
    @property
    def refer(self) -> Callable[[object], Node]: ...


class Incoming(Protocol):
    """What `decode` may ask of the Decoder of a frame."""

    @property
    def shared(self) -> bool: ...
    def value(self, node: Node, depth: int) -> Any: ...
    def take(self, index: Node) -> bytearray: ...


def class_words(value: object) -> str:
    """Return e.g. "an int"."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"


def counted(value: Any) -> str:
    """Return e.g. "a list of 3"."""
    return f"{class_words(value)} of {len(value)}"


def instances_of(module: str, name: str) -> Callable[[object], bool]:
    """Return a test for a class of a library; as long as that is not loaded, nothing passes."""
    return lambda value: isinstance(value, getattr(sys.modules.get(module), name, ()))


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
