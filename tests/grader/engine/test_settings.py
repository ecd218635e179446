"""What an engine tells its processes of an assignment."""

import shutil

import pytest

from grader.course.course import find_course
from grader.engine.settings import imported

REFERENCE = """\
import os.path
import numpy.fft as fft, torch.nn
from numpy import linalg, ones
from numpy.random import default_rng
from . import beside

def f():
    import numpy.polynomial
"""
GIVEN = "from numpy import ma\n"


@pytest.fixture
def assignment(tiny, tmp_path):
    shutil.copytree(tiny, tmp_path / "course")
    return find_course(tmp_path / "course").assignment("tiny")


def test_what_the_reference_imports_at_its_top_is_named(assignment):
    assignment.reference_path.write_text(REFERENCE)
    assignment.given_dir.mkdir()
    (assignment.given_dir / "helps.py").write_text(GIVEN)
    assert imported(assignment) == [
        "numpy.fft",
        "numpy",
        "numpy.linalg",
        "numpy.ones",
        "numpy.random",
        "numpy.random.default_rng",
        "numpy.ma",
    ]


def test_a_reference_that_does_not_parse_names_nothing(assignment):
    assignment.reference_path.write_text("def f(:")
    assert imported(assignment) == []
