"""The time of a submission is its own: what the judge takes to compute is never held against it."""

import shutil

import pytest

from grader.course.course import find_course
from grader.engine import settings as engine_settings
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.errors import GraderError
from grader.intake.submission import Submission
from grader.record.check import Outcome

pytestmark = pytest.mark.processes
SECONDS = 2
SLEEPS = f"""\
import time
import pytest

@pytest.mark.points(1)
@pytest.mark.exercise("double")
def test_sleepy(submission, close):
    \"\"\"The judge sleeps between two questions.\"\"\"
    close(submission.double(1.0), 2.0)
    time.sleep({SECONDS + 2})
    close(submission.double(2.0), 4.0)
"""
ENDLESS = "\n\ndef double(x):\n    import time\n    time.sleep(60)\n"
SLOW = "\n\ndef double(x):\n    import time\n    time.sleep(1.2)\n    return 2 * x\n"


@pytest.fixture
def judge(tiny, tmp_path, right_text):
    """Return a function that judges the right text with more at its end, in a sleepy course."""
    course = tmp_path / "course"
    shutil.copytree(tiny, course)
    folder = course / "assignments" / "tiny"
    (folder / "hidden" / "test_sleepy.py").write_text(SLEEPS)
    settings = (folder / "assignment.toml").read_text()
    settings = settings.replace("check_seconds = 1", f"submission_seconds = {SECONDS}")
    (folder / "assignment.toml").write_text(settings)
    assignment = find_course(course).assignment("tiny")

    def judge(more):
        text = (right_text + more).encode()
        submission = Submission("s", "tiny.py", {"tiny.py": text}, digest="", notes=())
        with Engine(assignment, ["hidden"], find_isolation("split")) as engine:
            judged = engine.judge(submission, 7)
        return {outcome.id: outcome for outcome in judged.outcomes}, judged.notes

    return judge


def test_a_judge_that_computes_for_long_takes_no_time_from_the_submission(judge):
    outcomes, notes = judge("")
    assert {outcome.outcome for outcome in outcomes.values()} == {Outcome.PASSED}
    assert len(outcomes) == 5
    assert notes == []


def test_a_submission_that_uses_up_its_time_loses_that_check_and_those_after_it(judge):
    outcomes, notes = judge(ENDLESS)
    (only,) = outcomes.values()
    assert only.outcome is Outcome.TIMEOUT
    used_up = "the submission used up the 2 s that it has for all checks"
    assert only.message.startswith(f"{used_up}, at line ")
    assert notes == [used_up]


def test_the_time_of_all_checks_adds_up(judge):
    outcomes, notes = judge(SLOW)
    ended = [outcome.outcome for outcome in outcomes.values()]
    assert ended == [Outcome.PASSED, Outcome.TIMEOUT] or ended == [Outcome.TIMEOUT]
    assert notes == ["the submission used up the 2 s that it has for all checks"]


def test_a_judge_that_never_ends_is_a_fault_and_no_grade(judge, monkeypatch):
    monkeypatch.setattr(engine_settings, "_OWN_SECONDS", 0.0)
    monkeypatch.setattr(engine_settings, "SEARCH_SECONDS", 0.0)
    with pytest.raises(GraderError, match=r"the check hidden/test_sleepy did not end"):
        judge("")
