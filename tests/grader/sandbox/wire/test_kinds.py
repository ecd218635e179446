"""What one side encodes the other side gets back, and no bytes at all can do more than that."""

import contextlib
import math
import random
import re
import struct
import time
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, namedtuple
from datetime import UTC, date, datetime, timedelta
from datetime import time as time_of_day
from decimal import Decimal
from enum import IntEnum, StrEnum
from fractions import Fraction

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.judge.compare import close
from grader.judge.failures import Mismatch
from grader.sandbox.wire import kinds
from grader.sandbox.wire.foreign import foreign
from grader.sandbox.wire.frame import MAX_BYTES, ProtocolError, Unsendable
from grader.sandbox.wire.keys import MAX_KEYS
from grader.sandbox.wire.kinds import KINDS, copied, kind_of
from grader.sandbox.wire.scalars import MAX_INT_BITS
from grader.sandbox.wire.values import MAX_DEPTH, Encoder


def a_tensor():
    torch = pytest.importorskip("torch")
    return torch.tensor([1, 2], dtype=torch.int8)


def of_pandas(make):
    return lambda: make(pytest.importorskip("pandas"))


def a_frame(pandas):
    return pandas.DataFrame({"a": [1.5, np.nan], "b": ["x", None], "c": [True, False]}, [3, 7])


def a_matrix():
    return pytest.importorskip("scipy.sparse").csr_array(np.array([[0, 2], [-1, 0]], np.int8))


def a_graph():
    graph = pytest.importorskip("networkx").Graph(name="g")
    graph.add_edge("a", 2, weight=0.5)
    return graph


