"""What a cell is, by its magics."""

import pytest

from grader.intake.code.cells import read_cell
from grader.intake.code.piece import Piece


def cell(text):
    return read_cell(Piece(text, cell=4))


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("x = 1", "x = 1"),
        ("", ""),
        ("%matplotlib inline", "%matplotlib inline"),
        ("%%time\nx = 1", "\nx = 1"),
        ("%%debug\nx = 1", "\nx = 1"),
        ("\n\n%%capture out\n\n%%time\nx = 1", "\n\n\n\n\nx = 1"),
        ("# timed\n%%prun -q\nx = 1", "\n\nx = 1"),
        ("%%time", ""),
        ("x = 1\n%%bash", "x = 1\n%%bash"),
    ],
)
def test_python_keeps_its_lines(text, code):
    read = cell(text)
    assert read.code == Piece(code, cell=4)
    assert (read.magic, read.unknown, read.module) == ("", "", "")


@pytest.mark.parametrize("name", ["bash", "html", "HTML", "js", "python", "script", "!", "sx"])
def test_another_language_is_no_code(name):
    read = cell(f"%%capture\n%%{name} -x\ndef f(): pass")
    assert (read.code, read.magic) == (None, f"%%{name}")


def test_an_unknown_magic_runs_what_defines_something():
    read = cell("%%heat\n%time x = 3\ndef f(): pass")
    assert read.code == Piece("\n%time x = 3\ndef f(): pass", cell=4)
    assert read.unknown == "%%heat"


@pytest.mark.parametrize("body", ["SELECT x FROM y", "x <- c(1, 2)", "def f(int x): pass", ""])
def test_an_unknown_magic_above_anything_else_is_another_language(body):
    assert cell(f"%%strange\n{body}").magic == "%%strange"


@pytest.mark.parametrize(
    ("line", "module", "appends"),
    [
        ("%%writefile tools.py", "tools", False),
        ("%%file ./tools.py", "tools", False),
        ("%%writefile -a 'tools.py'", "tools", True),
        ("%%writefile --append tools.py", "tools", True),
    ],
)
def test_a_cell_that_is_written_to_a_module(line, module, appends):
    read = cell(f"{line}\nx = 1")
    assert (read.module, read.appends) == (module, appends)
    assert read.code == Piece("x = 1", cell=4, line=2)


@pytest.mark.parametrize("path", ["notes.txt", "a-b.py", "lib/tools.py", ""])
def test_a_cell_that_is_written_to_anything_else(path):
    read = cell(f"%%writefile {path}\nx = 1")
    assert (read.code, read.module) == (None, "")
    assert read.magic == f"%%writefile {path}"


def test_functions_that_are_added_to_a_class():
    read = cell("%%add_to Net\ndef f(self): pass\nasync def g(self):\n    def h(): pass")
    assert read.code is not None
    assert read.code.text.startswith("\ndef f")
    assert read.below == Piece("Net.f = f; Net.g = g", cell=4, line=1, is_on_one_line=True)
