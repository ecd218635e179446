"""A right answer passes, a wrong one does not, and the message names how it is wrong."""

import warnings
from enum import StrEnum
from fractions import Fraction

import numpy as np
import pytest

from grader.judge.compare import TOLERANCE, close, explain, in_digits, numeric
from grader.judge.failures import Mismatch
from grader.judge.proxy import Function, Handle
from grader.sandbox.wire.foreign import foreign

TABLE = np.array([[1.0, 2.0, 3.0], [4.0, 5.0, 6.5]])
SQUARE = np.array([[1.0, 2.0], [3.0, 4.5]])


def refused(actual, expected, **options):
    with pytest.raises(Mismatch) as caught:
        close(actual, expected, **options)
    return caught.value


def handle(class_name="Net"):
    return Handle(talk=None, number=1, class_name=class_name)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (2.5, 2.5),
        (np.float32(2.5), 2.5),
        (3, 3),
        (3.0, 3),
        (True, True),
        (np.array(2.5), 2.5),
        (TABLE.copy(), TABLE),
        (TABLE.tolist(), TABLE),
        (TABLE, TABLE.tolist()),
        (TABLE.astype(np.float32), TABLE),
        (np.asfortranarray(TABLE), TABLE),
        ([0, 1, 1], np.array([0, 1, 1])),
        (np.array([True, False]), np.array([True, False])),
        (1 + 2j, 1 + 2j),
        (np.array([1j]), np.array([1j])),
        ((1.0, TABLE), (1.0, TABLE)),
        ([1.0, TABLE], (1.0, TABLE)),
        ((1.0, (TABLE, [None, "a"])), (1.0, (TABLE, [None, "a"]))),
        ("gini", "gini"),
        (None, None),
        (np.zeros((0, 3)), np.zeros((0, 3))),
        (np.array([np.nan, np.inf, -np.inf]), np.array([np.nan, np.inf, -np.inf])),
        (np.array([0, 200], np.uint8), np.array([0, 200])),
        (np.array([1e300]), np.array([1e300])),
    ],
)
def test_the_right_answer_passes(actual, expected):
    close(actual, expected)


@pytest.mark.parametrize("factor", [1, -1])
def test_the_tolerance_is_a_share_of_the_largest_expected_magnitude(factor):
    expected = np.array([0.001, -200.0])
    close(expected + factor * np.array([0.999 * 200 * TOLERANCE, 0]), expected)
    refused(expected + factor * np.array([1.001 * 200 * TOLERANCE, 0]), expected)


@pytest.mark.parametrize("tol", [1e-12, 1e-3])
def test_a_tolerance_of_ones_own_has_two_sides_too(tol):
    close(1 + 0.99 * tol, 1.0, tol=tol)
    refused(1 + 1.01 * tol, 1.0, tol=tol)


def test_where_zero_is_expected_almost_nothing_else_will_do():
    close(np.zeros(3), np.zeros(3))
    close(np.full(3, 1e-19), np.zeros(3))
    refused(np.full(3, 1e-17), np.zeros(3))


@pytest.mark.parametrize("where", [0, 1, 2])
@pytest.mark.parametrize("bad", [np.nan, np.inf, -np.inf])
def test_nan_and_infinity_never_pass_for_a_number(where, bad):
    actual = np.array([1.0, 2.0, 3.0])
    actual[where] = bad
    assert f"in 1 of 3 entries, first at [{where}]" in refused(actual, np.arange(1.0, 4)).safe
    refused(np.arange(1.0, 4), actual)  # nor a number for them
    refused(float(bad), 1.0)
    refused(1.0, float(bad))
    refused(complex(0, bad), 1j)


@pytest.mark.parametrize("actual", [np.nan, 0.0, 3.0, -np.inf])
@pytest.mark.parametrize("expected", [np.inf, np.nan, [np.inf, 1.0]])
def test_a_wrong_answer_where_no_number_is_expected_is_explained(actual, expected):
    expected = np.array(expected)
    actual = np.full(expected.shape, actual)
    if not np.array_equal(actual, expected, equal_nan=True):
        assert explain(actual, expected, 1e-6, "loss")


def test_infinities_of_opposite_sign_differ():
    refused(np.array([np.inf]), np.array([-np.inf]))


def test_nan_passes_no_tolerance_however_large():
    refused(np.nan, 1.0, tol=np.inf)


