"""One public check: every suite has some."""

import numpy as np
import pytest


@pytest.mark.points(0)
@pytest.mark.exercise("conv")
def test_convolution_by_hand(submission, close):
    """A window of ones adds up what it covers."""
    close(submission.conv(np.ones((3, 3)), np.ones((2, 2))), np.full((2, 2), 4.0))
