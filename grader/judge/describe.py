"""Say what a value is, without saying what is in it.

Runs in: the judge.
"""

from collections.abc import Sequence
from typing import Any

from grader.judge.proxy import StandIn, words_of
from grader.sandbox.wire.kinds import kind_of

_MAX_PARTS = 6


def describe(value: Any) -> str:
    """Return e.g. "None", "a float", "an array (3, 4) of float64", "a tuple (a float, None)"."""
    return _sequence(value) if isinstance(value, (list, tuple)) else _brief(value)


def _brief(value: Any) -> str:
    if isinstance(value, StandIn):  # first, for its attributes are asked for at the worker
        return words_of(value)
    kind = kind_of(value)
    return "an object" if kind is None else kind.words(value)


def _sequence(value: Sequence[Any]) -> str:
    parts = [_brief(part) for part in value[:_MAX_PARTS]]
    more = f", ... {len(value)} in all" if len(value) > _MAX_PARTS else ""
    return f"a {type(value).__name__} ({', '.join(parts)}{more})"
