"""Which values may be keys: of dicts, items of sets, nodes of graphs, labels of tables.

Runs in: the judge and the worker.

A key has a hash and an == of a builtin type, which do no more than that. A label of a table is
also of a type of which few values share a hash: a library builds tables of many thousand labels.
"""

from collections.abc import Sequence, Set
from datetime import date, datetime, timedelta
from types import NoneType
from typing import Any

from grader.sandbox.wire.arrays import NUMBERS
from grader.sandbox.wire.frame import ProtocolError, Unsendable
from grader.sandbox.wire.kind import is_exactly

MAX_KEYS = 10_000  # of a dict or set: more with equal hashes would take a decoder minutes

_DATES = (date, datetime, timedelta)
_PLAIN_KEYS = (NoneType, bool, int, float, complex, str, bytes, *_DATES, *NUMBERS)
_LABELS = (NoneType, bool, float, str, *_DATES)


def is_plain_key(key: object) -> bool:
    """Tell whether a key crosses; an instance of a subclass does as what it extends."""
    if isinstance(key, tuple):
        return all(map(is_plain_key, key))
    return isinstance(key, _PLAIN_KEYS) and not is_exactly(key, "pandas", "NaT")


def is_exact_key(key: object) -> bool:
    """Tell whether a key is of a type whose hash and == are known to do no more than that."""
    if type(key) is tuple:
        return all(map(is_exact_key, key))
    return type(key) in _PLAIN_KEYS or is_exactly(key, "pandas", "Timestamp")


def is_label(key: object) -> bool:
    """Tell whether many such values can be labels without many of one hash."""
    return type(key) in _LABELS or (type(key) is int and -(1 << 63) <= key < 1 << 63)


def require_few(keys: dict[Any, Any] | Set[Any]) -> None:
    if len(keys) > MAX_KEYS:
        raise Unsendable(f"a dict or set of more than {MAX_KEYS:,} keys cannot be sent")


def require_exact_keys(keys: Sequence[object]) -> None:
    if not all(map(is_exact_key, keys)):
        raise ProtocolError("a dict or set has a key of a kind that cannot be sent")