SAMPLES = {  # in the order of the table: a function that makes a value of the kind, and its words
    "None": (lambda: None, "None"),
    "array of another": (
        lambda: foreign(np.array([[1, 2]], np.uint8), "PIL image"),
        "a PIL image (1, 2) of uint8",
    ),
    "numpy array": (lambda: np.array([1, -2], np.int8), "an array (2,) of int8"),
    "numpy scalar": (lambda: np.float32(2.5), "a float32"),
    "tensor of torch": (a_tensor, "a tensor (2,) of int8"),
    "matrix of scipy": (a_matrix, "a sparse array (2, 2) of int8"),
    "bool": (lambda: True, "a bool"),
    "int": (lambda: -3, "an int"),
    "float": (lambda: 2.5, "a float"),
    "complex": (lambda: 1 - 2j, "a complex"),
    "str": (lambda: "é", "a str"),
    "bytes": (lambda: b"raw", "a bytes"),
    "list": (lambda: [1, "a"], "a list of 2"),
    "tuple": (lambda: (1.5, [None]), "a tuple of 2"),
    "dict": (lambda: {"W": np.ones(2), (1, "a"): {}}, "a dict of 2"),
    "set": (lambda: {3, ("a", None)}, "a set of 2"),
    "frozenset": (lambda: frozenset({b"b", 2.5}), "a frozenset of 2"),
    "Fraction": (lambda: Fraction(-3, 7), "a Fraction"),
    "Decimal": (lambda: Decimal("-0.10"), "a Decimal"),
    "pandas NA, NaT": (of_pandas(lambda pandas: pandas.NaT), "a missing value"),
    "pandas Timestamp": (of_pandas(lambda pandas: pandas.Timestamp(1, unit="ns")), "a Timestamp"),
    "datetime": (lambda: datetime(2026, 1, 2, 3, 4, 5, 6, UTC), "a datetime"),
    "date": (lambda: date(2026, 1, 2), "a date"),
    "time": (lambda: time_of_day(3, 4), "a time"),
    "timedelta": (lambda: timedelta(-1, 2, 3), "a timedelta"),
    "slice": (lambda: slice(1, None, -1), "a slice"),
    "Ellipsis": (lambda: ..., "an ellipsis"),
    "pandas Index": (of_pandas(lambda pandas: pandas.Index(["b", "a"], name="n")), "an Index (2,)"),
    "pandas Series": (
        of_pandas(lambda pandas: pandas.Series([1, 2], ["x", "y"], "Int8", name="s")),
        "a Series (2,)",
    ),
    "pandas DataFrame": (of_pandas(a_frame), "a DataFrame (2, 3)"),
    "networkx graph": (a_graph, "a Graph of 2"),
}
INDEX = ["index", "range", 0, 2, 1, None]
COLUMN = ["", ["a", "<f8", [2], 0]]
BYTES = ["a", "|i1", [16], 0]
GRAPH = ["graph", "Graph", ["d"]]
MALFORMED = [  # nodes that no Encoder makes; there is one buffer, of 16 bytes
    ["l", msgspec.msgpack.Ext(1, b"a")],
    ["d", 1],
    ["d", ["l"], 1],
    ["d", ["d"], 1],
    ["d", ["t", ["l"]], 1],
    ["d", ["h", 7, "x", "object"], 1],
    ["d", ["fraction", 1, 2], 1],
    ["set", ["l"]],
    ["set", ["h", 7, "x", "object"]],
    ["set", ["t", ["set"]]],
    ["frozenset", ["frozenset"]],
    ["frozenset", ["a", "<f8", [2], 0]],
    ["fraction", 1],
    ["fraction", 1, 2, 3],
    ["fraction", 1, 0],
    ["fraction", 1, -2],
    ["fraction", 1.0, 2],
    ["fraction", True, 2],
    ["fraction", 1, "2"],
    ["fraction", ["g", "<i8", bytes(8)], 2],
    ["g"],
    ["g", "<f8", b"1234567"],
    ["g", "<f8", [0] * 8],
    ["g", "|O", bytes(8)],
    ["g", ["<f8"], bytes(8)],
    ["g", {}, bytes(8)],
    ["i"],
    ["i", 1],
    ["i", "0x"],
    ["i", "zz"],
    ["i", "0x" + "f" * 1100],
    ["c", 1, 2],
    ["c", 1.0],
    ["s", 1],
    ["s", 1, 2, 3, 4],
    ["e", 1],
    ["a", "<f8", [1], 0],
    ["a", "<f8", [2], 1],
    ["a", "<f8", [1], -1],
    ["a", "<f8", [1], 0.0],
    ["a", "<f8", [1], True],
    ["a", "<f8", [-1], 0],
    ["a", "<f8", [-2, -1], 0],
    ["a", "<f8", [1.0, 2], 0],
    ["a", "<f8", [True, 2], 0],
    ["a", "<f8", ["2"], 0],
    ["a", "<f8", "ab", 0],
    ["a", "<f8", [1] * 33 + [2], 0],
    ["a", "<f8", [1 << 63, 1 << 63], 0],
    ["a", "|O", [2], 0],
    ["a", "|V8", [2], 0],
    ["a", ">f8", [2], 0],
    ["a", "f8", [2], 0],
    ["a", None, [2], 0],
    ["a", {}, [2], 0],
    ["a", "<f8", [2], 0, 0],
    ["T", "<f8", [2], 0],
    ["T", "<f8", [2], 0, 1],
    ["T", "|O", [2], 0, False],
    ["T", ["<f8"], [2], 0, False],
    ["T", "<i8", [2], 0, True],
    ["a", "|O", [2], ["l", 1]],
    ["a", "|O", [2], ["t", 1, 2]],
    ["a", "|O", [2], 1],
    ["a", "text", [4], 0],
    ["a", "text", [4], [0, 0]],
    ["a", "text", [3], [0, 0]],
    ["a", "<U0", [1 << 60], 0],
    ["a", "<U3", [2], 0],
    ["a", ">U2", [2], 0],
    ["a", "<U9999999", [0], 0],
    ["a", "<M8", [2], 0],
    ["a", "<M8[3D]", [2], 0],
    ["g", "<M8[q]", bytes(8)],
    ["foreign", "jax array", 1],
    ["foreign", "jax array", ["a", "<f8", [1], 0]],
    ["foreign", "an expected value", ["a", "<f8", [2], 0]],
    ["foreign", ["jax array"], ["a", "<f8", [2], 0]],
    ["foreign", "jax array"],
    ["decimal", 1],
    ["decimal", "1"],
    ["decimal", "1E6145"],
    ["decimal", "1E-6145"],
    ["decimal", "1E999999999999999999"],
    ["decimal", f"{'9' * 1300}E0"],
    ["decimal", "sNaN"],
    ["decimal", "1_0E0"],
    ["decimal", "\u0661E0"],
    ["datetime", "2026-13-01T00:00:00"],
    ["datetime", 1],
    ["datetime", "2026-01-01T00:00:00" + " " * 40],
    ["date", "2026-01-01T00:00:00"],
    ["date", b"2026-01-01"],
    ["time", "25:00"],
    ["timedelta", 1, 2],
    ["timedelta", 1 << 62, 0, 0],
    ["timedelta", 1.0, 0, 0],
    ["missing", "dtype"],
    ["missing", ["NA"]],
    ["timestamp", 1, None],
    ["timestamp", ["g", "<M8[ns]", bytes(7) + b"\x80"], None],
    ["timestamp", ["g", "<M8[ns]", bytes(8)], "../../etc/passwd"],
    ["timestamp", ["g", "<M8[ns]", bytes(8)], "Nowhere"],
    ["timestamp", ["g", "<m8[ns]", bytes(8)], "UTC"],
    ["index", "range", 0, 1 << 60, 1, None],
    ["index", "range", 0, 2, 0, None],
    ["index", "range", 0, 2.0, 1, None],
    ["index", "range", 0, 2, 1, ["h", 7, "x", "object"]],
    ["index", "other", COLUMN, None],
    ["index", "flat", ["", ["a", "|O", [1], ["l", ["h", 7, "x", "object"]]]], None],
    ["index", "flat", ["", ["a", "|O", [1], ["l", ["i", "0xfffffffffffffffff"]]]], None],
    ["index", "multi", COLUMN, ["l", None]],
    ["index", "multi", [COLUMN], ["l", ["l"]]],
    ["series", COLUMN, ["index", "range", 0, 3, 1, None], None],
    ["series", COLUMN, 1, None],
    ["series", ["object", ["a", "<f8", [2], 0]], INDEX, None],
    ["series", ["", ["a", "<f8", [2, 1], 0]], INDEX, None],
    ["series", ["str", ["a", "<f8", [2], 0]], INDEX, None],
    ["series", ["Int64", ["a", "<f8", [2], 0], ["a", "|b1", [2], 0]], INDEX, None],
    ["series", ["boolean", ["a", "<f8", [2], 0]], INDEX, None],
    ["series", ["zone", ["a", "<f8", [2], 0], "UTC"], INDEX, None],
    ["series", ["category", BYTES, ["", ["a", "|O", [0], ["l"]]], 0], INDEX, None],
    ["frame", INDEX, INDEX, COLUMN],
    ["frame", INDEX, INDEX, ["", 1], ["", 2]],
    ["frame", INDEX],
    ["sparse", "csr_array", [2, 2], BYTES, BYTES],
    ["sparse", "csr_array", [2, 2], BYTES, BYTES, BYTES],
    ["sparse", "dia_array", [2, 2], ["a", "<i8", [0], 0], ["a", "<i8", [0], 0], BYTES],
    ["sparse", "csr_array", [1 << 40, 2], 0, 0, 0],
    ["sparse", "csr_array", [2, 2, 2], 0, 0, 0],
    ["graph", "Graph", ["d"], ["l"]],
    ["graph", "Tree", ["d"], ["l"], ["l"]],
    [*GRAPH, ["l", 1], ["l"]],
    [*GRAPH, ["l", ["l", ["l"], ["d"]]], ["l"]],
    [*GRAPH, ["l", ["l", ["h", 7, "x", "object"], ["d"]]], ["l"]],
    [*GRAPH, ["l"], ["l", ["l", 1, 2, ["d"]]]],
    [*GRAPH, ["l", ["l", 1, ["d"]]], ["l", ["l", 1, 1]]],
    [*GRAPH, ["l", *[["l", (2**61 - 1) * n, ["d"]] for n in range(-4, 5)]], ["l", 1]],
]
DTYPES = ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
BIG_ENDIAN = [f">{dtype}" for dtype in DTYPES if dtype not in ("b1", "i1", "u1")]


