"""The public suite: one check, in which what a submission says is shown to its student."""

import pytest


@pytest.mark.points(0)
@pytest.mark.exercise("numeric_gradient")
def test_square(submission, close):
    """The derivative of x^2 at 3 is 6."""
    import numpy as np

    close(submission.numeric_gradient(lambda x: float(x @ x), np.array([3.0])), np.array([6.0]))
