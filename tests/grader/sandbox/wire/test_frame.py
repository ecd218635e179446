"""A frame is read only if every size in it is right, and before memory is taken for it."""

import tracemalloc

import msgspec
import pytest

from grader.sandbox.wire.frame import (
    MAX_BODY,
    MAX_BUFFERS,
    MAX_BYTES,
    ProtocolError,
    Unsendable,
    read_frame,
    write_frame,
)

OK = msgspec.msgpack.encode([1])


def test_a_message_and_its_buffers_arrive(reader):
    parts = write_frame([1, "two", None], [b"abc", memoryview(b"defg"), b""])
    frame = read_frame(reader(b"".join(parts)))
    assert frame.message == [1, "two", None]
    assert frame.buffers == [b"abc", b"defg", b""]


def test_a_message_without_buffers_is_one_part():
    assert write_frame([1]) == [bytes([2, 0, 0, 0, *[0] * 12]) + OK]


def test_buffers_are_handed_on_without_a_copy():
    buffer = memoryview(bytearray(1000))
    head, part = write_frame([], [buffer])
    assert len(head) < 100
    assert part is buffer


def test_a_message_over_the_limit_is_refused_by_who_writes_it():
    write_frame(["x" * (MAX_BODY - 10)])
    with pytest.raises(Unsendable, match="over 1 MiB"):
        write_frame(["x" * MAX_BODY])


@pytest.mark.parametrize(
    ("body", "sizes", "data", "claims"),
    [
        (OK, [], b"", {"length": 1 << 31}),
        (OK, [], b"", {"length": MAX_BODY + 1}),
        (OK, [], b"", {"count": (1 << 32) - 1}),
        (OK, [], b"", {"count": MAX_BUFFERS + 1}),
        (OK, [], b"", {"total": 1 << 60}),
        (OK, [], b"", {"total": MAX_BYTES + 1}),
        (OK, [8], b"", {"total": MAX_BYTES}),
        (OK, [1 << 60], b"", {"total": 8}),
        (OK, [(1 << 64) - 1, 2], b"", {"total": 1}),
        (OK, [8], bytes(8), {"total": 0}),
        (b"", [], b"", {}),
        (b"\xc1", [], b"", {}),
        (OK + b"\x00", [], b"", {}),
        (msgspec.msgpack.encode({"a": 1}), [], b"", {}),
        (msgspec.msgpack.encode(1), [], b"", {}),
        (b"\x91" * 100_000 + b"\x90", [], b"", {}),
        (b"\xdd\xff\xff\xff\xff", [], b"", {}),
        (b"\xdf\xff\xff\xff\xff", [], b"", {}),
        (b"\xc6\xff\xff\xff\xff", [], b"", {}),
        (b"\x91\xa1\xff", [], b"", {}),
    ],
    ids=lambda part: part[:20].hex() if isinstance(part, bytes) else str(part),
)
def test_a_frame_that_claims_what_it_must_not_is_refused_before_memory_is_taken(
    reader, raw_frame, body, sizes, data, claims
):
    read = reader(raw_frame(body, sizes, data, **claims))
    tracemalloc.start()
    try:
        with pytest.raises(ProtocolError):
            read_frame(read)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_well_formed_frame_of_the_largest_size_is_read(reader, raw_frame):
    data = raw_frame(OK, [MAX_BYTES], bytes(MAX_BYTES))
    assert len(read_frame(reader(data)).buffers[0]) == MAX_BYTES
