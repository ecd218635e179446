"""Gradients by autograd: a worker takes those of its submission, the judge those of the reference.

Runs in: the judge and the worker.
"""

from collections.abc import Callable, Sequence
from typing import Any

Place = int | str | tuple[int, str]


def gradients(
    function: Callable[..., Any],
    args: Sequence[Any],
    kwargs: dict[str, Any],
    places: Sequence[Place],
    upstream: Any,
    pick: int | None,
) -> tuple[bool, Any]:
    """Return the gradient of sum(upstream * function(*args, **kwargs)) by each place.

    Args:
        places: an int is an argument, a float tensor; a str a parameter of the module that
            `function` is a method of; (k, name) a parameter of the module args[k].
        upstream: of the shape of the value; None for a value of one number.
        pick: the function returns a tuple of which this item counts.

    Returns:
        (True, for each place a tensor, or None if no gradient reaches it), or else
        (False, what the function gave), if that is no float tensor of the shape of `upstream`.
    """
    import torch

    given = list(args)
    for place in places:
        if isinstance(place, int):
            given[place] = given[place].detach().clone().requires_grad_()
    leaves = [_leaf(function, given, place) for place in places]
    value = function(*given, **kwargs)
    if pick is not None and isinstance(value, (list, tuple)) and len(value) > pick:
        value = value[pick]
    if not isinstance(value, torch.Tensor) or not value.is_floating_point():
        return False, value
    weights = torch.ones_like(value) if upstream is None else torch.as_tensor(upstream)
    if weights.shape != value.shape or (upstream is None and value.numel() != 1):
        return False, value
    if not value.requires_grad:
        return True, (None,) * len(leaves)
    found = torch.autograd.grad(value, leaves, weights.to(value.dtype), allow_unused=True)
    return True, tuple(found)


def _leaf(function: Any, given: Sequence[Any], place: Place) -> Any:
    match place:
        case int():
            return given[place]
        case str():
            return function.__self__.get_parameter(place)
        case number, name:
            return given[number].get_parameter(name)
