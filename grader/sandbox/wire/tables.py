"""Tables of pandas on the wire: columns with their names, dtypes and labels.

Runs in: the judge and the worker.

A column travels as arrays of numpy and a name of its dtype. What has a column of a dtype that is
not listed here stays where it is, and so does an instance of a class that extends one of pandas.
"""

import re
from collections.abc import Callable
from typing import Any

import numpy as np

from grader.sandbox.wire.arrays import array_numbers, shape_text
from grader.sandbox.wire.frame import Node
from grader.sandbox.wire.keys import is_exact_key, is_label
from grader.sandbox.wire.kind import (
    Incoming,
    Outgoing,
    by_library,
    class_words,
    is_exactly,
    required,
)

MAX_ROWS = 1 << 23  # of a table without columns, which would be as long as its labels say
MAX_WRITTEN_OUT = 10_000_000  # entries that one array may hold: of several dtypes, it has objects
_MASKED = re.compile(r"U?Int(8|16|32|64)|Float(32|64)|boolean")
_TEXT = ("str", "string")
_ZONE = re.compile(r"[A-Z][A-Za-z]{1,20}(/[A-Z][A-Za-z_]{1,30}){0,2}")


class _Stays(Exception):
    """A table has a part that does not cross."""


_Encode = Callable[[Any, Outgoing, int], Node]


def is_missing(value: object) -> bool:
    return is_exactly(value, "pandas", "NA") or is_exactly(value, "pandas", "NaT")


def encode_missing(value: object, outgoing: Outgoing, depth: int) -> Node:
    return ["missing", "NA" if is_exactly(value, "pandas", "NA") else "NaT"]


@by_library
def decode_missing(rest: list[Node], incoming: Incoming, depth: int) -> object:
    (name,) = rest
    if name not in ("NA", "NaT"):
        raise ValueError
    return getattr(required("pandas"), name)


def is_timestamp(value: object) -> bool:
    return is_exactly(value, "pandas", "Timestamp") or is_exactly(value, "pandas", "Timedelta")


def encode_timestamp(value: Any, outgoing: Outgoing, depth: int) -> Node:
    zone = getattr(value, "tz", None)
    if zone is not None and not _ZONE.fullmatch(str(zone)):
        return outgoing.refer(value)
    return ["timestamp", outgoing.node(value.to_numpy(), depth + 1), zone and str(zone)]


@by_library
def decode_timestamp(rest: list[Node], incoming: Incoming, depth: int) -> object:
    pandas = required("pandas")
    node, zone = rest
    moment = incoming.value(node, depth + 1)
    if not isinstance(moment, (np.datetime64, np.timedelta64)) or np.isnat(moment):
        raise ValueError
    if isinstance(moment, np.timedelta64) and zone is None:
        return pandas.Timedelta(moment)
    stamp = pandas.Timestamp(moment)
    return stamp if zone is None else stamp.tz_localize("UTC").tz_convert(_zone(zone))


def is_index(value: object) -> bool:
    names = ("Index", "RangeIndex", "DatetimeIndex", "TimedeltaIndex", "CategoricalIndex")
    return any(is_exactly(value, "pandas", name) for name in (*names, "MultiIndex"))


def _or_refer(encode: _Encode) -> _Encode:
    """Return an encoder that refers to a table of which a part does not cross."""

    def encode_or_refer(value: Any, outgoing: Outgoing, depth: int) -> Node:
        references = outgoing.references
        try:
            node = encode(value, outgoing, depth + 1)
        except _Stays:
            return outgoing.refer(value)
        return outgoing.refer(value) if outgoing.references > references else node

    return encode_or_refer


@_or_refer
def encode_index(index: Any, outgoing: Outgoing, depth: int) -> Node:
    if not is_index(index):
        raise _Stays
    if is_exactly(index, "pandas", "RangeIndex"):
        parts = [index.start, index.stop, index.step, outgoing.node(index.name, depth)]
        return ["index", "range", *parts]
    if is_exactly(index, "pandas", "MultiIndex"):
        levels = [index.get_level_values(level) for level in range(index.nlevels)]
        nodes = [_column_node(level, outgoing, depth) for level in levels]
        return ["index", "multi", nodes, outgoing.node(list(index.names), depth)]
    return ["index", "flat", _column_node(index, outgoing, depth), outgoing.node(index.name, depth)]


@by_library
def decode_index(rest: list[Node], incoming: Incoming, depth: int) -> object:
    pandas = required("pandas")
    form, *parts = rest
    if form == "range":
        start, stop, step, name = parts
        if not all(type(part) is int for part in (start, stop, step)):
            raise ValueError
        index = range(start, stop, step)
        if len(index) > MAX_ROWS:
            raise ValueError
        return pandas.RangeIndex(index, name=_name(name, incoming, depth))
    nodes, names = parts
    if form == "flat":
        return _labels(nodes, incoming, depth).rename(_name(names, incoming, depth))
    labels = incoming.value(names, depth)
    if form != "multi" or type(labels) is not list or type(nodes) is not list:
        raise ValueError
    levels = [_labels(node, incoming, depth) for node in nodes]
    return pandas.MultiIndex.from_arrays(levels, names=[_require_name(label) for label in labels])


@_or_refer
def encode_series(series: Any, outgoing: Outgoing, depth: int) -> Node:
    index = encode_index(series.index, outgoing, depth)
    name = outgoing.node(series.name, depth)
    return ["series", _column_node(series, outgoing, depth), index, name]


