"""Tables, sparse matrices, graphs and objects with fields: what differs is said, in order."""

import dataclasses
from datetime import date, datetime, timedelta
from decimal import Decimal
from enum import Enum

import numpy as np
import pytest

from grader.judge.compare import close
from grader.judge.failures import Mismatch


def refused(actual, expected, **options):
    with pytest.raises(Mismatch) as caught:
        close(actual, expected, **options)
    return caught.value


@pytest.fixture
def pandas():
    return pytest.importorskip("pandas")


@pytest.fixture
def right(pandas):
    columns = {"a": [1.5, np.nan, 3.0], "b": ["x", None, "z"], "c": [1, 2, 3]}
    return pandas.DataFrame(columns, index=["k", "l", "m"])


def test_the_right_table_passes_whatever_its_dtypes_are_called(pandas, right):
    close(right.copy(), right)
    close(right.astype({"a": "Float32", "b": "category", "c": "Int8"}), right)
    close(right.astype(object), right)
    close(right, right.astype({"a": "Float64", "b": object, "c": "float32"}))
    close(right.assign(a=right["a"] + 1e-9), right)
    dates = pandas.DataFrame({"d": pandas.to_datetime(["2026-01-02"])})
    close(dates.astype("datetime64[s]"), dates)
    close(dates["d"].dt.tz_localize("UTC"), dates["d"].dt.tz_localize("UTC"))
    close(right.rename_axis("n"), right)


@pytest.mark.parametrize(
    ("change", "safe", "detail"),
    [
        (lambda f: f[["a", "c"]], "lacks 1 of its 3 columns", "column 'b' is missing"),
        (lambda f: f.assign(d=1), "has 1 of 4 columns too many", "such as 'd'"),
        (lambda f: f[["b", "a", "c"]], "has the right columns in another order", "got ['b'"),
        (lambda f: f.iloc[:2], "has 2 rows, expected 3", ""),
        (lambda f: f.reset_index(drop=True), "index of result differs at row 0", "got 0, exp"),
        (
            lambda f: f.rename({"m": "n"}),
            "index of result differs at row 2",
            "got 'n', expected 'm'",
        ),
        (lambda f: f.iloc[[0, 2, 1]], "has the right rows in another order, first at row 1", ""),
        (lambda f: f.assign(a=0.0), "has a value at row 1, expected none", "column 'a'"),
        (lambda f: f.assign(b=None), "has no value at row 0, expected one", "column 'b'"),
        (
            lambda f: f.assign(a=f["a"] * 2),
            "a column of result equals the right one times 2",
            "'a'",
        ),
        (
            lambda f: f.assign(c=f["c"].astype(str)),
            "holds text or objects, expected numbers",
            "'c'",
        ),
        (
            lambda f: f.assign(b=["x", None, "y"]),
            "is wrong in 1 of 3 entries, first at [2]",
            "got 'y'",
        ),
        (lambda f: f["a"], "is a Series (3,), expected a DataFrame (3, 3)", ""),
        (lambda f: f.to_numpy(), "is an array (3, 3) of objects, expected a DataFrame (3, 3)", ""),
        (lambda f: None, "is None (is a return missing?), expected a DataFrame (3, 3)", ""),
    ],
)
def test_a_wrong_table_earns_nothing_and_the_first_difference_is_named(right, change, safe, detail):
    wrong = refused(change(right), right)
    assert safe in wrong.safe
    assert detail in wrong.detail
    assert "'b'" not in wrong.safe


def test_a_series_is_compared_by_its_labels_and_its_values(pandas):
    right = pandas.Series([1.0, 2.0], ["x", "y"])
    close(right.rename("n"), right)
    assert refused(right[::-1], right).safe.endswith("in another order, first at row 0")
    assert refused(right * 3, right).safe == "result equals the right one times 3"
    assert refused(right.to_numpy(), right).safe.endswith("expected a Series (2,)")
    close(right, right.to_numpy())
    assert "another order" in refused(right.index[::-1], right.index).safe


def test_levels_of_an_index_are_compared_too(pandas):
    right = pandas.DataFrame({"k": [1, 1], "l": ["a", "b"], "v": [1.0, 2.0]}).set_index(["k", "l"])
    close(right.copy(), right)
    assert refused(right.droplevel(0), right).safe == (
        "the index of result has 1 levels, expected 2"
    )
    other = right.rename({"b": "c"}, level=1)
    assert refused(other, right).safe == "the index of result differs at row 1"


def test_two_tables_without_an_index_in_common_are_not_alike(pandas):
    """Their difference has no numbers at all, of which pandas says that its sum is 0."""
    right = pandas.Series([1.0, 2.0], ["x", "y"])
    forged = pandas.Series([9.0, 9.0], ["p", "q"])
    assert (forged - right).abs().sum() == 0
    refused(forged, right)


@pytest.mark.parametrize(
    ("actual", "expected", "words"),
    [
        (["a", "b"], np.array(["a", "c"]), "is wrong in 1 of 2 entries, first at [1]"),
        (np.array(["a"]), np.array(["a", "c"]), "has shape (1,), expected (2,)"),
        (np.array([1, 2]), np.array(["1", "2"]), "is wrong in 2 of 2 entries, first at [0]"),
        (2.5, np.array(["a"]), "is a float, expected an array (1,) of text"),
        (np.array([3]), np.array([3], "m8[D]"), "an array (1,) of int64, expected an array (1,)"),
        (np.array([3], "m8[h]"), np.array([3], "m8[D]"), "is in the unit [h], expected [D]"),
        (
            np.array(["2026-01-02"], "M8[s]"),
            np.array(["2026-01-01"], "M8[D]"),
            "is wrong in 1 of 1",
        ),
        (np.timedelta64(3, "D"), np.timedelta64(4, "D"), "is not right"),
        (np.array([1.5, None]), np.array([2.5, None]), "is wrong in 1 of 2 entries"),
        (date(2026, 1, 1), date(2026, 1, 2), "is not right"),
        (86400, timedelta(1), "is not right"),
    ],
)
def test_text_and_dates_are_equal_or_not(actual, expected, words):
    assert words in refused(actual, expected).safe
    close(expected, expected)


