"""Hidden checks of the tiny assignment."""

import pytest


@pytest.mark.points(2)
@pytest.mark.exercise("double")
@pytest.mark.parametrize("size", [1, 5])
def test_random_numbers_are_doubled(submission, reference, rng, close, size):
    """Random numbers are doubled, whatever their number."""
    x = rng.normal(size=size)
    close(submission.double(x), reference.double(x), name="the result")


@pytest.mark.points(3)
@pytest.mark.exercise("mean_square")
def test_value_and_gradient(submission, reference, rng, close, gradcheck):
    """Value and gradient of the mean square are right."""
    x = rng.normal(size=7)
    value, dx = submission.mean_square(x)
    close(value, reference.mean_square(x)[0], name="value")
    gradcheck(reference.mean_square, (x,), dx, pick=0, name="dx")


@pytest.mark.points(2)
@pytest.mark.exercise("Counter.add")
def test_counter_adds_up_random_numbers(submission, rng):
    """A counter adds up what it gets."""
    counter = submission.Counter()
    numbers = [int(n) for n in rng.integers(1, 100, size=5)]
    for number in numbers:
        counter.add(number)
    assert counter.total == sum(numbers), "hint: the total is kept between calls"


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_derivative(submission, reference):
    """The derivative of x squared is known."""
    assert submission.ANSWERS["derivative"] == reference.ANSWERS["derivative"]
