"""A class is summed up in one pass that keeps sums, not records."""

import tracemalloc

import numpy as np
import pytest

from grader.intake.code.module import to_module
from grader.intake.submission import Submission
from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.items import CAUSES_KEPT, LOST_KEPT, Item, Lost
from grader.report.summary import summarise

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


def test_the_common_cause_is_the_one_found_most_often(make, sum_up):
    hints = ["divide by N", "transpose", "divide by N", ""]
    failed = (Outcome.FAILED, Outcome.FAILED)
    summary = sum_up(*(make(checks=CHECKS, outcomes=both(*failed, hint)) for hint in hints))
    assert summary.checks["a"].common_cause == ("divide by N", 2)
    assert summary.checks["b"].common_cause is None
    assert summary.items["f"].common_cause == ("divide by N", 2)


def test_without_a_hint_the_cause_is_the_message_wherever_it_was_raised(make, sum_up):
    messages = [
        *("ValueError at line 4 of knn.py", "ValueError at cell 3, line 9 of my knn.ipynb"),
        "not written yet (NotImplementedError at line 81 of knn.py)",
    ]
    records = [
        make(checks=CHECKS, outcomes=[CheckOutcome("a", Outcome.ERROR, message=message)])
        for message in messages
    ]
    causes = sum_up(*records).checks["a"].causes
    assert causes == {"ValueError": 2, "not written yet": 1}


def test_causes_that_all_differ_do_not_pile_up(make, sum_up):
    failed = (Outcome.FAILED, Outcome.FAILED)
    records = (make(checks=CHECKS, outcomes=both(*failed, f"times {n}")) for n in range(300))
    item = sum_up(*records).checks["a"]
    assert (len(item.causes), len(item.lost), item.losers) == (CAUSES_KEPT, LOST_KEPT, 300)


def item_of(*pairs: tuple[float, float]) -> Item:
    """An item worth 2 points: what each submission earned here, and elsewhere."""
    item = Item("A.", "f", 2, "hidden")
    for n, (here, elsewhere) in enumerate(pairs):
        item.graded += 1
        item.earned += here
        item.add_run(here, elsewhere, 0.5)
        if here < 2:
            item.add_loss(Lost(f"s{n}", "check-1"), "")
    return item


def test_discrimination_is_the_correlation_with_everything_else():
    assert item_of((0, 10), (1, 20), (2, 30)).discrimination == pytest.approx(1)
    assert item_of((2, 10), (1, 20), (0, 30)).discrimination == pytest.approx(-1)
    mixed = [(0, 3), (2, 7), (1, 1), (2, 2), (0, 6)]
    expected = np.corrcoef(np.array(mixed).T)[0, 1]
    assert item_of(*mixed).discrimination == pytest.approx(expected)
    assert item_of((2, 10), (2, 20)).discrimination is None
    assert item_of((0, 10), (2, 10)).discrimination is None


@pytest.mark.parametrize(
    ("pairs", "told"),
    [
        ([(2, 1), (2, 2), (2, 3), (2, 4)], "everybody passes"),
        ([(0, 1), (0, 2), (0, 3), (0, 4)], "nobody passes"),
        ([(2, 1), (2, 2), (0, 3), (0, 4)], "the best lose it"),
        ([(0, 1), (0, 2), (2, 3), (2, 4)], ""),
        ([(2, 1), (2, 2), (2, 3)], ""),  # too few to say
    ],
)
def test_what_says_little_of_students_is_suspicious(pairs, told):
    assert item_of(*pairs).suspicion == told


def test_who_was_not_run_is_no_evidence_on_a_check(make, make_unread, sum_up):
    summary = sum_up(make("ann"), make_unread("bob", "no file"))
    item = summary.checks["hidden/test_ties"]
    assert (item.graded, item.run, item.losers) == (2, 1, 1)
    assert (item.share, item.mean_seconds) == (0, 0.03)
    assert [one.submission for one in item.lost] == ["ann"]


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
