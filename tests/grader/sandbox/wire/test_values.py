"""What one side encodes the other side gets back, and no bytes at all can do more than that."""

import contextlib
import functools
import io
import itertools
import math
import random
import struct
import sys
import time
import tracemalloc
from collections import Counter, OrderedDict, defaultdict, namedtuple
from enum import IntEnum, StrEnum

import msgspec
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from grader.sandbox.wire.values import (
    MAX_BODY,
    MAX_BUFFERS,
    MAX_BYTES,
    MAX_DEPTH,
    MAX_INT_BITS,
    MAX_NODES,
    Decoder,
    Encoder,
    Frame,
    ProtocolError,
    Unsendable,
    read_frame,
)

KINDS = ["b1", "i1", "u1", "i2", "u2", "i4", "u4", "i8", "u8", "f2", "f4", "f8", "c8", "c16"]
BIG_ENDIAN = [f">{kind}" for kind in KINDS if kind not in ("b1", "i1", "u1")]


class Stayed:
    """What `resolve` makes of a reference node in these tests."""

    def __init__(self, tag, rest):
        self.tag, self.rest = tag, rest


def refer(value):
    return ["h", 7, type(value).__name__, "object"]


def resolve(tag, rest):
    if tag != "h" or len(rest) != 3:
        raise ValueError(tag)
    return Stayed(tag, rest)


def framed(value, **options):
    """Return the bytes of a frame whose message is [value]."""
    encoder = Encoder(refer, **options)
    return b"".join(encoder.frame([encoder.node(value)]))


def reader(data):
    """Return what read_frame reads from; it raises EOFError where the bytes end."""
    stream = io.BytesIO(data)

    def read_into(buffer):
        if stream.readinto(buffer) != len(buffer):
            raise EOFError

    return read_into


def unframed(data, **options):
    frame = read_frame(reader(data))
    (node,) = frame.message
    return Decoder(frame, resolve, **options).value(node)


def there_and_back(value):
    return unframed(framed(value))


def decoded(node, buffers=(), **options):
    return Decoder(Frame([], [bytearray(b) for b in buffers]), resolve, **options).value(node)


def raw_frame(body, sizes=(), data=b"", *, length=None, count=None, total=None):
    """Return a frame with the given head, right or wrong."""
    head = struct.pack(
        "<IIQ",
        len(body) if length is None else length,
        len(sizes) if count is None else count,
        sum(sizes) if total is None else total,
    )
    return head + struct.pack(f"<{len(sizes)}Q", *sizes) + body + data


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
    if isinstance(a, np.ndarray):
        return a.dtype == b.dtype and a.shape == b.shape and a.tobytes() == b.tobytes()
    if isinstance(a, np.generic):
        return a.dtype == b.dtype and a.tobytes() == b.tobytes()
    return repr(a) == repr(b)


text = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)
keys = st.one_of(text, st.integers(), st.booleans(), st.none(), st.tuples(st.integers(), text))
leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(-(1 << 4000), 1 << 4000),
    st.floats(),
    st.complex_numbers(),
    text,
    st.binary(max_size=20),
    hnp.arrays(st.sampled_from(KINDS), hnp.array_shapes(min_dims=0, min_side=0, max_side=4)),
    hnp.from_dtype(np.dtype("f4")),
    st.builds(slice, st.none() | st.integers(), st.none() | st.integers(), st.none()),
    st.just(...),
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
@given(values)
def test_every_plain_value_comes_back_as_it_was(value):
    assert is_same(there_and_back(value), value)


@pytest.mark.parametrize("kind", KINDS + BIG_ENDIAN)
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
def test_every_array_arrives_with_its_numbers_shape_and_dtype(kind, layout):
    sent = layout(np.arange(20).reshape(4, 5).astype(kind))
    got = there_and_back(sent)
    assert got.dtype == sent.dtype.newbyteorder("=")
    assert got.shape == sent.shape
    np.testing.assert_array_equal(got, sent)
    assert got.flags.c_contiguous
    assert got.flags.writeable


def test_one_million_numbers_are_sent_without_a_copy():
    array = np.arange(1e6)
    encoder = Encoder(refer)
    head, body = encoder.frame([encoder.node(array)])
    assert len(head) < 100
    assert np.shares_memory(np.frombuffer(body), array)


@pytest.mark.parametrize("bits", [np.nan, -0.0, 1e-320, -np.inf, np.finfo(float).max])
def test_a_float_keeps_every_bit(bits):
    for value in (float(bits), np.float64(bits), np.array([bits])):
        assert is_same(there_and_back(value), value)


