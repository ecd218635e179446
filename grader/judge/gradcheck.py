"""Compare an analytic gradient with central differences of the function, in float64.

Random directions come first: their cost does not grow with the number of parameters. Only when
they disagree are single coordinates measured, to say which entry is wrong and by what ratio. A
point where the two one-sided slopes disagree is a kink (a hinge, a ReLU) and is skipped.

With step h the central difference is off by O(h^2) of truncation and about eps |f| / h of
rounding: at h = 1e-5 some 1e-10 and 1e-11 |f|, well under the tolerance of 1e-6.
"""

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from grader.judge.compare import TOLERANCE, close, explain, numeric
from grader.judge.describe import describe
from grader.judge.failures import Mismatch
from grader.judge.proxy import Function

STEP = 1e-5
_DIRECTIONS = 8
_ENOUGH = 3  # directions that agree
_COORDINATES = 200
_KINK = 1e-3  # of the slope: far above the h f'' of a smooth function


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
        Mismatch: the gradient is wrong; names entry, both values and their ratio.
    """
    x = np.array(args[wrt], dtype=np.float64)
    gradient = _real(analytic, name, hint)
    close(np.zeros(gradient.shape), np.zeros(x.shape), name=name, hint=hint)  # the shape

    def values(points: list[np.ndarray]) -> np.ndarray:
        sets = [(*args[:wrt], point, *args[wrt + 1 :]) for point in points]
        return np.array([_scalar(value, upstream) for value in _evaluate(function, sets, pick)])

    if not _directions_agree(values, x, gradient, rng, tol):
        _compare_coordinates(values, x, gradient, rng, tol, name, hint)


def _directions_agree(
    values: Callable[[list[np.ndarray]], np.ndarray],
    x: np.ndarray,
    gradient: np.ndarray,
    rng: np.random.Generator,
    tol: float,
) -> bool:
    directions = [rng.choice([-1.0, 1.0], size=x.shape) for _ in range(_DIRECTIONS)]
    slopes, smooth = _slopes(values, x, directions)
    claimed = np.array([float((gradient * direction).sum()) for direction in directions])
    scale = max(float(np.abs(gradient).max(initial=0)), float(np.abs(slopes).max()) / x.size)
    agree = np.abs(slopes - claimed) <= tol * scale * np.sqrt(x.size)
    return int((agree & smooth).sum()) >= _ENOUGH and bool(agree[smooth].all())


def _compare_coordinates(
    values: Callable[[list[np.ndarray]], np.ndarray],
    x: np.ndarray,
    gradient: np.ndarray,
    rng: np.random.Generator,
    tol: float,
    name: str,
    hint: str | None,
) -> None:
    chosen = np.sort(rng.permutation(x.size)[:_COORDINATES])
    directions = []
    for place in chosen:
        direction = np.zeros(x.shape)
        direction.flat[place] = 1.0
        directions.append(direction)
    slopes, smooth = _slopes(values, x, directions)
    numeric, claimed, places = slopes[smooth], gradient.flat[chosen[smooth]], chosen[smooth]
    wrong = explain(claimed, numeric, tol, name)
    if wrong is None:
        return
    error = np.abs(claimed - numeric)
    worst = int(np.argmax(np.where(np.isnan(error), np.inf, error)))
    where = [int(i) for i in np.unravel_index(places[worst], x.shape)]
    with np.errstate(all="ignore"):
        ratio = claimed[worst] / numeric[worst]
    safe = wrong.safe
    if "entries" in safe:  # a place in the sample means nothing to the student
        count = int((error > tol * max(np.abs(numeric).max(), 1e-12)).sum())
        safe = f"{name} is wrong in {count} of {len(places)} entries that were measured"
    safe += f"; worst at {where}: {ratio:.6g} times the slope that was measured there"
    detail = f"{name}{where}: got {claimed[worst]:.8g}, measured {numeric[worst]:.8g}"
    raise Mismatch(safe, detail, hint)


def _slopes(
    values: Callable[[list[np.ndarray]], np.ndarray], x: np.ndarray, directions: list[np.ndarray]
) -> tuple[np.ndarray, np.ndarray]:
    """Return the central slope along each direction, and whether the function is smooth there."""
    steps = [STEP / max(1.0, np.sqrt(np.count_nonzero(d))) for d in directions]
    points = [x]
    for step, direction in zip(steps, directions, strict=True):
        points += [x + step * direction, x - step * direction]
    f = values(points)
    step = np.array(steps)
    right, left = (f[1::2] - f[0]) / step, (f[0] - f[2::2]) / step
    central = (right + left) / 2
    noise = 1e-15 * abs(f[0]) / step  # of a slope, by rounding
    smooth = np.abs(right - left) <= _KINK * np.maximum(np.abs(right), np.abs(left)) + 10 * noise
    bad = ~np.isfinite(central)
    return central, smooth | bad  # NaN is no kink: it has to fail


def _evaluate(
    function: Callable[..., Any], sets: list[tuple[Any, ...]], pick: int | None
) -> list[Any]:
    if isinstance(function, Function):
        return function.batch(sets, pick=pick)
    results = [function(*args) for args in sets]
    return results if pick is None else [result[pick] for result in results]


def _scalar(value: Any, upstream: Any) -> float:
    array = _real(value, "the value of the function", None)
    if upstream is not None:
        weights = np.asarray(upstream, dtype=np.float64)
        if array.shape != weights.shape:
            raise Mismatch(f"the function gives shape {array.shape}, expected {weights.shape}")
        return float((array * weights).sum())
    if array.size != 1:
        raise Mismatch(f"the function gives shape {array.shape}, expected one number")
    return float(array.reshape(()))


def _real(value: Any, name: str, hint: str | None) -> np.ndarray:
    array = numeric(value, name, hint)
    if array.dtype.kind == "c":
        raise Mismatch(f"{name} is {describe(value)}, expected real numbers", "", hint)
    return array.astype(np.float64)
