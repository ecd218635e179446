"""A student's code of an exercise is found as it counts, with the place where they find it."""

import json

from grader.intake.code.excerpt import excerpts
from grader.intake.code.module import to_module
from grader.intake.submission import Other, Submission

SCRIPT = """import numpy as np

def f(x):
    return 0

@np.vectorize
def f(x):
\treturn x

print(f(3))

class Net:
    depth = 1

    def forward(self, x):
        return x

    @property
    def size(self):
        return 1

ANSWERS = {
    "q": 1,
}
"""


def found(main, data, exercises, **more):
    submission = Submission("s1", main, {main: data}, "", (), **more)
    roots = {exercise.partition(".")[0] for exercise in exercises}
    return excerpts(to_module(submission, roots), exercises, submission.shown)


def where(one):
    return (one.exercise, one.file, one.cell, one.line, one.text)


def test_the_last_definition_counts_with_its_decorators_and_tabs_become_spaces():
    (one,) = found("knn.py", SCRIPT.encode(), ["f"])
    assert where(one) == (
        *("f", "knn.py", 0, 6),
        "@np.vectorize\ndef f(x):\n    return x",
    )


def test_methods_and_constants_are_found():
    names = ["Net.forward", "Net.size", "ANSWERS"]
    shown = [where(one) for one in found("knn.py", SCRIPT.encode(), names, called="my knn.py")]
    assert shown == [
        ("Net.forward", "my knn.py", 0, 15, "    def forward(self, x):\n        return x"),
        (
            *("Net.size", "my knn.py", 0, 18),
            "    @property\n    def size(self):\n        return 1",
        ),
        ("ANSWERS", "my knn.py", 0, 22, 'ANSWERS = {\n    "q": 1,\n}'),
    ]


def test_a_line_of_a_notebook_is_one_of_its_cell():
    cells = [
        {"cell_type": "markdown", "metadata": {}, "source": "# Text"},
        {
            "cell_type": "code",
            "metadata": {},
            "source": "# first\ndef f(x):\n    return x",
            "outputs": [],
            "execution_count": None,
        },
    ]
    notebook = {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (one,) = found("knn.ipynb", json.dumps(notebook).encode(), ["f"])
    assert where(one) == ("f", "knn.ipynb", 2, 2, "def f(x):\n    return x")


def test_what_another_file_defines_is_shown_from_there():
    other = Other("part2.py", False, b"\n\ndef g(x):\n    return x\n", ("g",))
    shown = found("knn.py", b"def f(x):\n    return g(x)\n", ["f", "g"], others=(other,))
    assert [where(one)[:4] for one in shown] == [
        ("f", "knn.py", 0, 1),
        ("g", "part2.py", 0, 3),
    ]


def test_what_is_not_defined_or_too_long_is_left_out_or_cut():
    long = "def f(x):\n" + "    x += 1\n" * 500 + "    return x\n"
    (one,) = found("knn.py", long.encode(), ["f", "g", "Net.forward"])
    assert one.text.count("\n") == 199
    wide = "".join(f"def f{n}(x):\n    return '{'x' * 30_000}'\n" for n in range(3))
    assert [one.exercise for one in found("knn.py", wide.encode(), ["f0", "f1", "f2"])] == ["f0"]
