"""A message has limits on both sides, and an array sent once may be one value or several."""

import functools
import itertools

import msgspec
import numpy as np
import pytest

from grader.sandbox.wire.frame import MAX_BODY, MAX_BUFFERS, MAX_BYTES, ProtocolError, Unsendable
from grader.sandbox.wire.values import MAX_DEPTH, MAX_NODES, Encoder


def test_an_array_that_occurs_twice_arrives_twice(there_and_back):
    x = np.arange(3.0)
    first, second = there_and_back((x, x))
    first[0] = 9
    assert second.tolist() == [0, 1, 2]


def test_shared_sending_sends_an_array_once_and_makes_copies(framed, unframed):
    x = np.arange(1000.0)
    data = framed([x, x, x], shared=True)
    assert len(data) < 2 * x.nbytes
    ((first, second, _),) = unframed(data, shared=True)
    first[0] = 9
    assert second[0] == 0


def test_the_trusted_side_refuses_a_buffer_that_is_used_twice(framed, unframed):
    with pytest.raises(ProtocolError):
        unframed(framed([np.ones(3)] * 2, shared=True))


def test_many_short_lived_arrays_are_not_taken_for_one_another(refer, unframed):
    encoder = Encoder(refer, shared=True)
    nodes = [encoder.node(np.full(3, float(i))) for i in range(100)]
    arrays = unframed(b"".join(encoder.frame(nodes)), shared=True)
    assert [array[0] for array in arrays] == list(range(100))


def nested(depth):
    return functools.reduce(lambda inner, _: [inner], range(depth), 1)


def test_depth_is_limited_on_both_sides(framed, there_and_back, decoded):
    assert there_and_back(nested(MAX_DEPTH)) == nested(MAX_DEPTH)
    with pytest.raises(Unsendable, match="32 deep"):
        framed(nested(MAX_DEPTH + 1))
    for tag in ("l", "t", "s", "set", "frozenset"):
        node = functools.reduce(lambda inner, _, t=tag: [t, inner], range(MAX_DEPTH + 1), 1)
        with pytest.raises(ProtocolError):
            decoded(node)


def test_slices_within_slices_cannot_exhaust_the_stack(decoded):
    node = functools.reduce(lambda inner, _: ["s", inner, None, None], range(450), None)
    with pytest.raises(ProtocolError):
        decoded(node)


def test_a_list_that_holds_itself_is_refused(framed):
    loop = []
    loop.append(loop)
    with pytest.raises(Unsendable, match="deep"):
        framed(loop)


def test_the_number_of_parts_is_limited_on_both_sides(framed, there_and_back, decoded):
    assert len(there_and_back([1] * (MAX_NODES - 1))) == MAX_NODES - 1
    with pytest.raises(Unsendable, match="100,000 parts"):
        framed([1] * MAX_NODES)
    with pytest.raises(ProtocolError):
        decoded(["l", *[1] * MAX_NODES])


def test_an_endless_list_is_refused(framed):
    class Endless(list):
        def __iter__(self):
            return itertools.count()

    with pytest.raises(Unsendable, match="parts"):
        framed(Endless())


def test_a_text_over_the_limit_is_refused(framed):
    with pytest.raises(Unsendable, match="1 MiB"):
        framed("x" * (MAX_BODY + 1))


def test_the_number_of_arrays_is_limited(framed, there_and_back):
    assert len(there_and_back([np.ones(1)] * MAX_BUFFERS)) == MAX_BUFFERS
    with pytest.raises(Unsendable, match="4096 arrays"):
        framed([np.ones(1)] * (MAX_BUFFERS + 1))


def test_a_huge_view_of_one_number_is_refused_before_it_is_copied(framed):
    huge = np.broadcast_to(np.float64(1), (1 << 20, 1 << 20))  # 8 TiB, were it copied
    with pytest.raises(Unsendable, match=r"shape \(1048576, 1048576\) is over the limit of 64 MiB"):
        framed(huge)


def test_a_huge_view_as_a_tensor_is_refused_before_it_is_copied(framed):
    torch = pytest.importorskip("torch")
    with pytest.raises(Unsendable, match="64 MiB"):
        framed(torch.ones(1).expand(1 << 20, 1 << 20))


def test_arrays_together_have_a_limit(framed):
    half = np.zeros(MAX_BYTES // 2, np.uint8)
    assert len(framed([half, half])) > MAX_BYTES
    with pytest.raises(Unsendable):
        framed([half, half, np.zeros(1)])
    assert len(framed([half] * 3, max_bytes=2 * MAX_BYTES)) > MAX_BYTES


@pytest.mark.parametrize(
    "node",
    [
        msgspec.msgpack.Ext(1, b"a"),
        msgspec.msgpack.decode(b"\xd6\xff\0\0\0\0"),  # a timestamp
        {"a": 1},
        {},
        [],
        [1],
        [None],
        [["l"]],
        ["no such tag"],
        [""],
        ["h"],
        ["h", 1, "name"],
        ["f", 0],
    ],
)
def test_a_node_of_no_kind_is_refused(node, decoded):
    with pytest.raises(ProtocolError):
        decoded(node)


def test_the_refusal_repeats_no_word_that_was_sent(decoded):
    with pytest.raises(ProtocolError) as caught:
        decoded(["my secret", 1])
    assert "secret" not in str(caught.value)