@by_library
def decode_series(rest: list[Node], incoming: Incoming, depth: int) -> object:
    pandas = required("pandas")
    node, index, name = rest
    return pandas.Series(
        _column(node, incoming, depth),
        index=_index(index, incoming, depth),
        name=_name(name, incoming, depth),
        copy=False,
    )


@_or_refer
def encode_frame(frame: Any, outgoing: Outgoing, depth: int) -> Node:
    columns = encode_index(frame.columns, outgoing, depth)
    index = encode_index(frame.index, outgoing, depth)
    parts = [frame.iloc[:, place] for place in range(frame.shape[1])]
    return ["frame", columns, index, *[_column_node(part, outgoing, depth) for part in parts]]


@by_library
def decode_frame(rest: list[Node], incoming: Incoming, depth: int) -> object:
    pandas = required("pandas")
    columns, index, *nodes = rest
    parts = {place: _column(node, incoming, depth) for place, node in enumerate(nodes)}
    frame = pandas.DataFrame(parts, index=_index(index, incoming, depth), copy=False)
    frame.columns = _index(columns, incoming, depth)
    return frame


def copy_table(value: Any) -> Any:
    return value.copy(deep=True)


def table_words(value: Any) -> str:
    return f"{class_words(value)} {shape_text(value.shape)}"


def table_numbers(value: Any) -> np.ndarray:
    """Return a table as an array; raises ValueError if it is too large for that."""
    if value.size > MAX_WRITTEN_OUT:
        raise ValueError
    return array_numbers(np.asarray(value))


def _column_node(values: Any, outgoing: Outgoing, depth: int) -> Node:
    """Return [name of the dtype, what it says besides, arrays ...] of a Series or an Index."""
    dtype, name = values.dtype, str(values.dtype)
    if isinstance(dtype, np.dtype):
        return ["", outgoing.node(np.asarray(values), depth)]
    array = values.array
    if name == "category":
        categories = _column_node(array.categories, outgoing, depth + 1)
        return [name, outgoing.node(array.codes, depth), categories, bool(array.ordered)]
    if name in _TEXT:
        texts = np.where(array.isna(), None, array.astype(object))
        return [name, outgoing.node(texts, depth)]
    if _MASKED.fullmatch(name):
        mask = np.asarray(array.isna())
        numbers = array.to_numpy(dtype.numpy_dtype, na_value=dtype.numpy_dtype.type(1))
        return [name, outgoing.node(numbers, depth), outgoing.node(mask, depth)]
    zone = str(getattr(dtype, "tz", ""))
    if not _ZONE.fullmatch(zone):
        raise _Stays
    moments = array.tz_convert("UTC").tz_localize(None).to_numpy()
    return ["zone", outgoing.node(moments, depth), zone]


def _column(node: Node, incoming: Incoming, depth: int) -> Any:
    """Return the array, of numpy or pandas, of which a column or labels are made."""
    pandas = required("pandas")
    if type(node) is not list or len(node) < 2:
        raise ValueError
    name, content, *more = node
    values = incoming.value(content, depth)
    if type(values) is not np.ndarray or values.ndim != 1:
        raise ValueError
    if name == "":
        () = more
        # Of objects, pandas would guess the dtype.
        return pandas.array(values, dtype=object) if values.dtype.kind == "O" else values
    if name == "category":
        categories, ordered = more
        kinds = _labels(categories, incoming, depth + 1)
        return pandas.Categorical.from_codes(values, kinds, ordered=bool(ordered))
    if name in _TEXT:
        () = more
        if not all(text is None or type(text) is str for text in values):
            raise ValueError
        return pandas.array(values, dtype=name)
    if name == "zone":
        (zone,) = more
        moments = pandas.Series(values).dt.tz_localize("UTC")
        return moments.dt.tz_convert(_zone(zone)).array
    (mask,) = more
    return _masked(name, values, incoming.value(mask, depth))


def _masked(name: Node, values: np.ndarray, mask: Any) -> Any:
    """Return an array of pandas in which some numbers are missing."""
    pandas = required("pandas")
    if type(name) is not str or not _MASKED.fullmatch(name) or type(mask) is not np.ndarray:
        raise ValueError
    if values.dtype != pandas.api.types.pandas_dtype(name).numpy_dtype or mask.dtype != bool:
        raise ValueError
    arrays = pandas.arrays
    made = {"b": arrays.BooleanArray, "f": arrays.FloatingArray}.get(values.dtype.kind)
    return (made or arrays.IntegerArray)(values, mask)


def _index(node: Node, incoming: Incoming, depth: int) -> Any:
    if type(node) is not list or not node or node[0] != "index":
        raise ValueError
    return decode_index(node[1:], incoming, depth)


def _name(node: Node, incoming: Incoming, depth: int) -> Any:
    return _require_name(incoming.value(node, depth))


def _require_name(name: Any) -> Any:
    if not is_exact_key(name):
        raise ValueError
    return name


def _labels(node: Node, incoming: Incoming, depth: int) -> Any:
    """Return a column as an index, of which pandas builds a table of hashes."""
    labels = _column(node, incoming, depth)
    if getattr(labels.dtype, "numpy_dtype", labels.dtype) != np.dtype(object):
        return required("pandas").Index(labels)
    if not all(map(is_label, labels)):
        raise ValueError
    return required("pandas").Index(labels, dtype=object)


def _zone(zone: Node) -> str:
    if type(zone) is not str or not _ZONE.fullmatch(zone):
        raise ValueError
    return zone
