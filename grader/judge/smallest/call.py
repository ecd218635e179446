"""The arguments of one call, and the numbers in them.

Runs in: the judge.

Arguments are a tree: tuples, lists and dicts of leaves. A leaf is a number, an array, a tensor, a
text or None; whatever else a check passes, such as a function, has no small form and no line.
"""

import sys
from collections.abc import Callable
from typing import Any, NamedTuple

import numpy as np

_NUMBERS = (bool, int, float, np.bool_, np.integer, np.floating)
_KINDS = "biuf"  # of dtypes whose numbers can be drawn again
Path = tuple[Any, ...]  # the indices and keys that lead to a leaf


class Call(NamedTuple):
    """What a function is called with."""

    args: tuple[Any, ...]
    kwargs: dict[str, Any]


def mapped(value: Any, change: Callable[[Path, Any], Any], path: Path = ()) -> Any:
    """Return the same tree with every leaf changed; `change` is told where a leaf is."""
    if isinstance(value, Call):
        return Call(*(mapped(part, change, (*path, i)) for i, part in enumerate(value)))
    if type(value) in (tuple, list):
        parts = [mapped(part, change, (*path, i)) for i, part in enumerate(value)]
        return type(value)(parts)
    if type(value) is dict:
        return {key: mapped(part, change, (*path, key)) for key, part in value.items()}
    return change(path, value)


def leaves(value: Any) -> dict[Path, Any]:
    """Return the leaves of a tree by their paths."""
    found: dict[Path, Any] = {}
    mapped(value, found.__setitem__)
    return found


def is_plain(value: Any) -> bool:
    """Tell whether a call can be drawn again and written down: its leaves are data."""
    return all(
        leaf is None or isinstance(leaf, str) or numbers_in(leaf) is not None
        for leaf in leaves(value).values()
    )


def numbers_in(leaf: Any) -> np.ndarray | None:
    """Return the numbers of a leaf as an array, or None if it holds none that can be drawn."""
    if isinstance(leaf, _NUMBERS) and -sys.maxsize <= leaf <= sys.maxsize:
        return np.asarray(leaf)
    array = leaf.detach().cpu().numpy() if _is_tensor(leaf) else leaf
    return array if isinstance(array, np.ndarray) and array.dtype.kind in _KINDS else None


def like(leaf: Any, values: np.ndarray) -> Any:
    """Return numbers as a leaf of the same kind: a float, an array of its dtype, a tensor."""
    if _is_tensor(leaf):
        tensor = sys.modules["torch"].as_tensor(np.array(values), dtype=leaf.dtype)
        return tensor.requires_grad_(leaf.requires_grad)
    if isinstance(leaf, np.ndarray):
        return values.astype(leaf.dtype)
    return type(leaf)(values.item())


def size_of(call: Call) -> int:
    """Return how many numbers a call holds."""
    return sum(0 if (n := numbers_in(leaf)) is None else n.size for leaf in leaves(call).values())


def _is_tensor(leaf: Any) -> bool:
    torch = sys.modules.get("torch")
    return torch is not None and isinstance(leaf, torch.Tensor)
