"""Python out of what IPython understands, line for line. Compared with IPython 9.18."""

import ast

import pytest

from grader.intake.code.magics import to_python

PYLAB = (
    "import numpy, matplotlib; from matplotlib import mlab, pylab, pyplot; import numpy as np;"
    " import matplotlib.pyplot as plt"
)


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("%matplotlib inline", "pass"),
        ("%%time\nx = 1", "pass\nx = 1"),
        ("!ls", "pass"),
        ("!!ls", "pass"),
        ("if x:\n    !ls\n    %pwd", "if x:\n    pass\n    pass"),
        ("!ls \\\n  -l\nx = 1", "pass\n\nx = 1"),
        ("?help\nnp.array?\nf??\n%time?", "pass\npass\npass\npass"),
        ("!echo 'it\nx = 1", "pass\nx = 1"),
        ("pip install numpy\ncd data\nls -l", "pass\npass\npass"),
        ("cat = 3\nls.sort()\ncd, rm = 1, 2", "cat = 3\nls.sort()\ncd, rm = 1, 2"),
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
    made = to_python(source)
    assert made.text == python
    assert made.left_out == []
    ast.parse(python)


@pytest.mark.parametrize(
    ("source", "python"),
    [
        ("%time x = f(2)", "x = f(2)"),
        ("%time", "pass"),
        ("if x:\n    %time y = 3", "if x:\n    y = 3"),
        ("x = %time f(2)", "x = f(2)"),
        ("a, b[0].c = %time f()", "a, b[0].c = f()"),
        ("%prun x = f(2)", "x = f(2)"),
        ("%prun -q -l 7 -s cumulative x = f(2)", "x = f(2)"),
        ("%lprun -f f -f g f(2)", "f(2)"),
        ("%memit x = 3", "x = 3"),
        ("%debug x = 3", "x = 3"),
        ("%timeit -n 3 x = f(2)", "pass"),  # which binds nothing
        ("%pylab --no-import-all", PYLAB),
        ("%env KERAS_BACKEND=jax", "import os; os.environ['KERAS_BACKEND'] = 'jax'"),
        ("%set_env A b c", "import os; os.environ['A'] = 'b c'"),
        ("%env", "pass"),
        ("%run tools.py", "from tools import *"),
        ("%run -i ./tools", "from tools import *"),
        ("%run 'lib/shapes.py' --size 3", "from lib.shapes import *"),
    ],
)
def test_magics_that_run_a_statement_become_it(source, python):
    made = to_python(source, beside={"tools", "lib.shapes"})
    assert made.text == python
    assert made.left_out == []
    ast.parse(python)


def test_pylab_gives_the_names_of_numpy():
    made = to_python("%pylab inline")
    assert made.text.startswith(PYLAB)
    assert made.text.endswith("from numpy.linalg import *; from numpy import *")


@pytest.mark.parametrize(
    "line",
    [
        "files = !ls",
        "x.y[0] = !ls",
        "best = %timeit -o f()",
        "%run other.py",
        "%run tools.ipynb",
    ],
)
def test_what_is_lost_without_ipython_is_told(line):
    made = to_python(f"x = 1\n{line}", beside={"tools"})
    assert made.text == "x = 1\npass"
    assert made.left_out == [(1, line)]


@pytest.mark.parametrize(
    ("pasted", "python"),
    [
        (">>> def g(x):\n...     return x\n>>> g(2)\n2", "def g(x):\n    return x\ng(2)\n2"),
        (">>> x = 1\n>>>\n>>> y = 2", "x = 1\n\ny = 2"),
        ("    >>> x = 1\n    >>> y = 2", "x = 1\ny = 2"),
        ("# from the notes\n>>> x = 1", "# from the notes\nx = 1"),
        ("In [1]: def h(x):\n   ...:     return x\n   ...:", "def h(x):\n    return x\n"),
        ("In [12]: %time x = 3", "x = 3"),
        ("[ins] In [1]: x = 3", "x = 3"),
    ],
)
def test_pasted_prompts_are_taken_off(pasted, python):
    assert to_python(pasted).text == python


def test_a_prompt_within_a_string_stays():
    source = "def f():\n    '''Doc.\n\n    >>> f()\n    1\n    '''\n!ls"
    assert to_python(source).text == source.replace("!ls", "pass")


def test_dots_without_a_prompt_are_python():
    assert to_python("class C:\n    ...\n!ls").text == "class C:\n    ...\npass"