@pytest.mark.parametrize(
    ("actual", "expected"),
    [
        (3.0000001, 3),
        (np.array([0, 1, 2]), np.array([0, 1, 1])),
        (True, False),
        (2**53, 2**53 + 1),
        (np.array([2**60 + 1]), np.array([2**60])),
        (-1, np.array(255, np.uint8)),
    ],
)
def test_whole_numbers_have_to_be_equal(actual, expected):
    refused(actual, expected)
    refused(actual, expected, tol=0.5)


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (TABLE * 5, "equals the right one times 5"),
        (TABLE * 32, "equals the right one times 32"),
        (TABLE / 7, "equals the right one times 1/7"),
        (TABLE / 2 * (1 + 1e-8), "equals the right one times 1/2"),
        (TABLE * -1 * (1 - 1e-8), "equals the right one times -1"),
        (-TABLE, "equals the right one times -1"),
        (-TABLE / 3, "equals the right one times -1/3"),
        (TABLE * 0.123456789, "equals the right one times 0.1235"),
        (TABLE * 0, "is 0 everywhere"),
        (TABLE + 0.5, "is off by the same amount in every entry"),
        (np.where(TABLE == 3, 4, TABLE), "is wrong in 1 of 6 entries, first at [0, 2]"),
        (TABLE[::-1], "is wrong in every entry"),
        (np.add(TABLE, [[0, 0, 0], [1, 0, 3]]), "is wrong in 2 of 6 entries, first at [1, 0]"),
        (np.where(TABLE == 5, np.nan, TABLE), "is NaN in 1 of 6 entries, first at [1, 1]"),
        (np.where(TABLE > 4, np.inf, TABLE), "is infinite in 2 of 6 entries, first at [1, 1]"),
        (TABLE[0], "has shape (3,), expected (2, 3)"),
        (TABLE.T, "has shape (3, 2), expected (2, 3): it is the transpose of the right one"),
        (TABLE.T * 2, "has shape (3, 2), expected (2, 3)"),
        (TABLE.ravel(), "has shape (6,), expected (2, 3): the numbers are right, the shape is not"),
        (TABLE.reshape(3, 2), "expected (2, 3): the numbers are right, the shape is not"),
        (TABLE[:, :, None], "expected (2, 3): the numbers are right, the shape is not"),
    ],
)
def test_a_wrong_table_is_told_how_it_is_wrong(actual, words):
    safe = refused(actual, TABLE, name="dW").safe
    assert safe.startswith("dW ")
    assert safe.endswith(words)


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (5.0, "equals the right one times 2"),
        (1.25, "equals the right one times 1/2"),
        (-2.5, "equals the right one times -1"),
        (0.0, "is 0"),
        (2.6, "is not right"),
        (np.nan, "is NaN"),
        (
            np.array([2.5]),
            "has shape (1,), expected a number: the numbers are right, the shape is not",
        ),
    ],
)
def test_a_wrong_number_is_told_how_it_is_wrong(actual, words):
    assert refused(actual, 2.5, name="loss").safe == f"loss {words}"


def test_equal_numbers_have_a_ratio_only_where_it_is_telling():
    right = np.array([31.0, 31.0])
    assert refused(np.array([36.0, 36.0]), right, name="labels").safe == (
        "labels is wrong in every entry"
    )
    assert refused(2 * right, right, name="labels").safe == "labels equals the right one times 2"


def test_a_number_for_an_array_and_an_array_for_a_number_are_told_apart():
    assert refused(1.0, TABLE).safe == "result is a number, expected shape (2, 3)"
    assert refused(TABLE, 1.0).safe == "result has shape (2, 3), expected a number"


def test_an_answer_that_is_right_for_the_first_row_alone_is_recognised():
    right = np.arange(1.0, 13).reshape(4, 3)
    wrong = np.add(right, [[0], [1], [2], [4]])
    assert refused(wrong, right).safe == "result is right in its first row alone, of 4"
    assert "row" not in refused(wrong[::-1], right[::-1]).safe
    assert "row" not in refused(np.add(right, [[0], [1], [0], [4]]), right).safe


def test_how_near_an_answer_is_is_told_where_it_is_near():
    assert refused(TABLE + 1e-4 * np.eye(2, 3), TABLE).safe == (
        "result is wrong in 2 of 6 entries, first at [0, 0], by 2e-05 of its largest value"
    )
    assert refused(2.5001, 2.5).safe == "result is not right, by 4e-05 of its largest value"
    assert "by" not in refused(TABLE + 0.1 * np.eye(2, 3), TABLE).safe
    assert "by" not in refused(np.array([1000001, 5]), np.array([1000000, 5])).safe


