"""What is true of the numbers of an argument and has to stay true when they are made simpler.

Runs in: the judge.

A pmf stays one, a positive number stays positive, a symmetric matrix stays symmetric: so that the
reference, which need not refuse what its docstring excludes, is never asked outside its domain.
"""

from collections.abc import Callable, Mapping, Sequence
from typing import NamedTuple

import numpy as np

from grader.judge.smallest.call import Call, Path, leaves, numbers_in

_ROUNDING = 1e-6
_Impose = Callable[[np.ndarray, np.random.Generator], np.ndarray]


class Trait(NamedTuple):
    """Something that can be told of an array, and imposed on one of small whole numbers."""

    holds: Callable[[np.ndarray], bool]
    impose: _Impose


Domain = Mapping[Path, Sequence[Trait]]  # where an argument is, and what holds of it


def traits_of(values: np.ndarray) -> list[Trait]:
    """Return the traits that these numbers have, the first to be imposed first."""
    return [trait for trait in _TRAITS if trait.holds(values)]


def domain_of(calls: Sequence[Call]) -> Domain:
    """Return the traits that every argument has in all of these calls of one function."""
    domain: dict[Path, list[Trait]] = {}
    for call in calls:
        for path, leaf in leaves(call).items():
            if (numbers := numbers_in(leaf)) is not None:
                known = domain.get(path, _TRAITS)
                domain[path] = [trait for trait in known if trait in traits_of(numbers)]
    return domain


def keeps(values: np.ndarray, traits: Sequence[Trait]) -> bool:
    return all(trait.holds(values) for trait in traits)


def _is_positive(values: np.ndarray) -> bool:
    return bool((values > 0).all())


def _is_not_negative(values: np.ndarray) -> bool:
    return bool((values >= 0).all())


def _is_below_1(values: np.ndarray) -> bool:
    return bool((values >= 0).all() and (values <= 1).all())


def _is_within_1(values: np.ndarray) -> bool:
    return bool((values > 0).all() and (values < 1).all())


def _has_only(low: float) -> Callable[[np.ndarray], bool]:
    return lambda values: values.size > 3 and bool(np.isin(values, (low, 1.0)).all())


def _is_symmetric(values: np.ndarray) -> bool:
    square = values.ndim == 2 and values.shape[0] == values.shape[1] > 1
    return square and np.array_equal(values, values.T)


def _is_ascending(values: np.ndarray) -> bool:
    return values.ndim == 1 and bool((np.diff(values) >= 0).all())


def _sums_to_1(axis: int | None) -> Callable[[np.ndarray], bool]:
    def holds(values: np.ndarray) -> bool:
        if not values.ndim or not _is_below_1(values):
            return False
        return bool((np.abs(values.sum(axis=axis) - 1) < _ROUNDING).all())

    return holds


def _impose_sum(axis: int | None) -> _Impose:
    """Spread quarters, eighths or finer parts of 1 along the axis, none of them 0."""

    def impose(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        if axis is None:
            return impose_rows(values.reshape(1, -1), rng).reshape(values.shape)
        return np.moveaxis(impose_rows(np.moveaxis(values, axis, -1), rng), -1, axis)

    def impose_rows(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
        count = values.shape[-1]
        parts = 1 if count == 1 else 2 ** int(np.ceil(np.log2(2 * count)))
        spread = rng.multinomial(parts - count, np.full(count, 1 / count), size=values.shape[:-1])
        whole: np.ndarray = (1 + spread) / parts
        return whole

    return impose


def _has_unit_rows(values: np.ndarray) -> bool:
    if not values.ndim or values.shape[-1] < 2:
        return False
    return bool((np.abs(np.linalg.norm(values, axis=-1) - 1) < _ROUNDING).all())


def _impose_unit_rows(values: np.ndarray, rng: np.random.Generator) -> np.ndarray:
    at = rng.integers(values.shape[-1], size=values.shape[:-1])
    sign = rng.choice([-1.0, 1.0], size=(*values.shape[:-1], 1))
    return sign * np.eye(values.shape[-1])[at]


NOT_NEGATIVE = Trait(_is_not_negative, lambda values, _: np.abs(values))
_TRAITS = (
    NOT_NEGATIVE,
    Trait(_is_positive, lambda values, _: np.where(values == 0, 3.0, np.abs(values))),
    Trait(_is_below_1, lambda values, _: np.minimum(np.abs(values), 4) / 4),
    Trait(_is_within_1, lambda values, rng: rng.integers(1, 4, size=values.shape) / 4),
    Trait(_has_only(0.0), lambda values, _: np.where(values > 0, 1.0, 0.0)),
    Trait(_has_only(-1.0), lambda values, _: np.where(values > 0, 1.0, -1.0)),
    Trait(_is_symmetric, lambda values, _: np.triu(values) + np.triu(values, 1).T),
    Trait(_has_unit_rows, _impose_unit_rows),
    Trait(_sums_to_1(0), _impose_sum(0)),
    Trait(_sums_to_1(-1), _impose_sum(-1)),
    Trait(_sums_to_1(None), _impose_sum(None)),
    Trait(_is_ascending, lambda values, _: np.sort(values)),
)
