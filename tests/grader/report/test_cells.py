"""A cell of a CSV file gets new text, and every other byte stays as it is."""

import csv
import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from grader.errors import UsageError
from grader.report.gradebook.cells import Cells, letters, read_cells, read_text


def cells(path, data: bytes, delimiter: str = ",") -> Cells:
    path.write_bytes(data)
    return read_cells(path, *read_text(path), delimiter)


@pytest.fixture
def path(tmp_path):
    return tmp_path / "grades.csv"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (b'a,b\r\n"x, y",1\r\n', b'a,b\r\n"x, y",2.5\r\n'),
        (b'a,b\nx,"1"\n', b'a,b\nx,"2.5"\n'),
        (b"\xef\xbb\xbfa,b\nx,", b"\xef\xbb\xbfa,b\nx,2.5"),
        (b'a,b\r"x\n""y""",1\r', b'a,b\r"x\n""y""",2.5\r'),
        ("א,b\nזהבה ,1,ü\n\n".encode(), "א,b\nזהבה ,2.5,ü\n\n".encode()),
    ],
)
def test_one_cell_changes_and_no_other_byte(path, before, after):
    assert cells(path, before).replaced(1, {1: "2.5"}) == after
    assert cells(path, before).replaced(1, {}) == before


def test_text_that_needs_quotes_gets_them(path):
    assert cells(path, b"a,b\n1,2\n").replaced(0, {1: "7,50"}) == b'a,b\n"7,50",2\n'
    assert cells(path, b"a;b\n1;2\n", ";").replaced(0, {1: "7,50"}) == b"a;b\n7,50;2\n"


@pytest.mark.parametrize(
    ("data", "told"),
    [
        (b'a,b\nx,y"z"\n', "row 2, column B: a quote has no partner"),
        (b'a,b\n"x,y\n', "row 2, column A: a quote has no partner"),
        (b'a,b\nx,"y" z\n', "row 2, column B: a text goes on behind its quotes"),
        (b"a,b\nx,y\nZo\xeb,1\n", "line 3: is not UTF-8"),
        (b"\xff\xfea\x00", "line 1: is not UTF-8"),
    ],
)
def test_what_is_no_csv_is_named_by_its_place(path, data, told):
    with pytest.raises(UsageError, match=told):
        cells(path, data)


TEXT = st.text(st.characters(codec="utf-8", exclude_characters="\x00"))


@given(
    table=st.lists(st.lists(TEXT, min_size=2, max_size=4), min_size=2, max_size=5),
    delimiter=st.sampled_from(",;"),
    end=st.sampled_from(["\n", "\r\n"]),
    new=TEXT,
)
def test_any_table_is_read_as_pythons_reader_reads_it(tmp_path_factory, table, delimiter, end, new):
    path = tmp_path_factory.getbasetemp() / "any.csv"
    written = io.StringIO(newline="")
    csv.writer(written, delimiter=delimiter, lineterminator=end, quoting=csv.QUOTE_ALL).writerows(
        table
    )
    found = cells(path, written.getvalue().encode(), delimiter)
    data = written.getvalue().removeprefix("\ufeff")
    read = list(csv.reader(io.StringIO(data, newline=""), delimiter=delimiter))
    assert [found.texts(row) for row in range(len(found.rows))] == read
    changed = found.replaced(1, {1: new}).decode().removeprefix("\ufeff")
    again = list(csv.reader(io.StringIO(changed, newline=""), delimiter=delimiter))
    read[1][1] = new
    assert again == read


def test_columns_are_called_as_a_spreadsheet_calls_them():
    assert [letters(n) for n in (0, 25, 26, 51, 52, 701, 702)] == [
        *("A", "Z", "AA", "AZ", "BA", "ZZ", "AAA")
    ]