def is_same(a, b):
    """Equal in value and in exact type, NaN to NaN included."""
    if type(a) is not type(b):
        return False
    if isinstance(a, (list, tuple)):
        return len(a) == len(b) and all(map(is_same, a, b))
    if isinstance(a, dict):
        return len(a) == len(b) and all(
            is_same(x, y) and is_same(a[x], b[y]) for x, y in zip(a, b, strict=True)
        )
    if isinstance(a, (set, frozenset)):
        return Counter(map(repr, a)) == Counter(map(repr, b))
    if type(a).__module__.startswith("pandas") and hasattr(a, "index"):
        return is_same(str(a.index), str(b.index)) and a.equals(b) and str(a) == str(b)
    if type(a).__module__.startswith("scipy.sparse"):
        return is_same(a.toarray(), b.toarray())
    if hasattr(a, "adjacency"):
        parts = [(g.graph, list(g.nodes(data=True)), list(g.edges(data=True))) for g in (a, b)]
        return is_same(*parts)
    if isinstance(a, np.ndarray) and a.dtype.kind == "O":
        return a.shape == b.shape and is_same(a.tolist(), b.tolist())
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, np.generic):
        return a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return repr(a) == repr(b)


each_sample = pytest.mark.parametrize(
    ("make", "words", "kind"),
    [(make, words, kind) for (make, words), kind in zip(SAMPLES.values(), KINDS, strict=True)],
    ids=SAMPLES,
)


