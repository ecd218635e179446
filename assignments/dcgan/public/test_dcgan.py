"""Public checks for the dcgan assignment: values worked by hand, and the sizes of networks.

fit_ring and fit_digits have none: the cells below them in the starter measure what will be graded.
"""

import numpy as np
import pytest
import torch


def column(*numbers):
    return torch.tensor(numbers)[:, None]


def parameters(net):
    """Return the number of trained numbers in a network; running averages are not trained."""
    state = net.state_dict()
    kept = ("running_mean", "running_var", "num_batches_tracked")
    return sum(value.numel() for name, value in state.items() if not name.endswith(kept))


@pytest.mark.points(1)
@pytest.mark.exercise("min_max_steps")
def test_six_turns_lead_back(submission, close):
    """In turn, with step size 1, six turns lead from (1, 1) back to (1, 1)."""
    places = submission.min_max_steps(1.0, 1.0, 1.0, 6, False)
    want = np.array([[1, 1], [-1, 2], [-2, 1], [-1, -1], [1, -2], [2, -1], [1, 1]], float)
    close(places, want, name="places")


@pytest.mark.points(1)
@pytest.mark.exercise("bce_loss")
def test_cross_entropy_by_hand(submission, close):
    """Logits 0 and log 3 with the targets 1 and 0 cost (log 2 + log 4) / 2."""
    logits, targets = column(0.0, np.log(3)), column(1.0, 0.0)
    try:
        loss = submission.bce_loss(logits, targets)
    except ValueError:  # as given by CS231n since 2021, it squeezes the logits, not the targets
        loss = submission.bce_loss(logits, targets[:, 0])
    close(float(loss), 1.5 * np.log(2), tol=1e-5, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("discriminator_loss")
def test_undecided_discriminator(submission, close):
    """A D that says 1/2 to everything costs 2 log 2."""
    loss = submission.discriminator_loss(torch.zeros(5, 1), torch.zeros(5, 1))
    close(float(loss), 2 * np.log(2), tol=1e-5, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("generator_loss")
def test_generator_against_a_sure_discriminator(submission, close):
    """Where D gives the probability 1/4, G pays log 4."""
    loss = submission.generator_loss(column(-np.log(3), -np.log(3)))
    close(float(loss), np.log(4), tol=1e-5, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("ls_discriminator_loss")
def test_least_squares_discriminator_by_hand(submission, close):
    """Scores 1 and 3 of real, -1 and 2 of made images cost (0 + 4) / 4 + (1 + 4) / 4."""
    loss = submission.ls_discriminator_loss(column(1.0, 3.0), column(-1.0, 2.0))
    close(float(loss), 2.25, tol=1e-5, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("ls_generator_loss")
def test_least_squares_generator_by_hand(submission, close):
    """Scores -1 and 2 of made images cost (4 + 1) / 4."""
    close(float(submission.ls_generator_loss(column(-1.0, 2.0))), 1.25, tol=1e-5, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("optimal_discriminator")
def test_best_answer_by_hand(submission, close):
    """Three real images to one made one: 3/4. As many of each: 1/2."""
    p, q = torch.tensor([0.6, 0.3, 0.0]), torch.tensor([0.2, 0.3, 0.2])
    close(submission.optimal_discriminator(p, q), torch.tensor([0.75, 0.5, 0.0]), name="D")


@pytest.mark.points(1)
@pytest.mark.exercise("best_discriminator_loss")
def test_best_loss_by_hand(submission, close):
    """Perfect fakes leave 2 log 2 = 1.386; two values in the shares 3 : 1 leave 1.1247."""
    p = torch.tensor([0.75, 0.25], dtype=torch.float64)
    close(submission.best_discriminator_loss(p, p), 2 * np.log(2), tol=1e-5, name="loss")
    want = -1.5 * np.log(0.75) - 0.5 * np.log(0.25)
    close(submission.best_discriminator_loss(p, p.flip(0)), want, tol=1e-5, name="loss")


@pytest.mark.points(1)
@pytest.mark.exercise("sample_noise")
def test_noise_is_between_minus_one_and_one(submission):
    """The noise has the asked shape, and reaches from -1 to 1."""
    noise = torch.as_tensor(submission.sample_noise(40, 50)).detach()
    assert tuple(noise.shape) == (40, 50), "hint: one row for each example"
    assert -1 <= noise.min() < -0.9, "hint: the noise starts at -1"
    assert 0.9 < noise.max() <= 1, "hint: the noise ends at 1"


@pytest.mark.points(1)
@pytest.mark.exercise("sample_codings")
def test_codings_have_deviation_one(submission):
    """The codings have the asked shape, mean 0 and standard deviation 1."""
    noise = torch.as_tensor(submission.sample_codings(100, 30)).detach()
    assert tuple(noise.shape) == (100, 30), "hint: one row for each example"
    assert abs(noise.mean()) < 0.1, "hint: the mean is 0"
    assert abs(noise.std() - 1) < 0.1, "hint: the standard deviation is 1"


@pytest.mark.points(1)
@pytest.mark.exercise("lecture_generator")
def test_parameters_of_the_lectures_generator(submission):
    """It has 136,634 parameters and makes images of 28 x 28."""
    net = submission.lecture_generator()
    assert parameters(net) == 136_634, "hint: 30-100-150-784, each layer with a bias"
    assert tuple(net(torch.zeros(3, 30)).shape) == (3, 28, 28), "hint: reshape at the end"


@pytest.mark.points(1)
@pytest.mark.exercise("lecture_discriminator")
def test_parameters_of_the_lectures_discriminator(submission):
    """It has 132,951 parameters and gives a logit for each image."""
    net = submission.lecture_discriminator()
    assert parameters(net) == 132_951, "hint: 784-150-100-1, each layer with a bias"
    assert tuple(net(torch.zeros(3, 28, 28)).shape) == (3, 1), "hint: flatten, and end in 1"


@pytest.mark.points(1)
@pytest.mark.exercise("discriminator")
def test_parameters_of_the_discriminator(submission):
    """It has 267,009 parameters."""
    assert parameters(submission.discriminator()) == 267_009, "hint: 784-256-256-1"


@pytest.mark.points(1)
@pytest.mark.exercise("generator")
def test_parameters_of_the_generator(submission):
    """With four numbers of noise it has 1,858,320 parameters, and makes rows of 784 pixels."""
    net = submission.generator(4)
    assert parameters(net) == 1_858_320, "hint: noise-1024-1024-784"
    assert tuple(net(torch.zeros(3, 4)).shape) == (3, 784), "hint: one row for each image"


@pytest.mark.points(1)
@pytest.mark.exercise("get_optimizer")
def test_first_step_of_adam(submission, close):
    """The first step of Adam moves every weight by the learning rate, 0.001."""
    parts = submission.given("gan_parts")
    net = parts.dense_net(2, 1)
    before = net.state_dict()
    parts.descend(net, submission.get_optimizer(net), [torch.ones(4, 2, dtype=torch.float64)])
    for name, value in net.state_dict().items():
        moved = (value - before[name]).abs()
        close(moved, torch.full_like(moved, 1e-3), tol=1e-3, name=f"step of {name}")


def players(submission, w, v):
    """Return D(x) = w x and G(z) = v z, on single numbers, with their gan_parts."""
    parts = submission.given("gan_parts")
    D, G = parts.dense_net(1, 1), parts.dense_net(1, 1)
    for net, slope in ((D, w), (G, v)):
        zero = torch.zeros(1, dtype=torch.float64)
        net.load_state_dict({"0.weight": zero[None] + slope, "0.bias": zero})
    return D, G, parts


@pytest.mark.points(1)
@pytest.mark.exercise("d_step")
def test_step_of_the_discriminator_by_hand(submission, close):
    """D(x) = x/2 on real 0.5 and 1.5, made -1 and 3, with the hinge loss of gan_parts."""
    D, G, parts = players(submission, 0.5, 2.0)
    real, noise = column(0.5, 1.5).double(), column(-0.5, 1.5).double()
    loss = parts.hinge_discriminator_loss
    # real logits 0.25, 0.75 cost 0.75, 0.25; made logits -0.5, 1.5 cost 0.5, 2.5
    got = submission.d_step(D, G, real, noise, parts.sgd(D, 0.1), loss)
    close(float(got), 0.5 + 1.5, name="loss")
    # slope of w: - mean real + mean made = -1 + 1 = 0; of the bias: -1 + 1 = 0
    got = submission.d_step(D, G, real + 2, noise, parts.sgd(D, 0.1), loss)
    close(float(got), (0 + 0) + 1.5, name="loss of the second step")  # logits 1.25, 1.75: no slope
    close(D.state_dict()["0.weight"], torch.tensor([[0.4]]).double(), name="weight of D")
    close(D.state_dict()["0.bias"], torch.tensor([-0.1]).double(), name="bias of D")


@pytest.mark.points(1)
@pytest.mark.exercise("g_step")
def test_step_of_the_generator_by_hand(submission, close):
    """G(z) = 2 z against D(x) = x/2, with the hinge loss of gan_parts."""
    D, G, parts = players(submission, 0.5, 2.0)
    noise = column(-0.5, 1.5).double()  # mean 1/2; the loss is - mean of D(G(z)) = z
    got = submission.g_step(D, G, noise, parts.sgd(G, 0.1), parts.hinge_generator_loss)
    close(float(got), -0.5, name="loss")
    # slope of v: -0.5 mean z = -0.25; of the bias: -0.5
    close(G.state_dict()["0.weight"], torch.tensor([[2.025]]).double(), name="weight of G")
    close(G.state_dict()["0.bias"], torch.tensor([0.05]).double(), name="bias of G")


@pytest.mark.points(1)
@pytest.mark.exercise("mode_count")
def test_modes_by_hand(submission, close):
    """Of five samples four are good; three of them at one point and one at another."""
    points, labels = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]), torch.arange(3)
    samples = torch.tensor([[0.1, 0.0], [0.0, -0.5], [0.3, 0.4], [10.0, 0.2], [5.0, 6.0]])
    for least, modes in ((0.1, 2), (0.5, 1), (0.7, 0)):
        covered, quality = submission.mode_count(samples, points, labels, 1.0, least)
        close(float(covered), float(modes), name="covered")
        close(float(quality), 0.8, name="quality")


@pytest.mark.points(1)
@pytest.mark.exercise("build_dc_classifier")
def test_parameters_of_the_convolutional_discriminator(submission):
    """It has 1,102,721 parameters."""
    try:
        net = submission.build_dc_classifier(5)
    except TypeError:
        net = submission.build_dc_classifier()  # not every year's course asks for the batch size
    assert parameters(net) == 1_102_721, "hint: 832 + 51,264 + 1,049,600 + 1,025"


@pytest.mark.points(1)
@pytest.mark.exercise("build_dc_generator")
def test_parameters_of_the_convolutional_generator(submission):
    """With four numbers of noise it has 6,580,801 parameters."""
    hint = "hint: 5,120 + 2,048 + 6,428,800 + 12,544 + 131,136 + 128 + 1,025"
    assert parameters(submission.build_dc_generator(4)) == 6_580_801, hint


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_generator")
def test_parameters_of_the_dcgan_generator(submission):
    """By default it has 3,576,704 parameters and makes images of 3 x 64 x 64."""
    net = submission.dcgan_generator()
    assert parameters(net) == 3_576_704, "hint: five layers without bias, and four BatchNorms"
    assert tuple(net(torch.ones(2, 100)).shape) == (2, 3, 64, 64), "hint: 4, 8, 16, 32, 64"


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_discriminator")
def test_parameters_of_the_dcgan_discriminator(submission):
    """By default it has 2,765,568 parameters and gives a logit for each image."""
    net = submission.dcgan_discriminator()
    assert parameters(net) == 2_765_568, "hint: five layers without bias, and three BatchNorms"
    assert tuple(net(torch.ones(2, 3, 64, 64)).shape) == (2, 1), "hint: flatten the last 1 x 1"


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_init")
def test_first_weights_are_small(submission):
    """The weights of a convolution have the standard deviation 0.02."""
    net = submission.given("gan_parts").Mixed()
    submission.dcgan_init(net)
    weights = np.asarray(net.state_dict()["down.0.weight"])
    assert abs(weights.std() - 0.02) < 0.002, "hint: 0.02 is the deviation, not the variance"


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_first_question_is_answered(answers):
    """The first question, about the targets of phase one, is answered right."""
    hint = "D should give real images a probability near 1"
    answers({"targets_of_phase_one": "c"}, hint=hint)
