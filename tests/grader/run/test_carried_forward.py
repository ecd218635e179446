"""An error that is carried forward is named as what it is: mend what it builds on first."""

import pytest

from grader.course.first import first_course

STEP = '''
def step_forward(x, h):
    """Return the next state."""
    return np.tanh(x + h)


def hs(xs):
    """Return the states, from 0 on."""
    states, h = [], 0.0
    for x in xs:
        h = step_forward(x, h)
        states.append(h)
    return np.array(states)
'''
REFERENCE = f"import numpy as np\n\n{STEP}"
WRONG_STEP = REFERENCE.replace("np.tanh(x + h)", "np.tanh(x - h)")
WRONG_HS = REFERENCE.replace("states, h = [], 0.0", "states, h = [], 1.0")
PUBLIC = '''
import numpy as np
import pytest


@pytest.mark.points(1)
@pytest.mark.exercise("step_forward")
def test_step(submission, close):
    """The step from 1 by 1 is tanh 2."""
    close(submission.step_forward(1.0, 1.0), 0.9640275800758169)


@pytest.mark.points(1)
@pytest.mark.exercise("hs")
def test_states(submission, close):
    """Two steps by 1 end at tanh(1 + tanh 1)."""
    close(submission.hs([1.0, 1.0])[-1], 0.9427, tol=1e-4)
'''


@pytest.fixture
def handout(grader, tmp_path):
    """A handout in which `hs` builds on `step_forward`."""
    files = {path: content.decode() for path, content in first_course("rnn").items()}
    files["reference/rnn.py"] = REFERENCE
    files["assignments/rnn/public/test_rnn.py"] = PUBLIC
    manifest = files["assignments/rnn/assignment.toml"]
    exercises = 'exercises = ["step_forward", "hs"]\nbuilds_on = { hs = ["step_forward"] }'
    files["assignments/rnn/assignment.toml"] = manifest.replace(
        'exercises = ["mean", "variance"]', exercises
    )
    files["assignments/rnn/rnn.py.j2"] = (
        '# %%\n{{ imports }}\n\n# %%\n{{ task("step_forward") }}\n\n# %%\n{{ task("hs") }}\n'
    )
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / path).write_text(text)
    done = grader("generate", "rnn", "--out", "handouts", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "handouts/rnn"


@pytest.fixture
def told(grader, handout):
    """What `grader check` says of this file, on one line."""

    def told(text: str) -> str:
        (handout / "rnn.py").write_text(text)
        return " ".join(grader("check", cwd=handout).stdout.split())

    return told


def test_hs_that_is_wrong_because_step_forward_is_says_so(told):
    words = told(WRONG_STEP)
    assert "0 of 2 points" in words
    assert words.count("mend step_forward first: this builds on it, and it is wrong, too") == 1
    assert words.index("step_forward 0 / 1") < words.index("mend step_forward first")


def test_hs_that_is_wrong_by_itself_is_told_nothing_of_step_forward(told):
    words = told(WRONG_HS)
    assert "1 of 2 points" in words
    assert "step_forward first" not in words
