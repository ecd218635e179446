"""Arrays, numpy's scalars and tensors on the wire: their numbers travel as raw bytes.

Runs in: the judge and the worker.
"""

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from grader.sandbox.wire.frame import Node
from grader.sandbox.wire.kind import Incoming, Outgoing

_WIDE = ("i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16")
_DTYPES = {code: np.dtype(code) for code in ("|b1", "|i1", "|u1", *(f"<{kind}" for kind in _WIDE))}
_LONG = {"<f8": np.dtype("g"), "<c16": np.dtype("G")}  # differ by machine: sent as doubles
_CODES = {  # how a dtype is written, of either byte order
    ordered: code
    for code, dtype in (*_DTYPES.items(), *_LONG.items())
    for ordered in (dtype.newbyteorder("<"), dtype.newbyteorder(">"))
}
_BFLOAT16 = "bf2"  # numpy has no such type: its bits travel as <i2
SCALARS = tuple({np.dtype(char).type for char in np.typecodes["AllInteger"] + "?efdgFDG"})

_MOST_SIDES = 32  # of a shape; numpy 1 has no more
_SIDES_IN_WORDS = 6
_SIZE_IN_WORDS = 10_000_000
_SIDE_OF_NOTHING = 1000


def encode_array(array: np.ndarray, outgoing: Outgoing, depth: int) -> Node:
    code = _CODES.get(array.dtype)
    if code is None or _hides_entries(array):  # code: objects, text, dates
        return outgoing.refer(array)
    return ["a", code, list(array.shape), outgoing.buffer(array, array, code)]


def _hides_entries(array: np.ndarray) -> bool:
    """Tell whether an array is masked somewhere, which is lost when its numbers are copied."""
    return isinstance(array, np.ma.MaskedArray) and bool(np.ma.getmaskarray(array).any())


def decode_array(rest: list[Node], incoming: Incoming, depth: int) -> np.ndarray:
    code, shape, index = rest
    dtype = _DTYPES.get(code) if type(code) is str else None
    if dtype is None or type(shape) is not list or len(shape) > _MOST_SIDES:
        raise ValueError
    if not all(type(side) is int and side >= 0 for side in shape):
        raise ValueError
    buffer = incoming.take(index)
    if math.prod(shape) * dtype.itemsize != len(buffer):
        raise ValueError
    if dtype.kind == "b":  # a byte other than 0 and 1 would count as more than one True
        return np.not_equal(np.frombuffer(buffer, np.uint8), 0).reshape(shape)
    array: np.ndarray = np.frombuffer(buffer, dtype).reshape(shape)
    return array.copy() if incoming.shared else array


def array_words(array: np.ndarray) -> str:
    return f"an array {shape_text(array.shape)} of {array.dtype}"


def encode_scalar(value: np.generic, outgoing: Outgoing, depth: int) -> Node:
    code = _CODES[value.dtype]
    return ["g", code, np.asarray(value).astype(code).tobytes()]


def decode_scalar(rest: list[Node], incoming: Incoming, depth: int) -> object:
    code, raw = rest
    dtype = _DTYPES[code]
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
    if requires_grad:  # refused by torch, as it must be, for an integer type
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
    if 0 in shape and max(shape) > _SIDE_OF_NOTHING:  # of any size, at no cost
        return True
    return len(shape) > _SIDES_IN_WORDS or math.prod(shape) > _SIZE_IN_WORDS
