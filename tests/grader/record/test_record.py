"""A judge's outcomes can lower a grade; they cannot raise one."""

import math

import pytest

from grader.errors import ReportError
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import Digests, make_record, results

CHECKS = [
    Check("hidden/loss", "The loss is right.", "loss", "hidden", 2),
    Check("hidden/gradient", "The gradient is right.", "gradient", "hidden", 3),
]


def record_of(*outcomes):
    return make_record(
        assignment="linear",
        submission="ada",
        seed=7,
        exercises=["loss", "gradient"],
        checks=CHECKS,
        outcomes=outcomes,
        notes=[],
        sandbox={"level": "split"},
        versions={},
        digests=Digests("", ""),
        seconds=1.0,
    )


def test_full_marks_need_every_check_passed():
    record = record_of(*(CheckOutcome(check.id, Outcome.PASSED) for check in CHECKS))
    assert (record.earned, record.possible) == (5, 5)


def test_without_outcomes_nothing_is_earned_and_nothing_has_run():
    record = record_of()
    assert (record.earned, record.possible) == (0, 5)
    assert [check.outcome for check in record.checks] == [Outcome.NOT_RUN] * 2


@pytest.mark.parametrize("outcome", [o for o in Outcome if o is not Outcome.PASSED])
def test_only_passed_earns_points(outcome):
    record = record_of(
        CheckOutcome("hidden/loss", Outcome.PASSED), CheckOutcome("hidden/gradient", outcome)
    )
    assert record.earned == 2


def test_a_share_earns_its_part_of_the_points():
    record = record_of(CheckOutcome("hidden/gradient", Outcome.PASSED, share=0.5))
    assert record.earned == 1.5


def test_points_are_added_up_per_exercise_in_the_assignments_order():
    record = record_of(CheckOutcome("hidden/gradient", Outcome.PASSED))
    scores = [(score.name, score.earned, score.possible) for score in record.exercises]
    assert scores == [("loss", 0, 2), ("gradient", 3, 3)]


def test_an_invented_check_is_refused():
    with pytest.raises(ReportError, match="not declared: 'hidden/bonus'"):
        results(CHECKS, [CheckOutcome("hidden/bonus", Outcome.PASSED)])


def test_a_check_reported_twice_is_refused():
    with pytest.raises(ReportError, match="twice: 'hidden/loss'"):
        results(CHECKS, [CheckOutcome("hidden/loss", Outcome.PASSED)] * 2)


@pytest.mark.parametrize("share", [-0.1, 1.1, math.nan, math.inf])
def test_a_share_outside_0_to_1_is_refused(share):
    with pytest.raises(ReportError, match="share of"):
        results(CHECKS, [CheckOutcome("hidden/loss", Outcome.PASSED, share=share)])
