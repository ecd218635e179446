"""Say what a value is, without saying what is in it."""

import math
from collections.abc import Sequence
from typing import Any

from grader.judge.proxy import StandIn, words_of

_MAX_PARTS = 6
_MAX_SIZE = 10_000_000
_MAX_SIDE_OF_NOTHING = 1000


def describe(value: Any, nested: bool = False) -> str:
    """Return e.g. "None", "a float", "an array (3, 4) of float64", "a tuple (a float, None)"."""
    if value is None:
        return "None"
    if isinstance(value, StandIn):  # before anything asks it for an attribute
        return words_of(value)
    if isinstance(value, (list, tuple)):
        return f"a {type(value).__name__} of {len(value)}" if nested else _sequence(value)
    if isinstance(value, dict):
        return f"a dict of {len(value)}"
    if hasattr(value, "dtype") and hasattr(value, "shape"):
        return _array(value)
    if isinstance(value, (bool, int, float, complex, str, bytes)):
        name = type(value).__name__
        return f"an {name}" if name == "int" else f"a {name}"
    return "an object"


def _array(value: Any) -> str:
    dtype = str(value.dtype).removeprefix("torch.")
    if type(value).__module__ == "numpy" and type(value).__name__ != "ndarray":
        return f"a {dtype}"
    kind = "tensor" if type(value).__module__.startswith("torch") else "array"
    article = "a" if kind == "tensor" else "an"
    return f"{article} {kind} {shape_text(value.shape)} of {dtype}"


def shape_text(shape: Sequence[int]) -> str:
    """Return e.g. "(3, 4)"; of an absurd shape, which could carry inputs out, only the rank."""
    return f"of {len(shape)} dimensions" if _is_absurd(shape) else str(tuple(shape))


def _is_absurd(shape: Sequence[int]) -> bool:
    if 0 in shape and max(shape) > _MAX_SIDE_OF_NOTHING:  # of any size, at no cost
        return True
    return len(shape) > _MAX_PARTS or math.prod(shape) > _MAX_SIZE


def _sequence(value: list[Any] | tuple[Any, ...]) -> str:
    kind = type(value).__name__
    parts = [describe(part, nested=True) for part in value[:_MAX_PARTS]]
    more = f", ... {len(value)} in all" if len(value) > _MAX_PARTS else ""
    return f"a {kind} ({', '.join(parts)}{more})"
