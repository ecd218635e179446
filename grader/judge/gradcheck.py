"""Compare an analytic gradient with central differences of the function, in float64.

Runs in: the judge.

Random directions decide: their cost does not grow with the number of parameters, and an error in
any entry shows in all of them. Single coordinates are measured to say which entry is wrong, and
where kinks (of a hinge, of a ReLU) leave too few directions.

With D(h) = (f(x+h) - 2 f(x) + f(x-h)) / h and the central slope c(h) = (f(x+h) - f(x-h)) / 2h,

    doubt = |c(h) - c(h/2)| + |D(h) - 2 D(h/2)|

is O(h^2) for a smooth function, and no less than the error of c(h/2) when one kink lies within h
of x. A slope whose doubt is over the tolerance is left out. At h = 1e-5 a slope is off by some
1e-10 of truncation and 1e-11 |f| of rounding, well under the tolerance of 1e-6.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import numpy as np

from grader.judge.compare import TOLERANCE, in_digits, numeric
from grader.judge.describe import describe
from grader.judge.failures import Mismatch
from grader.judge.figure import scatter
from grader.judge.pattern import factor_in_digits, pattern_of
from grader.judge.proxy import Function
from grader.sandbox.wire.arrays import shape_text

STEP = 1e-5
_DIRECTIONS = 6
_SMALLER = (1, 1 / 4, 1 / 16, 1 / 64)  # shares of the step, tried until enough directions count
_ENOUGH = 3  # directions without a kink
_COORDINATES = 100
_COARSE = {"bfloat16", "float16", "float32"}  # no slope can be measured of what rounds so much
_ROUNDING = 1e-15  # relative error of one value of the function: a few units in the last place
_Values = Callable[[list[np.ndarray]], np.ndarray]  # the function at several points


@dataclass(frozen=True)
class _Case:
    """One gradient to be checked."""

    values: _Values
    x: np.ndarray
    gradient: np.ndarray
    rng: np.random.Generator
    tol: float
    name: str
    dtypes: set[str]  # of the values of the function so far


@dataclass(frozen=True)
class _Slopes:
    """Measured slopes along some directions, what `gradient` says they are, and error bounds."""

    measured: np.ndarray
    claimed: np.ndarray
    slack: np.ndarray  # how far the two may lie apart
    usable: np.ndarray  # whether no kink is near

    @property
    def wrong(self) -> np.ndarray:
        wrong: np.ndarray = self.usable & ~(np.abs(self.measured - self.claimed) <= self.slack)
        return wrong


def gradcheck(
    function: Callable[..., Any],
    args: Sequence[Any],
    analytic: Any,
    *,
    rng: np.random.Generator,
    wrt: int = 0,
    pick: int | None = None,
    upstream: Any = None,
    tol: float = TOLERANCE,
    name: str = "gradient",
    hint: str | None = None,
) -> None:
    """Return if `analytic` is the gradient of sum(upstream * function(*args)).

    Args:
        function: of the reference or of the submission (then evaluated in one message).
        args: its arguments; args[wrt] is the float array to differentiate by. Not modified.
        analytic: of the shape of args[wrt].
        pick: the function returns a tuple of which this item counts.
        upstream: of the shape of the value; None for a scalar value.
        tol: largest error allowed, as a share of the gradient's largest entry.

    Raises:
        Mismatch: the gradient is wrong, or the function has no gradient there.
    """
    x = _real(args[wrt], "the argument", hint)

    dtypes: set[str] = set()

    def values(points: list[np.ndarray]) -> np.ndarray:
        sets = [(*args[:wrt], point, *args[wrt + 1 :]) for point in points]
        found = _evaluate(function, sets, pick)
        dtypes.update(str(getattr(value, "dtype", "")).removeprefix("torch.") for value in found)
        return np.array([_scalar(value, upstream) for value in found])

    case = _Case(values, x, _real(analytic, name, hint), rng, tol, name, dtypes)
    with np.errstate(all="ignore"):
        wrong = _problem(case)
    if wrong is not None:
        raise wrong.hinting(hint)


def _problem(case: _Case) -> Mismatch | None:
    name, x, gradient = case.name, case.x, case.gradient
    if gradient.shape != x.shape:
        return Mismatch(_shape_text(case))
    if not np.isfinite(gradient).all():
        return Mismatch(f"{name} {pattern_of(gradient, np.zeros(x.shape), case.tol)}")
    if x.size == 0:
        return None
    is_right = _is_right_along_directions(case)
    if is_right:
        return None
    if coarse := case.dtypes & _COARSE:
        why = f"the function computes in {min(coarse)}: use float64"
        return Mismatch(f"{name} cannot be measured: {why}")
    places = np.sort(case.rng.permutation(x.size)[:_COORDINATES])
    single = _along_coordinates(case, places)
    if single.wrong.any():
        return _explain(single, places, x, name)
    if is_right is False:
        return Mismatch(f"{name} is not the slope that was measured along random directions")
    if 2 * single.usable.sum() < len(places):
        return Mismatch(f"{name} cannot be measured: the function has kinks or jumps there")
    return None


def _is_right_along_directions(case: _Case) -> bool | None:
    """Return None if kinks leave too few directions to tell."""
    usable = 0
    for share in _SMALLER:
        along = _along_directions(case, STEP * share)
        if along.wrong.any():
            return False
        usable += int(along.usable.sum())
        if usable >= _ENOUGH:
            return True
    return None


def _shape_text(case: _Case) -> str:
    text = f"{case.name} has shape {shape_text(case.gradient.shape)}, expected {case.x.shape}"
    turned = replace(case, gradient=case.gradient.T)
    if turned.gradient.shape == case.x.shape and _is_right_along_directions(turned):
        return f"{text}: it is the transpose of the right one"
    return text


def _along_directions(case: _Case, step: float) -> _Slopes:
    # Entries are normal, not only signs: errors that cancel in one direction must not in all.
    directions = [case.rng.normal(size=case.x.shape) for _ in range(_DIRECTIONS)]
    claimed = np.array([(case.gradient * direction).sum() for direction in directions])
    return _measure(case, directions, claimed, case.tol * np.sqrt(case.x.size), step)


def _along_coordinates(case: _Case, places: np.ndarray) -> _Slopes:
    directions = []
    for place in places:
        direction = np.zeros(case.x.shape)
        direction.flat[place] = 1.0
        directions.append(direction)
    return _measure(case, directions, case.gradient.flat[places], case.tol, STEP)


def _measure(
    case: _Case, directions: list[np.ndarray], claimed: np.ndarray, tol: float, step: float
) -> _Slopes:
    x = case.x
    h = step / np.array([max(1.0, float(np.linalg.norm(d))) for d in directions])
    points = [x]
    for length, direction in zip(h, directions, strict=True):
        points += [x + share * length * direction for share in (1, -1, 0.5, -0.5)]
    f = case.values(points)
    if not np.isfinite(f).all():
        raise Mismatch("the function is NaN or infinite near its argument")
    here, (right, left, half_right, half_left) = f[0], f[1:].reshape(-1, 4).T
    slope = (half_right - half_left) / h
    bend, half_bend = (right - 2 * here + left) / h, (half_right - 2 * here + half_left) / (h / 2)
    doubt = np.abs((right - left) / (2 * h) - slope) + np.abs(bend - 2 * half_bend)
    noise = _ROUNDING * abs(here) / h
    largest = max(np.abs(case.gradient).max(), np.abs(slope).max() / x.size)
    slack = tol * largest + noise
    return _Slopes(slope, claimed, slack + doubt, doubt <= slack + 10 * noise)


def _explain(slopes: _Slopes, places: np.ndarray, x: np.ndarray, name: str) -> Mismatch:
    tol = float(slopes.slack.max() / max(np.abs(slopes.measured).max(), STEP**2))
    measured, claimed = slopes.measured[slopes.usable], slopes.claimed[slopes.usable]
    wrong, places = slopes.wrong[slopes.usable], places[slopes.usable]
    error = np.where(wrong, np.abs(claimed - measured), 0)
    worst = int(np.argmax(error))
    where = [int(i) for i in np.unravel_index(places[worst], x.shape)]
    got, wanted = in_digits(claimed[worst], measured[worst])
    detail = f"{name}{where or ''}: got {got}, measured {wanted}"
    draw = partial(scatter, name, measured, claimed)
    if measured.size == x.size:  # every entry was measured, so that a transpose shows
        measured, claimed = measured.reshape(x.shape), claimed.reshape(x.shape)
    text = pattern_of(claimed, measured, tol) or _proportional(claimed - measured, x, places, tol)
    if text:
        return Mismatch(f"{name} {text}", detail, draw=draw)
    count = f"is wrong in {int(wrong.sum())} of {wrong.size} entries that were measured"
    ratio = claimed.flat[worst] / measured.flat[worst]
    share = f": {factor_in_digits(ratio)} times the slope there" if np.isfinite(ratio) else ""
    return Mismatch(f"{name} {count}, most at {where}{share}", detail, draw=draw)


def _proportional(difference: np.ndarray, x: np.ndarray, places: np.ndarray, tol: float) -> str:
    """Tell whether the error is a multiple of x, as that of a regularisation term is."""
    if difference.size < 2:
        return ""
    at = x.flat[places]
    factor = float(difference.ravel() @ at) / float(at @ at)
    error = np.abs(difference.ravel() - factor * at).max()
    if not error <= 10 * tol * np.abs(difference).max():
        return ""
    times = factor_in_digits(factor)
    return f"is off by {times} times the argument itself: look at the regularisation term"


def _evaluate(
    function: Callable[..., Any], sets: list[tuple[Any, ...]], pick: int | None
) -> list[Any]:
    if isinstance(function, Function):
        return function.batch(sets, pick=pick)
    results = [function(*args) for args in sets]
    return results if pick is None else [_picked(result, pick) for result in results]


def _picked(result: Any, pick: int) -> Any:
    if not isinstance(result, (list, tuple)) or len(result) <= pick:
        raise Mismatch(f"the function gives {describe(result)}, expected a tuple")
    return result[pick]


def _scalar(value: Any, upstream: Any) -> float:
    array = _real(value, "the value of the function", None)
    if upstream is not None:
        weights = np.asarray(upstream, dtype=np.float64)
        if array.shape != weights.shape:
            got = shape_text(array.shape)
            raise Mismatch(f"the function gives shape {got}, expected {weights.shape}")
        return float((array * weights).sum())
    if array.size != 1:
        got = shape_text(array.shape)
        raise Mismatch(f"the function gives shape {got}, expected one number")
    return float(array.reshape(()))


def _real(value: Any, name: str, hint: str | None) -> np.ndarray:
    array = numeric(value, name, hint)
    if array.dtype.kind == "c":
        raise Mismatch(f"{name} is {describe(value)}, expected real numbers", "", hint)
    return array.astype(np.float64)