def test_the_docstring_shows_the_table():
    lines = re.findall(r"^    (\S+) +(\S.*?)  +(\S.*?)  +(\S.*)$", kinds.__doc__, re.MULTILINE)
    assert lines[0] == ("tag", "value", "node", "in words")
    shown = [(tag, name, words) for tag, name, _, words in lines[1:]]
    table = zip(KINDS, SAMPLES.items(), strict=True)
    assert shown == [(kind.tag or "-", name, words) for kind, (name, (_, words)) in table]
    for tag, _, node, _ in lines[1:]:
        assert node.startswith("itself") or node.startswith(f'["{tag}"')


@each_sample
def test_a_value_of_each_kind_is_found_in_its_row(make, words, kind):
    assert kind_of(make()) is kind


@each_sample
def test_a_value_of_each_kind_goes_both_ways(make, words, kind, there_and_back):
    assert is_same(there_and_back(make()), make())
    assert is_same(there_and_back([make(), {"x": make()}]), [make(), {"x": make()}])


@each_sample
def test_a_node_begins_with_the_tag_of_its_kind(make, words, kind, refer):
    node = Encoder(refer).node(make())
    assert node[0] == kind.tag if isinstance(node, list) else is_same(node, make())


@each_sample
def test_a_value_of_each_kind_has_its_words(make, words, kind):
    assert kind.words(make()) == words


@each_sample
def test_a_copy_is_the_same(make, words, kind):
    value = make()
    assert is_same(copied(value), value)


@each_sample
def test_a_value_of_each_kind_is_equal_to_itself_alone(make, words, kind, there_and_back):
    close(there_and_back(make()), make())
    for other in ("another", [7, 7], 77):
        with pytest.raises(Mismatch):
            close(other, make())


