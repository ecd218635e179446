"""A class is summed up in one pass that keeps sums, not records."""

import tracemalloc

import pytest

from grader.intake.code.module import to_module
from grader.intake.submission import Submission
from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.summary import HINTS_KEPT, summarise

CHECKS = [Check("a", "A.", "f", "hidden", 2), Check("b", "B.", "f", "hidden", 3)]


def both(a: Outcome, b: Outcome, hint: str = "") -> list[CheckOutcome]:
    return [CheckOutcome("a", a, hint=hint), CheckOutcome("b", b)]


def test_the_check_that_earned_the_smallest_share_comes_first(make, sum_up):
    summary = sum_up(
        make(checks=CHECKS, outcomes=both(Outcome.PASSED, Outcome.FAILED)),
        make(checks=CHECKS, outcomes=both(Outcome.PASSED, Outcome.ERROR)),
        make(checks=CHECKS, outcomes=both(Outcome.FAILED, Outcome.PASSED)),
    )
    assert [check.title for check in summary.hardest_first] == ["B.", "A."]
    assert [check.share for check in summary.hardest_first] == pytest.approx([1 / 3, 2 / 3])
    assert summary.checks["b"].outcomes == {"failed": 1, "error": 1, "passed": 1}


def test_the_note_that_nearly_every_submission_has_is_nothing_to_look_at(make, sum_up):
    usual = to_module(Submission("ada", "f.py", {"f.py": b"print(1)"}, "", ()), ["f"]).notes
    assert len(usual) == 1
    (row,) = sum_up(make(notes=[*usual, "cell 3 was left out"])).rows
    assert row.notes == ["cell 3 was left out"]


def test_a_check_without_points_is_ranked_by_who_passed(make, sum_up):
    checks = [Check("a", "A.", "f", "public", 0)]
    records = [
        make(checks=checks, outcomes=[CheckOutcome("a", outcome)])
        for outcome in (Outcome.PASSED, Outcome.FAILED)
    ]
    assert sum_up(*records).checks["a"].share == 0.5


def test_the_common_hint_is_the_one_given_most_often(make, sum_up):
    hints = ["divide by N", "transpose", "divide by N", ""]
    failed = (Outcome.FAILED, Outcome.FAILED)
    records = [make(checks=CHECKS, outcomes=both(*failed, hint)) for hint in hints]
    checks = sum_up(*records).checks
    assert checks["a"].common_hint == ("divide by N", 2)
    assert checks["b"].common_hint is None


def test_hints_that_all_differ_do_not_pile_up(make, sum_up):
    failed = (Outcome.FAILED, Outcome.FAILED)
    records = (make(checks=CHECKS, outcomes=both(*failed, f"times {n}")) for n in range(300))
    assert len(sum_up(*records).checks["a"].hints) == HINTS_KEPT


def test_scores_fall_into_tenths_and_full_marks_stand_alone(make, sum_up):
    summary = sum_up(
        make(checks=CHECKS, outcomes=both(Outcome.PASSED, Outcome.PASSED)),  # 100 %
        make(checks=CHECKS, outcomes=both(Outcome.PASSED, Outcome.FAILED)),  # 40 %
        make(checks=CHECKS, outcomes=both(Outcome.FAILED, Outcome.FAILED)),  # 0 %
    )
    assert summary.tenths == [1, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1]
    assert (summary.median, summary.mean) == pytest.approx((0.4, 1.4 / 3))


def test_a_generator_of_large_records_is_not_held(make):
    def records():
        for n in range(200):
            outcomes = [CheckOutcome("a", Outcome.ERROR, message=f"{n}" * 100_000)]
            yield make(checks=CHECKS, outcomes=outcomes)

    tracemalloc.start()
    summary = summarise(records(), "k-NN")
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert len(summary.rows) == 200
    assert peak < 2_000_000  # the messages alone are 50 MB
