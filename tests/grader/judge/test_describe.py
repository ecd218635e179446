"""A description says what a value is and nothing of what is in it."""

from fractions import Fraction

import numpy as np
import pytest

from grader.judge.describe import describe
from grader.judge.proxy import Function, Handle


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        (True, "a bool"),
        (3, "an int"),
        (2.5, "a float"),
        (1j, "a complex"),
        ("secret", "a str"),
        (b"secret", "a bytes"),
        (np.float32(2.5), "a float32"),
        (np.True_, "a bool"),
        (np.zeros((3, 4)), "an array (3, 4) of float64"),
        (np.array(1), "an array () of int64"),
        ({"secret": 1, "b": 2}, "a dict of 2"),
        ((), "a tuple ()"),
        ([1], "a list (an int)"),
        ((2.5, None), "a tuple (a float, None)"),
        (
            [[1, 2], (3,), np.ones(2)],
            "a list (a list of 2, a tuple of 1, an array (2,) of float64)",
        ),
        ([1] * 7, "a list (an int, an int, an int, an int, an int, an int, ... 7 in all)"),
        (slice(1), "a slice"),
        ({1, 2}, "a set of 2"),
        (frozenset(), "a frozenset of 0"),
        (Fraction(1, 3), "a Fraction"),
        ([{1}, ...], "a list (a set of 1, an ellipsis)"),
        (object(), "an object"),
        (Function(None, 1, "secret"), "a function"),
        (Handle(None, 1, "object"), "an object"),
        (Handle(None, 1, "Net"), "an object of the class Net"),
        (Handle(None, 1, "set"), "a set"),
        (Handle(None, 1, "ndarray"), "an array of objects or text"),
    ],
)
def test_a_value_is_described_by_its_kind(value, words):
    assert describe(value) == words


def test_a_tensor_is_told_from_an_array():
    torch = pytest.importorskip("torch")
    assert describe(torch.zeros(2, 3)) == "a tensor (2, 3) of float32"
    assert describe(torch.tensor(True)) == "a tensor () of bool"


def test_a_deep_or_wide_value_has_a_short_description():
    deep = 1
    for _ in range(30):
        deep = [deep] * 6
    assert len(describe(deep)) < 200
    assert len(describe([[0] * 100] * 100)) < 200
