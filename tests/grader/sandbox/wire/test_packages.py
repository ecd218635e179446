"""Values of packages cross as what they are, and nothing of a class of their own is trusted."""

import sys
import tracemalloc
from decimal import Decimal

import numpy as np
import pytest

from grader.judge.compare import close
from grader.judge.failures import Mismatch
from grader.sandbox.wire.foreign import Foreign, foreign
from grader.sandbox.wire.frame import ProtocolError, Unsendable
from grader.sandbox.wire.kinds import copied, kind_of
from grader.sandbox.wire.values import MAX_TEXTS

DTYPES = [
    "int8",
    "float32",
    "bool",
    "complex128",
    "object",
    "float16",
    "str",
    "string",
    "Int64",
    "UInt8",
    "Float32",
    "boolean",
    "category",
    "datetime64[ns]",
    "datetime64[s]",
    "datetime64[us, UTC]",
    "datetime64[ns, Europe/Berlin]",
    "timedelta64[us]",
]


def is_here(got, name):
    """Tell whether a value stayed on its side, as one of the class `name`."""
    return getattr(got, "rest", None) == [7, name, "object"]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("length", [3, 0])
def test_a_column_of_each_dtype_arrives_as_it_was(dtype, length, there_and_back):
    pandas = pytest.importorskip("pandas")
    values = ["1", "0", "1"] if dtype in ("str", "string") else [1, 0, 1]
    column = pandas.Series(values[:length], dtype=object).astype(dtype)
    if length and column.dtype.kind not in "biufc":
        column = pandas.concat([column, column.reindex([9])])
    frame = pandas.DataFrame({"a": column, "b": 1.5})
    got = there_and_back(frame)
    pandas.testing.assert_frame_equal(got, frame)
    pandas.testing.assert_series_equal(there_and_back(column), column)
    close(got, frame)


@pytest.mark.parametrize(
    "make",
    [
        lambda pandas: pandas.RangeIndex(2, 8, 2, name="n"),
        lambda pandas: pandas.Index([3, 1, 2]),
        lambda pandas: pandas.Index([0.5, np.nan, 1.5], name=("a", 1)),
        lambda pandas: pandas.Index(["a", 1, None], dtype=object),
        lambda pandas: pandas.date_range("2026-01-01", periods=3, tz="UTC"),
        lambda pandas: pandas.timedelta_range("1D", periods=3),
        lambda pandas: pandas.CategoricalIndex(["b", "a", "b"], ["b", "a"], ordered=True),
        lambda pandas: pandas.MultiIndex.from_product([["a", "b", "c"], [1]], names=["k", None]),
    ],
)
def test_every_index_arrives_as_it_was(make, there_and_back):
    pandas = pytest.importorskip("pandas")
    index = make(pandas)
    got = there_and_back(index)
    if hasattr(index, "freq"):  # it does not cross
        index = index._with_freq(None)
    pandas.testing.assert_index_equal(got, index)
    series = there_and_back(pandas.Series([1, 2, 3], index))
    pandas.testing.assert_series_equal(series, pandas.Series([1, 2, 3], index), check_freq=False)
    wide = there_and_back(pandas.DataFrame([[1, 2, 3]], columns=index))
    pandas.testing.assert_index_equal(wide.columns, index)
    close(got, index)


def test_tables_of_every_shape_arrive(there_and_back):
    pandas = pytest.importorskip("pandas")
    for frame in (
        pandas.DataFrame(),
        pandas.DataFrame(index=[1, 2]),
        pandas.DataFrame(columns=["a"]),
        pandas.DataFrame([[1, "x"]], columns=["a", "a"]),
        pandas.DataFrame({"words": [["a", "b"], []]}),
        pandas.DataFrame({"k": [1, 1], "v": [1.0, 2.0]}).groupby("k").agg(["mean", "max"]),
    ):
        pandas.testing.assert_frame_equal(there_and_back(frame), frame)


def test_a_table_with_a_part_that_does_not_cross_stays_whole(there_and_back):
    pandas = pytest.importorskip("pandas")
    own = type("Own", (pandas.DataFrame,), {})
    for frame in (
        pandas.DataFrame({"a": [object()]}),
        pandas.DataFrame({"a": pandas.period_range("2026", periods=2)}),
        pandas.DataFrame({"a": [[object()]]}),
        pandas.DataFrame([1], index=[(1, object())]),
        own({"a": [1]}),
    ):
        assert is_here(there_and_back(frame), type(frame).__name__)
    assert is_here(there_and_back(pandas.DataFrame({"a": [1]}).groupby("a")), "DataFrameGroupBy")