@pytest.mark.parametrize(
    "value", [2**63 - 1, 2**63, -(2**63), -(2**63) - 1, 2**4095, -(2**4095)], ids=hex
)
def test_a_big_integer_is_exact(value):
    assert is_same(there_and_back(value), value)


def test_an_integer_has_a_limit():
    assert there_and_back(2**MAX_INT_BITS - 1) == 2**MAX_INT_BITS - 1
    with pytest.raises(Unsendable, match="4096 bits"):
        framed(2**MAX_INT_BITS)


def test_a_lone_surrogate_arrives_written_out():
    assert there_and_back("a\udc80b") == "a\\udc80b"
    assert there_and_back({"\ud800": 1}) == {"\\ud800": 1}


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
        (OrderedDict(a=1), {"a": 1}),
        (defaultdict(list, a=[1]), {"a": [1]}),
        (Counter("aab"), {"a": 2, "b": 1}),
        (np.ones(2).view(Matrix), np.ones(2)),
        (np.ma.masked_array([1.0, 2.0]), np.array([1.0, 2.0])),
        (np.str_("s"), "s"),
        (np.bytes_(b"s"), b"s"),
    ],
)
def test_an_instance_of_a_subclass_arrives_as_what_it_extends(value, plain):
    assert is_same(there_and_back(value), plain)


@pytest.mark.parametrize(
    "value",
    [
        object(),
        {1, 2},
        range(3),
        np.array([1, None]),
        np.array(["a"]),
        np.array(["2020-01-01"], "M8[D]"),
        np.datetime64("NaT"),
        np.zeros(1, [("a", "f8")]),
        {frozenset(): 1},
        {(1, object()): 1},
    ],
    ids=repr,
)
def test_what_has_no_plain_form_is_referred_to(value):
    got = there_and_back([value])[0]
    assert isinstance(got, Stayed)
    assert got.rest == [7, type(value).__name__, "object"]


def test_long_doubles_arrive_as_doubles():
    assert is_same(there_and_back(np.longdouble(0.1)), np.float64(np.longdouble(0.1)))
    table = np.arange(6, dtype=np.longdouble).reshape(2, 3).T / 3
    assert is_same(there_and_back(table), table.astype(np.float64))
    assert is_same(there_and_back(table * 1j), (table * 1j).astype(np.complex128))


def test_tensors_keep_dtype_shape_and_requires_grad():
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


def test_tensors_of_every_layout_arrive():
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


def test_a_tensor_without_data_that_numpy_knows_is_referred_to():
    torch = pytest.importorskip("torch")
    for tensor in (
        torch.zeros(2).to(torch.float8_e5m2),
        torch.eye(2).to_sparse(),
        torch.zeros(2, device="meta"),
    ):
        assert isinstance(there_and_back(tensor), Stayed)


def test_a_tensor_that_comes_back_can_be_written_and_differentiated():
    torch = pytest.importorskip("torch")
    got = there_and_back(torch.ones(3, requires_grad=True))
    (got * 2).sum().backward()
    assert got.grad.tolist() == [2.0, 2.0, 2.0]


def test_a_gradient_of_whole_numbers_is_refused():
    pytest.importorskip("torch")
    with pytest.raises(ProtocolError):
        decoded(["T", "<i8", [1], 0, True], [bytes(8)])


def test_an_array_that_occurs_twice_arrives_twice():
    x = np.arange(3.0)
    first, second = there_and_back((x, x))
    first[0] = 9
    assert second.tolist() == [0, 1, 2]


def test_shared_sending_sends_an_array_once_and_makes_copies():
    x = np.arange(1000.0)
    data = framed([x, x, x], shared=True)
    assert len(data) < 2 * x.nbytes
    first, second, _ = unframed(data, shared=True)
    first[0] = 9
    assert second[0] == 0


def test_the_trusted_side_refuses_a_buffer_that_is_used_twice():
    with pytest.raises(ProtocolError):
        unframed(framed([np.ones(3)] * 2, shared=True))


def test_many_short_lived_arrays_are_not_taken_for_one_another():
    encoder = Encoder(refer, shared=True)
    nodes = [encoder.node(np.full(3, float(i))) for i in range(100)]
    data = b"".join(encoder.frame([nodes]))
    frame = read_frame(reader(data))
    decoder = Decoder(frame, resolve, shared=True)
    assert [decoder.value(node)[0] for node in frame.message[0]] == list(range(100))


