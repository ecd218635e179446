"""Exercises that are spread over several files are graded as one submission."""

import json

import pytest

from grader.course.course import find_course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.files.choose import Wanted
from grader.intake.files.location import Location
from grader.intake.files.place import Place
from grader.intake.files.read import read
from grader.record.check import Outcome

DOUBLE = """import numpy as np

FACTOR = 2


def double(x):
    return FACTOR * np.asarray(x)


def mean_square(x):
    raise NotImplementedError
"""
MEAN_SQUARE = """from __future__ import annotations

import numpy as np

FACTOR = 1.0


def mean_square(x: np.ndarray) -> tuple[float, np.ndarray]:
    return FACTOR * float((x * x).mean()), 2 * FACTOR * x / x.size
"""
COUNTER = """class Counter:
    def __init__(self, start=0):
        self.total = start

    def add(self, number):
        self.total += number
        return self.total
"""
ANSWERS = 'ANSWERS = {"derivative": "b"}\n'

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module")
def judge(tiny):
    """Return a function that judges the files of a folder."""
    assignment = find_course(tiny).assignment("tiny")
    wanted = Wanted("tiny", assignment.exercises)
    with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
        yield lambda folder: engine.judge(read(Location("s", (Place(folder),)), wanted), 7)


def written(folder, **files: str):
    """Write "a_py" as a.py, and "b_ipynb" as a notebook of one cell."""
    for name, text in files.items():
        stem, _, ending = name.rpartition("_")
        cell = {"cell_type": "code", "source": text}
        content = text if ending == "py" else json.dumps({"cells": [cell]})
        (folder / f"{stem}.{ending}").write_text(content)
    return folder


def lost(judged) -> dict[str, str]:
    return {
        outcome.id: f"{outcome.message} {outcome.hint}"
        for outcome in judged.outcomes
        if outcome.outcome is not Outcome.PASSED
    }


def test_files_that_hold_different_exercises_earn_all_together(judge, tmp_path):
    files = {"part1_ipynb": DOUBLE, "part2_ipynb": MEAN_SQUARE, "more_py": COUNTER + ANSWERS}
    assert lost(judge(written(tmp_path, **files))) == {}


def test_a_file_that_imports_another_as_a_whole_earns_what_both_hold(judge, tmp_path):
    loss = MEAN_SQUARE.replace("FACTOR = 1.0", "import tiny\nFACTOR = tiny.FACTOR / 2")
    files = {"tiny_py": DOUBLE + ANSWERS, "loss_py": loss}
    files["train_py"] = "import loss\n" + COUNTER
    assert lost(judge(written(tmp_path, **files))) == {}


def test_an_error_names_the_file_in_which_it_is(judge, tmp_path):
    broken = COUNTER.replace("return self.total", "return self.sum")
    files = {"tiny_py": DOUBLE + ANSWERS + MEAN_SQUARE.split("annotations")[1]}
    told = lost(judge(written(tmp_path, **files, counter_ipynb=broken)))
    assert {id.partition("/")[0] for id in told} == {"public", "hidden"}
    assert "cell 1, line 7 of counter.ipynb, in add" in told["public/test_counter_counts"]


def test_a_line_that_raises_costs_what_needs_it_and_is_named(judge, tmp_path):
    broken = "RATE = 1 / 0\n\n\ndef mean_square(x):\n    return RATE\n\n\n" + COUNTER
    judged = judge(written(tmp_path, tiny_py=DOUBLE + ANSWERS, more_py=broken))
    assert "line 1 of more.py was left out: ZeroDivisionError: division by zero" in " ".join(
        judged.notes
    )
    assert list(lost(judged)) == ["hidden/test_value_and_gradient"]


def test_a_slow_line_is_named_with_its_file(judge, tmp_path):
    slow = "import time\nRATE = time.sleep(60)\n\n\ndef mean_square(x):\n    return RATE\n\n\n"
    judged = judge(written(tmp_path, tiny_py=DOUBLE + ANSWERS, more_ipynb=slow + COUNTER))
    (note,) = [note for note in judged.notes if "took too long" in note]
    assert note.startswith("cell 1, line 2 of more.ipynb took too long and was left out")
    assert list(lost(judged)) == ["hidden/test_value_and_gradient"]


def test_a_notebook_that_another_runs_is_read_in_its_place(judge, tmp_path):
    (tmp_path / "tools").mkdir()
    written(tmp_path / "tools", base_ipynb=COUNTER.replace("start=0", "start=START"))
    run = "START = 0\n%run tools/base.ipynb\n" + DOUBLE + ANSWERS
    told = lost(judge(written(tmp_path, tiny_ipynb=run)))
    assert list(told) == ["hidden/test_value_and_gradient"]  # which is not written
