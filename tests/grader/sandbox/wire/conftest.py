"""One side of the wire and the other, without a process between them."""

import io
import struct
from types import SimpleNamespace

import pytest

from grader.sandbox.wire.frame import Frame, read_frame
from grader.sandbox.wire.values import Decoder, Encoder


def _refer(value):
    return ["h", 7, type(value).__name__, "object"]


def _resolve(tag, rest):
    if tag != "h" or len(rest) != 3:
        raise ValueError(tag)
    return SimpleNamespace(rest=rest)


def _framed(value, **options):
    encoder = Encoder(_refer, **options)
    return b"".join(encoder.frame([encoder.node(value)]))


def _reader(data):
    stream = io.BytesIO(data)

    def read_into(buffer):
        if stream.readinto(buffer) != len(buffer):
            raise EOFError

    return read_into


def _unframed(data, **options):
    frame = read_frame(_reader(data))
    return [Decoder(frame, _resolve, **options).value(node) for node in frame.message]


def _raw_frame(body, sizes=(), data=b"", *, length=None, count=None, total=None):
    head = struct.pack(
        "<IIQ",
        len(body) if length is None else length,
        len(sizes) if count is None else count,
        sum(sizes) if total is None else total,
    )
    return head + struct.pack(f"<{len(sizes)}Q", *sizes) + body + data


@pytest.fixture(scope="session")
def refer():
    """Return a function that an Encoder asks for the node of what has no plain form."""
    return _refer


@pytest.fixture(scope="session")
def framed():
    """Return a function that returns the bytes of a frame whose message is [value]."""
    return _framed


@pytest.fixture(scope="session")
def unframed():
    """Return a function that returns the values of a frame's message."""
    return _unframed


@pytest.fixture(scope="session")
def there_and_back():
    """Return a function that sends a value; what stays on its side has an attribute `rest`."""
    return lambda value: _unframed(_framed(value))[0]


@pytest.fixture(scope="session")
def decoded():
    """Return a function that returns the value of a node, right or wrong."""

    def decoded(node, buffers=(), **options):
        frame = Frame([], [bytearray(buffer) for buffer in buffers])
        return Decoder(frame, _resolve, **options).value(node)

    return decoded


@pytest.fixture(scope="session")
def reader():
    """Return a function that gives read_frame its bytes, and EOFError where they end."""
    return _reader


@pytest.fixture(scope="session")
def raw_frame():
    """Return a function that makes a frame whose head is as given, right or wrong."""
    return _raw_frame
