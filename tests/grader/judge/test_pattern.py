"""A pattern is named where it holds, and not where it nearly does; the others are tested through
`close`."""

import numpy as np
import pytest

from grader.judge.pattern import factor_in_digits, pattern_of

TABLE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])
TALL = np.array([[1.0, 2.0], [3.0, 4.5], [5.0, 7.0]])


def pattern(actual, expected):
    return pattern_of(np.asarray(actual, dtype=float), np.asarray(expected), 1e-6)


@pytest.mark.parametrize("right", [TABLE, -TABLE, 2.5])
def test_an_answer_cut_to_whole_numbers_is_recognised(right):
    assert pattern(np.trunc(right), right) == (
        "is the right one cut to whole numbers: keep it as float"
    )


def test_an_answer_rounded_down_or_cut_in_part_is_not_cut():
    assert pattern(np.floor(-TABLE), -TABLE) == ""
    assert pattern(np.add(np.trunc(TABLE), [[0, 0, 1], [0, 0, 0]]), TABLE) == ""
    complex_right = np.array([1.5j, 2.0, 3.0])
    assert pattern_of(np.add(complex_right, [0, 1, 0]), complex_right, 1e-6) == ""


@pytest.mark.parametrize("right", [TABLE, 162.5])
def test_a_square_and_a_root_of_the_right_answer_are_recognised(right):
    assert pattern(np.square(right), right) == "is the square of the right one"
    assert pattern(np.sqrt(right), right) == "is the root of the right one"
    assert pattern(np.power(right, 3), right) == ""


@pytest.mark.parametrize("right", [TABLE, 2.7587])
def test_the_base_of_a_logarithm_is_recognised_by_its_factor(right):
    assert pattern(right / np.log(2), right).endswith("times 1.443, which is 1/log(2)")
    assert pattern(right * np.log(10), right).endswith("times 2.303, which is log(10)")
    assert "log" not in pattern(right * np.log(3), right)


@pytest.mark.parametrize("right", [TALL, TALL[:, 1]])
def test_an_answer_in_reverse_order_is_recognised(right):
    assert pattern(right[::-1], right) == "is the right one in reverse order"
    assert pattern(np.roll(right, 1, axis=0), right) == ""


@pytest.mark.parametrize(
    ("factor", "text"),
    [(0.123456789, "0.1235"), (-2.71828, "-2.718"), (1.0000123, "1.00001"), (-0.99999, "-0.99999")],
)
def test_a_factor_has_four_digits_or_as_many_as_tell_it_from_one(factor, text):
    assert factor_in_digits(factor) == text
