"""Forty mistakes that students make: the line that they read first names the cause.

A mistake is a change of the reference. The first line is that on top, if many checks have one
reason, and else the message and the hint of the first check that lost points.
"""

from pathlib import Path

import pytest

from grader.course.assignment import load_handout
from grader.course.course import Course
from grader.course.handout import write_handout
from grader.engine.engine import Engine
from grader.engine.isolation import UNGUARDED
from grader.intake.submission import Submission
from grader.report.causes import shared_causes
from grader.run.check import check_with

COURSE = Course(Path(__file__).parents[3])
EVERY = ""  # in the place of an exercise: all of them are checked

NUMPY, SIZE, SCORE = "import numpy as np", "    return D * C + C\n", "    return W @ x + b\n"
MERGED = f"<<<<<<< HEAD\n    return D * C\n=======\n{SIZE}>>>>>>> mine\n"
SLOPE = "(f(above) - f(below)) / (2 * h)"
LAST = "    return float(loss), dW\n\n\ndef softmax_loss_naive"
DEFAULTS = "        batch_size: int = 200,\n        verbose: bool = False,\n"
STEP = ', {**config, "m": m, "v": v, "t": t}'
BETAS = 'beta1, beta2 = config["beta1"]'

LINEAR = [  # exercise, old text, new text, words of the first line
    (EVERY, NUMPY, "import numpy", "np is not imported: write `import numpy as np` at the top"),
    (EVERY, NUMPY, "", "np is not imported: write `import numpy as np` at the top"),
    (EVERY, NUMPY, "import numpy as nump", "write `import numpy as np` at the top"),
    (EVERY, NUMPY, "import nunpy as np", "nunpy is not allowed"),
    ("one_hot", "def one_hot(", "def onehot(", "you define onehot: did you mean one_hot?"),
    ("bias_trick", "def bias_trick(", "def biasTrick(", "did you mean bias_trick?"),
    ("softmax", "def softmax(", "def SoftMax(", "you define SoftMax: did you mean softmax?"),
    ("softmax", "def softmax(", "def sofmax(", "you define sofmax: did you mean softmax?"),
    ("kl", "def kl(", "def kullback(", "linear.py does not define kl"),
    ("n_params", SIZE, MERGED, "the mark of a merge in git"),
    ("n_params", "def n_params(D: int, C: int) -> int:", "def n_params(D, C)", "expected ':'"),
    ("n_params", SIZE, "    return (D * C + C\n", "'(' was never closed"),
    ("n_params", SIZE, "  return D * C + C\n", "unindent does not match"),
    ("n_params", SIZE, "    D * C + C\n", "gave None (is a return missing?), expected 30730"),
    ("n_params", SIZE, "    print(D * C + C)\n", "gave None (is a return missing?)"),
    ("n_params", SIZE, "    return D * C\n", "n_params(3072, 10) gave 30720, expected 30730"),
    ("n_params", SIZE, "    return str(D * C + C)\n", "gave '30730', expected 30730"),
    ("n_params", SIZE, "    quit()\n", "SystemExit"),
    ("n_params", SIZE, "    return int(input())\n", "EOFError"),
    ("n_params", SIZE, "    return n_params(D, C)\n", "calls itself without end"),
    ("n_params", SIZE, "    import os; os._exit(1)\n", "ended its own process"),
    ("n_params", SIZE, "    raise NotImplementedError\n", "not written yet"),
    ("scores", SCORE, "    return W.T @ x + b\n", "matmul"),
    ("scores", SCORE, "    return W @ X + b\n", "name 'X' is not defined"),
    ("scores", SCORE, "    return (W @ x)[:, None] + b\n", "has shape (3, 3), expected (3,)"),
    ("scores", SCORE, "    return list(W @ x)\n", "is wrong in every entry"),
    ("softmax", "e.sum(axis=-1, keepdims=True)", "e.sum()", "equals the right one times"),
    ("softmax", "s - s.max(axis=-1, keepdims=True)", "s", "is NaN in"),
    ("svm_loss_vectorized", "margins.sum() / N", "margins.sum()", "got 16.1, expected 5.567"),
    ("svm_loss_vectorized", "+ 2 * reg * W\n" + LAST, "+ reg * W\n" + LAST, "dW is wrong in"),
    ("svm_loss_vectorized", LAST, LAST.replace(", dW", ""), "expected 2 values"),
    ("svm_loss_vectorized", "    N = X.shape[0]\n    rows", "    xrange(2)\n    rows", "range"),
    ("LinearClassifier.predict", "predict(self, X: np.ndarray)", "predict(X)", "is `self`"),
    ("LinearClassifier.train", DEFAULTS, "        batch_size,\n", "follows default argument"),
    ("entropy", "base: float = 2.0", "base", "the starter gives 'base' of entropy a default"),
    ("entropy", "base: float = 2.0", "b=2.0", "name 'base' is not defined"),
]
DESCENT = [
    ("numeric_gradient", SLOPE, "(f(above) - f(x)) / h", "got 3.31, expected 3.01"),
    ("numeric_gradient", SLOPE, "(f(above) - f(below)) / h", "equals the right one times 2"),
    ("adam", STEP, "", "expected 2 values"),
    ("adam", BETAS, BETAS.replace('beta1"]', 'beta_1"]'), "KeyError: 'beta_1'"),
]

pytestmark = pytest.mark.processes


@pytest.fixture(scope="module", params=["linear", "descent"])
def topic(request, tmp_path_factory):
    """An engine for the handout of a topic, the right text, and mistakes in it."""
    assignment = COURSE.assignment(request.param)
    handout = load_handout(write_handout(COURSE, assignment, tmp_path_factory.mktemp("out")))
    assert assignment.reference_path is not None
    with Engine(handout, ["public"], UNGUARDED) as engine:
        text = assignment.reference_path.read_text("utf-8")
        yield engine, text, {"linear": LINEAR, "descent": DESCENT}[request.param]


def first_line(engine: Engine, text: str, exercise: str) -> str:
    name = f"{engine.assignment.name}.py"
    submission = Submission("s", name, {name: text.encode()}, "", ())
    record = check_with(engine, submission, exercises=[exercise] if exercise else None)
    causes = shared_causes(record)
    if causes:
        return causes[0].text
    lost = next(check for check in record.checks if check.earned < check.points)
    return f"{lost.message} {lost.hint}"


@pytest.mark.slow
def test_the_first_line_names_the_cause(topic):
    engine, right, mistakes = topic
    missed = []
    for exercise, old, new, words in mistakes:
        assert right.count(old) >= 1, old
        told = first_line(engine, right.replace(old, new, 1), exercise)
        if words not in told:
            missed.append(f"{new!r}: wanted {words!r}, told {told!r}")
    assert not missed, "\n".join(missed)


def test_there_are_forty():
    assert len(LINEAR) + len(DESCENT) == 40
