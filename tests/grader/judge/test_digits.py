"""Numbers in a text are as short as they can be while different ones stay different."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.judge.digits import shortened


@pytest.mark.parametrize(
    ("text", "short"),
    [
        ("f(0.5) gave 0.333333333, expected 0.25", "f(0.5) gave 0.3333, expected 0.25"),
        (
            "assert [5.100000000000001, 4.9] == [1, 2]",
            "assert [5.1, 4.9] == [1, 2]",
        ),
        ("got 0.30000000000000004, expected 0.3", "got 0.30000000000000004, expected 0.3"),
        ("got 1.0000123, expected 1.0000456", "got 1.00001, expected 1.00005"),
        ("-0.123456789 and 1.23456789e-10", "-0.1235 and 1.235e-10"),
        ("2.0000000001 m", "2.0 m"),
        ("version 1.234567.8, x1.234567, 123456789", "version 1.234567.8, x1.234567, 123456789"),
        ("", ""),
    ],
)
def test_a_fraction_has_four_digits_or_as_many_as_it_needs(text, short):
    assert shortened(text) == short


@given(st.lists(st.floats(0, 1e6), max_size=6))
def test_different_numbers_stay_different_and_near(numbers):
    read = [float(word) for word in shortened(" ".join(map(repr, numbers))).split()]
    assert len({*read}) == len({*numbers})
    assert read == pytest.approx(numbers, rel=1e-3)