def test_what_a_table_lacks_crosses_too(there_and_back):
    pandas = pytest.importorskip("pandas")
    assert there_and_back(pandas.NA) is pandas.NA
    moment = pandas.Timestamp("2026-03-29 12:00", tz="Europe/Berlin")
    assert there_and_back({moment: [pandas.Timedelta("1s")]}) == {moment: [pandas.Timedelta("1s")]}
    close(pandas.NA, pandas.NA)
    for other in (pandas.NaT, None, np.nan):
        with pytest.raises(Mismatch):
            close(other, pandas.NA)


def test_a_copy_of_a_table_is_not_written_into():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame({"a": [1, 2]})
    (copy,) = copied([frame])
    frame.loc[0, "a"] = 9
    assert copy["a"].tolist() == [1, 2]


def test_a_hundred_thousand_texts_are_two_buffers(there_and_back, framed):
    texts = np.array(["é", None, ""] * 40_000, object)
    assert there_and_back(texts).tolist() == texts.tolist()
    half = np.full(MAX_TEXTS // 2, None)
    with pytest.raises(Unsendable, match="1,000,000 texts"):
        framed([half, half, half[:1]])


def test_texts_are_counted_before_they_are_made(decoded):
    count = MAX_TEXTS + 1
    with pytest.raises(ProtocolError):
        decoded(["a", "text", [count], [0, 1]], [bytes(4 * count), b""])


def test_objects_in_an_array_arrive_one_by_one(there_and_back):
    ragged = np.array([np.ones(2), np.ones(3)], object)
    assert [part.tolist() for part in there_and_back(ragged)] == [[1, 1], [1, 1, 1]]
    mixed = np.array([[1, "a"], [Decimal(2), None]], object)
    assert there_and_back(mixed).tolist() == mixed.tolist()
    assert there_and_back(np.array(7, object)).shape == ()
    words = np.array(["a", "bc"], np.dtypes.StringDType()) if np.__version__ >= "2" else ragged
    assert len(there_and_back(words)) == 2


@pytest.mark.parametrize("dtype", ["U3", ">U3", "S3", "M8[D]", ">M8[s]", "m8[ns]"])
def test_text_and_dates_keep_their_dtype(dtype, there_and_back):
    array = np.array([1, 2, 3]).astype(">i8" if dtype[-1] != "3" else "U").astype(dtype)[::2]
    got = there_and_back(array)
    assert got.dtype == array.dtype.newbyteorder("=")
    assert got.tolist() == array.tolist()


def test_text_that_no_text_holds_is_refused(decoded):
    for character in (0x110000, 0xD800, 0xFFFFFFFF):
        with pytest.raises(ProtocolError):
            decoded(["a", "<U1", [1], 0], [character.to_bytes(4, "little")])
    last = decoded(["a", "<U1", [1], 0], [(0x10FFFF).to_bytes(4, "little")])
    assert last.tolist() == ["\U0010ffff"]


def test_an_image_arrives_as_an_array_and_goes_back_as_an_image(framed, unframed, there_and_back):
    image_module = pytest.importorskip("PIL.Image")
    image = image_module.fromarray(np.arange(12, dtype=np.uint8).reshape(2, 2, 3))
    got = there_and_back(image)
    assert (type(got), got.was) == (Foreign, "PIL image")
    assert kind_of(got).words(got) == "a PIL image (2, 2, 3) of uint8"
    np.testing.assert_array_equal(got, np.asarray(image))
    back = unframed(framed(got, shared=True), shared=True)[0]
    assert isinstance(back, image_module.Image)
    assert (back.mode, back.size) == ("RGB", (2, 2))
    close(got, image)
    close(np.asarray(image), image)
    with pytest.raises(Mismatch):
        close(got + 1, image)


def test_an_image_whose_array_does_not_say_all_stays(there_and_back):
    image_module = pytest.importorskip("PIL.Image")
    assert is_here(there_and_back(image_module.new("P", (2, 2))), "Image")


def test_what_is_computed_of_an_array_of_another_package_is_an_array(there_and_back):
    double = there_and_back(foreign(np.ones(2), "jax array")) * 2
    assert kind_of(double).tag == "a"
    assert type(there_and_back(double)) is np.ndarray


class Jax:
    """A package that is loaded, with a class whose objects claim to be arrays."""

    class Array:
        def __init__(self, answer):
            self.answer = answer

        def __array__(self, dtype=None, copy=None):
            if isinstance(self.answer, BaseException):
                raise self.answer
            return self.answer


@pytest.mark.parametrize(
    "answer",
    [
        ValueError("traced"),
        RecursionError(),
        "no array",
        np.array([object()]),
        np.zeros(1, [("a", "f8")]),
    ],
    ids=["an error", "a deep one", "a text", "objects", "a table"],
)
def test_an_array_that_cannot_be_had_stays(answer, monkeypatch, there_and_back):
    monkeypatch.setitem(sys.modules, "jax", Jax)
    assert is_here(there_and_back(Jax.Array(answer)), "Array")
    assert kind_of(Jax.Array(answer)).words(Jax.Array(answer)).startswith("a jax array")


def test_an_array_of_another_package_has_the_limits_of_any(monkeypatch, framed):
    monkeypatch.setitem(sys.modules, "jax", Jax)
    huge = np.broadcast_to(np.float64(1), (1 << 20, 1 << 20))
    with pytest.raises(Unsendable, match="over the limit"):
        framed(Jax.Array(huge))
    with pytest.raises(MemoryError):
        framed(Jax.Array(MemoryError()))


def test_a_package_that_is_not_loaded_has_no_values(monkeypatch, there_and_back):
    monkeypatch.delitem(sys.modules, "jax", raising=False)
    assert is_here(there_and_back(Jax.Array(np.ones(2))), "Array")


def test_a_package_that_is_not_installed_is_named(monkeypatch, decoded):
    monkeypatch.setitem(sys.modules, "pandas", None)
    with pytest.raises(ProtocolError, match="a value of pandas, which the judge lacks"):
        decoded(["missing", "NA"])


@pytest.mark.parametrize("form", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
@pytest.mark.parametrize("kind", ["array", "matrix"])
def test_a_sparse_matrix_of_each_form_arrives(form, kind, there_and_back):
    sparse = pytest.importorskip("scipy.sparse")
    matrix = getattr(sparse, f"{form}_{kind}")(np.array([[0, 1.5], [0, 0], [-2, 0]]))
    got = there_and_back(matrix)
    assert type(got) is getattr(sparse, f"{form if form in ('csc', 'coo') else 'csr'}_{kind}")
    np.testing.assert_array_equal(got.toarray(), matrix.toarray())
    close(got, matrix)
    close(got.toarray(), matrix)
    close(got, matrix.toarray())


def test_a_sparse_matrix_of_absurd_sides_takes_no_memory(decoded, there_and_back):
    sparse = pytest.importorskip("scipy.sparse")
    assert is_here(there_and_back(sparse.coo_array((1 << 24, 2))), "coo_array")
    part = ["a", "<i4", [0], 0]
    got = decoded(["sparse", "coo_array", [1 << 23, 1 << 23], *[part] * 3], [b""], shared=True)
    with pytest.raises(Mismatch, match="of 2 dimensions"):
        close(got, np.ones(2))
    close(got, got)


def test_a_thousand_sparse_matrices_take_as_much_memory_as_they_bring(decoded):
    pytest.importorskip("scipy.sparse")
    parts = [["a", code, [0], number] for number, code in enumerate(("<i4", "<i4", "<f8"))]
    node = ["sparse", "csr_matrix", [1 << 23, 2], *parts]
    tracemalloc.start()
    try:
        got = decoded(["l", *[node] * 1000], [b""] * 3, shared=True)
        assert {type(matrix).__name__ for matrix in got} == {"coo_matrix"}
        assert tracemalloc.get_traced_memory()[1] < 16 << 20
    finally:
        tracemalloc.stop()


def test_a_huge_table_is_not_written_out():
    pandas = pytest.importorskip("pandas")
    column = pandas.Categorical.from_codes(np.zeros(11_000_000, np.int8), ["a"])
    with pytest.raises(Mismatch, match="a Series of 1 dimensions, expected numbers"):
        close(pandas.Series(column), np.ones(2))


def test_graphs_of_each_class_arrive(there_and_back):
    networkx = pytest.importorskip("networkx")
    for name in ("Graph", "DiGraph", "MultiGraph", "MultiDiGraph"):
        graph = getattr(networkx, name)([(1, (2, "b")), ((2, "b"), 1), (1, 1)], title="t")
        graph.add_node("alone", color="red")
        got = there_and_back(graph)
        assert type(got) is type(graph)
        assert networkx.utils.graphs_equal(got, graph)
        close(got, graph)


def test_a_graph_with_a_part_that_does_not_cross_stays(there_and_back):
    networkx = pytest.importorskip("networkx")
    own = type("Own", (networkx.Graph,), {})
    for graph in (networkx.Graph([(1, object())]), networkx.path_graph(10_001), own([(1, 2)])):
        assert is_here(there_and_back(graph), type(graph).__name__)


def test_decimals_keep_every_digit_and_have_limits(there_and_back, framed):
    for text in ("0.10", "-0", "1E+20", "NaN", "-Infinity", "123456789.123456789123456789"):
        assert str(there_and_back(Decimal(text))) == str(Decimal(text))
    for text in ("1E+6145", "1E-99999", "9" * 1201):
        with pytest.raises(Unsendable, match="a Decimal of more than"):
            framed(Decimal(text))


def test_a_key_that_does_not_cross_keeps_its_dict_where_it_is(there_and_back):
    pandas = pytest.importorskip("pandas")
    assert is_here(there_and_back({pandas.NaT: 1}), "dict")
    assert is_here(there_and_back({pandas.NaT}), "set")