def test_text_and_dates_pass_in_any_form():
    close(["a", "b"], np.array(["a", "b"]))
    close(np.array(["a", None], object), np.array(["a", np.nan], object))
    close(np.array(["2026-01-01", "NaT"], "M8[s]"), np.array(["2026-01-01", "NaT"], "M8[D]"))
    close(np.array([1, 2.5], object), np.array([1.0, 2.5]))
    close([1.0, 2.5 + 1e-9], np.array([1, 2.5], object))
    close(timedelta(hours=24), timedelta(days=1))
    ragged = np.array([np.ones(2), np.ones(3)], object)
    close(ragged + 1e-9, ragged)
    refused(ragged * 2, ragged)


def test_a_date_of_pandas_is_one_of_python(pandas):
    day = pandas.Timestamp("2026-01-02")
    close(day, day.to_pydatetime())
    close(day.to_pydatetime(), day)
    close(pandas.Timedelta("1D"), timedelta(days=1))
    assert refused(day, datetime(2026, 1, 3)).safe == "result is not right"
    refused(day, date(2026, 1, 2))
    refused("2026-01-02", day)


def test_decimals_are_compared_as_the_numbers_that_they_are():
    close(Decimal("0.1"), 0.1)
    close(0.1, Decimal("0.1"))
    close([Decimal("0.5")], np.array([0.5]))
    assert refused(Decimal("0.2"), Decimal("0.1")).safe.endswith("times 2")
    refused(Decimal("NaN"), Decimal("0.1"))


def test_large_sparse_matrices_are_compared_where_they_have_entries():
    sparse = pytest.importorskip("scipy.sparse")
    parts = np.array([1.0, 2.0]), (np.array([0, 5_000_000]), np.array([3, 4]))
    right = sparse.coo_array(parts, shape=(6_000_000, 10)).tocsr()
    close(right.copy(), right)
    assert refused(right * 2, right).safe == (
        "the stored entries of result equals the right one times 2"
    )
    other = sparse.coo_array((parts[0], (parts[1][0], np.array([3, 5]))), shape=right.shape)
    assert "wrong in 2 of 3 entries" in refused(other, right).safe
    assert "expected a sparse array" in refused(right.T.tocsr(), right).safe
    assert "expected a sparse array" in refused(np.ones(3), right).safe
    small = sparse.csr_array(np.eye(2))
    assert refused(small * 2, small).safe == "result equals the right one times 2"
    assert refused(sparse.eye_array(3), small).safe.startswith("result is a sparse array (3, 3)")


def test_graphs_are_compared_by_nodes_edges_and_what_is_noted():
    networkx = pytest.importorskip("networkx")
    right = networkx.Graph()
    right.add_edge("a", "b", weight=0.5)
    same = networkx.Graph()
    same.add_edge("b", "a", weight=0.5 + 1e-9)
    close(same, right)
    for change, words in (
        (lambda g: g.remove_node("a"), "lacks 1 of its 2 nodes"),
        (lambda g: g.add_node("c"), "has 1 of 3 nodes too many"),
        (lambda g: g.remove_edge("a", "b"), "lacks 1 of its 1 edges"),
        (lambda g: g.add_edge("a", "a"), "has 1 of 2 edges too many"),
        (lambda g: g.add_edge("a", "b", weight=1.0), "equals the right one times 2"),
        (lambda g: g.add_node("a", color="red"), "what is noted of the nodes of result"),
    ):
        graph = right.copy()
        change(graph)
        assert words in refused(graph, right).safe
    assert refused(right.to_directed(), right).safe.startswith("result is a DiGraph of 2")


@dataclasses.dataclass
class Point:
    x: float
    y: np.ndarray


class Color(Enum):
    RED = 1
    BLUE = 2


SUBMISSION = """
    import dataclasses, enum
    import numpy as np

    @dataclasses.dataclass
    class Point:
        x: float
        y: np.ndarray

    class Color(enum.Enum):
        BLUE = 1
        RED = 1
        BLACK = 0

    def point(x, y): return Point(x, y)
    def color(name): return Color[name]
    def half(): return enum.Enum("Half", "x")
    """


def test_an_object_is_compared_by_the_fields_of_the_reference_s(submit):
    answer = submit(SUBMISSION)
    right = Point(1.5, np.arange(3))
    close(answer.point(1.5, np.arange(3)), right)
    close([answer.point(1.5, [0, 1, 2])], [right])
    assert refused(answer.point(3.0, [0, 1, 2]), right).safe == (
        "result.x equals the right one times 2"
    )
    assert refused(answer.point(1.5, [0, 1, 5]), right).safe.startswith("result.y is wrong in 1")
    with pytest.raises(Mismatch, match="no attribute x"):
        close(answer.color("BLACK"), right)
    assert refused(1.5, right).safe == "result is a float, expected an object with fields"


def test_a_member_is_compared_by_name_and_value(submit):
    answer = submit(SUBMISSION.replace("RED = 1", "RED = 1.0").replace("BLUE = 1", "BLUE = 3"))
    close(answer.color("RED"), Color.RED)
    assert refused(answer.color("BLACK"), Color.RED).safe == "result.name is not right"
    assert "result.value" in refused(answer.color("BLUE"), Color.BLUE).safe
    assert refused("RED", Color.RED).safe.endswith("expected a member of an enumeration")
