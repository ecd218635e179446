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
def test_distances_of_4_rows(submission, reference, rng, close):
    """Distances between 4 and 8 rows are right."""
    X, Y = rng.normal(size=(4, 12)), rng.normal(size=(8, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_6_rows(submission, reference, rng, close):
    """Distances between 6 and 12 rows are right."""
    X, Y = rng.normal(size=(6, 12)), rng.normal(size=(12, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_8_rows(submission, reference, rng, close):
    """Distances between 8 and 16 rows are right."""
    X, Y = rng.normal(size=(8, 12)), rng.normal(size=(16, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_12_rows(submission, reference, rng, close):
    """Distances between 12 and 24 rows are right."""
    X, Y = rng.normal(size=(12, 12)), rng.normal(size=(24, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("distances")
def test_distances_of_16_rows(submission, reference, rng, close):
    """Distances between 16 and 32 rows are right."""
    X, Y = rng.normal(size=(16, 12)), rng.normal(size=(32, 12))
    close(submission.distances(X, Y), reference.distances(X, Y))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_8(submission, reference, rng, close):
    """A picture of side 8 is convolved rightly."""
    x, w = rng.normal(size=(8, 8)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_10(submission, reference, rng, close):
    """A picture of side 10 is convolved rightly."""
    x, w = rng.normal(size=(10, 10)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_12(submission, reference, rng, close):
    """A picture of side 12 is convolved rightly."""
    x, w = rng.normal(size=(12, 12)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("conv")
def test_convolution_of_side_14(submission, reference, rng, close):
    """A picture of side 14 is convolved rightly."""
    x, w = rng.normal(size=(14, 14)), rng.normal(size=(3, 2))
    close(submission.conv(x, w), reference.conv(x, w))


@pytest.mark.points(1)
@pytest.mark.exercise("Net.forward")
def test_network_on_4_rows(submission, rng):
    """A network gives 4 rows of 3 finite logits."""
    out = submission.Net(6, 20, 3)(rng.normal(size=(4, 6)))
    assert tuple(out.shape) == (4, 3)
    assert torch.isfinite(out).all()


@pytest.mark.points(1)
@pytest.mark.exercise("input_gradient")
def test_gradient_at_the_input(submission, reference, rng, close):
    """The gradient of the loss with respect to the input is right."""
    x, y = rng.normal(size=(16, 6)), rng.integers(0, 3, 16)
    net = submission.Net(6, 20, 3)
    mine = reference.Net(6, 20, 3)
    mine.load_state_dict(net.state_dict())
    close(submission.input_gradient(net, x, y), reference.input_gradient(mine, x, y), tol=1e-4)


@pytest.mark.points(1)
@pytest.mark.exercise("train")
def test_training(submission, reference, rng, close):
    """Twenty steps of training give the right losses."""
    x, y = rng.normal(size=(64, 6)), rng.integers(0, 3, 64)
    close(submission.train(x, y, 20, 0.1, 20, 5), reference.train(x, y, 20, 0.1, 20, 5), tol=1e-4)
