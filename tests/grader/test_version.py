"""The version is the one that was installed, and a tree that was not installed has none."""

import re
import subprocess
import sys
from importlib.metadata import version
from pathlib import Path

import pytest

import grader

ROOT = Path(grader.__file__).parents[1]


def test_the_version_is_the_one_that_was_installed():
    assert grader.__version__ == version("nablagrade")
    assert re.match(r"\d+\.\d+", grader.__version__)


@pytest.mark.processes
def test_a_tree_that_was_never_installed_says_so():
    program = (
        f"import sys; sys.path.insert(0, {str(ROOT)!r}); import grader as g; print(g.__version__)"
    )
    command = [sys.executable, "-I", "-S", "-c", program]  # without the folders of packages
    done = subprocess.run(command, capture_output=True, check=True, text=True)
    assert done.stdout == "unknown\n"


def test_another_name_is_not_taken_for_the_version():
    assert not hasattr(grader, "version")