def test_what_is_written_into_a_value_is_not_written_into_its_copy():
    value = {"a": [np.zeros(2), (np.zeros(2),)], "b": {1}}
    copy = copied(value)
    value["a"][0][:] = value["a"][1][0][:] = 9
    value["a"].append(1)
    value["b"].add(2)
    value["c"] = 3
    assert repr(copy) == repr({"a": [np.zeros(2), (np.zeros(2),)], "b": {1}})


def test_what_is_written_into_a_tensor_is_not_written_into_its_copy():
    tensor = a_tensor()
    (copy,) = copied([tensor])
    tensor[:] = 9
    assert copy.tolist() == [1, 2]


def test_what_has_no_kind_is_not_copied():
    value = object()
    assert copied([value])[0] is value


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.one_of(text, st.integers(), st.booleans(), st.none(), st.tuples(st.integers(), text))
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(1 << 4000), 1 << 4000),
    st.floats(),
    st.complex_numbers(),
    st.fractions(),
    text,
    st.binary(max_size=20),
    hnp.arrays(st.sampled_from(DTYPES), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)),
    hnp.from_dtype(np.dtype("f4")),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers(), st.none()),
    st.just(...),
    st.sets(keys, max_size=4),
    st.frozensets(keys, max_size=4),
)
values = st.recursive(
    leaves,
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.lists(inner, max_size=4).map(tuple)
        | st.dictionaries(keys, inner, max_size=4)
    ),
    max_leaves=12,
)


@settings(max_examples=200, deadline=None)
@given(value=values)
def test_every_plain_value_comes_back_as_it_was(there_and_back, value):
    assert is_same(there_and_back(value), value)


@pytest.mark.parametrize("dtype", DTYPES + BIG_ENDIAN)
@pytest.mark.parametrize(
    "layout",
    [
        lambda a: a,
        np.asfortranarray,
        lambda a: a.T,
        lambda a: a[::2, ::-1],
        lambda a: a[:, 1],
        lambda a: a[0, 0, None].reshape(()),
        lambda a: a[:0],
        lambda a: a[:, :0, None],
        lambda a: np.broadcast_to(a[0], (3, 5)),
        lambda a: np.lib.stride_tricks.sliding_window_view(a, (2, 2)),
    ],
    ids=["C", "F", "turned", "strided", "column", "0-d", "empty", "empty 3-d", "broadcast", "view"],
)
def test_every_array_arrives_with_its_numbers_shape_and_dtype(there_and_back, dtype, layout):
    sent = layout(np.arange(20).reshape(4, 5).astype(dtype))
    got = there_and_back(sent)
    assert got.dtype == sent.dtype.newbyteorder("=")
    assert got.shape == sent.shape
    np.testing.assert_array_equal(got, sent)
    assert got.flags.c_contiguous
    assert got.flags.writeable


def test_one_million_numbers_are_sent_without_a_copy(refer):
    array = np.arange(1e6)
    encoder = Encoder(refer)
    head, body = encoder.frame([encoder.node(array)])
    assert len(head) < 100
    assert np.shares_memory(np.frombuffer(body), array)


@pytest.mark.parametrize("bits", [np.nan, -0.0, 1e-320, -np.inf, np.finfo(float).max])
def test_a_float_keeps_every_bit(there_and_back, bits):
    for value in (float(bits), np.float64(bits), np.array([bits])):
        assert is_same(there_and_back(value), value)


@pytest.mark.parametrize("char", np.typecodes["AllInteger"] + "?efdFD")
def test_every_number_of_numpy_arrives(there_and_back, char):
    value = np.dtype(char).type(1)
    got = there_and_back(value)
    assert got == 1
    assert got.dtype == value.dtype


@pytest.mark.parametrize(
    "value", [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**4095, -(2**4095)], ids=hex
)
def test_a_big_integer_is_exact(there_and_back, value):
    assert is_same(there_and_back(value), value)


