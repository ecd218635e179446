"""Figures hold what was compared: where, in which direction, and how much of the largest error."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays

from grader.judge.compare import close
from grader.judge.failures import Mismatch
from grader.judge.figure import heatmap, scatter
from grader.judge.gradcheck import gradcheck
from grader.judge.verdict import judge_error


def test_each_square_says_in_which_direction_and_by_how_much():
    right = np.zeros((2, 4))
    mine = np.array([[0.0, 8.0, -8.0, 1.0], [-3.0, np.nan, np.inf, 0.0]])
    figure = heatmap("dW", mine, right)
    assert figure.rows == [".4d1", "bxx."]
    assert (figure.name, figure.part, figure.shape, figure.largest) == ("dW", "", (2, 4), 8.0)


def test_of_more_than_two_axes_the_first_matrix_that_differs_is_shown():
    right = np.zeros((2, 3, 2, 2))
    mine = right.copy()
    mine[1, 2, 0, 1] = 5.0
    figure = heatmap("out", mine, right)
    assert (figure.part, figure.rows) == ("[1, 2]", [".4", ".."])


def test_a_large_array_is_told_by_the_worst_entry_of_each_block():
    right = np.zeros((64, 1000))
    mine = right.copy()
    mine[63, 999], mine[0, 0], mine[0, 1] = -4.0, 1.0, 2.0
    figure = heatmap("scores", mine, right)
    assert figure.shape == (64, 1000)
    assert (len(figure.rows), len(figure.rows[0])) == (32, 48)
    assert (figure.rows[0][:2], figure.rows[31][46:]) == ("3.", ".d")


def test_a_row_is_a_map_and_so_are_booleans_whole_and_complex_numbers():
    right = np.arange(6)
    assert heatmap("y", np.array([0, 1, 2, 9, 4, 5]), right).rows == ["...4.."]
    assert heatmap("mask", right > 2, right > 3).rows == ["...4.."]
    assert heatmap("z", right * 1j, right + 0j).rows == [".12344"]
    large = np.full(6, 2**63, np.uint64)
    assert heatmap("n", large, large - np.uint64(2**62)).rows == ["444444"]


def test_what_is_right_up_to_rounding_is_no_difference():
    with pytest.raises(Mismatch) as caught:
        close(np.array([0, 1 + 1e-9, 2, 3, 4, 6]), np.arange(6.0))
    assert caught.value.draw().rows == [".....4"]


@pytest.mark.parametrize(
    ("mine", "right"),
    [
        (np.zeros(5), np.ones(5)),
        (np.zeros((2, 3)), np.zeros((3, 2))),
        (np.zeros(6), np.zeros(6)),
        (np.full(6, 2**62 + 1), np.full(6, 2**62)),  # as floats they are equal
        (np.array([np.inf] * 6), np.array([np.inf] * 6)),
    ],
)
def test_there_is_no_map_of_few_entries_other_shapes_or_no_difference(mine, right):
    assert heatmap("x", mine, right) is None


@given(
    arrays(np.float64, array_shapes(max_dims=4, max_side=9)),
    st.sampled_from([np.float16, np.int8, np.bool_, np.complex64]),
)
def test_any_two_arrays_of_one_shape_have_a_map_or_none(right, dtype):
    with np.errstate(all="ignore"):
        mine = right.astype(dtype)
    figure = heatmap("x", mine, right)
    assert figure is None or set("".join(figure.rows)) <= set(".x1234abcd")


def verdict(compare, visibility):
    with pytest.raises(Mismatch) as caught:
        compare()
    return judge_error(caught.value, visibility, "f gave an array", lambda file, line: "")


def wrong_array():
    close([np.zeros((2, 3))], [np.eye(2, 3)], name="parts", hint="look")


def wrong_gradient():
    x = np.array([1.0, 2.0, 4.0])
    rng = np.random.default_rng(1)
    gradcheck(lambda x: (x**2).sum(), [x], 2 * x + [0, 0, 1], rng=rng, name="dx")


def test_a_public_check_has_the_figure_and_its_hint():
    found = verdict(wrong_array, "public")
    assert (found.figure.name, found.figure.rows) == ("parts[0]", ["d..", ".d."])
    assert found.hint == "look"


def test_a_gradient_stands_beside_its_slopes():
    found = verdict(wrong_gradient, "public").figure
    assert (found.name, found.points) == ("dx", [(2.0, 2.0), (4.0, 4.0), (8.0, 9.0)])


@pytest.mark.parametrize("compare", [wrong_array, wrong_gradient])
def test_a_hidden_check_has_no_figure(compare):
    assert verdict(compare, "hidden").figure is None


def test_slopes_without_two_finite_points_have_no_figure():
    assert scatter("dx", np.array([1.0, np.nan]), np.array([1.0, 2.0])) is None
