"""Twenty checks: what the bench lets both graders run."""

import pytest
import torch


def softmax_case(rng, n):
    return rng.normal(size=(25, 10)), rng.normal(size=(n, 25)), rng.integers(10, size=n), 0.3


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_of_5_rows(submission, reference, rng, close):
    """Loss and gradient are right for 5 rows."""
    case = softmax_case(rng, 5)
    for mine, right in zip(
        submission.softmax_loss(*case), reference.softmax_loss(*case), strict=True
    ):
        close(mine, right)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_of_17_rows(submission, reference, rng, close):
    """Loss and gradient are right for 17 rows."""
    case = softmax_case(rng, 17)
    for mine, right in zip(
        submission.softmax_loss(*case), reference.softmax_loss(*case), strict=True
    ):
        close(mine, right)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_of_31_rows(submission, reference, rng, close):
    """Loss and gradient are right for 31 rows."""
    case = softmax_case(rng, 31)
    for mine, right in zip(
        submission.softmax_loss(*case), reference.softmax_loss(*case), strict=True
    ):
        close(mine, right)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_of_64_rows(submission, reference, rng, close):
    """Loss and gradient are right for 64 rows."""
    case = softmax_case(rng, 64)
    for mine, right in zip(
        submission.softmax_loss(*case), reference.softmax_loss(*case), strict=True
    ):
        close(mine, right)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_of_90_rows(submission, reference, rng, close):
    """Loss and gradient are right for 100 rows."""
    case = softmax_case(rng, 100)
    for mine, right in zip(
        submission.softmax_loss(*case), reference.softmax_loss(*case), strict=True
    ):
        close(mine, right)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_gradient_of_10_rows(submission, rng, gradcheck):
    """The gradient is the slope of the loss for 10 rows."""
    case = softmax_case(rng, 10)
    gradcheck(submission.softmax_loss, case, submission.softmax_loss(*case)[1], wrt=0, pick=0)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_gradient_of_30_rows(submission, rng, gradcheck):
    """The gradient is the slope of the loss for 30 rows."""
    case = softmax_case(rng, 30)
    gradcheck(submission.softmax_loss, case, submission.softmax_loss(*case)[1], wrt=0, pick=0)


@pytest.mark.points(1)
@pytest.mark.exercise("softmax_loss")
def test_softmax_gradient_of_60_rows(submission, rng, gradcheck):
    """The gradient is the slope of the loss for 60 rows."""
    case = softmax_case(rng, 60)
    gradcheck(submission.softmax_loss, case, submission.softmax_loss(*case)[1], wrt=0, pick=0)


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_5_rows(submission, reference, rng, close):
    """Distances between 5 and 10 rows are right."""
    X, Y = rng.normal(size=(5, 12)), rng.normal(size=(10, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_10_rows(submission, reference, rng, close):
    """Distances between 10 and 20 rows are right."""
    X, Y = rng.normal(size=(10, 12)), rng.normal(size=(20, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_20_rows(submission, reference, rng, close):
    """Distances between 20 and 40 rows are right."""
    X, Y = rng.normal(size=(20, 12)), rng.normal(size=(40, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_30_rows(submission, reference, rng, close):
    """Distances between 30 and 60 rows are right."""
    X, Y = rng.normal(size=(30, 12)), rng.normal(size=(60, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_40_rows(submission, reference, rng, close):
    """Distances between 40 and 80 rows are right."""
    X, Y = rng.normal(size=(40, 12)), rng.normal(size=(80, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_8(submission, reference, rng, close):
    """A picture of side 8 is convolved rightly."""
    x, w = rng.normal(size=(8, 8)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_16(submission, reference, rng, close):
    """A picture of side 16 is convolved rightly."""
    x, w = rng.normal(size=(16, 16)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_24(submission, reference, rng, close):
    """A picture of side 24 is convolved rightly."""
    x, w = rng.normal(size=(24, 24)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_32(submission, reference, rng, close):
    """A picture of side 32 is convolved rightly."""
    x, w = rng.normal(size=(32, 32)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("Net.forward")
def test_network_on_4_rows(submission, rng):
    """A network gives 4 rows of 3 finite logits."""
    out = submission.Net(6, 20, 3)(rng.normal(size=(4, 6)))
    assert tuple(out.shape) == (4, 3)
    assert torch.isfinite(out).all()


@pytest.mark.points(1)
@pytest.mark.exercise("Net.forward")
def test_network_on_16_rows(submission, rng):
    """A network gives 16 rows of 3 finite logits."""
    out = submission.Net(6, 20, 3)(rng.normal(size=(16, 6)))
    assert tuple(out.shape) == (16, 3)
    assert torch.isfinite(out).all()


@pytest.mark.points(1)
@pytest.mark.exercise("Net.forward")
def test_network_on_64_rows(submission, rng):
    """A network gives 64 rows of 3 finite logits."""
    out = submission.Net(6, 20, 3)(rng.normal(size=(64, 6)))
    assert tuple(out.shape) == (64, 3)
    assert torch.isfinite(out).all()
