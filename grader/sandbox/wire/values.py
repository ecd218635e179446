"""Values on the wire: an Encoder turns them into the nodes of a frame, a Decoder turns them back.

Runs in: the judge and the worker.

The kinds of value are the rows of `kinds.KINDS`; what has no kind is referred to by a node that
the two sides agree on, such as ["h", number, ...] for an object that stays in the worker. The judge
decodes whatever the worker sent: nothing is evaluated, and what comes out is of the exact types of
the table, or what `resolve` makes of a reference.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.sandbox.wire.frame import (
    MAX_BUFFERS,
    MAX_BYTES,
    Frame,
    Node,
    ProtocolError,
    Unsendable,
    write_frame,
)
from grader.sandbox.wire.kinds import BY_TAG, STAND_FOR_THEMSELVES, kind_of

MAX_DEPTH = 32
MAX_NODES = 100_000
MAX_TEXTS = 1_000_000  # in all arrays of a frame: each becomes an object

# Not every int and str is among these: msgpack takes no more than 64 bits and no lone surrogate.
_SENT_AS_THEY_ARE = STAND_FOR_THEMSELVES - {int, str}


class Encoder:
    """Turn values into one frame.

    `refer` gives the node of what has no plain form (an object, a function), or raises. With
    `shared`, an array that occurs several times is sent once, which only a Decoder with
    `shared` accepts.
    """

    def __init__(
        self,
        refer: Callable[[object], Node],
        max_bytes: int = MAX_BYTES,
        shared: bool = False,
    ) -> None:
        self._refer = refer
        self.references = 0  # values referred to so far
        self._max_bytes = max_bytes
        self._shared = shared
        self._buffers: list[memoryview] = []
        self._bytes = 0
        self._nodes = 0
        self._texts = 0
        self._sent: dict[int, tuple[object, int]] = {}  # id -> (the object, kept alive; buffer)

    def node(self, value: object, depth: int = 0) -> Node:
        """Return the node of `value`; its arrays join the frame.

        Raises:
            Unsendable: it is too large, too deep or of too many parts.
        """
        self._nodes += 1
        if depth > MAX_DEPTH:
            raise Unsendable(f"a value nested more than {MAX_DEPTH} deep cannot be sent")
        if self._nodes > MAX_NODES:
            raise Unsendable(f"a value of more than {MAX_NODES:,} parts cannot be sent")
        if type(value) in _SENT_AS_THEY_ARE:
            return value
        kind = kind_of(value)
        return self.refer(value) if kind is None else kind.encode(value, self, depth)

    def refer(self, value: object) -> Node:
        """Return the node of what has no plain form."""
        self.references += 1
        return self._refer(value)

    def count_texts(self, count: int) -> None:
        """Count the texts of an array, before any is encoded.

        Raises:
            Unsendable: the frame would hold too many.
        """
        self._texts += count
        if self._texts > MAX_TEXTS:
            raise Unsendable(f"a value of more than {MAX_TEXTS:,} texts cannot be sent")

    def buffer(self, owner: object, array: np.ndarray, code: str) -> int:
        """Add the numbers of `array`, which is `owner` or a view of it; return the buffer's number.

        Raises:
            Unsendable: the frame would be too large.
        """
        known = self._sent.get(id(owner))
        if known is not None and self._shared:
            return known[1]
        size = array.size * np.dtype(code).itemsize
        self._bytes += size  # before anything is copied: a broadcast view may be huge
        if self._bytes > self._max_bytes:
            limit = self._max_bytes >> 20
            raise Unsendable(f"an array of shape {array.shape} is over the limit of {limit} MiB")
        if len(self._buffers) >= MAX_BUFFERS:
            raise Unsendable(f"a value of more than {MAX_BUFFERS} arrays cannot be sent")
        raw = np.ascontiguousarray(array, dtype=code).reshape(-1)
        self._buffers.append(raw.view(np.uint8).data)
        self._sent[id(owner)] = (owner, len(self._buffers) - 1)
        return len(self._buffers) - 1

    def frame(self, message: list[Node]) -> list[bytes | memoryview]:
        """Return the parts of the frame of `message`, to be written one after the other."""
        return write_frame(message, self._buffers)


class Decoder:
    """Turn the nodes of one frame into values.

    `resolve` makes the value of a reference node (its arguments are the node's items after
    the tag, unchecked). With `shared`, an array may occur several times and each is a copy.
    """

    def __init__(
        self,
        frame: Frame,
        resolve: Callable[[str, Sequence[Node]], object],
        shared: bool = False,
    ) -> None:
        self.shared = shared
        self._frame = frame
        self._resolve = resolve
        self._nodes = 0
        self._texts = 0
        self._used: set[int] = set()

    def value(self, node: Node, depth: int = 0) -> Any:
        """Return the value of `node`.

        Raises:
            ProtocolError: the node is not one that an Encoder makes.
        """
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise ProtocolError("a value is too deep or has too many parts")
        if type(node) in STAND_FOR_THEMSELVES:
            return node
        if type(node) is not list or not node or type(node[0]) is not str:
            raise ProtocolError("a value is of no known form")
        tag, *rest = node
        kind = BY_TAG.get(tag)
        try:
            return self._resolve(tag, rest) if kind is None else kind.decode(rest, self, depth)
        except (TypeError, ValueError, OverflowError, LookupError) as error:
            raise ProtocolError("a value is malformed") from error

    def count_texts(self, count: int) -> None:
        """Count the texts of an array, before any of them is made."""
        self._texts += count
        if self._texts > MAX_TEXTS:
            raise ValueError

    def take(self, index: Node) -> bytearray:
        """Return a buffer of the frame for an array; without `shared`, each only once."""
        if type(index) is not int or not 0 <= index < len(self._frame.buffers):
            raise ValueError
        if index in self._used and not self.shared:
            raise ValueError
        self._used.add(index)
        return self._frame.buffers[index]