def test_an_integer_has_a_limit(framed, there_and_back):
    assert there_and_back(2**MAX_INT_BITS - 1) == 2**MAX_INT_BITS - 1
    with pytest.raises(Unsendable, match="4096 bits"):
        framed(2**MAX_INT_BITS)
    with pytest.raises(Unsendable, match="4096 bits"):
        framed(Fraction(1, 2**MAX_INT_BITS))


def test_a_fraction_arrives_in_lowest_terms_whatever_was_sent(decoded):
    assert is_same(decoded(["fraction", -6, 4]), Fraction(-3, 2))


@pytest.mark.parametrize("make", [set, frozenset, dict.fromkeys], ids=["set", "frozenset", "dict"])
def test_the_number_of_keys_is_limited_on_both_sides(make, framed, there_and_back):
    assert len(there_and_back(make(range(MAX_KEYS)))) == MAX_KEYS
    with pytest.raises(Unsendable, match="10,000 keys"):
        framed(make(range(MAX_KEYS + 1)))


@pytest.mark.parametrize(
    "node",
    [
        ["set", *range(MAX_KEYS + 1)],
        ["frozenset", *range(MAX_KEYS + 1)],
        ["d", *range(2 * MAX_KEYS + 2)],
    ],
    ids=lambda node: node[0],
)
def test_more_keys_than_may_be_sent_are_refused_before_they_are_looked_at(node, decoded):
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError, match="too many"):
            decoded(node)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_lone_surrogate_arrives_written_out(there_and_back):
    assert there_and_back("a\udc80b") == "a\\udc80b"
    assert there_and_back({"\ud800": 1}) == {"\\ud800": 1}
    assert there_and_back({"\ud800"}) == {"\\ud800"}


class Loud(float):
    def __float__(self):
        raise RuntimeError


class Self(str):
    def __str__(self):
        return self


class Colour(StrEnum):
    RED = "red"


class Size(IntEnum):
    BIG = 3


class Matrix(np.ndarray):
    pass


Point = namedtuple("Point", "x y")


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        (Loud(2.5), 2.5),
        (Self("x"), "x"),
        (Colour.RED, "red"),
        (Size.BIG, 3),
        (type("Raw", (bytes,), {})(b"z"), b"z"),
        (Point(1, 2), (1, 2)),
        (type("Rows", (list,), {})([1]), [1]),
        (type("Bag", (set,), {})([1]), {1}),
        (type("Tag", (frozenset,), {})([1]), frozenset([1])),
        (type("Half", (Fraction,), {})(1, 2), Fraction(1, 2)),
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (np.ones(2).view(Matrix), np.ones(2)),
        (np.ma.masked_array([1.0, 2.0]), np.array([1.0, 2.0])),
        (np.str_("s"), "s"),
        (np.bytes_(b"s"), b"s"),
    ],
)
def test_an_instance_of_a_subclass_arrives_as_what_it_extends(there_and_back, value, plain):
    assert is_same(there_and_back(value), plain)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, object()},
        {frozenset()},
        frozenset([frozenset()]),
        range(3),
        np.ma.masked_array([1.0, 2.0], [False, True]),
        np.array(["NaT"], "M8[2D]"),
        np.array([object()]),
        np.array([[1, {"a": object()}]], object),
        np.array(["\ud800"]),
        np.timedelta64(3, "2D"),
        Decimal("sNaN"),
        np.zeros(1, [("a", "f8")]),
        {frozenset(): 1},
        {(1, object()): 1},
        {np.datetime64("NaT", "s"): 1},
        {Fraction(1, 2): 1},
    ],
)
def test_what_has_no_plain_form_is_referred_to(there_and_back, value):
    got = there_and_back([value])[0]
    assert got.rest == [7, type(value).__name__, "object"]


