"""A tiny course on disk: a function, a class and a dict of answers."""

from pathlib import Path

import numpy as np
import pytest

import grader.course.notebook  # noqa: F401  # jupytext looks for pandoc when it is imported
from grader.course.assignment import Assignment
from grader.course.course import Course

REFERENCE = '''\
"""Standardise columns."""

import math
from collections.abc import Sequence

import numpy as np

_TINY = 1e-12  # below this a column is constant
__all__ = ["mean"]


def mean(values: Sequence[float]) -> float:
    """Return the mean of `values`.

    Raises:
        ValueError: there are none.
    """
    _require_some(values)
    total = math.fsum(values)  # no rounding on the way

    return total / len(values)
    # Dividing by len(values) - 1 would be the other estimate.


class Scaler:
    """Shift and scale columns."""

    def __init__(self, width=1.0):
        self.width = width  # of the result

    @staticmethod
    def name() -> str:
        """Return the name."""
        return "scaler"

    def fit(self, X):
        """Remember mean and deviation of each column of X: (N, D)."""
        self.shift = X.mean(axis=0)
        if self.width > 0:
            self.scale = np.maximum(X.std(axis=0), _TINY)
            self.scale /= self.width
        return self

    # What fit remembered, transform applies.
    def transform(self, X):
        """Return (X - shift) / scale."""
        return (X - self.shift) / self.scale


ANSWERS = {  # one letter for each
    # Is the mean moved by one outlier?  a) yes  b) no
    "outlier": "a",  # because every value counts
    # Which é is scaled?
    "é": (
        # the second, for
        "b"  # it says so
    ),
    "many": ["a", "c"],
}


def _require_some(values):
    if len(values) == 0:
        raise ValueError("values must not be empty, got none")
'''

TEMPLATE = """\
# %% [markdown]
# # {{ title }}
# The mean of $x$ is $\\frac{1}{N} \\sum_i x_i$.
{% for exercise in exercises %}
# - {{ exercise }}
{% endfor %}

# %%
{{ imports }}

{{ code("_TINY") }}


{{ code("_require_some") }}

# %%
{{ task("mean") }}

# %% tags=["demo"]
print(mean([1.0, 2.0, 6.0]))

# %%
{{ task("Scaler") }}

# %%
{{ task("ANSWERS") }}
{% if solution %}

# %% [markdown]
# Every value counts.
{% endif %}
"""

MANIFEST = """\
title = "Scaling \\"columns\\""
summary = "Take the mean, \u00e9 included."
exercises = ["mean", "Scaler.fit", "Scaler.transform", "ANSWERS"]
imports = ["numpy"]
data = ["digits"]

[limits]
check_seconds = 2.5
"""

MISTAKES = """\
[[mistake]]
name = "sum_for_mean"
exercise = "mean"
hint = "Divide by the number of values."
patch = [ { find = "total / len(values)", replace = "total" } ]

[[mistake]]
name = "width_forgotten"
exercise = "Scaler.fit"
hint = "The width divides the scale."
patch = [ { find = '''
self.scale = np.maximum(X.std(axis=0), _TINY)
self.scale /= self.width
''', replace = '''
if True:
    self.scale = X.std(axis=0)
''' } ]
"""


@pytest.fixture
def reference() -> str:
    """The text of the course's one reference file."""
    return REFERENCE


@pytest.fixture
def root(tmp_path: Path) -> Path:
    """The folder of the course, with the one assignment `scaling`."""
    root = tmp_path / "course"
    files = {
        "reference/scaling.py": REFERENCE,
        "assignments/data/README.md": "Digits: CC BY 4.0.\n",
        "assignments/scaling/assignment.toml": MANIFEST,
        "assignments/scaling/scaling.py.j2": TEMPLATE,
        "assignments/scaling/mistakes.toml": MISTAKES,
        "assignments/scaling/public/test_scaling.py": "PUBLIC = 1\n",
        "assignments/scaling/public/__pycache__/test_scaling.pyc": "",
        "assignments/scaling/hidden/test_scaling.py": "HIDDEN = 1\n",
        "assignments/scaling/given/models.py": "GIVEN = 1\n",
    }
    for name, text in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    np.savez(root / "assignments/data/digits.npz", X=np.eye(2), y=np.arange(2))
    return root


@pytest.fixture
def course(root: Path) -> Course:
    return Course(root)


@pytest.fixture
def assignment(course: Course) -> Assignment:
    return course.assignment("scaling")


@pytest.fixture
def edit(root: Path):
    """Replace a text of one of the course's files, which must be there exactly once."""

    def edit(name: str, old: str, new: str) -> None:
        path = root / name
        text = path.read_text(encoding="utf-8")
        assert text.count(old) == 1
        path.write_text(text.replace(old, new), encoding="utf-8")

    return edit
