"""Whether a small call may be shown to students though it was found from a hidden check.

Runs in: the judge.
"""

import math
from collections.abc import Iterator, Sequence

import numpy as np

from grader.judge.smallest.call import Call, leaves, numbers_in, size_of

MOST_SHOWN = 12  # numbers of a call
_SMALL = 12  # every whole number up to this one can be guessed


def may_be_shown(call: Call, drawn: Sequence[Call], known: str) -> bool:
    """Tell whether a call holds nothing of the inputs that a hidden check has drawn.

    Args:
        drawn: all calls of the check.
        known: text that the student has; words in it are no secret.
    """
    if size_of(call) > MOST_SHOWN or not _words_are_known(call, known):
        return False
    if any(_is_same(call, other) for other in drawn):
        return False
    arrays, numbers = _arrays_in(drawn), _telling_numbers_in(drawn)
    for leaf in leaves(call).values():
        values = numbers_in(leaf)
        if values is None:
            continue
        if values.size > 1 and any(np.array_equal(values, array) for array in arrays):
            return False
        if numbers.intersection(values.ravel().tolist()):
            return False
    return True


def _is_same(call: Call, other: Call) -> bool:
    mine, others = leaves(call), leaves(other)
    return mine.keys() == others.keys() and all(
        np.array_equal(np.asarray(leaf), np.asarray(others[path])) for path, leaf in mine.items()
    )


def _words_are_known(call: Call, known: str) -> bool:
    texts = [leaf for leaf in leaves(call).values() if isinstance(leaf, str)]
    keys = [key for path in leaves(call) for key in path if isinstance(key, str)]
    return all(text in known for text in (*texts, *keys))


def _arrays_in(drawn: Sequence[Call]) -> list[np.ndarray]:
    return [array for array in _all_numbers(drawn) if array.size > 1]


def _telling_numbers_in(drawn: Sequence[Call]) -> set[float]:
    """Return the drawn numbers that nobody would guess: large ones and most fractions."""
    return {
        number
        for array in _all_numbers(drawn)
        for number in np.unique(array).tolist()
        if not _is_guessed(number)
    }


def _is_guessed(number: float) -> bool:
    if not np.isfinite(number):
        return True
    is_power = number > 0 and number == float(f"1e{round(math.log10(number))}")
    return is_power or (abs(number) <= _SMALL and 4 * number == round(4 * number))


def _all_numbers(drawn: Sequence[Call]) -> Iterator[np.ndarray]:
    for call in drawn:
        for leaf in leaves(call).values():
            if (array := numbers_in(leaf)) is not None:
                yield array
