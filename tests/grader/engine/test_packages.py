"""A course with scikit-learn, which looks for packages that it may not import, at two levels."""

import pytest

from grader.course.course import find_course
from grader.engine.engine import Engine
from grader.intake.submission import Submission
from grader.record.check import Outcome
from grader.sandbox.level import LEVELS, Isolation, probe

pytestmark = pytest.mark.processes
pytest.importorskip("sklearn")

SETTINGS = """\
title = "Forests"
summary = "Predict with scikit-learn."
exercises = ["predict"]
imports = ["numpy", "sklearn"]
"""
REFERENCE = '''\
"""Predict classes."""

import numpy as np
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler


def predict(x, y, new):
    """Return the classes of `new`."""
    model = make_pipeline(StandardScaler(), LogisticRegression())
    forest = RandomForestClassifier(10, n_jobs=2, random_state=0)
    return model.fit(x, y).predict(new) * forest.fit(x, y).predict(new)
'''
SUITE = '''\
import numpy as np
import pytest


@pytest.mark.points(3)
@pytest.mark.exercise("predict")
def test_two_heaps_are_told_apart(submission, rng, close):
    """Two heaps of points are told apart."""
    heaps = rng.normal(size=(40, 2)) + 9 * np.repeat([[0], [1]], 20, axis=0)
    classes = np.repeat([0, 1], 20)
    close(submission.predict(heaps, classes, heaps), classes)
'''


@pytest.fixture
def assignment(tmp_path):
    folder = tmp_path / "assignments" / "forests"
    (folder / "hidden").mkdir(parents=True)
    (folder / "public").mkdir()
    (folder / "assignment.toml").write_text(SETTINGS)
    (folder / "hidden" / "test_forests.py").write_text(SUITE)
    (folder / "forests.py.j2").write_text("x")
    (tmp_path / "reference").mkdir()
    (tmp_path / "reference" / "forests.py").write_text(REFERENCE)
    return find_course(tmp_path).assignment("forests")


@pytest.mark.parametrize("level", ["isolated", "confined"])
def test_scikit_learn_is_graded_right(assignment, level):
    if LEVELS.index(probe().level) > LEVELS.index(level):
        pytest.skip(f"{level} does not work here")
    wrong = REFERENCE.replace("predict(new) *", "predict(new) + 1 -")
    with Engine(assignment, ["hidden"], Isolation(level, {})) as engine:
        for text, outcome in ((REFERENCE, Outcome.PASSED), (wrong, Outcome.FAILED)):
            file = {"forests.py": text.encode()}
            judged = engine.judge(Submission("s", "forests.py", file, digest="", notes=()), 7)
            assert judged.notes == []
            assert [each.outcome for each in judged.outcomes] == [outcome], judged.outcomes
