"""Frames: the bytes of one message between judge and worker.

Runs in: the conductor, the judge, the warm worker, the supervisor and the worker.

A frame is

    head      <IIQ   bytes of the body, number of buffers, bytes of all buffers
    sizes     <Q     bytes of each buffer
    body      msgpack of one message (a list)
    buffers   raw array data, little-endian, C order

The trusted processes read frames that an untrusted worker wrote: `read_frame` checks every size
before it takes memory for it.
"""

import struct
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec

from grader.errors import GraderError

MAX_BODY = 1 << 20
MAX_BUFFERS = 4096
MAX_BYTES = 64 << 20  # all buffers of a frame from the worker together

_HEAD = struct.Struct("<IIQ")

Node = Any  # what msgpack can hold: a message, or the part of it that stands for a value
Reader = Callable[[memoryview], None]  # fills the whole buffer, or raises


class ProtocolError(GraderError):
    """The other side sent what no well-behaved worker sends."""


class Unsendable(GraderError):
    """A value is too large or too deep for a frame."""


@dataclass(frozen=True)
class Frame:
    """One received message: its plain tree, and the buffers that its arrays refer to."""

    message: list[Node]
    buffers: list[bytearray]


def write_frame(
    message: list[Node], buffers: Sequence[bytes | memoryview] = ()
) -> list[bytes | memoryview]:
    """Return the parts of a frame, to be written one after the other; no buffer is copied.

    Raises:
        Unsendable: the message is over the limit of a body.
    """
    body = msgspec.msgpack.encode(message)
    if len(body) > MAX_BODY:
        raise Unsendable(f"a value over {MAX_BODY >> 20} MiB besides its arrays cannot be sent")
    sizes = list(map(len, buffers))
    head = _HEAD.pack(len(body), len(sizes), sum(sizes))
    return [head + struct.pack(f"<{len(sizes)}Q", *sizes) + body, *buffers]


def read_frame(read_into: Reader, max_bytes: int = MAX_BYTES) -> Frame:
    """Read one frame; sizes are checked before memory is taken.

    Raises:
        ProtocolError: a size is out of range or the body is not a msgpack list.
    """
    length, count, total = _HEAD.unpack(_read(read_into, _HEAD.size))
    if length > MAX_BODY or count > MAX_BUFFERS or total > max_bytes:
        raise ProtocolError("a frame is over the size limit")
    sizes = struct.unpack(f"<{count}Q", _read(read_into, 8 * count))
    if sum(sizes) != total:
        raise ProtocolError("the sizes of a frame do not add up")
    try:
        message = msgspec.msgpack.decode(_read(read_into, length))
    except (msgspec.DecodeError, RecursionError, ValueError) as error:
        raise ProtocolError("the body of a frame is not msgpack") from error
    if type(message) is not list:
        raise ProtocolError("a message is not a list")
    return Frame(message, [_read(read_into, size) for size in sizes])


def _read(read_into: Reader, size: int) -> bytearray:
    buffer = bytearray(size)
    if size:
        read_into(memoryview(buffer))
    return buffer
