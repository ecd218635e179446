"""Cells in, Python out: line for line, with what only IPython understands replaced."""

import ast
import json

import pytest

from grader.intake import limits
from grader.intake.code.magics import other_language, without_magics
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
    assert "not UTF-8 text (byte 0xff at line 1)" in why_unreadable(
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


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("%matplotlib inline", "pass"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("!ls", "pass"),
        ("!!ls", "pass"),
        ("if x:\n    !ls\n    %pwd", "if x:\n    pass\n    pass"),
        ("!ls \\\n  -l\nx = 1", "pass\n\nx = 1"),
        ("files = !ls", "pass"),
        ("a, b = %time f()", "pass"),
        ("x.y[0] = !ls", "pass"),
        ("?help\nnp.array?\nf??\n%time?", "pass\npass\npass\npass"),
        ("!echo 'it\nx = 1", "pass\nx = 1"),
        ("x = 7 % 3", "x = 7 % 3"),
        ("x = (7\n% 3)", "x = (7\n% 3)"),
        ("x = 7 \\\n% 3", "x = 7 \\\n% 3"),
        ("x = '''\n%no\n!no\nno?\n'''", "x = '''\n%no\n!no\nno?\n'''"),
        ('x = "\\"\\\n%no"', 'x = "\\"\\\n%no"'),
        ("x = '#('  # a (\n%yes", "x = '#('  # a (\npass"),
        ("print('a = %d' % x)", "print('a = %d' % x)"),
        ("assert a != b  # why?", "assert a != b  # why?"),
        ("  x = 1\n  if x:\n      y = 2", "x = 1\nif x:\n    y = 2"),
    ],
)
def test_magics_become_pass_and_python_stays(source, python):
    assert without_magics(source) == python
    ast.parse(python)


@pytest.mark.parametrize(
    ("source", "language"),
    [
        ("%%bash\nls", "bash"),
        ("\n\n%%html\n<b>", "html"),
        ("%%time\n%%writefile a.py\nx = 1", "writefile"),
        ("%%time\nx = 1", ""),
        ("%%capture out\nx = 1", ""),
        ("x = 1\n%%bash", ""),
        ("%matplotlib inline", ""),
        ("", ""),
    ],
)
def test_a_cell_magic_may_make_a_cell_another_language(source, language):
    assert other_language(source) == language
