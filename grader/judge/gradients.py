"""Gradients by autograd: those of a worker are checked before a check sees them.

Runs in: the judge.

They are the worker's word, like any answer: a check compares them with those of the reference.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.errors import CourseError
from grader.judge.describe import describe
from grader.judge.failures import Mismatch, Unpassable
from grader.judge.proxy import Function
from grader.sandbox.wire.arrays import shape_text
from grader.sandbox.wire.gradients import Place, gradients
from grader.sandbox.wire.kind import is_loaded_class

_CUT_OFF = "detach(), .data, item(), numpy and no_grad() cut a value off what it is computed from"


def grad(
    function: Callable[..., Any],
    args: Sequence[Any],
    *,
    wrt: Place | list[Place] = 0,
    upstream: Any = None,
    pick: int | None = None,
    **kwargs: Any,
) -> Any:
    """Return the gradient of a function of the reference; of the submission, as `f.grad` does."""
    if isinstance(function, Function):
        return function.grad(args, wrt=wrt, upstream=upstream, pick=pick, **kwargs)
    places = places_of(wrt, args)
    taken, found = gradients(function, args, kwargs, places, upstream, pick)
    if not taken:
        raise CourseError(f"grad(): {not_taken('the function', found, upstream)}")
    if missed := [place for place, part in zip(places, found, strict=True) if part is None]:
        raise CourseError(f"grad(): no gradient of the function reaches {_words(missed[0])}")
    return found if isinstance(wrt, list) else found[0]


def places_of(wrt: Place | list[Place], args: Sequence[Any]) -> list[Place]:
    """Return the places that `wrt` names.

    Raises:
        CourseError: it names something that is no place.
        Unpassable: an argument to differentiate by is no float tensor.
    """
    places = wrt if isinstance(wrt, list) else [wrt]
    for place in places:
        if not _is_place(place, len(args)):
            raise CourseError(
                f"grad(): wrt is {place!r}; name an argument by its number, a parameter by its "
                "name, one of a module that is passed by (number, name), or list some of these"
            )
        if isinstance(place, int) and not _is_float_tensor(args[place]):
            what = describe(args[place])
            raise Unpassable(f"grad() differentiates by float tensors; {_words(place)} is {what}")
    return places


def require_gradients(
    label: str, found: object, places: Sequence[Place], args: Sequence[Any]
) -> None:
    """Return if there is a finite tensor for each place that fits it.

    Raises:
        ValueError: there is not one answer for each place, which no honest worker does.
        Mismatch: a gradient is missing or does not fit.
    """
    if type(found) is not tuple or len(found) != len(places):
        raise ValueError
    for place, gradient in zip(places, found, strict=True):
        if gradient is None:
            raise Mismatch(f"no gradient of {label} reaches {_words(place)}", hint=_CUT_OFF)
        if not _is_float_tensor(gradient):
            raise ValueError
        name = f"the gradient of {label} by {_words(place)}"
        if isinstance(place, int):
            _require_like(gradient, args[place], name)
        if not gradient.isfinite().all():
            raise Mismatch(f"{name} is NaN or infinite in places")


def not_taken(label: str, value: object, upstream: Any) -> str:
    """Return what is wrong with a value of which no gradient could be taken."""
    size = "of one number" if upstream is None else f"of shape {shape_text(np.shape(upstream))}"
    return f"{label} gave {describe(value)}, expected a float tensor {size}"


def _require_like(gradient: Any, argument: Any, name: str) -> None:
    if gradient.shape != argument.shape:
        got, wanted = shape_text(gradient.shape), shape_text(argument.shape)
        raise Mismatch(f"{name} has shape {got}, expected {wanted}")
    if gradient.dtype != argument.dtype:
        raise Mismatch(f"{name} is of {gradient.dtype}, expected {argument.dtype}")


def _is_place(place: object, count: int) -> bool:
    match place:
        case bool():
            return False
        case int():
            return 0 <= place < count
        case int() as number, str():
            return 0 <= number < count
    return isinstance(place, str)


def _is_float_tensor(value: Any) -> bool:
    return is_loaded_class(value, "torch", "Tensor") and bool(value.is_floating_point())


def _words(place: Place) -> str:
    match place:
        case int():
            return f"argument {place + 1}"
        case str():
            return place
        case number, name:
            return f"{name} of argument {number + 1}"