def test_long_doubles_arrive_as_doubles(there_and_back):
    assert is_same(there_and_back(np.longdouble(0.1)), np.float64(np.longdouble(0.1)))
    table = np.arange(6, dtype=np.longdouble).reshape(2, 3).T / 3
    for sent in (table, table.astype(table.dtype.newbyteorder(">"))):
        assert is_same(there_and_back(sent), table.astype(np.float64))
    assert is_same(there_and_back(table * 1j), (table * 1j).astype(np.complex128))


def test_tensors_keep_dtype_shape_and_requires_grad(there_and_back):
    torch = pytest.importorskip("torch")
    for dtype in (torch.float32, torch.float64, torch.bfloat16, torch.float16, torch.complex64):
        sent = torch.arange(6).reshape(2, 3).to(dtype).requires_grad_()
        got = there_and_back(sent)
        assert (got.dtype, got.requires_grad) == (dtype, True)
        assert torch.equal(got, sent)
    for dtype in (torch.bool, torch.uint8, torch.int64, torch.int8):
        sent = torch.arange(6).reshape(2, 3).to(dtype)
        got = there_and_back(sent)
        assert (got.dtype, got.requires_grad) == (dtype, False)
        assert torch.equal(got, sent)


def test_tensors_of_every_layout_arrive(there_and_back):
    torch = pytest.importorskip("torch")
    table = torch.arange(12.0).reshape(3, 4)
    whole = table + 1j * table
    for sent in (
        table.T,
        table[::2, 1:],
        table[0, 0],
        table[:0],
        table[0].expand(5, 4),
        table.T.to(torch.bfloat16),
        torch.nn.Parameter(table),
        whole.conj(),
        whole.conj().imag,
    ):
        got = there_and_back(sent)
        assert torch.equal(got, sent)
        assert type(got) is torch.Tensor


def test_a_tensor_without_data_that_numpy_knows_is_referred_to(there_and_back):
    torch = pytest.importorskip("torch")
    for tensor in (
        torch.zeros(2).to(torch.float8_e5m2),
        torch.eye(2).to_sparse(),
        torch.zeros(2, device="meta"),
    ):
        assert there_and_back(tensor).rest == [7, "Tensor", "object"]


def test_a_tensor_that_comes_back_can_be_written_and_differentiated(there_and_back):
    torch = pytest.importorskip("torch")
    got = there_and_back(torch.ones(3, requires_grad=True))
    (got * 2).sum().backward()
    assert got.grad.tolist() == [2.0, 2.0, 2.0]


@pytest.mark.parametrize("node", MALFORMED)
def test_a_node_that_no_encoder_makes_is_refused(node, decoded):
    with pytest.raises(ProtocolError):
        decoded(node, [bytes(16)])


def test_every_kind_that_has_a_tag_has_a_malformed_node():
    tagged = {kind.tag for kind in KINDS} - {""}
    no_length_is_wrong = {"t"}
    assert {node[0] for node in MALFORMED} == tagged - no_length_is_wrong


@pytest.mark.parametrize("shape", [[0, 1 << 62, 1 << 62], [1 << 62, 0]])
def test_an_empty_array_of_absurd_sides_does_no_harm(shape, decoded):
    try:
        array = decoded(["a", "<f8", shape, 0], [b""])
    except ProtocolError:
        return
    assert array.size == 0


def test_a_true_counts_as_one_whatever_its_byte_was(decoded):
    mask = decoded(["a", "|b1", [4], 0], [bytes([0, 1, 2, 255])])
    assert mask.tolist() == [False, True, True, True]
    assert mask.sum() == 3
    assert mask.view(np.uint8).max() == 1
    assert decoded(["g", "|b1", b"\x02"]) is np.True_


def test_a_float_of_any_kind_fits_a_complex(decoded):
    assert math.isnan(decoded(["c", math.nan, 0.0]).real)


def nested(depth):
    value = 1
    for _ in range(depth):
        value = [value]
    return value


