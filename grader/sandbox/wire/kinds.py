"""The kinds of value that cross between judge and worker: one table, a row each.

Runs in: the judge and the worker.

    tag        value            node                                        in words
    -          None             itself                                      None
    a          numpy array      ["a", dtype, shape, buffer]                 an array (2,) of int8
    g          numpy number     ["g", dtype, bytes]                         a float32
    T          tensor of torch  ["T", dtype, shape, buffer, requires_grad]  a tensor (2,) of int8
    -          bool             itself                                      a bool
    i          int              itself; over 64 bits ["i", hexadecimal]     an int
    -          float            itself                                      a float
    c          complex          ["c", real, imaginary]                      a complex
    -          str              itself                                      a str
    -          bytes            itself                                      a bytes
    l          list             ["l", item, ...]                            a list of 2
    t          tuple            ["t", item, ...]                            a tuple of 2
    d          dict             ["d", key, value, ...]                      a dict of 2
    set        set              ["set", item, ...]                          a set of 2
    frozenset  frozenset        ["frozenset", item, ...]                    a frozenset of 2
    fraction   Fraction         ["fraction", numerator, denominator]        a Fraction
    s          slice            ["s", start, stop, step]                    a slice
    e          Ellipsis         ["e"]                                       an ellipsis

An instance of a subclass crosses as what it extends. What has no row stays where it is and is
referred to; so does what its row's `encode` finds to be no plain data: an array of objects or one
that is masked somewhere, a sparse tensor, a dict or set with a key that is not None, a number, str,
bytes or tuple of these.

How to add a kind
-----------------
Three files change:

1.  grader/sandbox/wire/kinds.py, this one: a row of KINDS with its `encode` and `decode`, and a
    line of the table above. `kind.Kind` explains the columns of a row. `decode` runs in the judge
    on whatever a worker sent: it demands exact types, checks a size before it takes memory for it,
    and raises ValueError at anything odd. A library that may be absent is imported within it only.
2.  tests/grader/sandbox/wire/test_kinds.py: a line of SAMPLES and a few of MALFORMED. The tests
    there send the samples both ways, describe, copy and compare them, and damage their frames.
3.  docs/security.md: the sentence that lists what comes back from a worker.
"""

from collections.abc import Sequence, Set
from fractions import Fraction
from types import EllipsisType, NoneType
from typing import Any

import numpy as np

from grader.sandbox.wire.arrays import (
    SCALARS,
    array_words,
    copy_tensor,
    decode_array,
    decode_scalar,
    decode_tensor,
    encode_array,
    encode_scalar,
    encode_tensor,
    scalar_words,
    tensor_numbers,
    tensor_words,
)
from grader.sandbox.wire.frame import Node, ProtocolError, Unsendable
from grader.sandbox.wire.kind import Incoming, Kind, Outgoing, counted, instances_of

MAX_KEYS = 10_000  # of a dict or set: more with equal hashes would take a decoder minutes
MAX_INT_BITS = 4096
STAND_FOR_THEMSELVES = frozenset({NoneType, bool, int, float, str, bytes})  # in msgpack, too

_PLAIN_KEYS = (NoneType, bool, int, float, complex, str, bytes, *SCALARS)


def kind_of(value: object) -> Kind | None:
    """Return the row of a value, or None if values like it do not cross."""
    kind = _BY_TYPE.get(type(value))
    return _kind_by_test(value) if kind is None else kind


def copied(value: Any) -> Any:
    """Return a copy that shares nothing with `value` which somebody could write into."""
    kind = kind_of(value)
    return value if kind is None else kind.copy(value)


def is_exact(value: object) -> bool:
    """Tell whether two values of this kind are equal or not, with nothing in between."""
    kind = kind_of(value)
    return kind is not None and kind.numbers is None


def numbers_of(value: Any) -> np.ndarray:
    """Return a value as an array, which is one of objects or text if there are no numbers in it."""
    kind = kind_of(value)
    return np.asarray(value) if kind is None or kind.numbers is None else kind.numbers(value)


def _encode_int(value: int, outgoing: Outgoing, depth: int) -> Node:
    value = int.__int__(value)
    if -(1 << 63) <= value < 1 << 63:
        return value
    if value.bit_length() > MAX_INT_BITS:
        raise Unsendable(f"an integer of more than {MAX_INT_BITS} bits cannot be sent")
    return ["i", hex(value)]


