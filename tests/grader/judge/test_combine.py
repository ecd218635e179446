"""Two mistakes in one text of the reference, where they fit together."""

import types

import numpy as np

from grader.judge.combine import combined

RIGHT = """
HALF = 0.5

def loss(x, reg):
    data = x.mean()
    return data + reg * (x * x).sum()

class Net:
    def loss(self, x): return loss(x, 1.0)
"""


def together(first, second):
    reference = types.ModuleType("reference")
    exec(RIGHT, reference.__dict__)
    return combined(reference, RIGHT, RIGHT.replace(*first), RIGHT.replace(*second))


def test_both_mistakes_are_made_on_two_lines_and_on_one():
    x = np.array([1.0, 3.0])
    both = together(("mean", "sum"), ("reg *", "0.5 * reg *"))
    assert both.loss(x, 1.0) == 4 + 0.5 * 10
    both = together(("reg *", "0.5 * reg *"), ("x * x", "x"))
    assert both.loss(x, 1.0) == 2 + 0.5 * 4


def test_the_rest_of_the_reference_is_there():
    both = together(("mean", "sum"), ("reg *", "HALF * reg *"))
    assert both.HALF == 0.5
    assert both.Net is not None


def test_a_method_is_changed_in_its_class():
    both = together(("(x, 1.0)", "(x, 2.0)"), ("loss(self, x)", "loss(self, x, k=1)"))
    assert both.Net.loss.__defaults__ == (1,)


def test_two_changes_of_one_place_do_not_fit():
    assert together(("mean", "sum"), ("mean", "max")) is None


def test_what_is_no_python_together_is_not_tried():
    assert together(("data = x", "data = (x"), ("reg *", "2 *")) is None
