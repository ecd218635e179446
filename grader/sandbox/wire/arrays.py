"""Arrays, numpy's scalars and tensors on the wire: their numbers travel as raw bytes.

Runs in: the judge and the worker.

So do dates and text of a fixed width. An array of objects travels as the list of its items.
"""

import math
import re
from collections.abc import Sequence
from types import NoneType
from typing import Any

import numpy as np

from grader.sandbox.wire.frame import Node
from grader.sandbox.wire.kind import Incoming, Outgoing

_WIDE = ("i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
_DTYPES = {code: np.dtype(code) for code in ("|b1", "|i1", "|u1", *(f"<{kind}" for kind in _WIDE))}
_LONG = {"<f8": np.dtype("g"), "<c16": np.dtype("G")}  # differ by machine: sent as doubles
_UNITS = ("Y", "M", "W", "D", "h", "m", "s", "ms", "us", "ns")
_TIMES = {
    code: np.dtype(code) for kind in ("<M8", "<m8") for code in (f"{kind}[{u}]" for u in _UNITS)
}
_CODES = {  # how a dtype is written, of either byte order
    ordered: code
    for code, dtype in (*_DTYPES.items(), *_LONG.items(), *_TIMES.items())
    for ordered in (dtype.newbyteorder("<"), dtype.newbyteorder(">"))
}
_OBJECTS = "|O"  # the code of an array whose items follow one by one
_STRINGS = "text"  # that of an array of str and None, of which two buffers say lengths and UTF-8
_TEXTS = (str, NoneType)
_NO_TEXT = -1  # stands for the length of None
_TEXT = re.compile(r"<U[1-9]\d{0,4}|\|S[1-9]\d{0,5}")
_LAST_CHARACTER = 0x10FFFF
_SURROGATES = (0xD800, 0xDFFF)  # halves of characters, which no text may hold alone
_BFLOAT16 = "bf2"  # numpy has no such type: its bits travel as <i2
NUMBERS = tuple({np.dtype(char).type for char in np.typecodes["AllInteger"] + "?efdgFDG"})
SCALARS = (*NUMBERS, np.datetime64, np.timedelta64)

_MOST_SIDES = 32  # no array of numpy 1 has more
_SIDES_IN_WORDS = 6
_SIZE_IN_WORDS = 10_000_000
_SIDE_OF_NOTHING = 1000
_CONTENTS = {"U": "text", "S": "bytes", "O": "objects"}


def encode_array(array: np.ndarray, outgoing: Outgoing, depth: int) -> Node:
    if isinstance(array, np.ma.MaskedArray) and bool(np.ma.getmaskarray(array).any()):
        return outgoing.refer(array)  # numpy leaves masked entries out of a check's own comparison
    if array.dtype.kind in ("O", "T"):
        return _encode_objects(array, outgoing, depth)
    code = _CODES.get(array.dtype) or _text_code(array)
    if code is None:
        return outgoing.refer(array)
    return ["a", code, list(array.shape), outgoing.buffer(array, array, code)]


def decode_array(rest: list[Node], incoming: Incoming, depth: int) -> np.ndarray:
    code, shape, content = rest
    size = _size(shape)
    if type(code) is not str:
        raise ValueError
    if code == _OBJECTS:
        return _decode_objects(shape, size, incoming.value(content, depth + 1))
    if code == _STRINGS:
        return _decode_texts(shape, size, content, incoming)
    dtype = _DTYPES.get(code) or _TIMES.get(code) or _text_dtype(code)
    buffer = incoming.take(content)
    if size * dtype.itemsize != len(buffer):
        raise ValueError
    if dtype.kind == "b":  # a byte other than 0 and 1 would count as more than one True
        return np.not_equal(np.frombuffer(buffer, np.uint8), 0).reshape(shape)
    if dtype.kind == "U" and not _holds_text(np.frombuffer(buffer, "<u4")):
        raise ValueError
    array: np.ndarray = np.frombuffer(buffer, dtype).reshape(shape)
    return array.copy() if incoming.shared else array


def _size(shape: Node) -> int:
    if type(shape) is not list or len(shape) > _MOST_SIDES:
        raise ValueError
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError
    return math.prod(shape)


def _encode_objects(array: np.ndarray, outgoing: Outgoing, depth: int) -> Node:
    """Return the node of an array of objects, or refer to it if one of them is no plain data."""
    objects = array.astype(object)
    if all(type(item) in _TEXTS for item in objects.flat):
        return _encode_texts(objects, outgoing)
    references = outgoing.references
    items = [outgoing.node(item, depth + 2) for item in objects.flat]
    if outgoing.references > references:
        return outgoing.refer(array)
    return ["a", _OBJECTS, list(array.shape), ["l", *items]]


def _encode_texts(array: np.ndarray, outgoing: Outgoing) -> Node:
    """Return the node of an array of texts, some of which may be None: two buffers for all."""
    outgoing.count_texts(array.size)
    texts = [t if t is None else t.encode("utf-8", "backslashreplace") for t in array.flat]
    lengths = np.array([_NO_TEXT if text is None else len(text) for text in texts], "<i4")
    joined = np.frombuffer(b"".join(filter(None, texts)), np.uint8)
    buffers = [outgoing.buffer(lengths, lengths, "<i4"), outgoing.buffer(joined, joined, "|u1")]
    return ["a", _STRINGS, list(array.shape), buffers]


def _decode_texts(shape: list[int], size: int, buffers: Node, incoming: Incoming) -> np.ndarray:
    incoming.count_texts(size)
    lengths_at, joined_at = buffers
    lengths = np.frombuffer(incoming.take(lengths_at), "<i4")
    joined = bytes(incoming.take(joined_at))
    if len(lengths) != size or bool((lengths < _NO_TEXT).any()):
        raise ValueError
    if int(np.maximum(lengths, 0).sum(dtype=np.int64)) != len(joined):
        raise ValueError
    array, start = np.empty(size, object), 0
    for index, length in enumerate(lengths.tolist()):
        if length != _NO_TEXT:
            array[index] = joined[start : start + length].decode()
            start += length
    return array.reshape(shape)


def _decode_objects(shape: list[int], size: int, items: object) -> np.ndarray:
    if type(items) is not list or len(items) != size:
        raise ValueError
    array = np.empty(size, object)
    for index, item in enumerate(items):  # at once, numpy would take sequences apart
        array[index] = item
    return array.reshape(shape)


def _text_code(array: np.ndarray) -> str | None:
    """Return how the dtype of an array of text or bytes is written, None for any other array."""
    if array.dtype.kind not in "US" or not array.dtype.itemsize:
        return None
    dtype = array.dtype.newbyteorder("<")
    if dtype.kind == "U" and not _holds_text(np.ascontiguousarray(array, dtype).view("<u4")):
        return None
    return dtype.str


def _text_dtype(code: str) -> np.dtype[Any]:
    if not _TEXT.fullmatch(code):
        raise ValueError
    return np.dtype(code)


def _holds_text(characters: np.ndarray) -> bool:
    first, last = _SURROGATES
    lone = (characters >= first) & (characters <= last)
    return not bool(lone.any()) and bool((characters <= _LAST_CHARACTER).all())


def array_words(array: np.ndarray) -> str:
    of = _CONTENTS.get(array.dtype.kind, str(array.dtype))
    return f"an array {shape_text(array.shape)} of {of}"


def array_numbers(array: np.ndarray) -> np.ndarray:
    """Return an array of objects that are all numbers as one of numbers, any other as it is."""
    if array.dtype.kind != "O":
        return np.asarray(array)
    try:
        numbers = np.asarray(array.tolist())
    except ValueError:  # sequences of several lengths
        return np.asarray(array)
    return numbers if numbers.dtype.kind in "biufc" else np.asarray(array)


def encode_scalar(value: np.generic, outgoing: Outgoing, depth: int) -> Node:
    code = _CODES.get(value.dtype)
    if code is None:  # a date of no unit, or one of several units
        return outgoing.refer(value)
    return ["g", code, np.asarray(value).astype(code).tobytes()]


def decode_scalar(rest: list[Node], incoming: Incoming, depth: int) -> object:
    code, raw = rest
    dtype = _DTYPES.get(code) or _TIMES[code]
    if type(raw) is not bytes or len(raw) != dtype.itemsize:
        raise ValueError
    return np.frombuffer(raw, dtype)[0]


def scalar_words(value: np.generic) -> str:
    return f"a {value.dtype}"


def encode_tensor(tensor: Any, outgoing: Outgoing, depth: int) -> Node:
    import torch

    if tensor.layout != torch.strided or tensor.is_quantized:
        return outgoing.refer(tensor)
    if tensor.dtype == torch.bfloat16:
        code, bits = _BFLOAT16, "<i2"
        array = tensor.detach().cpu().view(torch.int16).numpy()
    else:
        try:
            array = tensor.detach().cpu().resolve_conj().resolve_neg().numpy()
        except (TypeError, RuntimeError):  # a type that numpy lacks, or no data ("meta")
            return outgoing.refer(tensor)
        code = bits = array.dtype.str
    index = outgoing.buffer(tensor, array, bits)
    return ["T", code, list(array.shape), index, bool(tensor.requires_grad)]


def decode_tensor(rest: list[Node], incoming: Incoming, depth: int) -> object:
    code, shape, index, requires_grad = rest
    try:
        import torch
    except ImportError as error:
        raise ValueError from error
    if type(requires_grad) is not bool:
        raise ValueError
    is_bfloat16 = type(code) is str and code == _BFLOAT16
    array = decode_array(["<i2" if is_bfloat16 else code, shape, index], incoming, depth)
    tensor = torch.from_numpy(array)
    if is_bfloat16:
        tensor = tensor.view(torch.bfloat16)
    if requires_grad:  # torch refuses it for an integer type, and so must the decoder
        try:
            tensor.requires_grad_(True)
        except RuntimeError as error:
            raise ValueError from error
    return tensor


def copy_tensor(tensor: Any) -> Any:
    return tensor.clone()


def tensor_words(tensor: Any) -> str:
    return f"a tensor {shape_text(tensor.shape)} of {str(tensor.dtype).removeprefix('torch.')}"


def tensor_numbers(tensor: Any) -> np.ndarray:
    """Return a tensor as an array; bfloat16, which numpy lacks, as float32."""
    tensor = tensor.detach().cpu().resolve_conj().resolve_neg()
    tensor = tensor.float() if str(tensor.dtype) == "torch.bfloat16" else tensor
    return np.asarray(tensor.numpy())


def shape_text(shape: Sequence[int]) -> str:
    """Return e.g. "(3, 4)"; of an absurd shape, which could carry inputs out, only the rank."""
    return f"of {len(shape)} dimensions" if _is_absurd(shape) else str(tuple(shape))


def _is_absurd(shape: Sequence[int]) -> bool:
    if 0 in shape and max(shape) > _SIDE_OF_NOTHING:  # its other sides may say anything, at no cost
        return True
    return len(shape) > _SIDES_IN_WORDS or math.prod(shape) > _SIZE_IN_WORDS