def nested(depth):
    return functools.reduce(lambda inner, _: [inner], range(depth), 1)


def test_depth_is_limited_on_both_sides():
    assert there_and_back(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(Unsendable, match="32 deep"):
        framed(nested(MAX_DEPTH + 1))
    for tag in ("l", "t", "s"):
        node = functools.reduce(lambda inner, _, t=tag: [t, inner], range(MAX_DEPTH + 1), 1)
        with pytest.raises(ProtocolError):
            decoded(node)


def test_slices_within_slices_cannot_exhaust_the_stack():
    node = functools.reduce(lambda inner, _: ["s", inner, None, None], range(450), None)
    with pytest.raises(ProtocolError):
        decoded(node)


def test_a_list_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(Unsendable, match="deep"):
        framed(loop)


def test_the_number_of_parts_is_limited_on_both_sides():
    assert len(there_and_back([1] * (MAX_NODES - 1))) == MAX_NODES - 1
    with pytest.raises(Unsendable, match="100,000 parts"):
        framed([1] * MAX_NODES)
    with pytest.raises(ProtocolError):
        decoded(["l", *[1] * MAX_NODES])


def test_an_endless_list_is_refused():
    class Endless(list):
        def __iter__(self):
            return itertools.count()

    with pytest.raises(Unsendable, match="parts"):
        framed(Endless())


def test_a_text_over_the_limit_is_refused():
    with pytest.raises(Unsendable, match="1 MiB"):
        framed("x" * (MAX_BODY + 1))


def test_the_number_of_arrays_is_limited():
    assert len(there_and_back([np.ones(1)] * MAX_BUFFERS)) == MAX_BUFFERS
    with pytest.raises(Unsendable, match="4096 arrays"):
        framed([np.ones(1)] * (MAX_BUFFERS + 1))


def test_a_huge_view_of_one_number_is_refused_before_it_is_copied():
    huge = np.broadcast_to(np.float64(1), (1 << 20, 1 << 20))  # 8 TiB, were it copied
    with pytest.raises(Unsendable, match=r"shape \(1048576, 1048576\) is over the limit of 64 MiB"):
        framed(huge)


def test_a_huge_view_as_a_tensor_is_refused_before_it_is_copied():
    torch = pytest.importorskip("torch")
    with pytest.raises(Unsendable, match="64 MiB"):
        framed(torch.ones(1).expand(1 << 20, 1 << 20))


def test_arrays_together_have_a_limit():
    half = np.zeros(MAX_BYTES // 2, np.uint8)
    assert len(framed([half, half])) > MAX_BYTES
    with pytest.raises(Unsendable):
        framed([half, half, np.zeros(1)])
    assert len(framed([half] * 3, max_bytes=2 * MAX_BYTES)) > MAX_BYTES


OK = msgspec.msgpack.encode([1])


@pytest.mark.parametrize(
    "data",
    [
        raw_frame(OK, length=1 << 31),
        raw_frame(OK, length=MAX_BODY + 1),
        raw_frame(OK, count=(1 << 32) - 1),
        raw_frame(OK, count=MAX_BUFFERS + 1),
        raw_frame(OK, total=1 << 60),
        raw_frame(OK, total=MAX_BYTES + 1),
        raw_frame(OK, [8], total=MAX_BYTES),
        raw_frame(OK, [1 << 60], total=8),
        raw_frame(OK, [(1 << 64) - 1, 2], total=1),
        raw_frame(OK, [8], bytes(8), total=0),
        raw_frame(b""),
        raw_frame(b"\xc1"),
        raw_frame(OK + b"\x00"),
        raw_frame(msgspec.msgpack.encode({"a": 1})),
        raw_frame(msgspec.msgpack.encode(1)),
        raw_frame(b"\x91" * 100_000 + b"\x90"),
        raw_frame(b"\xdd\xff\xff\xff\xff"),
        raw_frame(b"\xdf\xff\xff\xff\xff"),
        raw_frame(b"\xc6\xff\xff\xff\xff"),
        raw_frame(b"\x91\xa1\xff"),
    ],
    ids=lambda data: data[:40].hex(),
)
def test_a_frame_that_claims_what_it_must_not_is_refused_before_memory_is_taken(data):
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            read_frame(reader(data))
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_well_formed_frame_of_the_largest_size_is_read():
    data = raw_frame(OK, [MAX_BYTES], bytes(MAX_BYTES))
    assert len(read_frame(reader(data)).buffers[0]) == MAX_BYTES


TIMESTAMP = msgspec.msgpack.decode(b"\xd6\xff\0\0\0\0")
EXTENSION = msgspec.msgpack.Ext(1, b"a")


@pytest.mark.parametrize(
    "node",
    [
        EXTENSION,
        TIMESTAMP,
        {"a": 1},
        {},
        [],
        [1],
        [None],
        [["l"]],
        ["no such tag"],
        ["h"],
        ["h", 1, "name"],
        ["f", 0],
        ["l", EXTENSION],
        ["d", 1],
        ["d", ["l"], 1],
        ["d", ["d"], 1],
        ["d", ["t", ["l"]], 1],
        ["d", ["h", 7, "x", "object"], 1],
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
    ],
    ids=repr,
)
def test_a_node_that_no_encoder_makes_is_refused(node):
    with pytest.raises(ProtocolError):
        decoded(node, [bytes(16)])


def test_the_refusal_repeats_no_word_that_was_sent():
    with pytest.raises(ProtocolError) as caught:
        decoded(["my secret", 1])
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize("shape", [[0, 1 << 62, 1 << 62], [1 << 62, 0]])
def test_an_empty_array_of_absurd_sides_does_no_harm(shape):
    try:
        array = decoded(["a", "<f8", shape, 0], [b""])
    except ProtocolError:
        return
    assert array.size == 0


def test_a_true_counts_as_one_whatever_its_byte_was():
    mask = decoded(["a", "|b1", [4], 0], [bytes([0, 1, 2, 255])])
    assert mask.tolist() == [False, True, True, True]
    assert mask.sum() == 3
    assert mask.view(np.uint8).max() == 1
    assert decoded(["g", "|b1", b"\x02"]) is np.True_


def seeds():
    """Return frames of every kind of value, to be damaged."""
    samples = [
        None,
        [1, -(2**70), 2.5, True, "text", b"raw", 1j, ..., slice(1, None, -1)],
        {"W": np.arange(6.0).reshape(2, 3), (1, "a"): np.float32(2), 3: {"x": []}},
        (np.zeros((0, 3), np.int8), np.array(1 + 2j), [np.ones(2, bool)] * 2),
        [object(), nested(MAX_DEPTH - 2)],
    ]
    if "torch" in sys.modules:
        samples.append(sys.modules["torch"].ones(2, 2, requires_grad=True))
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
    """Read that many damaged frames; return how many were refused and how many not."""
    rng = random.Random(20)
    frames = seeds()
    refused = read = 0
    for turn in range(count):
        data = damaged(frames[turn % len(frames)], rng)
        if turn % 3:
            data = repaired(data)
        try:
            frame = read_frame(reader(data))
            decoder = Decoder(frame, resolve)
            for node in frame.message:
                decoder.value(node)
            read += 1
        except ProtocolError:
            refused += 1
        except EOFError:  # of this test's reader: a channel waits for more
            pass
    return refused, read


def test_a_hundred_thousand_damaged_frames_raise_only_protocol_error():
    started = time.monotonic()
    refused, read = read_damaged(100_000)
    assert time.monotonic() - started < 25
    assert refused > 30_000  # the damage is seen
    assert read > 1_000  # and not all of it is fatal


def test_damaged_frames_take_no_more_memory_than_two_may_claim():
    tracemalloc.start()
    try:
        read_damaged(5_000)
        assert tracemalloc.get_traced_memory()[1] < 2 * MAX_BYTES + (8 << 20)
    finally:
        tracemalloc.stop()


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
        | st.tuples(
            st.sampled_from(["l", "t", "d", "a", "g", "T", "i", "c", "s", "e", "h", "f", "?"]),
            st.lists(inner, max_size=5),
        ).map(lambda pair: [pair[0], *pair[1]])
    ),
    max_leaves=10,
)


@settings(max_examples=300, deadline=None)
@given(trees)
def test_a_tree_of_arbitrary_nodes_is_a_value_or_a_protocol_error(tree):
    frame = Frame([], [bytearray(8), bytearray(16), bytearray()])
    with contextlib.suppress(ProtocolError):
        Decoder(frame, resolve).value(tree)


def test_a_float_of_any_kind_fits_a_complex():
    assert math.isnan(decoded(["c", math.nan, 0.0]).real)