def _decode_int(rest: list[Node], incoming: Incoming, depth: int) -> int:
    (digits,) = rest
    if type(digits) is not str or len(digits) > MAX_INT_BITS // 4 + 4:
        raise ValueError
    return int(digits, 16)


def _encode_float(value: float, outgoing: Outgoing, depth: int) -> Node:
    return float.__float__(value)


def _encode_complex(value: complex, outgoing: Outgoing, depth: int) -> Node:
    return ["c", value.real, value.imag]


def _decode_complex(rest: list[Node], incoming: Incoming, depth: int) -> complex:
    real, imaginary = rest
    if type(real) is not float or type(imaginary) is not float:
        raise ValueError
    return complex(real, imaginary)


def _encode_str(value: str, outgoing: Outgoing, depth: int) -> Node:
    value = str.__str__(value)
    if value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode()  # a lone surrogate is written out


def _encode_bytes(value: bytes, outgoing: Outgoing, depth: int) -> Node:
    return bytes.__bytes__(value)


def _encode_list(value: list[Any], outgoing: Outgoing, depth: int) -> Node:
    return ["l", *[outgoing.node(item, depth + 1) for item in value]]


def _decode_list(rest: list[Node], incoming: Incoming, depth: int) -> list[Any]:
    return [incoming.value(item, depth + 1) for item in rest]


def _copy_list(value: list[Any]) -> list[Any]:
    return [copied(item) for item in value]


def _encode_tuple(value: tuple[Any, ...], outgoing: Outgoing, depth: int) -> Node:
    return ["t", *[outgoing.node(item, depth + 1) for item in value]]


def _decode_tuple(rest: list[Node], incoming: Incoming, depth: int) -> tuple[Any, ...]:
    return tuple([incoming.value(item, depth + 1) for item in rest])


def _copy_tuple(value: tuple[Any, ...]) -> tuple[Any, ...]:
    return tuple([copied(item) for item in value])


def _numbers_of_parts(value: Sequence[Any]) -> np.ndarray:
    return np.asarray([numbers_of(part) for part in value])


def _encode_dict(value: dict[Any, Any], outgoing: Outgoing, depth: int) -> Node:
    if not all(map(_is_plain_key, value)):
        return outgoing.refer(value)
    _require_few(value)
    pairs = value.items()
    return ["d", *[outgoing.node(part, depth + 1) for pair in pairs for part in pair]]


def _decode_dict(rest: list[Node], incoming: Incoming, depth: int) -> dict[Any, Any]:
    if len(rest) % 2:
        raise ProtocolError("a dict has a key without a value")
    if len(rest) > 2 * MAX_KEYS:
        raise ProtocolError("a dict has too many keys")
    parts = [incoming.value(part, depth + 1) for part in rest]
    keys = parts[::2]
    _require_exact_keys(keys)
    return dict(zip(keys, parts[1::2], strict=True))


def _copy_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    return {key: copied(item) for key, item in value.items()}


def _encode_set(value: Set[Any], outgoing: Outgoing, depth: int) -> Node:
    if not all(map(_is_plain_key, value)):
        return outgoing.refer(value)
    _require_few(value)
    tag = "set" if isinstance(value, set) else "frozenset"
    return [tag, *[outgoing.node(item, depth + 1) for item in value]]


def _decode_set(rest: list[Node], incoming: Incoming, depth: int) -> set[Any]:
    if len(rest) > MAX_KEYS:
        raise ProtocolError("a set has too many items")
    items = [incoming.value(item, depth + 1) for item in rest]
    _require_exact_keys(items)
    return set(items)


def _decode_frozenset(rest: list[Node], incoming: Incoming, depth: int) -> frozenset[Any]:
    return frozenset(_decode_set(rest, incoming, depth))


def _encode_fraction(value: Fraction, outgoing: Outgoing, depth: int) -> Node:
    parts = (value.numerator, value.denominator)
    return ["fraction", *[outgoing.node(part, depth + 1) for part in parts]]


