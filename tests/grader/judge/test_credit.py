"""Measured credit rises from nothing to everything between two ends, and NaN earns nothing."""

import warnings

import numpy as np
import pytest

from grader.errors import CourseError
from grader.judge.credit import measured_share
from grader.judge.failures import Mismatch
from grader.judge.proxy import Handle


def share(value, low=0.8, high=0.95):
    return measured_share(value, low, high, "accuracy")[0]


@pytest.mark.parametrize(
    ("value", "earned"),
    [(0.95, 1.0), (1.0, 1.0), (0.875, 0.5), (0.83, 0.2), (0.92, 0.8), (np.float32(0.875), 0.5)],
)
def test_credit_is_linear_between_the_ends(value, earned):
    assert share(value) == pytest.approx(earned)


@pytest.mark.parametrize("value", [0.8, 0.79, 0.0, -1.0, -np.inf])
def test_nothing_is_earned_at_or_below_the_low_end(value):
    with pytest.raises(Mismatch, match=r"accuracy .* earns nothing; points start above 0.8"):
        share(value)


def test_just_above_the_low_end_a_little_is_earned():
    assert 0 < share(np.nextafter(0.8, 1)) < 1e-12


def test_just_below_the_high_end_not_all_is_earned():
    assert share(np.nextafter(0.95, 0)) < 1


@pytest.mark.parametrize("value", [np.nan, float("nan"), np.array(np.nan)])
def test_nan_earns_nothing(value):
    with pytest.raises(Mismatch, match="earns nothing"):
        share(value)


@pytest.mark.parametrize("value", [np.array(0.875), np.array([0.875]), np.array([[0.875]])])
def test_an_array_of_one_number_is_a_number(value):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert share(value) == pytest.approx(0.5)


@pytest.mark.parametrize(
    ("value", "words"),
    [
        (None, "None"),
        ("0.9", "a str"),
        ([], "a list"),
        ([0.9, 0.9], "a list"),
        (np.array([0.9, 0.9]), r"an array \(2,\)"),
        (0.9 + 0j, "a complex"),
        ({"accuracy": 0.9}, "a dict"),
        (Handle(None, 1, "Net"), "an object"),
    ],
)
def test_what_is_no_number_earns_nothing(value, words):
    with pytest.raises(Mismatch, match=f"accuracy is {words}.*, expected"):
        share(value)


@pytest.mark.parametrize(("low", "high"), [(0.9, 0.9), (0.9, 0.8), (np.nan, 1), (0, np.nan)])
def test_ends_in_the_wrong_order_are_the_authors_error(low, high):
    with pytest.raises(CourseError, match="low must be less than high"):
        share(0.9, low, high)


def test_partial_credit_says_what_is_missing_and_full_credit_says_nothing():
    assert measured_share(0.875, 0.8, 0.95, "accuracy") == (
        pytest.approx(0.5),
        "accuracy 0.875; all points from 0.95",
    )
    assert measured_share(0.96, 0.8, 0.95, "accuracy") == (1.0, "")
