"""What takes too long is refused, what is quick enough passes, and one delay decides nothing."""

import time

import pytest

from grader.judge.failures import Mismatch
from grader.judge.speed import ROUNDS, faster


def lasting(*seconds: float):
    """Return a function whose calls take so long, one after the other."""
    left = list(seconds)
    return lambda: time.sleep(left.pop(0))


def test_what_is_quick_passes_at_once():
    left = []
    faster(lambda: left.append(1), lasting(0.02, 0.02))
    assert left == [1]


def test_what_is_slow_in_every_round_is_refused_with_its_hint():
    with pytest.raises(Mismatch, match="it takes too long") as caught:
        faster(lasting(*[0.02] * ROUNDS), lasting(*[0.001] * 2 * ROUNDS), hint="no loops")
    assert caught.value.hint == "no loops"


def test_a_delay_in_one_round_decides_nothing():
    faster(lasting(0.4, 0), lasting(*[0.05] * 4))
    with pytest.raises(Mismatch):
        faster(lasting(*[0.02] * ROUNDS), lasting(0.9, *[0.001] * 2 * ROUNDS), times=0.5)


def test_times_says_how_much_less_is_asked():
    faster(lasting(0.03), lasting(0.02, 0.02), times=20)
    with pytest.raises(Mismatch):
        faster(lasting(*[0.02] * ROUNDS), lasting(*[0.004] * 2 * ROUNDS), times=1 / 5)