def seeds(framed):
    """Return frames of every kind of value, to be damaged."""
    samples = []
    for make, _ in SAMPLES.values():
        with contextlib.suppress(pytest.skip.Exception):
            samples.append(make())
    samples += [
        [*samples, -(2**70)],
        {"W": np.arange(6.0).reshape(2, 3), (1, "a"): np.float32(2), 3: {"x": []}},
        (np.zeros((0, 3), np.int8), np.array(1 + 2j), [np.ones(2, bool)] * 2),
        [object(), nested(MAX_DEPTH - 2)],
    ]
    return [framed(sample) for sample in samples]


def damaged(frame, rng):
    """Return the frame with a few bytes changed, cut, doubled or moved."""
    data = bytearray(frame)
    for _ in range(rng.randint(1, 4)):
        where = rng.randrange(len(data) or 1)
        match rng.randrange(5):
            case 0:
                data[where : where + 1] = bytes([rng.randrange(256)])
            case 1:
                data[where : where + 1] = bytes([data[where] ^ (1 << rng.randrange(8))])
            case 2:
                data[where : where + 8] = struct.pack("<Q", rng.choice([0, 1, 2**31, 2**64 - 1]))
            case 3:
                del data[where : where + rng.randint(1, 8)]
            case 4:
                piece = data[where : where + rng.randint(1, 16)]
                data[where:where] = piece
        data = data or bytearray(frame)
    return bytes(data)


@pytest.fixture
def read_damaged(framed, unframed, raw_frame):
    """Return a function that reads damaged frames; it tells how many were refused, how many not."""

    def repaired(data):
        """Return the bytes with a head that fits them, so that damage reaches the decoder."""
        length, count, _ = struct.unpack_from("<IIQ", data.ljust(16, b"\0"))
        count = min(count, 8, max(0, len(data) - 16) // 8)
        length = min(length, max(0, len(data) - 16 - 8 * count))
        rest = data[16 + 8 * count :]
        left = max(0, len(rest) - length)
        sizes = [left // count] * count if count else []
        if sizes:
            sizes[-1] += left - sum(sizes)
        return raw_frame(rest[:length], sizes, rest[length:])

    def read_damaged(count):
        rng = random.Random(20)
        frames = seeds(framed)
        refused = read = 0
        for turn in range(count):
            data = damaged(frames[turn % len(frames)], rng)
            if rng.random() < 2 / 3:
                data = repaired(data)
            try:
                unframed(data)
                read += 1
            except ProtocolError:
                refused += 1
            except EOFError:  # of the reader of these tests: a channel waits for more
                pass
        return refused, read

    return read_damaged


@pytest.mark.slow
def test_a_hundred_thousand_damaged_frames_raise_only_protocol_error(read_damaged):
    started = time.monotonic()
    refused, read = read_damaged(100_000)
    assert time.monotonic() - started < 25
    assert refused > 30_000  # the damage is seen
    assert read > 1_000  # and not all of it is fatal


def test_damaged_frames_take_no_more_memory_than_two_may_claim(read_damaged):
    tracemalloc.start()
    try:
        read_damaged(5_000)
        assert tracemalloc.get_traced_memory()[1] < 2 * MAX_BYTES + (8 << 20)
    finally:
        tracemalloc.stop()


tags = st.sampled_from([*(kind.tag for kind in KINDS), "h", "f", "?"])
trees = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-2, 9),
        st.floats(),
        st.binary(max_size=9),
        st.sampled_from(["<f8", "|b1", "bf2", "0x1", "object", "x"]),
    ),
    lambda inner: (
        st.dictionaries(st.sampled_from("ab"), inner, max_size=2)
        | st.tuples(tags, st.lists(inner, max_size=5)).map(lambda pair: [pair[0], *pair[1]])
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(tree=trees)
def test_a_tree_of_arbitrary_nodes_is_a_value_or_a_protocol_error(decoded, tree):
    with contextlib.suppress(ProtocolError):
        decoded(tree, [bytes(8), bytes(16), b""])
