"""Fresh arguments of the same form: fewer rows, columns and classes, and small whole numbers.

Runs in: the judge.

All axes of one length go together, and so does a whole number that equals it: what a function
takes as X (N, D), y (N,), W (D, C) and C stays matched. Labels stay below the number of classes.
"""

import itertools
import math
from collections.abc import Iterator, Mapping, Sequence

import numpy as np

from grader.judge.smallest.call import Call, Path, leaves, like, mapped, numbers_in
from grader.judge.smallest.traits import Domain, Trait, keeps

_LENGTHS = (1, 2, 3, 4)
_MOST_AXES = 5  # lengths that are varied; more of them have too many combinations
_MOST_FORMS = 256
_DRAWS = 4  # of each form
_SMALL = 12  # a whole number up to this size may stay as it is
_TIED = 0.8  # how often a whole number that equals a length is taken for it


def fresh_calls(call: Call, domain: Domain, most: int, rng: np.random.Generator) -> Iterator[Call]:
    """Yield calls of the form of `call` with at most so many numbers, smaller ones first.

    No number of `call` is in them but whole ones of at most two digits.
    """
    for lengths in _small_lengths(call, most):
        for _ in range(_DRAWS):
            yield from _drawn(call, domain, lengths, rng)


def _small_lengths(call: Call, most: int) -> list[dict[int, int]]:
    """Return the ways to shorten the axes, those first that leave fewest numbers."""
    arrays = [array for leaf in leaves(call).values() if (array := numbers_in(leaf)) is not None]
    known = sorted({n for array in arrays for n in array.shape if n > 1})[-_MOST_AXES:]
    classes = {_classes(array, known) for array in arrays}
    ways = []
    for chosen in itertools.product(_LENGTHS, repeat=len(known)):
        lengths = {n: min(n, few) for n, few in zip(known, chosen, strict=True)}
        size = sum(math.prod(_shape(array, lengths)) for array in arrays)
        if size <= most and all(lengths[n] > 1 for n in classes if n):
            ways.append((size, max(chosen, default=0), lengths))
    ways.sort(key=lambda way: way[:2])
    return [lengths for *_, lengths in ways[:_MOST_FORMS]]


def _classes(array: np.ndarray, known: list[int]) -> int:
    """Return the length that the numbers of an array point into, if they are labels, else 0."""
    if array.dtype.kind not in "iu" or not array.ndim or not array.size or array.min() < 0:
        return 0
    return next((n for n in known if n > array.max()), 0)


def _drawn(
    call: Call, domain: Domain, lengths: Mapping[int, int], rng: np.random.Generator
) -> Iterator[Call]:
    """Yield one call, unless what was drawn lacks a trait of the original."""
    fits = True

    def change(path: Path, leaf: object) -> object:
        nonlocal fits
        array = numbers_in(leaf)
        if array is None or (array.dtype.kind == "b" and not array.ndim):
            return leaf
        traits = domain.get(path, ())
        values = _values(array, traits, lengths, rng)
        fits = fits and keeps(values, traits)
        return like(leaf, values)

    made = mapped(call, change)
    if fits:
        yield made


def _values(
    array: np.ndarray,
    traits: Sequence[Trait],
    lengths: Mapping[int, int],
    rng: np.random.Generator,
) -> np.ndarray:
    shape = _shape(array, lengths)
    if array.dtype.kind == "b":
        return rng.integers(0, 2, size=shape)
    if array.dtype.kind in "iu":
        return _whole(array, shape, lengths, rng)
    values = rng.integers(-2, 3, size=shape).astype(float)
    for trait in traits:
        values = trait.impose(values, rng)
    return values * _unit(array)


def _shape(array: np.ndarray, lengths: Mapping[int, int]) -> tuple[int, ...]:
    sides: tuple[int, ...] = array.shape
    return tuple(lengths.get(side, side) for side in sides)


def _unit(array: np.ndarray) -> float:
    """Return 1, or the power of ten by which all numbers of an array are larger or smaller."""
    largest = float(np.abs(array).max(initial=0.0))
    if not np.isfinite(largest) or 0.01 <= largest <= 100 or not largest:
        return 1.0
    return float(10.0 ** np.round(np.log10(largest)))


def _whole(
    array: np.ndarray, shape: tuple[int, ...], lengths: Mapping[int, int], rng: np.random.Generator
) -> np.ndarray:
    if not shape:
        return np.asarray(_number(int(array), lengths, rng))
    if array.ndim == 1 and np.array_equal(np.sort(array), np.arange(len(array))):
        return rng.permutation(shape[0])
    classes = lengths.get(_classes(array, list(lengths)), 0)
    if classes and len(np.unique(array)) >= array.max() + 1 and math.prod(shape) >= classes:
        return rng.permutation(np.arange(math.prod(shape)) % classes).reshape(shape)
    values = rng.integers(0, classes or 4, size=shape)
    if array.min(initial=0) < 0:
        values = rng.choice([-1, 1], size=shape) * np.maximum(values, 1)
    return np.maximum(values, 1) if array.min(initial=0) > 0 and not classes else values


def _number(number: int, lengths: Mapping[int, int], rng: np.random.Generator) -> int:
    """Return a length, the number itself if it is small, or one that is smaller still."""
    if number in lengths and rng.random() < _TIED:
        return lengths[number]
    if number < 0:
        return max(number, -2)
    small = int(rng.integers(min(number, 3) + 1))
    return int(rng.choice([number, small])) if number <= _SMALL else small
