"""What moved between two records of a submission."""

import msgspec
import pytest

from grader.record.change import Earlier, Moved, change
from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import Digests, Record, make_record

CHECKS = [Check(f"hidden/{name}", "It works.", "f", "hidden", 2) for name in "abc"]


@pytest.fixture
def before() -> Record:
    return record({"a": 1.0, "b": 0.5})


def record(shares: dict[str, float], checks=CHECKS, digest="one") -> Record:
    outcomes = [CheckOutcome(f"hidden/{id}", Outcome.PASSED, share) for id, share in shares.items()]
    return make_record(
        assignment="knn",
        submission="ada",
        seed=1,
        exercises=["f"],
        checks=checks,
        outcomes=outcomes,
        notes=[],
        sandbox={},
        versions={},
        digests=Digests(submission=digest, suite="s"),
        seconds=1,
        graded_at="2026-01-05T12:00:00+00:00",
    )


def test_nothing_moved(before):
    again = msgspec.structs.replace(before, seed=2, graded_at="2026-01-06T12:00:00+00:00")
    assert change(Earlier.of(before), again) is None


def test_the_checks_that_moved_are_named(before):
    found = change(Earlier.of(before), record({"a": 0.5, "b": 0.5, "c": 1.0}))
    assert (found.before, found.after, found.handed_in_again) == (3, 4, False)
    assert found.moved == [Moved("hidden/a", 2, 1), Moved("hidden/c", 0, 2)]


def test_points_that_moved_from_one_check_to_another_are_a_change(before):
    found = change(Earlier.of(before), record({"a": 0.5, "b": 1.0}, digest="two"))
    assert (found.before, found.after, found.handed_in_again) == (3, 3, True)


def test_a_check_that_came_or_went_moved(before):
    other = Check("hidden/d", "It works.", "f", "hidden", 2)
    found = change(Earlier.of(before), record({"a": 1.0, "b": 0.5}, [*CHECKS[:2], other]))
    assert found.moved == [Moved("hidden/d", None, 0), Moved("hidden/c", 0, None)]
