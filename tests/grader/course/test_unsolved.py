"""Which cells of a starter may raise: those that run an exercise, or use what such a cell makes."""

import pytest

from grader.course.unsolved import may_raise


@pytest.mark.parametrize(
    ("cells", "found"),
    [
        (["def f(): ...", "f()", "x = 1"], [False, True, False]),
        (["y = f()", "print(y)", "z = 1"], [True, True, False]),
        (["def g(): return f()", "g()"], [False, True]),  # defining it runs nothing
        (["rows = []", "rows.append(f())", "rows[0]"], [False, True, True]),
        (["t = {}\nt['a'] = f()", "t['a']"], [True, True]),
        (["import numpy as np", "np.seterr(all=f())", "np.ones(3)"], [False, True, False]),
        (["x = 1\ny = f(x)\ndef g(): return x", "x", "g()"], [True, False, True]),
        (["for a in f():\n    b = a", "b"], [True, True]),
        (["%timeit f()", "x = 1"], [False, False]),  # a line that only IPython reads
        (["class A:\n    def f(self): ...", "A()"], [False, True]),
        (["class B:\n    def h(self): ...", "B()"], [False, False]),
        (["class Net:\n    def fit(self): ...", "net = Net()", "net"], [False, True, True]),
        (["ANSWERS = {'a': None}", "print(ANSWERS['a'])"], [False, True]),
    ],
)
def test_a_cell_may_raise_if_it_needs_what_is_not_written(cells, found):
    assert may_raise(cells, ["f", "Net.fit", "ANSWERS"]) == found


def test_no_cell_of_a_solution_may_raise():
    assert may_raise(["def f(): ...", "f()"], []) == [False, False]