def test_a_border_around_the_right_answer_and_a_column_that_met_a_row_are_recognised():
    padded = refused(np.pad(TABLE, ((1, 1), (2, 2))), TABLE).safe
    assert padded.endswith("has shape (4, 7), expected (2, 3): the right one lies in its middle")
    assert refused(np.pad(-TABLE, 1), TABLE).safe.endswith("expected (2, 3)")
    assert refused(np.pad(TABLE, ((0, 2), (0, 0))), TABLE).safe.endswith("expected (2, 3)")
    met = refused(np.ones((3, 3)), np.ones(3)).safe
    assert met.endswith("expected (3,): did a column (3, 1) meet a row (3,)?")
    assert refused(np.ones((3, 2)), np.ones(3)).safe.endswith("expected (3,)")


def test_a_square_that_is_transposed_is_recognised():
    assert refused(SQUARE.T, SQUARE).safe == "result is the transpose of the right one"


@pytest.mark.parametrize("kind", [np.uint8, np.int8, np.float16, np.float32, np.int64])
def test_a_factor_is_found_in_every_type_of_number(kind):
    expected = np.array([[10, 20], [30, 55]]).astype(kind)
    assert refused(expected.astype(np.float64) * 4, expected).safe.endswith("times 4")


def test_a_complex_answer_has_patterns_too():
    expected = np.array([1 + 1j, 2 - 1j, 0.5j])
    assert refused(expected * 3, expected).safe.endswith("times 3")
    assert "wrong in every entry" in refused(expected.conj(), expected).safe


def test_a_rounding_error_over_a_tight_tolerance_is_no_factor():
    safe = refused(TABLE * (1 + 1e-9), TABLE, tol=1e-12).safe
    assert "times" not in safe


def test_labels_that_are_all_one_too_large_are_recognised():
    safe = refused(np.array([1, 2, 3, 1]), np.array([0, 1, 2, 0])).safe
    assert safe == "result is off by the same amount in every entry"


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (None, "is None (is a return missing?), expected numbers"),
        ("2.5", "is a str, expected numbers"),
        (b"2", "is a bytes, expected numbers"),
        ({"a": 1}, "is a dict of 1, expected numbers"),
        ([1, None], "is a list (an int, None), expected numbers"),
        ([[1], [1, 2]], "is a list (a list of 1, a list of 2), expected numbers"),
        (["a"], "is a list (a str), expected numbers"),
        (slice(3), "is a slice, expected numbers"),
        ({2.5}, "is a set of 1, expected numbers"),
        ([Fraction(5, 2), {2.5}], "is a list (a Fraction, a set of 1), expected numbers"),
        (handle(), "is an object of the class Net, expected numbers"),
        (handle("ndarray"), "is an array of objects or text, expected numbers"),
        (handle("generator"), "is a generator, expected numbers"),
        (handle("Figure"), "is a figure, expected numbers"),
        (handle("DataFrame"), "is a DataFrame, expected numbers: return np.asarray(...) of it"),
        (foreign(np.array(["a"]), "jax array"), "is a jax array (1,) of text, expected numbers"),
        (Function(None, 1, "f"), "is a function, expected numbers"),
        (np.array([1, None]), "is an array (2,) of objects, expected numbers"),
        (np.array(["a"]), "is an array (1,) of text, expected numbers"),
    ],
)
def test_an_answer_of_another_kind_is_described(actual, words):
    assert refused(actual, 2.5).safe == f"result {words}"
    refused(actual, TABLE)
    refused(actual, 3)


def test_an_object_in_a_list_is_no_number():
    refused([handle(), 1.0], np.ones(2))


def test_none_and_text_are_compared_exactly():
    for actual, expected in [(0, None), ("a", None), (None, "a"), ("A", "a"), (b"a", "a")]:
        assert refused(actual, expected).safe == "result is not right"
    refused(handle(), None)
    refused(handle(), "Net")


def test_sets_are_compared_exactly():
    close({1, "a"}, {"a", 1})
    close(frozenset("ab"), frozenset("ba"))
    for actual in (set(), {1, 2, 3}, [1, 2], frozenset({1, 2}), None, np.array([1, 2]), handle()):
        assert refused(actual, {1, 2}).safe == "result is not right"
    assert refused({1}, {2}).detail == "got {1}, expected {2}"


