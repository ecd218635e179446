"""Python's own numbers, dates and texts on the wire, each of them exact.

Runs in: the judge and the worker.
"""

import re
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from fractions import Fraction
from types import EllipsisType

import numpy as np

from grader.sandbox.wire.frame import Node, Unsendable
from grader.sandbox.wire.kind import Incoming, Outgoing

MAX_INT_BITS = 4096
MAX_DIGITS = 1200  # of a Decimal; about as many as an int may have
MAX_EXPONENT = 6144  # of a Decimal: int() of one with a huge exponent would fill the memory
_DECIMAL = re.compile(r"-?([0-9]+E-?[0-9]+|Infinity|NaN)")
_DATE_CHARACTERS = 40  # no date of Python is longer


def encode_int(value: int, outgoing: Outgoing, depth: int) -> Node:
    value = int.__int__(value)
    if -(1 << 63) <= value < 1 << 63:
        return value
    if value.bit_length() > MAX_INT_BITS:
        raise Unsendable(f"an integer of more than {MAX_INT_BITS} bits cannot be sent")
    return ["i", hex(value)]


def decode_int(rest: list[Node], incoming: Incoming, depth: int) -> int:
    (digits,) = rest
    if type(digits) is not str or len(digits) > MAX_INT_BITS // 4 + 4:
        raise ValueError
    return int(digits, 16)


def encode_float(value: float, outgoing: Outgoing, depth: int) -> Node:
    return float.__float__(value)


def encode_complex(value: complex, outgoing: Outgoing, depth: int) -> Node:
    return ["c", value.real, value.imag]


def decode_complex(rest: list[Node], incoming: Incoming, depth: int) -> complex:
    real, imaginary = rest
    if type(real) is not float or type(imaginary) is not float:
        raise ValueError
    return complex(real, imaginary)


def encode_str(value: str, outgoing: Outgoing, depth: int) -> Node:
    value = str.__str__(value)
    if value.isascii():
        return value
    return value.encode("utf-8", "backslashreplace").decode()  # a lone surrogate is written out


def encode_bytes(value: bytes, outgoing: Outgoing, depth: int) -> Node:
    return bytes.__bytes__(value)


def encode_fraction(value: Fraction, outgoing: Outgoing, depth: int) -> Node:
    parts = (value.numerator, value.denominator)
    return ["fraction", *[outgoing.node(part, depth + 1) for part in parts]]


def decode_fraction(rest: list[Node], incoming: Incoming, depth: int) -> Fraction:
    numerator, denominator = [incoming.value(part, depth + 1) for part in rest]
    if type(numerator) is not int or type(denominator) is not int or denominator < 1:
        raise ValueError
    return Fraction(numerator, denominator)


def as_float(value: Fraction | Decimal) -> np.ndarray:
    return np.asarray(float(value))


def encode_decimal(value: Decimal, outgoing: Outgoing, depth: int) -> Node:
    sign, digits, exponent = value.as_tuple()
    if not isinstance(exponent, int):  # "F", "n" or "N": infinite, no number, or one that signals
        return outgoing.refer(value) if value.is_snan() else ["decimal", f"{value:f}"]
    if len(digits) > MAX_DIGITS or abs(exponent) > MAX_EXPONENT:
        raise Unsendable(
            f"a Decimal of more than {MAX_DIGITS} digits, or with an exponent over "
            f"{MAX_EXPONENT}, cannot be sent"
        )
    return ["decimal", f"{'-' if sign else ''}{''.join(map(str, digits))}E{exponent}"]


def decode_decimal(rest: list[Node], incoming: Incoming, depth: int) -> Decimal:
    (text,) = rest
    if type(text) is not str or len(text) > MAX_DIGITS + 10 or not _DECIMAL.fullmatch(text):
        raise ValueError
    value = Decimal(text)
    exponent = value.as_tuple().exponent
    if isinstance(exponent, int) and abs(exponent) > MAX_EXPONENT:
        raise ValueError
    return value


def encode_date(value: date | time, outgoing: Outgoing, depth: int) -> Node:
    """Return the node of a date, a time of day, or both."""
    if value != value:  # the NaT of pandas is a datetime, and no date
        return outgoing.refer(value)
    tag = next(tag for kind, tag in _DATES if isinstance(value, kind))
    return [tag, value.isoformat()]


def decode_datetime(rest: list[Node], incoming: Incoming, depth: int) -> datetime:
    return datetime.fromisoformat(_date_text(rest))


def decode_date(rest: list[Node], incoming: Incoming, depth: int) -> date:
    return date.fromisoformat(_date_text(rest))


def decode_time(rest: list[Node], incoming: Incoming, depth: int) -> time:
    return time.fromisoformat(_date_text(rest))


_DATES = ((datetime, "datetime"), (date, "date"), (time, "time"))


def _date_text(rest: list[Node]) -> str:
    (text,) = rest
    if type(text) is not str or len(text) > _DATE_CHARACTERS:
        raise ValueError
    return text


def encode_timedelta(value: timedelta, outgoing: Outgoing, depth: int) -> Node:
    return ["timedelta", value.days, value.seconds, value.microseconds]


def decode_timedelta(rest: list[Node], incoming: Incoming, depth: int) -> timedelta:
    days, seconds, microseconds = rest
    if not all(type(part) is int for part in rest):
        raise ValueError
    return timedelta(days, seconds, microseconds)


def encode_slice(value: slice, outgoing: Outgoing, depth: int) -> Node:
    parts = (value.start, value.stop, value.step)
    return ["s", *[outgoing.node(part, depth + 1) for part in parts]]


def decode_slice(rest: list[Node], incoming: Incoming, depth: int) -> slice:
    start, stop, step = [incoming.value(part, depth + 1) for part in rest]
    return slice(start, stop, step)


def encode_ellipsis(value: EllipsisType, outgoing: Outgoing, depth: int) -> Node:
    return ["e"]


def decode_ellipsis(rest: list[Node], incoming: Incoming, depth: int) -> EllipsisType:
    () = rest
    return Ellipsis
