"""A broken method costs itself, and not the class."""

import ast
from textwrap import dedent

import pytest

from grader.intake.code.methods import without_broken_methods
from grader.intake.code.syntax import why_not_python


def mended(text: str):
    return without_broken_methods(dedent(text).lstrip("\n"), why_not_python)


def methods(text: str) -> list[str]:
    (made,) = ast.parse(text).body
    assert isinstance(made, ast.ClassDef)
    return [node.name for node in made.body if isinstance(node, ast.FunctionDef)]


def test_the_other_methods_stay_on_their_lines():
    made = mended("""
        @register
        class A(Base):
            '''Text.'''
            @property
            def a(self):
                return 1

            @property
            # explained
            def broken(self):
                x = = 1
                return x

            def c(self):
                return 2
        """)
    assert methods(made.text) == ["a", "c"]
    assert made.text.split("\n")[13] == "    def c(self):"
    ((lost),) = made.lost
    assert (lost.head, lost.line, lost.error.lineno) == ("def broken(self):", "        x = = 1", 11)
    assert lost.text.startswith("@property\n# explained\ndef broken(self):\n    x = = 1")


@pytest.mark.parametrize(
    "broken",
    [
        "def b(self:\n        return 1",
        "def b(self):\n        return (1,",
        "def b(self):\n        return 'x",
        "def b(self):\n        if x:\n        return 1",
        "def b(self):",
        "def b(self):\n      x = 1\n        y = 2",
        "x = = 1",
        "def b(self):\n        '''never closed",
    ],
)
def test_every_kind_of_broken_method(broken):
    made = mended(
        f"class A:\n    def a(self):\n        return 1\n\n    {broken}\n\n"
        "    def c(self):\n        return 2\n"
    )
    assert made is not None
    assert "a" in methods(made.text)
    assert len(made.lost) >= 1


def test_several_and_all_methods_may_be_lost():
    made = mended("class A:\n    def a(self) return 1\n    def b(self) return 2\n")
    assert methods(made.text) == []
    assert [lost.head for lost in made.lost] == ["def a(self) return 1", "def b(self) return 2"]


@pytest.mark.parametrize(
    "text",
    [
        "def f(:\n    pass",
        "x = = 1",
        "class A(:\n    def a(self): pass",
        "class A:\n",
        "class A:\n    def a(self): pass\nx = = 1",
    ],
)
def test_what_cannot_be_saved_so(text):
    assert mended(text) is None


def test_a_class_of_nothing_but_errors_ends():
    assert mended("class A:\n" + "    x = = 1\n" * 1000) is None
