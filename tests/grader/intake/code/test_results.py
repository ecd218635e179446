"""A value does not take the place of a function; another function does."""

import ast

import pytest

from grader.intake.code.effects import Effects
from grader.intake.code.results import results_over_functions

ABOVE = """
import np
def f(x): return x
def other(x): return x
def maker():
    return lambda x: x
def plain(g): return g(3)
class Kind: pass
class Callable:
    def __call__(self): pass
"""
FUNCTIONS = {"np", "f", "other", "maker", "plain", "Kind", "Callable"}


def ignored(*binders: str) -> set[int]:
    nodes = [ast.parse(binder).body[0] for binder in binders]
    return results_over_functions(nodes, "f", FUNCTIONS, Effects(ast.parse(ABOVE).body))


@pytest.mark.parametrize(
    "value",
    [
        "f = f(3)",
        "f = f(f)",
        "f = 3",
        "f = [f]",
        "f = np.array(f(3))",
        "f = np.ones(3)",
        "f = Kind(3)",
        "f = plain(f)",
        "f = result",
        "f = result.score",
        "f, x = f(3)",
        "f, x = f(3), other",
        "f += 1",
        "for f in range(3): pass",
        "with np.load() as f: pass",
        "if x: f = f(2)",
        "def g(): pass\nf = 1",
    ],
)
def test_a_result(value):
    last = value.split("\n")[-1]
    assert ignored("def f(x): return x", last) == {1}
    assert ignored("from np import f", last) == {1}
    assert ignored("f = lambda x: x", last) == {1}


@pytest.mark.parametrize(
    "value",
    [
        "f = other",
        "f = lambda x: 1",
        "f = np.vectorize(f)",
        "f = np.compiled(static=1)(f)",
        "f = np.partial(func=other, k=2)",
        "f = np.dot",
        "f = Kind.method",
        "f = staticmethod(f)",
        "f = maker()",
        "f = Callable()",
        "f = other if x else None",
        "f, x = other, 3",
        "g = f = other",
        "class f: pass",
        "if x:\n    def f(): return 1",
        "try:\n    from np import f\nexcept ImportError: pass",
    ],
)
def test_a_function(value):
    assert ignored("def f(x): return x", value) == set()


def test_only_what_comes_after_a_function_is_ignored():
    assert ignored("f = 1", "f = 2") == set()
    assert ignored("def f(x): raise NotImplementedError", "f = Kind(3)") == set()
    assert ignored("class f:\n    def g(self): pass", "f = Kind(3)") == set()
    assert ignored("f = 1", "def f(x): return x", "f = 2", "f = other", "f = 3") == {2, 4}