def _decode_fraction(rest: list[Node], incoming: Incoming, depth: int) -> Fraction:
    numerator, denominator = [incoming.value(part, depth + 1) for part in rest]
    if type(numerator) is not int or type(denominator) is not int or denominator < 1:
        raise ValueError
    return Fraction(numerator, denominator)


def _numbers_of_fraction(value: Fraction) -> np.ndarray:
    return np.asarray(float(value))


def _encode_slice(value: slice, outgoing: Outgoing, depth: int) -> Node:
    parts = (value.start, value.stop, value.step)
    return ["s", *[outgoing.node(part, depth + 1) for part in parts]]


def _decode_slice(rest: list[Node], incoming: Incoming, depth: int) -> slice:
    start, stop, step = [incoming.value(part, depth + 1) for part in rest]
    return slice(start, stop, step)


def _encode_ellipsis(value: EllipsisType, outgoing: Outgoing, depth: int) -> Node:
    return ["e"]


def _decode_ellipsis(rest: list[Node], incoming: Incoming, depth: int) -> EllipsisType:
    () = rest
    return Ellipsis


def _is_plain_key(key: object) -> bool:
    if isinstance(key, tuple):
        return all(map(_is_plain_key, key))
    return isinstance(key, _PLAIN_KEYS)


def _require_few(keys: dict[Any, Any] | Set[Any]) -> None:
    if len(keys) > MAX_KEYS:
        raise Unsendable(f"a dict or set of more than {MAX_KEYS:,} keys cannot be sent")


def _require_exact_keys(keys: Sequence[object]) -> None:
    if not all(map(_is_exact_key, keys)):
        raise ProtocolError("a dict or set has a key of a kind that cannot be sent")


def _is_exact_key(key: object) -> bool:
    """Tell whether a key is of a type whose hash and == are known to do no more than that."""
    if type(key) is tuple:
        return all(map(_is_exact_key, key))
    return type(key) in _PLAIN_KEYS


# A value whose exact type stands in a row is found at once. Any other is tried row by row, so that
# a subclass comes before its base, as bool before int and the numbers of numpy before float.
KINDS = (
    Kind("", (NoneType,), words=lambda _: "None", numbers=None),
    Kind("a", (np.ndarray,), encode_array, decode_array, copy=np.ndarray.copy, words=array_words),
    Kind("g", SCALARS, encode_scalar, decode_scalar, words=scalar_words),
    Kind(
        "T",
        (),
        encode_tensor,
        decode_tensor,
        test=instances_of("torch", "Tensor"),
        copy=copy_tensor,
        words=tensor_words,
        numbers=tensor_numbers,
    ),
    Kind("", (bool,)),
    Kind("i", (int,), _encode_int, _decode_int),
    Kind("", (float,), _encode_float),
    Kind("c", (complex,), _encode_complex, _decode_complex),
    Kind("", (str,), _encode_str, numbers=None),
    Kind("", (bytes,), _encode_bytes, numbers=None),
    Kind(
        "l",
        (list,),
        _encode_list,
        _decode_list,
        copy=_copy_list,
        words=counted,
        numbers=_numbers_of_parts,
    ),
    Kind(
        "t",
        (tuple,),
        _encode_tuple,
        _decode_tuple,
        copy=_copy_tuple,
        words=counted,
        numbers=_numbers_of_parts,
    ),
    Kind("d", (dict,), _encode_dict, _decode_dict, copy=_copy_dict, words=counted),
    Kind("set", (set,), _encode_set, _decode_set, copy=set, words=counted, numbers=None),
    Kind("frozenset", (frozenset,), _encode_set, _decode_frozenset, words=counted, numbers=None),
    Kind("fraction", (Fraction,), _encode_fraction, _decode_fraction, numbers=_numbers_of_fraction),
    Kind("s", (slice,), _encode_slice, _decode_slice, numbers=None),
    Kind("e", (EllipsisType,), _encode_ellipsis, _decode_ellipsis, numbers=None),
)
BY_TAG = {kind.tag: kind for kind in KINDS if kind.tag}
_BY_TYPE = {type_: kind for kind in KINDS for type_ in kind.types}


def _kind_by_test(value: object) -> Kind | None:
    for kind in KINDS:
        if isinstance(value, kind.types) or kind.test(value):
            return kind
    return None
