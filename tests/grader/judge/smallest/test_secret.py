"""What was found from a hidden check is shown only if nothing of its inputs is in it."""

import numpy as np
import pytest

from grader.judge.smallest.call import Call
from grader.judge.smallest.secret import may_be_shown

DRAWN = [Call((np.array([[0.31, -1.7], [2.0, 5.5]]), np.array([0, 1]), 0.7, 3), {"mode": "svm"})]
KNOWN = 'def f(W, y, reg, k, mode="svm"):'


@pytest.mark.parametrize(
    "call",
    [
        Call((np.array([[1.0, 0.0]]), np.array([0]), 1.0, 1), {}),
        Call((np.array([[2.0, 0.0]]), np.array([1]), 0.25, 3), {}),  # small numbers are no secret
        Call((np.array([1.0]),), {"mode": "svm"}),  # nor is a word that the student has
    ],
)
def test_a_call_of_small_numbers_is_shown(call: Call) -> None:
    assert may_be_shown(call, DRAWN, KNOWN)


@pytest.mark.parametrize(
    "call",
    [
        DRAWN[0],
        Call((np.array([[1.0]]), np.array([0, 1]), 1.0, 1), {}),  # a whole array
        Call((np.array([[0.31]]), np.array([0]), 1.0, 1), {}),  # one number of an array
        Call((np.array([[1.0]]), np.array([0]), 0.7, 1), {}),  # a number
        Call((np.zeros(13),), {}),  # too many numbers
        Call((np.array([1.0]),), {"mode": "secret"}),
        Call(({"hidden_key": 1.0},), {}),
    ],
)
def test_a_call_that_holds_something_drawn_is_not(call: Call) -> None:
    assert not may_be_shown(call, DRAWN, KNOWN)


def test_a_call_of_small_numbers_alone_is_not_shown_if_the_check_makes_it() -> None:
    call = Call((2, 3), {})
    assert not may_be_shown(call, [call], KNOWN)
    assert may_be_shown(Call((1, 3), {}), [call], KNOWN)
