"""One slow top-level statement costs what needs it, and is named with its line."""

import pytest

from grader.course.course import find_course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.intake.submission import Submission
from grader.record.check import Outcome

SLOW = """

import time

def _train(seconds):
    time.sleep(seconds)
    return 0

BEST = 1
BEST = _train(60)
{more}

def double(x):
    return 2 * np.asarray(x) + 0 * BEST
"""

pytestmark = pytest.mark.processes


@pytest.fixture
def judge(tiny, right_text):
    """Return a function that judges the right text with more at its end."""
    assignment = find_course(tiny).assignment("tiny")

    def judge(more):
        text = (right_text + more).encode()
        submission = Submission("s", "tiny.py", {"tiny.py": text}, digest="", notes=())
        with Engine(assignment, ["public", "hidden"], find_isolation("split")) as engine:
            return engine.judge(submission, 7)

    return judge


def line_of(text: str, part: str) -> int:
    return text[: text.index(part)].count("\n") + 1


def test_the_statement_is_left_out_once_and_the_checks_go_on(judge, right_text):
    more = SLOW.format(more="")
    judged = judge(more)
    assert {outcome.outcome for outcome in judged.outcomes} == {Outcome.PASSED}
    line, inner = (line_of(right_text + more, part) for part in ("BEST = _tr", "time.sleep"))
    (note,) = [note for note in judged.notes if "took too long" in note]
    assert note == (
        f"line {line} of tiny.py took too long and was left out: "
        f"the submission did not answer in time, at line {inner} of tiny.py"
    )


def test_what_needs_the_statement_is_lost_and_its_hint_says_why(judge):
    judged = judge(SLOW.format(more="del BEST").replace("BEST = 1\n", ""))
    lost = [outcome for outcome in judged.outcomes if outcome.outcome is not Outcome.PASSED]
    assert lost
    assert {outcome.outcome for outcome in lost} == {Outcome.ERROR}
    assert all("took too long and was left out" in outcome.hint for outcome in lost)
    assert len(lost) < len(judged.outcomes)


def test_what_ends_the_process_and_no_exercise_needs_is_left_out(judge):
    judged = judge("\n\nimport os\nos._exit(0)\n")
    assert {outcome.outcome for outcome in judged.outcomes} == {Outcome.PASSED}
    assert judged.notes == [
        "what sets up imported modules was left out: "
        "the submission ended its own process (exit code 0)"
    ]


def test_a_submission_of_nothing_but_slow_statements_is_given_up(judge):
    names = [f"T{number}" for number in range(7)]
    slow = "".join(f"{name} = time.sleep(60)\n" for name in names)
    judged = judge(f"\n\nimport time\n{slow}\ndef double(x):\n    return x, {', '.join(names)}\n")
    assert {outcome.outcome for outcome in judged.outcomes} == {Outcome.TIMEOUT}
    assert "while it was imported" in judged.outcomes[0].message
    assert sum("took too long and was left out" in note for note in judged.notes) == 5
