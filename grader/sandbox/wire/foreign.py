"""Arrays of other packages on the wire: the numbers cross, and the word of what they were.

Runs in: the judge and the worker.

The judge gets a `Foreign` array of numpy, so it needs none of these packages. When a check hands
it on, the worker makes of it again what it was. A package is looked for among the loaded modules:
as long as it is not loaded, there is no value of it.
"""

import sys
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np

from grader.sandbox.wire.arrays import array_numbers, array_words
from grader.sandbox.wire.frame import Node, Unsendable
from grader.sandbox.wire.kind import Incoming, Outgoing, is_loaded_class

_PIXELS = ("1", "L", "RGB", "RGBA", "I", "F")  # modes of an image whose array says all


@dataclass(frozen=True)
class Source:
    """A class of another package, of which np.asarray makes an array."""

    words: str  # what a message calls its values
    module: str
    name: str
    rebuild: Callable[[Any, np.ndarray], Any]  # makes of the loaded module and an array a value
    suits: Callable[[Any], bool] = lambda _: True  # tells which values lose nothing as arrays


SOURCES = (
    Source("jax array", "jax", "Array", lambda jax, array: jax.numpy.asarray(array)),
    Source("TensorFlow tensor", "tensorflow", "Tensor", lambda tf, array: tf.constant(array)),
    Source("TensorFlow variable", "tensorflow", "Variable", lambda tf, array: tf.Variable(array)),
    Source("polars Series", "polars", "Series", lambda polars, array: polars.Series(array)),
    Source("pyarrow array", "pyarrow", "Array", lambda arrow, array: arrow.array(array)),
    Source("pyarrow column", "pyarrow", "ChunkedArray", lambda arrow, a: arrow.chunked_array([a])),
    Source(
        "pandas array",
        "pandas.api.extensions",
        "ExtensionArray",
        lambda _, array: sys.modules["pandas"].array(array),
    ),
    Source(
        "PIL image",
        "PIL.Image",
        "Image",
        lambda image, array: image.fromarray(array),
        suits=lambda image: image.mode in _PIXELS,
    ),
)
_BY_WORDS = {source.words: source for source in SOURCES}


class Foreign(np.ndarray):
    """An array that was of another package; what is computed of it is an array like any other."""

    was = ""  # what a message calls it


def foreign(array: np.ndarray, was: str) -> Foreign:
    made = array.view(Foreign)
    made.was = was
    return made


def is_foreign(value: object) -> bool:
    """Tell whether a value is an array of another package, or was one."""
    return bool(value.was) if type(value) is Foreign else _source_of(value) is not None


def encode_foreign(value: Any, outgoing: Outgoing, depth: int) -> Node:
    words, array = _taken_apart(value)
    if array is None:
        return outgoing.refer(value)
    references = outgoing.references
    node = outgoing.node(array, depth + 1)
    if outgoing.references > references:
        return outgoing.refer(value)
    return ["foreign", words, node]


def decode_foreign(rest: list[Node], incoming: Incoming, depth: int) -> object:
    words, node = rest
    array = incoming.value(node, depth + 1)
    if type(array) is not np.ndarray or words not in _BY_WORDS:
        raise ValueError
    source = _BY_WORDS[words]
    if incoming.shared and source.module in sys.modules:  # here is the worker
        return source.rebuild(sys.modules[source.module], array)
    return foreign(array, words)


def copy_foreign(value: Any) -> Any:
    words, array = _taken_apart(value)
    return value if array is None else foreign(array.copy(), words)


def foreign_words(value: Any) -> str:
    words, array = _taken_apart(value)
    return f"a {words}" + ("" if array is None else array_words(array).removeprefix("an array"))


def foreign_numbers(value: Any) -> np.ndarray:
    _, array = _taken_apart(value)
    return np.asarray(None) if array is None else array_numbers(array)


def _taken_apart(value: Any) -> tuple[str, np.ndarray | None]:
    """Return what a message calls a value, and its array if there is one."""
    if type(value) is Foreign:
        return value.was, np.asarray(value)
    source = _source_of(value)
    assert source is not None
    try:
        array = np.asarray(value) if source.suits(value) else None
    except (MemoryError, Unsendable):
        raise
    except Exception:  # a value without numbers, as in a function that jax traces
        return source.words, None
    if array is not None and array.dtype.name == "bfloat16":  # a type that numpy lacks
        array = array.astype(np.float32)
    return source.words, array


def _source_of(value: object) -> Source | None:
    return next(filter(lambda s: is_loaded_class(value, s.module, s.name), SOURCES), None)
