"""The kinds of value that cross between judge and worker: one table, a row each.

Runs in: the judge and the worker.

    tag       value             node                                   in words
    -         None              itself                                 None
    foreign   array of another  ["foreign", what it was, array]        a PIL image (1, 2) of uint8
    a         numpy array       ["a", dtype, shape, buffer]            an array (2,) of int8
    g         numpy scalar      ["g", dtype, bytes]                    a float32
    T         tensor of torch   ["T", dtype, shape, buffer, gradient]  a tensor (2,) of int8
    sparse    matrix of scipy   ["sparse", form, shape, entries]       a sparse array (2, 2) of int8
    -         bool              itself                                 a bool
    i         int               itself, or ["i", hexadecimal]          an int
    -         float             itself                                 a float
    c         complex           ["c", real, imaginary]                 a complex
    -         str               itself                                 a str
    -         bytes             itself                                 a bytes
    l         list              ["l", item, ...]                       a list of 2
    t         tuple             ["t", item, ...]                       a tuple of 2
    d         dict              ["d", key, value, ...]                 a dict of 2
    set       set               ["set", item, ...]                     a set of 2
    frozenset frozenset         ["frozenset", item, ...]               a frozenset of 2
    fraction  Fraction          ["fraction", numerator, denominator]   a Fraction
    decimal   Decimal           ["decimal", digits and exponent]       a Decimal
    missing   pandas NA, NaT    ["missing", name]                      a missing value
    timestamp pandas Timestamp  ["timestamp", numpy scalar, zone]      a Timestamp
    datetime  datetime          ["datetime", ISO 8601]                 a datetime
    date      date              ["date", ISO 8601]                     a date
    time      time              ["time", ISO 8601]                     a time
    timedelta timedelta         ["timedelta", days, seconds, rest]     a timedelta
    s         slice             ["s", start, stop, step]               a slice
    e         Ellipsis          ["e"]                                  an ellipsis
    index     pandas Index      ["index", form, labels, names]         an Index (2,)
    series    pandas Series     ["series", column, index, name]        a Series (2,)
    frame     pandas DataFrame  ["frame", index, index, column, ...]   a DataFrame (2, 3)
    graph     networkx graph    ["graph", class, notes, nodes, edges]  a Graph of 2

An instance of a subclass crosses as what it extends. What has no row stays where it is and is
referred to; so does what its row's `encode` finds to be no plain data: an array that is masked
somewhere or holds objects that do not cross, a sparse tensor, a dict or set with a key that is not
None, a number, date, str, bytes or tuple of these, a table or graph with a part that stays. An
instance of a class that extends one of pandas or networkx stays as well.

How to add a kind
-----------------
Three files change:

1.  grader/sandbox/wire/kinds.py, this one: a row of KINDS, and a line of the table above. The
    functions of the row stand here or in the module that has the like: `arrays`, `foreign`,
    `graphs`, `scalars`, `sparse` or `tables`. `kind.Kind` explains the columns of a row. `decode`
    runs in the judge on whatever a worker sent: it demands exact types, checks a size before it
    takes memory for it, and raises ValueError at anything odd. A library that may be absent is
    imported within it only, by `kind.required`. Which values are of the kind is found out without
    an import.
2.  tests/grader/sandbox/wire/test_kinds.py: a line of SAMPLES and a few of MALFORMED. The tests
    there send the samples both ways, describe, copy and compare them, and damage their frames.
3.  docs/packages.md: its table of what crosses.
"""

from collections.abc import Iterable, Sequence, Set
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from types import EllipsisType, NoneType
from typing import Any

import numpy as np

from grader.sandbox.wire import arrays, foreign, graphs, scalars, sparse, tables
from grader.sandbox.wire.frame import Node, ProtocolError
from grader.sandbox.wire.keys import (
    MAX_KEYS,
    is_plain_key,
    require_exact_keys,
    require_few,
)
from grader.sandbox.wire.kind import Incoming, Kind, Outgoing, counted, is_exactly, is_loaded_class

STAND_FOR_THEMSELVES = frozenset({NoneType, bool, int, float, str, bytes})  # in msgpack, too


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
    if not all(map(is_plain_key, value)):
        return outgoing.refer(value)
    require_few(value)
    keys = _key_nodes(value, outgoing, depth)
    if keys is None:
        return outgoing.refer(value)
    pairs = zip(keys, value.values(), strict=True)
    return ["d", *[part for key, item in pairs for part in (key, outgoing.node(item, depth + 1))]]


def _key_nodes(keys: Iterable[Any], outgoing: Outgoing, depth: int) -> list[Node] | None:
    """Return the nodes of keys, or None if one of them does not cross."""
    references = outgoing.references
    nodes = [outgoing.node(key, depth + 1) for key in keys]
    return None if outgoing.references > references else nodes


def _decode_dict(rest: list[Node], incoming: Incoming, depth: int) -> dict[Any, Any]:
    if len(rest) % 2:
        raise ProtocolError("a dict has a key without a value")
    if len(rest) > 2 * MAX_KEYS:
        raise ProtocolError("a dict has too many keys")
    parts = [incoming.value(part, depth + 1) for part in rest]
    keys = parts[::2]
    require_exact_keys(keys)
    return dict(zip(keys, parts[1::2], strict=True))


def _copy_dict(value: dict[Any, Any]) -> dict[Any, Any]:
    return {key: copied(item) for key, item in value.items()}


