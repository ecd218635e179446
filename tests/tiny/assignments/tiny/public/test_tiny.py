"""Public checks of the tiny assignment."""

import pytest


@pytest.mark.points(1)
@pytest.mark.exercise("double")
def test_two_is_twice_one(submission, close):
    """Twice (1, 2) is (2, 4)."""
    close(submission.double([1.0, 2.0]), [2.0, 4.0], name="the result")


@pytest.mark.points(1)
@pytest.mark.exercise("Counter.add")
def test_counter_counts(submission):
    """A counter that starts at 3 and gets 4 stands at 7."""
    counter = submission.Counter(3)
    assert counter.add(4) == 7, "hint: add to total"
    assert counter.total == 7
