"""The files of a first course, which `grader new` writes and docs/course.md explains.

They are texts here, not files of the package: what is installed holds no suite and no answer.
"""

_REFERENCE = '''\
"""Mean and variance, done right.

Students read the signatures and docstrings, the solution shows the bodies, and hidden checks
compare with what these functions return.
"""

import numpy as np


def mean(x: np.ndarray) -> float:
    """Return the mean of x.

    Args:
        x: (N,) float, N > 0.
    """
    return float(x.sum() / len(x))


def variance(x: np.ndarray) -> float:
    """Return the mean squared distance of x from its mean.

    Args:
        x: (N,) float, N > 0.
    """
    return float(((x - x.mean()) ** 2).mean())
'''

_MANIFEST = """\
title = "Mean and variance"
summary = "Where numbers lie, and how far they spread."

# What students write: functions of the reference. Each is scored without the others.
exercises = ["mean", "variance"]

# What a submission may import besides the standard library. It finds nothing else.
imports = ["numpy"]
"""

_TEMPLATE = """\
{# One text makes the starter and the solution, each as .py and as .ipynb. #}
# %% [markdown]
# # {{ title }}
#
# $\\bar x = \\frac 1 N \\sum_i x_i$ says where numbers lie.

# %%
{{ imports }}

# %%
{{ task("mean") }}

# %%
print(mean(np.array([1.0, 2.0, 6.0])), "should be 3")

# %% [markdown]
# The variance is the mean of $(x_i - \\bar x)^2$: divide by $N$, not by $N - 1$.

# %%
{{ task("variance") }}
"""

_PUBLIC = '''\
"""Checks that ship with the handout: numbers that anybody can follow by hand."""

import numpy as np
import pytest


@pytest.mark.points(1)
@pytest.mark.exercise("mean")
def test_three_numbers(submission, close):
    """The mean of 1, 2 and 6 is 3."""
    close(submission.mean(np.array([1.0, 2.0, 6.0])), 3.0, name="mean")


@pytest.mark.points(1)
@pytest.mark.exercise("variance")
def test_two_numbers(submission, close):
    """The variance of 1 and 5 is 4."""
    close(submission.variance(np.array([1.0, 5.0])), 4.0, name="variance")
'''

_HIDDEN = '''\
"""Checks on random data, which students never see: nobody can write down their answers."""

import pytest


@pytest.mark.points(2)
@pytest.mark.exercise("mean")
def test_mean(submission, reference, rng, close):
    """The mean of any numbers is right."""  # the one line of it that a student reads
    x = rng.normal(size=rng.integers(5, 50))  # drawn anew for each attempt
    close(submission.mean(x), reference.mean(x), name="mean")


@pytest.mark.points(2)
@pytest.mark.exercise("variance")
def test_variance(submission, reference, rng, close):
    """The variance of any numbers is right."""
    x = rng.normal(3.0, 2.0, size=rng.integers(5, 50))
    close(submission.variance(x), reference.variance(x), name="variance", hint="divide by N")
'''

_MISTAKES = """\
# Each mistake is a patch of the reference. `grader audit` demands that a hidden check catches it,
# and a student whose answers are those of a mistake reads its hint.

[[mistake]]
name = "sum_for_mean"
exercise = "mean"
hint = "This is the sum: divide it by N."
patch = [{ find = "x.sum() / len(x)", replace = "x.sum()" }]

[[mistake]]
name = "sample_variance"
exercise = "variance"
hint = "Divide by N: N - 1 is for estimating the variance of what x was drawn from."
patch = [{ find = "** 2).mean()", replace = "** 2).sum() / (len(x) - 1)" }]
"""

NAME = "stats"


def first_course(name: str) -> dict[str, bytes]:
    """Return the files of a course with one small assignment of this name, by their paths."""
    folder = f"assignments/{name}"
    texts = {
        f"reference/{name}.py": _REFERENCE,
        f"{folder}/assignment.toml": _MANIFEST,
        f"{folder}/{name}.py.j2": _TEMPLATE,
        f"{folder}/public/test_{name}.py": _PUBLIC,
        f"{folder}/hidden/test_{name}.py": _HIDDEN,
        f"{folder}/mistakes.toml": _MISTAKES,
    }
    return {path: text.encode() for path, text in texts.items()}