def test_fractions_are_compared_as_the_numbers_that_they_are():
    close(Fraction(3, 4), 0.75)
    close(0.75, Fraction(3, 4))
    close([Fraction(1, 3), 0.5], np.array([1 / 3, 0.5]))
    close((Fraction(1, 3), 2), (1 / 3, 2))
    assert refused(Fraction(3, 2), 0.75).safe == "result equals the right one times 2"
    assert refused(Fraction(10**400), 0.75).safe == "result is a Fraction, expected numbers"


@pytest.mark.parametrize(
    ("actual", "words"),
    [
        (
            None,
            "result is None (is a return missing?), "
            "expected a tuple (a float, an array (2, 3) of float64)",
        ),
        (1.0, "result is a float, expected a tuple (a float, an array (2, 3) of float64)"),
        (TABLE, "result is an array (2, 3) of float64, expected a tuple"),
        ((1.0,), "result has 1 parts, expected 2"),
        ((1.0, TABLE, 3), "result has 3 parts, expected 2"),
        ((2.0, TABLE), "result[0] equals the right one times 2"),
        ((1.0, TABLE * 2), "result[1] equals the right one times 2"),
        ((1.0, None), "result[1] is None (is a return missing?), expected numbers"),
    ],
)
def test_parts_are_compared_one_by_one_and_named(actual, words):
    assert refused(actual, (1.0, TABLE)).safe.startswith(words)


def test_nested_parts_carry_their_place_in_the_name():
    error = refused([1.0, (2.0, [None, "b"])], [1.0, (2.0, [None, "c"])], name="cache")
    assert error.safe == "cache[1][1][1] is not right"


def test_values_are_in_the_detail_only():
    error = refused(np.array([1.0, 7.25]), np.array([1.0, 8.125]))
    assert error.safe == "result is wrong in 1 of 2 entries, first at [1]"
    assert error.detail == "at [1]: got 7.25, expected 8.125"
    assert refused(np.float64(3.5), 8.125).detail == "got 3.5, expected 8.125"
    assert refused("mine", "theirs").detail == "got 'mine', expected 'theirs'"


def test_the_hint_goes_along_wherever_it_fails():
    for actual in (2.0, None, (1.0, 2.0), np.ones(3)):
        assert refused(actual, 1.0, hint="use the mean").hint == "use the mean"
    assert refused(1.0, (1.0, 2.0), hint="two values").hint == "two values"
    assert refused("a", "b", hint="the other").hint == "the other"
    assert refused(2.0, 1.0).hint == ""


def test_tensors_are_compared_like_arrays():
    torch = pytest.importorskip("torch")
    table = torch.from_numpy(TABLE)
    close(table, TABLE)
    close(table.clone().requires_grad_(), TABLE)
    close(TABLE, table)
    close([table[0], table[1].clone().requires_grad_()], TABLE)
    close(table.to(torch.bfloat16), TABLE)
    assert refused(table * 3, TABLE).safe.endswith("times 3")
    assert refused(table, "label").safe == "result is not right"


@pytest.mark.parametrize("expected", [object(), np.zeros(1, [("a", "f8")])])
def test_what_cannot_be_compared_with_is_the_authors_error(expected):
    with pytest.raises(TypeError, match="cannot compare"):
        close(1.0, expected)


@pytest.mark.parametrize(
    "actual",
    [np.full((2, 3), 1e308), np.full((2, 3), np.inf), np.full((2, 3), np.nan), TABLE * 1e200],
)
def test_no_answer_makes_a_comparison_warn(actual):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        refused(actual, TABLE)
        refused(actual.astype(np.complex128), TABLE)
        with np.errstate(all="raise"):
            refused(actual, TABLE)


def test_a_huge_answer_of_the_wrong_shape_is_not_converted():
    huge = np.broadcast_to(np.uint8(1), (1 << 22, 1 << 22))
    assert "expected (2, 3)" in refused(huge, TABLE).safe


def test_explain_returns_nothing_for_equal_arrays_of_any_shape():
    for array in (TABLE, np.array(1.0), np.zeros((0, 2)), np.array([1, 2])):
        assert explain(array, array.copy(), TOLERANCE, "x") is None


def test_numeric_gives_an_array_or_refuses():
    assert numeric([1, 2], "x").tolist() == [1, 2]
    with pytest.raises(Mismatch, match=r"x is None .*, expected numbers"):
        numeric(None, "x")


