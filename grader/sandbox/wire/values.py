"""The words between judge and worker: plain values and numeric arrays, nothing that can act.

A frame is

    head      <IIQ   bytes of body, number of buffers, bytes of all buffers
    sizes     <Q     bytes of each buffer
    body      msgpack of one message (a list)
    buffers   raw array data, little-endian, C order

Inside a message a *node* stands for a value. None, bool, float, str, bytes and 64-bit int stand for
themselves; anything else is a list whose first item names its kind (the tables below).
The decoder runs in the trusted process on whatever the worker sent: every size is checked
before memory is taken, nothing is evaluated, and what comes out is of exact builtin types,
numeric numpy arrays, torch tensors, or what `handle` makes of an object that stayed there.
"""

import math
import struct
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import msgspec
import numpy as np

from grader.errors import GraderError

MAX_BODY = 1 << 20
MAX_BUFFERS = 4096
MAX_BYTES = 64 << 20  # of all buffers of a frame from the worker
MAX_DEPTH = 32
MAX_NODES = 100_000
MAX_KEYS = 10_000  # of a dict; more with equal hashes would take a decoder minutes
MAX_INT_BITS = 4096

_HEAD = struct.Struct("<IIQ")
_WIDE = ("i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
_DTYPES = {code: np.dtype(code) for code in ("|b1", "|i1", "|u1", *(f"<{kind}" for kind in _WIDE))}
_BFLOAT16 = "bf2"  # numpy has no such type: travels as <i2
_PLAIN = (type(None), bool, float, str, bytes)

Node = Any  # what msgpack can hold
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
        self._max_bytes = max_bytes
        self._shared = shared
        self._buffers: list[memoryview] = []
        self._bytes = 0
        self._nodes = 0
        self._sent: dict[int, tuple[object, int]] = {}  # id -> (kept alive, buffer)

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
        if type(value) is str:
            return _text(value)
        if type(value) in _PLAIN:
            return value
        if isinstance(value, np.ndarray):
            return self._array(value)
        if isinstance(value, np.generic):
            return self._scalar(value)
        if isinstance(value, int):
            return _integer(int.__int__(value))
        if isinstance(value, (list, tuple)):
            tag = "l" if isinstance(value, list) else "t"
            return [tag, *[self.node(item, depth + 1) for item in value]]
        if isinstance(value, dict) and all(map(_can_be_key, value)):
            pairs = [self.node(part, depth + 1) for pair in value.items() for part in pair]
            return ["d", *pairs]
        return self._rare(value, depth)

    def frame(self, message: list[Node]) -> list[bytes | memoryview]:
        """Return the parts of the frame of `message`, to be written one after the other."""
        body = msgspec.msgpack.encode(message)
        if len(body) > MAX_BODY:
            raise Unsendable(f"a value over {MAX_BODY >> 20} MiB besides its arrays cannot be sent")
        sizes = [buffer.nbytes for buffer in self._buffers]
        head = _HEAD.pack(len(body), len(sizes), self._bytes)
        return [head + struct.pack(f"<{len(sizes)}Q", *sizes) + body, *self._buffers]

    def _rare(self, value: object, depth: int) -> Node:
        if isinstance(value, complex):
            return ["c", value.real, value.imag]
        if isinstance(value, (float, str, bytes)):  # a subclass goes as what it extends
            return self.node(_base_value(value))
        if isinstance(value, slice):
            parts = (value.start, value.stop, value.step)
            return ["s", *[self.node(part, depth + 1) for part in parts]]
        if value is Ellipsis:
            return ["e"]
        if _is_dense_tensor(value):
            return self._tensor(value)
        return self._refer(value)

    def _array(self, array: np.ndarray) -> Node:
        code = _code_of(array.dtype)
        if code not in _DTYPES:
            return self._refer(array)
        return ["a", code, list(array.shape), self._buffer(array, array, code)]

    def _scalar(self, value: np.generic) -> Node:
        code = _code_of(value.dtype)
        if code not in _DTYPES:
            is_text = isinstance(value, (np.str_, np.bytes_))
            return self.node(value.item()) if is_text else self._refer(value)
        return ["g", code, np.asarray(value).astype(code).tobytes()]

    def _tensor(self, tensor: Any) -> Node:
        import torch

        if tensor.dtype == torch.bfloat16:
            code, array = _BFLOAT16, tensor.detach().cpu().view(torch.int16).numpy()
        else:
            try:
                array = tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
            except (TypeError, RuntimeError):  # a type that numpy lacks, or no data ("meta")
                return self._refer(tensor)
            code = array.dtype.str
        index = self._buffer(tensor, array, "<i2" if code == _BFLOAT16 else code)
        return ["T", code, list(array.shape), index, bool(tensor.requires_grad)]

    def _buffer(self, owner: object, array: np.ndarray, code: str) -> int:
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


def _code_of(dtype: np.dtype[Any]) -> str:
    """Return how a type is written; a long double, which differs by machine, goes as a double."""
    return {"g": "<f8", "G": "<c16"}.get(dtype.char, dtype.newbyteorder("<").str)


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
        self._frame = frame
        self._resolve = resolve
        self._shared = shared
        self._nodes = 0
        self._used: set[int] = set()

    def value(self, node: Node, depth: int = 0) -> Any:
        """Return the value of `node`.

        Raises:
            ProtocolError: the node is not one that an Encoder makes.
        """
        self._nodes += 1
        if depth > MAX_DEPTH or self._nodes > MAX_NODES:
            raise ProtocolError("a value is too deep or has too many parts")
        if type(node) in _PLAIN or type(node) is int:
            return node
        if type(node) is not list or not node or type(node[0]) is not str:
            raise ProtocolError("a value is of no known form")
        tag, *rest = node
        if tag == "l":
            return [self.value(item, depth + 1) for item in rest]
        if tag == "t":
            return tuple([self.value(item, depth + 1) for item in rest])
        if tag == "d":
            return self._dict(rest, depth)
        try:
            return self._leaf(tag, rest, depth)
        except (TypeError, ValueError, OverflowError, LookupError) as error:
            raise ProtocolError("a value is malformed") from error

    def _dict(self, items: list[Node], depth: int) -> dict[Any, Any]:
        if len(items) % 2:
            raise ProtocolError("a dict has a key without a value")
        if len(items) > 2 * MAX_KEYS:
            raise ProtocolError("a dict has too many keys")
        parts = [self.value(item, depth + 1) for item in items]
        if not all(_is_key(key) for key in parts[::2]):
            raise ProtocolError("a dict has a key of a kind that cannot be sent")
        return dict(zip(parts[::2], parts[1::2], strict=True))

    def _leaf(self, tag: str, rest: list[Node], depth: int) -> object:
        if tag == "a":
            code, shape, index = rest
            return self._array(code, shape, index)
        if tag == "g":
            code, raw = rest
            if type(raw) is not bytes or len(raw) != _DTYPES[code].itemsize:
                raise ValueError
            return np.frombuffer(raw, _DTYPES[code])[0]
        if tag == "T":
            return self._tensor(*rest)
        if tag == "i":
            (digits,) = rest
            if type(digits) is not str or len(digits) > MAX_INT_BITS // 4 + 4:
                raise ValueError
            return int(digits, 16)
        if tag == "c":
            real, imag = rest
            if type(real) is not float or type(imag) is not float:
                raise ValueError
            return complex(real, imag)
        if tag == "s":
            start, stop, step = [self.value(part, depth + 1) for part in rest]
            return slice(start, stop, step)
        if tag == "e" and not rest:
            return Ellipsis
        return self._resolve(tag, rest)

    def _array(self, code: str, shape: list[int], index: int) -> np.ndarray:
        dtype = _DTYPES.get(code) if type(code) is str else None
        if dtype is None or type(shape) is not list or len(shape) > 32:
            raise ValueError
        if not all(type(side) is int and side >= 0 for side in shape):
            raise ValueError
        buffer = self._take(index)
        if math.prod(shape) * dtype.itemsize != len(buffer):
            raise ValueError
        if dtype.kind == "b":  # a byte other than 0 and 1 would count as more than one True
            return np.not_equal(np.frombuffer(buffer, np.uint8), 0).reshape(shape)
        array: np.ndarray = np.frombuffer(buffer, dtype).reshape(shape)
        return array.copy() if self._shared else array

    def _tensor(self, code: str, shape: list[int], index: int, requires_grad: bool) -> object:
        try:
            import torch
        except ImportError as error:
            raise ValueError from error
        if type(requires_grad) is not bool:
            raise ValueError
        array = self._array("<i2" if code == _BFLOAT16 else code, shape, index)
        tensor = torch.from_numpy(array)
        if code == _BFLOAT16:
            tensor = tensor.view(torch.bfloat16)
        if requires_grad:  # refused by torch, as it must be, for an integer type
            try:
                tensor.requires_grad_(True)
            except RuntimeError as error:
                raise ValueError from error
        return tensor

    def _take(self, index: int) -> bytearray:
        if type(index) is not int or not 0 <= index < len(self._frame.buffers):
            raise ValueError
        if index in self._used and not self._shared:
            raise ValueError
        self._used.add(index)
        return self._frame.buffers[index]


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


def _integer(value: int) -> Node:
    if -(1 << 63) <= value < 1 << 63:
        return value
    if value.bit_length() > MAX_INT_BITS:
        raise Unsendable(f"an integer of more than {MAX_INT_BITS} bits cannot be sent")
    return ["i", hex(value)]


def _text(value: str) -> str:
    try:
        value.encode()
    except UnicodeEncodeError:  # a lone surrogate
        return value.encode("utf-8", "backslashreplace").decode()
    return value


def _base_value(value: float | str | bytes) -> float | str | bytes:
    """Return the value without its subclass, whose own conversions could return anything."""
    if isinstance(value, float):
        return float.__float__(value)
    return str.__str__(value) if isinstance(value, str) else bytes.__bytes__(value)


def _can_be_key(key: object) -> bool:
    if isinstance(key, tuple):
        return all(map(_can_be_key, key))
    return isinstance(key, (*_PLAIN, int, complex, np.generic))


def _is_key(key: object) -> bool:
    if type(key) is tuple:
        return all(_is_key(part) for part in key)
    return type(key) in (str, int, float, bool, bytes, complex, type(None)) or isinstance(
        key, np.generic
    )


def _is_dense_tensor(value: object) -> bool:
    torch = sys.modules.get("torch")
    return (
        torch is not None
        and isinstance(value, torch.Tensor)
        and value.layout == torch.strided
        and not value.is_quantized
    )