def _encode_set(value: Set[Any], outgoing: Outgoing, depth: int) -> Node:
    if not all(map(is_plain_key, value)):
        return outgoing.refer(value)
    require_few(value)
    items = _key_nodes(value, outgoing, depth)
    if items is None:
        return outgoing.refer(value)
    return ["set" if isinstance(value, set) else "frozenset", *items]


def _decode_set(rest: list[Node], incoming: Incoming, depth: int) -> set[Any]:
    if len(rest) > MAX_KEYS:
        raise ProtocolError("a set has too many items")
    items = [incoming.value(item, depth + 1) for item in rest]
    require_exact_keys(items)
    return set(items)


def _decode_frozenset(rest: list[Node], incoming: Incoming, depth: int) -> frozenset[Any]:
    return frozenset(_decode_set(rest, incoming, depth))


# A value whose exact type stands in a row is found at once. Any other is tried row by row, so that
# a subclass comes before its base, as bool before int, the numbers of numpy before float, and the
# sparse matrices that are dicts before dict.
KINDS = (
    Kind("", (NoneType,), words=lambda _: "None", numbers=None),
    Kind(
        "foreign",
        (),
        foreign.encode_foreign,
        foreign.decode_foreign,
        test=foreign.is_foreign,
        copy=foreign.copy_foreign,
        words=foreign.foreign_words,
        numbers=foreign.foreign_numbers,
    ),
    Kind(
        "a",
        (np.ndarray,),
        arrays.encode_array,
        arrays.decode_array,
        copy=np.ndarray.copy,
        words=arrays.array_words,
        numbers=arrays.array_numbers,
    ),
    Kind(
        "g",
        arrays.SCALARS,
        arrays.encode_scalar,
        arrays.decode_scalar,
        words=arrays.scalar_words,
    ),
    Kind(
        "T",
        (),
        arrays.encode_tensor,
        arrays.decode_tensor,
        test=lambda value: is_loaded_class(value, "torch", "Tensor"),
        copy=arrays.copy_tensor,
        words=arrays.tensor_words,
        numbers=arrays.tensor_numbers,
    ),
    Kind(
        "sparse",
        (),
        sparse.encode_sparse,
        sparse.decode_sparse,
        test=sparse.is_sparse,
        copy=sparse.copy_sparse,
        words=sparse.sparse_words,
        numbers=sparse.sparse_numbers,
    ),
    Kind("", (bool,)),
    Kind("i", (int,), scalars.encode_int, scalars.decode_int),
    Kind("", (float,), scalars.encode_float),
    Kind("c", (complex,), scalars.encode_complex, scalars.decode_complex),
    Kind("", (str,), scalars.encode_str, numbers=None),
    Kind("", (bytes,), scalars.encode_bytes, numbers=None),
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
    Kind(
        "fraction",
        (Fraction,),
        scalars.encode_fraction,
        scalars.decode_fraction,
        numbers=scalars.as_float,
    ),
    Kind(
        "decimal",
        (Decimal,),
        scalars.encode_decimal,
        scalars.decode_decimal,
        numbers=scalars.as_float,
    ),
    Kind(
        "missing",
        (),
        tables.encode_missing,
        tables.decode_missing,
        test=tables.is_missing,
        words=lambda _: "a missing value",
        numbers=None,
    ),
    Kind(
        "timestamp",
        (),
        tables.encode_timestamp,
        tables.decode_timestamp,
        test=tables.is_timestamp,
        numbers=None,
    ),
    Kind("datetime", (datetime,), scalars.encode_date, scalars.decode_datetime, numbers=None),
    Kind("date", (date,), scalars.encode_date, scalars.decode_date, numbers=None),
    Kind("time", (time,), scalars.encode_date, scalars.decode_time, numbers=None),
    Kind(
        "timedelta", (timedelta,), scalars.encode_timedelta, scalars.decode_timedelta, numbers=None
    ),
    Kind("s", (slice,), scalars.encode_slice, scalars.decode_slice, numbers=None),
    Kind("e", (EllipsisType,), scalars.encode_ellipsis, scalars.decode_ellipsis, numbers=None),
    Kind(
        "index",
        (),
        tables.encode_index,
        tables.decode_index,
        test=tables.is_index,
        copy=tables.copy_table,
        words=tables.table_words,
        numbers=tables.table_numbers,
    ),
    Kind(
        "series",
        (),
        tables.encode_series,
        tables.decode_series,
        test=lambda value: is_exactly(value, "pandas", "Series"),
        copy=tables.copy_table,
        words=tables.table_words,
        numbers=tables.table_numbers,
    ),
    Kind(
        "frame",
        (),
        tables.encode_frame,
        tables.decode_frame,
        test=lambda value: is_exactly(value, "pandas", "DataFrame"),
        copy=tables.copy_table,
        words=tables.table_words,
        numbers=tables.table_numbers,
    ),
    Kind(
        "graph",
        (),
        graphs.encode_graph,
        graphs.decode_graph,
        test=graphs.is_graph,
        copy=graphs.copy_graph,
        words=graphs.graph_words,
    ),
)
BY_TAG = {kind.tag: kind for kind in KINDS if kind.tag}
_BY_TYPE = {type_: kind for kind in KINDS for type_ in kind.types}


def _kind_by_test(value: object) -> Kind | None:
    for kind in KINDS:
        if isinstance(value, kind.types) or kind.test(value):
            return kind
    return None
