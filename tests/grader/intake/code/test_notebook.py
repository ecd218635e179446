"""The cells of a notebook, however it was saved."""

import json

import pytest

from grader.intake import limits
from grader.intake.code.notebook import Cell, code_cells
from grader.intake.unreadable import Unreadable


def why_unreadable(data: bytes) -> str:
    with pytest.raises(Unreadable) as error:
        code_cells(data, "knn.ipynb")
    assert str(error.value).isprintable()
    return str(error.value)


def test_cells_are_numbered_as_a_reader_counts_them():
    cells = [
        {"cell_type": "markdown", "source": "text"},
        {"cell_type": "code", "source": ["a = 1\n", "b = 2"]},
        {"cell_type": "code", "source": "c = 3\r\nd = 4\r"},
    ]
    data = json.dumps({"cells": cells}).encode("utf-8-sig")
    assert code_cells(data, "knn.ipynb") == [Cell(2, "a = 1\nb = 2"), Cell(3, "c = 3\nd = 4\n")]


@pytest.mark.parametrize(
    "data",
    [b"", b"[]", b"3", b'{"cells": 3}', b'{"worksheets": {}}', b"[" * 100_000, b"9" * 5000],
)
def test_what_is_no_notebook_is_told_in_one_line(data):
    assert why_unreadable(data).startswith("knn.ipynb: not a notebook")


def test_a_notebook_of_another_encoding():
    assert "it is text in UTF-16; save it as UTF-8" in why_unreadable(
        '{"cells": []}'.encode("utf-16")
    )


def test_a_notebook_that_would_fill_the_memory():
    data = b'{"cells": [' + b"[]," * (limits.JSON_MARKS // 2 + 1) + b"0]}"
    assert (
        why_unreadable(data) == "knn.ipynb: too large to read; clear the outputs and save it again"
    )


def test_a_picture_counts_for_nothing():
    output = {"data": {"image/png": "iVBORw0" * 2_000_000}}
    cell = {"cell_type": "code", "source": "x = 1", "outputs": [output]}
    assert code_cells(json.dumps({"cells": [cell]}).encode(), "k") == [Cell(1, "x = 1")]