def test_dicts_are_compared_key_by_key_and_missing_keys_come_first():
    right = {"W": TABLE, "b": [1.0, 2.0], "name": "net"}
    close({"name": "net", "b": np.array([1.0, 2.0]), "W": TABLE + 1e-9}, right)
    missing = refused({"W": TABLE * 3, "b": [1.0, 2.0]}, right)
    assert missing.safe == "result lacks 1 of its 3 keys"
    assert missing.detail == "such as 'name'"
    assert refused({**right, "x": 1}, right).safe == "result should not have 1 of its 4 keys"
    wrong = refused({**right, "W": TABLE * 3}, right)
    assert wrong.safe.startswith("a value of result ")
    assert wrong.safe.endswith("times 3")
    assert wrong.detail.startswith("at key 'W': ")
    assert refused([1, 2], right).safe.endswith("expected a dict of 3")


@pytest.mark.parametrize("right", [[[1, 2], [3]], ([1.5], []), [[[1], [2]], [[3]]]])
def test_ragged_lists_are_compared_part_by_part(right):
    close(right, right)
    assert refused([[7, 7, 7], *right[1:]], right).safe.startswith("result[0] has shape (3,)")
    assert refused([*right, [1]], right).safe == "result has 3 parts, expected 2"


def test_whole_numbers_over_64_bits_have_to_be_equal():
    close(1 << 70, 1 << 70)
    close([1 << 70, 1], [1 << 70, 1])
    assert refused((1 << 70) + 1, 1 << 70).safe == "result is not right"
    assert refused(float(1 << 70), 1 << 70).safe == "result is not right"
    assert refused([1 << 71, 2], [1 << 70, 1]).safe == "result[0] is not right"


def test_a_member_of_an_enumeration_equals_the_text_that_it_crosses_as():
    color = StrEnum("Color", ["RED", "BLUE"])
    close("red", color.RED)
    refused("blue", color.RED)
    refused(b"red", color.RED)


def test_the_mask_of_an_array_is_compared_first():
    right = np.ma.MaskedArray([1.0, 2.0, 3.0], [False, True, False])
    close(np.ma.MaskedArray([1.0, 77.0, 3.0], [False, True, False]), right)
    close(np.ma.MaskedArray([1.0, 2.0]), np.array([1.0, 2.0]))
    for mask in ([True, False, False], [False, False, False], [True, True, True]):
        wrong = np.ma.MaskedArray([1.0, 2.0, 3.0], mask)
        assert refused(wrong, right).safe.startswith("the mask of result ")
    assert refused(right.data, right).safe.startswith("the mask of result ")
    assert refused(right, right.data).safe.startswith("the mask of result ")
    values = np.ma.MaskedArray([1.0, 2.0, 4.0], right.mask)
    assert refused(values, right).safe == "result is wrong in 1 of 3 entries, first at [2]"
    assert refused(right[:2], right).safe == "result has shape (2,), expected (3,)"


def test_shapes_and_lazily_conjugated_tensors_of_torch_are_numbers():
    torch = pytest.importorskip("torch")
    close((2, 3), torch.ones(2, 3).shape)
    refused((3, 2), torch.ones(2, 3).shape)
    complex_ones = torch.tensor([1 + 2j, 3j])
    close(np.array([1 - 2j, -3j]), complex_ones.conj())
    close(np.array([-2.0, -3.0]), complex_ones.conj().imag)
    refused(np.array([1 + 2j, 3j]), complex_ones.conj())


@pytest.mark.parametrize(
    ("actual", "expected", "told"),
    [
        (16.1, 5.566666666666666, ("16.1", "5.567")),
        (1.00001, 1.00002, ("1.00001", "1.00002")),
        (30720.0, 30730.0, ("30720.0", "30730.0")),
        (1e-9, 2.123456e-9, ("1e-09", "2.123e-09")),
        (123456789.0, 1.0, ("1.235e+08", "1.0")),
        (float("nan"), 0.5, ("nan", "0.5")),
    ],
)
def test_numbers_have_four_digits_or_as_many_as_tell_them_apart(actual, expected, told):
    assert in_digits(np.float64(actual), np.float64(expected)) == told


def test_a_small_error_in_float32_is_named():
    with pytest.raises(Mismatch, match="it is float32: compute in float64"):
        close(np.float32([1.00001, 2]), np.array([1.0, 2.0]))
