"""Sparse matrices of scipy on the wire: the places and numbers of their entries.

Runs in: the judge and the worker.
"""

import math
from typing import Any

import numpy as np

from grader.sandbox.wire.arrays import shape_text
from grader.sandbox.wire.frame import Node
from grader.sandbox.wire.kind import Incoming, Outgoing, by_library, is_loaded_class, required

MAX_SIDE = 1 << 23  # rows or columns: a format of scipy's keeps 8 bytes for each
MAX_DENSE = 10_000_000  # entries of a matrix that may be written out
_MODULE = "scipy.sparse"
_FORMATS = ("csr", "csc", "coo")  # any other crosses as csr
_FREE_SIDE = 10_000  # rows or columns that cost too little memory to ask for entries in them


def is_sparse(value: object) -> bool:
    return is_loaded_class(value, _MODULE, "sparray") or is_loaded_class(value, _MODULE, "spmatrix")


def encode_sparse(value: Any, outgoing: Outgoing, depth: int) -> Node:
    shape = list(value.shape)
    if len(shape) != 2 or max(shape) > MAX_SIDE or value.dtype.kind not in "biufc":
        return outgoing.refer(value)
    entries = value.tocoo()
    kind = "matrix" if is_loaded_class(value, _MODULE, "spmatrix") else "array"
    form = value.format if value.format in _FORMATS else "csr"
    parts = (entries.row, entries.col, entries.data)
    return ["sparse", f"{form}_{kind}", shape, *[outgoing.node(part, depth + 1) for part in parts]]


@by_library
def decode_sparse(rest: list[Node], incoming: Incoming, depth: int) -> object:
    name, shape, *parts = rest
    row, column, data = [incoming.value(part, depth + 1) for part in parts]
    if name not in {f"{form}_{kind}" for form in _FORMATS for kind in ("array", "matrix")}:
        raise ValueError
    if type(shape) is not list or len(shape) != 2:
        raise ValueError
    if not all(type(side) is int and 0 <= side <= MAX_SIDE for side in shape):
        raise ValueError
    if not all(type(part) is np.ndarray and part.ndim == 1 for part in (row, column, data)):
        raise ValueError
    if row.dtype.kind != "i" or column.dtype.kind != "i" or data.dtype.kind not in "biufc":
        raise ValueError
    sparse = required(_MODULE)
    entries = sparse.coo_array((data, (row, column)), shape=tuple(shape))
    # A form that keeps a number for each row or column would take memory for nothing.
    almost_empty = max(shape) > max(_FREE_SIDE, 2 * len(data))
    return getattr(sparse, f"coo{name[3:]}" if almost_empty else name)(entries)


def copy_sparse(value: Any) -> Any:
    return value.copy()


def sparse_words(value: Any) -> str:
    kind = "matrix" if is_loaded_class(value, _MODULE, "spmatrix") else "array"
    return f"a sparse {kind} {shape_text(value.shape)} of {value.dtype}"


def is_small(value: Any) -> bool:
    """Tell whether a matrix may be written out."""
    return bool(math.prod(value.shape) <= MAX_DENSE)


def sparse_numbers(value: Any) -> np.ndarray:
    """Return a matrix written out; raises ValueError if it is too large for that."""
    if not is_small(value):
        raise ValueError
    return np.asarray(value.toarray())
