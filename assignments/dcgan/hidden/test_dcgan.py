"""Hidden checks for the dcgan assignment: 76 points.

Sizes, settings and inputs are drawn anew for every attempt. A network is judged by what it does:
it gets random weights, the same as the reference's, and has to give the same output. Exercises on
training steps get networks and losses of given/gan_parts.py, so each is graded alone.
"""

import importlib.util
import re
from pathlib import Path

import numpy as np
import pytest
import torch

FLOAT32 = 1e-4  # a few thousand terms of float32 differ by 1e-6; a wrong slope by more than 1e-2
RING_LABELS = torch.arange(8)
NO_LOSS = "hint: a step returns its loss"


def load_parts():
    path = Path(__file__).parents[1] / "given" / "gan_parts.py"
    spec = importlib.util.spec_from_file_location("judges_gan_parts", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


PARTS = load_parts()
torch.optim.SGD([torch.zeros(1)], lr=1.0)  # the first one imports for a second: before the fork


def normal(rng, *shape, scale=1.0):
    return torch.tensor(rng.normal(scale=scale, size=shape), dtype=torch.float32)


def array(value):
    return np.asarray(value.detach() if isinstance(value, torch.Tensor) else value)


def number(value):
    """A loss is one number; a tensor or an array that holds just one counts as well."""
    is_one = isinstance(value, (torch.Tensor, np.ndarray)) and np.prod(value.shape) == 1
    return value.item() if is_one else value


def assert_in_graph(loss):
    in_graph = isinstance(loss, torch.Tensor) and loss.requires_grad
    assert in_graph, "hint: return the tensor itself, without item() or detach()"


@pytest.mark.points(1)
@pytest.mark.exercise("min_max_steps")
def test_players_in_turn(submission, reference, rng, close):
    """In turn: y moves first, and x answers to the new y."""
    x, y, size = (float(value) for value in rng.uniform(0.3, 1.5, size=3))
    game = (x, y, size, int(rng.integers(5, 12)), False)
    places = submission.min_max_steps(*game)
    hint = "y goes up the slope x, then x goes down the slope at the new y; the start comes first"
    close(places, np.array(reference.min_max_steps(*game)), name="places", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("min_max_steps")
def test_players_at_once(submission, reference, rng, close):
    """At once: both steps start from the same place."""
    x, y, size = (float(value) for value in rng.uniform(0.3, 1.5, size=3))
    game = (x, y, size, int(rng.integers(5, 12)), True)
    places = submission.min_max_steps(*game)
    hint = "x must not know yet where y has gone"
    close(places, np.array(reference.min_max_steps(*game)), name="places", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("bce_loss")
def test_cross_entropy_of_random_logits(submission, reference, rng, close):
    """The loss is the mean cross-entropy of logits with targets of both kinds."""
    z = normal(rng, int(rng.integers(9, 20)), 1, scale=2)
    t = torch.tensor(rng.permutation(len(z)) % 2, dtype=torch.float32)[:, None]
    hint = "input is a logit: log(1 + exp(z)) - t z, and the mean over the rows"
    close(number(bce(submission, z, t)), number(reference.bce_loss(z, t)), tol=FLOAT32, hint=hint)


def bce(submission, input, target):
    try:
        return submission.bce_loss(input, target)
    except ValueError:  # as given by CS231n since 2021, it squeezes the logits, not the targets
        return submission.bce_loss(input, target[:, 0])


@pytest.mark.points(1)
@pytest.mark.exercise("bce_loss")
def test_cross_entropy_of_large_logits(submission, reference, rng, close):
    """Logits of some hundreds cost what they should."""
    z = torch.tensor(rng.uniform(150, 400, size=(8, 1)), dtype=torch.float32)
    z[::2] *= -1
    t = torch.tensor([0.0, 0, 1, 1, 0, 0, 1, 1])[:, None]
    hint = "a sigmoid in float32 rounds to 0 or 1, and its logarithm is lost: start from the logit"
    got, want = bce(submission, z, t), reference.bce_loss(z, t)
    close(number(got), number(want), tol=FLOAT32, hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("bce_loss")
def test_loss_can_be_differentiated(submission, rng, close):
    """The loss is a tensor of the graph, and the slope by a logit is (sigmoid - target) / N."""
    z, t = normal(rng, 6, 1), torch.tensor(rng.permutation(6) % 2, dtype=torch.float32)[:, None]
    loss = bce(submission, z.clone().requires_grad_(), t)
    assert_in_graph(loss)
    assert loss.numel() == 1, "hint: the loss is one number"
    try:
        slope = submission.bce_loss.grad((z, t))
    except ValueError:
        slope = submission.bce_loss.grad((z, t[:, 0]))
    close(slope, (z.sigmoid() - t) / 6, tol=FLOAT32, name="gradient of the loss")


def check_gradient(submission, reference, close, grad, name, *logits):
    """Compare the gradients of a loss by all logits."""
    places = list(range(len(logits)))
    got = getattr(submission, name).grad(logits, wrt=places)
    want = grad(getattr(reference, name), logits, wrt=places)
    for mine, right in zip(got, want, strict=True):
        close(mine, right, tol=FLOAT32, name="gradient of the loss")


def two_batches(rng):
    """Return logits of real and of made images, which are part of a graph."""
    n = int(rng.integers(7, 15))
    return [normal(rng, n, 1, scale=2).requires_grad_() for _ in "ab"]


@pytest.mark.points(2)
@pytest.mark.exercise("discriminator_loss")
def test_loss_of_the_discriminator(submission, reference, rng, close, grad):
    """Real images have the target 1, made ones 0, and the two means are added."""
    real, fake = two_batches(rng)
    hint = "the sum of two means; not their mean, and not the mean over all rows"
    got, want = submission.discriminator_loss(real, fake), reference.discriminator_loss(real, fake)
    close(number(got), number(want), tol=FLOAT32, name="loss", hint=hint)
    assert_in_graph(got)
    check_gradient(submission, reference, close, grad, "discriminator_loss", real, fake)


@pytest.mark.points(2)
@pytest.mark.exercise("generator_loss")
def test_loss_of_the_generator(submission, reference, rng, close, grad):
    """Made images have the target 1."""
    _, fake = two_batches(rng)
    hint = "the mean of -log D; log(1 - D) has the same aim, but no slope where D is sure"
    got, want = submission.generator_loss(fake), reference.generator_loss(fake)
    close(number(got), number(want), tol=FLOAT32, name="loss", hint=hint)
    assert_in_graph(got)
    check_gradient(submission, reference, close, grad, "generator_loss", fake)


@pytest.mark.points(1)
@pytest.mark.exercise("ls_discriminator_loss")
def test_least_squares_loss_of_the_discriminator(submission, reference, rng, close, grad):
    """Half the mean of (real - 1)^2, plus half the mean of fake^2."""
    real, fake = two_batches(rng)
    got, want = (f.ls_discriminator_loss(real, fake) for f in (submission, reference))
    hint = "two means of squares, each with its half, and no sigmoid"
    close(number(got), number(want), tol=FLOAT32, name="loss", hint=hint)
    assert_in_graph(got)
    check_gradient(submission, reference, close, grad, "ls_discriminator_loss", real, fake)


@pytest.mark.points(1)
@pytest.mark.exercise("ls_generator_loss")
def test_least_squares_loss_of_the_generator(submission, reference, rng, close, grad):
    """Half the mean of (fake - 1)^2."""
    _, fake = two_batches(rng)
    got, want = submission.ls_generator_loss(fake), reference.ls_generator_loss(fake)
    hint = "half the mean of the squares, and no sigmoid"
    close(number(got), number(want), tol=FLOAT32, name="loss", hint=hint)
    assert_in_graph(got)
    check_gradient(submission, reference, close, grad, "ls_generator_loss", fake)


def densities(rng, *, gaps):
    """Return two distributions over some values; with gaps, each lacks values of the other."""
    size = int(rng.integers(6, 11))
    p, q = torch.tensor(rng.uniform(0.2, 1.5, size=(2, size)))
    if gaps:
        p[:2], q[-2:] = 0, 0
    return p / p.sum(), q / q.sum()


@pytest.mark.points(1)
@pytest.mark.exercise("optimal_discriminator")
def test_best_discriminator(submission, rng, close):
    """At every place D is the share of real images there."""
    p, q = densities(rng, gaps=True)
    p, q = 3 * p, 2 * q  # densities need not sum to 1
    hint = "p / (p + q), with the densities as they are"
    close(submission.optimal_discriminator(p, q), p / (p + q), name="D", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("best_discriminator_loss")
def test_loss_of_the_best_discriminator(submission, reference, rng, close):
    """The loss is weighted by how often each value occurs."""
    p, q = densities(rng, gaps=False)
    got = submission.best_discriminator_loss(p, q)
    hint = "sums, not means, over the values, and natural logarithms"
    close(number(got), reference.best_discriminator_loss(p, q), name="loss", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("best_discriminator_loss")
def test_loss_where_one_density_is_zero(submission, reference, rng, close):
    """Where only real or only made images occur, D is sure and costs nothing."""
    p, q = densities(rng, gaps=True)
    got = submission.best_discriminator_loss(p, q)
    hint = "0 log 0 is 0 here, but NaN in floating point: torch.xlogy knows"
    close(number(got), reference.best_discriminator_loss(p, q), name="loss", hint=hint)


def sizes(rng, count, low, high):
    return [int(size) for size in rng.choice(np.arange(low, high), size=count, replace=False)]


@pytest.mark.points(1)
@pytest.mark.exercise("sample_noise")
def test_uniform_noise(submission, rng):
    """The noise has the asked shape and fills the range from -1 to 1 evenly."""
    shape = tuple(sizes(rng, 2, 150, 300))
    noise = array(submission.sample_noise(*shape))
    assert noise.shape == shape, "hint: one row for each example"
    assert np.abs(noise).max() <= 1, "hint: no number is outside of -1 to 1"
    # More than 22,500 draws: a share of 1/8 has a standard deviation of at most 0.0022.
    shares = np.histogram(noise, bins=8, range=(-1, 1))[0] / noise.size
    assert np.abs(shares - 1 / 8).max() < 0.02, "hint: rand is uniform from 0 to 1, randn is not"


@pytest.mark.points(1)
@pytest.mark.exercise("sample_noise")
def test_seed_of_the_uniform_noise(submission, rng):
    """The same seed gives the same noise; without a seed, it differs from call to call."""
    seed = int(rng.integers(1, 10_000))
    free = [array(submission.sample_noise(5, 7)) for _ in "ab"]
    assert free[0].shape == (5, 7), "hint: one row for each example"
    assert not np.array_equal(*free), "hint: without a seed, do not seed"
    try:
        seeded = [array(submission.sample_noise(5, 7, seed)) for _ in "ab"]
    except TypeError:
        return  # CS231n had no seed before 2020
    assert np.array_equal(*seeded), "hint: seed before you draw"


@pytest.mark.points(1)
@pytest.mark.exercise("sample_codings")
def test_gaussian_noise(submission, rng):
    """The codings have mean 0, variance 1 and the tails of a Gaussian."""
    shape = tuple(sizes(rng, 2, 150, 300))
    noise = array(submission.sample_codings(*shape))
    assert noise.shape == shape, "hint: one row for each example"
    # More than 22,500 draws: standard deviations 0.007 (mean), 0.01 (variance), 0.002 (tails).
    assert abs(noise.mean()) < 0.04, "hint: the mean is 0"
    assert abs(noise.var() - 1) < 0.06, "hint: the variance is 1"
    tails = np.mean(np.abs(noise) > 2)
    assert abs(tails - 0.0455) < 0.012, "hint: randn draws from a Gaussian, rand does not"


@pytest.mark.points(1)
@pytest.mark.exercise("sample_codings")
def test_seed_of_the_gaussian_noise(submission, rng):
    """The same seed gives the same codings, another seed or none gives others."""
    seed = int(rng.integers(1, 10_000))
    first, again, other = (
        array(submission.sample_codings(5, 7, s)) for s in (seed, seed, seed + 1)
    )
    assert first.shape == (5, 7), "hint: one row for each example"
    free = [array(submission.sample_codings(5, 7)) for _ in "ab"]
    assert np.array_equal(first, again), "hint: seed before you draw"
    assert not np.array_equal(first, other), "hint: two seeds gave the same codings"
    assert not np.array_equal(*free), "hint: without a seed, do not seed"


def shapes(net):
    return [tuple(value.shape) for value in net.state_dict().values()]


def share_weights(net, right, rng, *, scale=1.5):
    """Give the submission's network and the reference's the same random weights, in order."""
    theirs, ours = net.state_dict(), right.state_dict()
    hint = "hint: the weights do not have the right shapes: compare layers, sizes and biases"
    assert shapes(net) == shapes(right), hint
    values = [random_weight(name, value, rng, scale) for name, value in ours.items()]
    net.load_state_dict(dict(zip(theirs, values, strict=True)))
    right.load_state_dict(dict(zip(ours, values, strict=True)))


def random_weight(name, value, rng, scale):
    if value.ndim >= 2:  # spread so that the layer's outputs are of the size of its inputs
        return normal(rng, *value.shape, scale=scale / np.sqrt(value[0].numel()))
    if name.endswith("num_batches_tracked"):
        return value
    if name.endswith("running_var"):
        return torch.tensor(rng.uniform(0.5, 2, size=value.shape), dtype=torch.float32)
    return normal(rng, *value.shape, scale=0.5)  # biases, running means, weights of BatchNorms


def logits_of(net, images):
    """Return what a discriminator says of N images, which it may take as rows of pixels."""
    try:
        return net(images)
    except Exception:
        return net(images.reshape(len(images), -1))


def same_output(net, right, rng, close, inputs, hint, run=None):
    """Compare the two networks on the same inputs, with the same random weights."""
    share_weights(net, right, rng)
    with torch.no_grad():
        want = right(inputs)
    close((run or net)(inputs), want, tol=FLOAT32, name="output", hint=hint)


LECTURE_HINT = "SELU after the hidden layers; a sigmoid at the end of G, nothing at the end of D"


@pytest.mark.points(1)
@pytest.mark.exercise("lecture_generator")
def test_sizes_of_the_lectures_generator(submission, reference, rng):
    """All weights have the right shapes, also for another size of the codings."""
    size = int(rng.integers(5, 60))
    net, right = submission.lecture_generator(size), reference.lecture_generator(size)
    assert shapes(net) == shapes(right), "hint: three dense layers, of 100, 150 and 784 neurons"


@pytest.mark.points(1)
@pytest.mark.exercise("lecture_generator")
def test_output_of_the_lectures_generator(submission, reference, rng, close):
    """With given weights, it makes the right images."""
    size, n = sizes(rng, 2, 5, 40)
    net, right = submission.lecture_generator(size), reference.lecture_generator(size)
    same_output(net, right, rng, close, normal(rng, n, size), LECTURE_HINT)


@pytest.mark.points(1)
@pytest.mark.exercise("lecture_discriminator")
def test_sizes_of_the_lectures_discriminator(submission, reference, rng):
    """All weights have the right shapes, and every image of a batch gets one logit."""
    net = submission.lecture_discriminator()
    hint = "hint: three dense layers, of 150, 100 and 1 neuron"
    assert shapes(net) == shapes(reference.lecture_discriminator()), hint
    n = int(rng.integers(3, 20))
    assert tuple(net(normal(rng, n, 28, 28)).shape) == (n, 1), "hint: the logits are (N, 1)"


@pytest.mark.points(1)
@pytest.mark.exercise("lecture_discriminator")
def test_output_of_the_lectures_discriminator(submission, reference, rng, close):
    """With given weights, it gives the right logits."""
    net, right = submission.lecture_discriminator(), reference.lecture_discriminator()
    images = normal(rng, int(rng.integers(3, 20)), 28, 28)
    same_output(net, right, rng, close, images, LECTURE_HINT)


def pictures(rng, n):
    return torch.tensor(rng.uniform(-1, 1, size=(n, 1, 28, 28)), dtype=torch.float32)


@pytest.mark.points(1)
@pytest.mark.exercise("discriminator")
def test_sizes_of_the_discriminator(submission, reference, rng):
    """All weights have the right shapes, and every image of a batch gets one logit."""
    net, n = submission.discriminator(), int(rng.integers(3, 20))
    hint = "hint: three dense layers, of 256, 256 and 1 neuron"
    assert shapes(net) == shapes(reference.discriminator()), hint
    assert tuple(logits_of(net, pictures(rng, n)).shape) == (n, 1), "hint: the logits are (N, 1)"


@pytest.mark.points(2)
@pytest.mark.exercise("discriminator")
def test_output_of_the_discriminator(submission, reference, rng, close):
    """With given weights, it gives the right logits."""
    net, right = submission.discriminator(), reference.discriminator()
    hint = "LeakyReLU with slope 0.01 after the first two layers, nothing after the last"
    images = pictures(rng, int(rng.integers(3, 20)))
    same_output(net, right, rng, close, images, hint, run=lambda x: logits_of(net, x))


@pytest.mark.points(1)
@pytest.mark.exercise("generator")
def test_sizes_of_the_generator(submission, reference, rng):
    """All weights have the right shapes, for any size of the noise."""
    dim = int(rng.integers(5, 60))
    hint = "hint: three dense layers, of 1024, 1024 and 784 neurons"
    assert shapes(submission.generator(dim)) == shapes(reference.generator(dim)), hint


@pytest.mark.points(2)
@pytest.mark.exercise("generator")
def test_output_of_the_generator(submission, reference, rng, close):
    """With given weights, it makes the right images, from -1 to 1."""
    dim, n = sizes(rng, 2, 5, 40)
    net, right = submission.generator(dim), reference.generator(dim)
    hint = "ReLU after the first two layers, tanh after the last"
    same_output(net, right, rng, close, normal(rng, n, dim), hint)


@pytest.mark.points(1)
@pytest.mark.exercise("build_dc_classifier")
def test_sizes_of_the_convolutional_discriminator(submission, reference, rng):
    """All weights have the right shapes."""
    n = int(rng.integers(3, 20))
    net, right = dc_classifier(submission, n), reference.build_dc_classifier(n)
    hint = "hint: two convolutions without padding, then two dense layers"
    assert shapes(net) == shapes(right), hint


def dc_classifier(submission, n):
    try:
        return submission.build_dc_classifier(n)
    except TypeError:
        return submission.build_dc_classifier()  # not every year's course asks for the batch size


@pytest.mark.points(2)
@pytest.mark.exercise("build_dc_classifier")
def test_output_of_the_convolutional_discriminator(submission, reference, rng, close):
    """With given weights, it gives the right logits for a batch of the size that it was told."""
    n = int(rng.integers(3, 12))
    net, right = dc_classifier(submission, n), reference.build_dc_classifier(n)
    hint = "conv, LeakyReLU 0.01, max pooling, twice; dense, LeakyReLU 0.01, dense, nothing"
    same_output(net, right, rng, close, pictures(rng, n), hint, run=lambda x: logits_of(net, x))


@pytest.mark.points(1)
@pytest.mark.exercise("build_dc_generator")
def test_sizes_of_the_convolutional_generator(submission, reference, rng):
    """All weights have the right shapes, for any size of the noise."""
    dim = int(rng.integers(5, 60))
    net, right = submission.build_dc_generator(dim), reference.build_dc_generator(dim)
    hint = "hint: two dense layers, two transposed convolutions, a BatchNorm after all but the last"
    assert shapes(net) == shapes(right), hint


@pytest.mark.points(1)
@pytest.mark.exercise("build_dc_generator")
def test_batches_of_the_convolutional_generator(submission, rng):
    """It makes as many images as it gets rows of noise, each a row of 784 pixels."""
    dim, n = sizes(rng, 2, 5, 30)
    made = submission.build_dc_generator(dim)(normal(rng, n, dim))
    assert tuple(made.shape) == (n, 784), "hint: -1 stands for any batch size in a reshape"


@pytest.mark.points(2)
@pytest.mark.exercise("build_dc_generator")
def test_output_of_the_convolutional_generator(submission, reference, rng, close):
    """With given weights, it makes the right images, in training and in test mode."""
    dim, n = sizes(rng, 2, 5, 30)
    net, right = submission.build_dc_generator(dim), reference.build_dc_generator(dim)
    noise = normal(rng, n, dim)
    hint = "dense, ReLU, BatchNorm, in this order; tanh after the last convolution"
    same_output(net, right, rng, close, noise, hint)
    in_test_mode(net, right, close, noise)


def in_test_mode(net, right, close, inputs):
    """Compare two networks in test mode, where BatchNorm uses its running averages."""
    net.eval()
    right.eval()
    with torch.no_grad():
        want = right(inputs)
    close(net(inputs), want, tol=FLOAT32, name="output in test mode")


def dcgan_sizes(rng):
    """Return settings of a small DCGAN with two or three doublings, away from the defaults."""
    doublings, start = int(rng.integers(2, 4)), int(rng.integers(2, 5))
    channels = int(rng.choice([1, 2, 4]))
    width = int(rng.integers(3, 8))
    return {
        "width": width,
        "channels": channels,
        "side": start * 2**doublings,
        "start": start,
    }


def generators(submission, reference, rng):
    settings, dim = dcgan_sizes(rng), int(rng.integers(5, 30))
    net = submission.dcgan_generator(dim, **settings)
    return net, reference.dcgan_generator(dim, **settings), settings, dim


def discriminators(submission, reference, rng):
    settings = dcgan_sizes(rng)
    net = submission.dcgan_discriminator(**settings)
    images = normal(rng, int(rng.integers(4, 9)), *image_shape(settings))
    return net, reference.dcgan_discriminator(**settings), images


def image_shape(settings):
    return settings["channels"], settings["side"], settings["side"]


def require_strided(submission, net, right, kind):
    """Rule 1: no pooling; the convolutions have the strides that do its work."""
    layers = submission.given("gan_parts").layers(net)
    pooling = [layer for layer in layers if "Pool" in str(layer["kind"])]
    assert not pooling, "hint: rule 1: a stride takes the place of pooling"
    strides = [layer["stride"] for layer in layers if layer["kind"] == kind]
    want = [layer["stride"] for layer in PARTS.layers(right) if layer["kind"] == kind]
    hint = f"hint: every {kind} but one has stride 2, and that one stride 1"
    assert strides == want, hint


def require_no_dense(net):
    """Rule 3: no weight is a matrix."""
    dense = any(len(shape) == 2 for shape in shapes(net))
    assert not dense, "hint: rule 3: no dense layer; an image of 1 x 1 pixels is a row, too"


def batchnorms(net):
    state = net.state_dict()
    return [tuple(value.shape) for name, value in state.items() if name.endswith("running_mean")]


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_generator")
def test_generator_has_transposed_convolutions_only(submission, reference, rng):
    """Rules 1 and 3: no pooling and no dense layers, but transposed convolutions with stride 2."""
    net, right, _, _ = generators(submission, reference, rng)
    require_strided(submission, net, right, "ConvTranspose2d")
    require_no_dense(net)


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_generator")
def test_batchnorms_of_the_generator(submission, reference, rng):
    """Rule 2: a BatchNorm after every layer but the last."""
    net, right, _, _ = generators(submission, reference, rng)
    hint = "hint: rule 2: BatchNorm after every transposed convolution except the last"
    assert batchnorms(net) == batchnorms(right), hint


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_generator")
def test_sizes_of_the_dcgan_generator(submission, reference, rng):
    """Channels halve from layer to layer, kernels fit, and there are no biases but BatchNorm's."""
    net, right, _, _ = generators(submission, reference, rng)
    hint = "hint: the weights do not have the right shapes: channels, kernels, or a bias too many"
    assert shapes(net) == shapes(right), hint


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_generator")
def test_images_of_the_dcgan_generator(submission, reference, rng):
    """Images have the asked size for any batch, and pixels in the whole range of tanh."""
    net, right, settings, dim = generators(submission, reference, rng)
    n = int(rng.integers(6, 12))
    made = net(normal(rng, n, dim))
    hint = "hint: the images are (N, channels, side, side), for any number N of rows of noise"
    assert tuple(made.shape) == (n, *image_shape(settings)), hint
    share_weights(net, right, rng, scale=4)
    made = array(net(normal(rng, n, dim)))
    assert np.abs(made).max() <= 1, "hint: rule 4: tanh at the output"
    reach = min(made.max(), -made.min())
    assert reach > 0.5, "hint: rule 4: tanh reaches from -1 to 1"


@pytest.mark.points(2)
@pytest.mark.exercise("dcgan_generator")
def test_output_of_the_dcgan_generator(submission, reference, rng, close):
    """With given weights, it makes the right images, in training and in test mode."""
    net, right, _, dim = generators(submission, reference, rng)
    noise = normal(rng, int(rng.integers(6, 12)), dim)
    hint = "BatchNorm, then ReLU; after the last layer tanh alone; stride 2 with padding 1"
    same_output(net, right, rng, close, noise, hint)
    in_test_mode(net, right, close, noise)


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_discriminator")
def test_discriminator_has_strided_convolutions_only(submission, reference, rng):
    """Rules 1 and 3: no pooling and no dense layers, but convolutions with stride 2."""
    net, right, _ = discriminators(submission, reference, rng)
    require_strided(submission, net, right, "Conv2d")
    require_no_dense(net)


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_discriminator")
def test_batchnorms_of_the_discriminator(submission, reference, rng):
    """Rule 2: a BatchNorm after every layer but the first and the last."""
    net, right, _ = discriminators(submission, reference, rng)
    hint = "hint: rule 2: no BatchNorm at the input of D, and none after the logit"
    assert batchnorms(net) == batchnorms(right), hint


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_discriminator")
def test_sizes_of_the_dcgan_discriminator(submission, reference, rng):
    """Channels double from layer to layer, kernels fit, and only BatchNorms have a bias."""
    net, right, _ = discriminators(submission, reference, rng)
    hint = "hint: the weights do not have the right shapes: channels, kernels, or a bias too many"
    assert shapes(net) == shapes(right), hint


@pytest.mark.points(2)
@pytest.mark.exercise("dcgan_discriminator")
def test_output_of_the_dcgan_discriminator(submission, reference, rng, close):
    """With given weights, it gives the right logits, in training and in test mode."""
    net, right, images = discriminators(submission, reference, rng)
    hint = "LeakyReLU 0.2 after every layer but the last, behind the BatchNorm; logits are (N, 1)"
    same_output(net, right, rng, close, images, hint)
    in_test_mode(net, right, close, images)


def initialised(submission, rng):
    net = submission.given("gan_parts").Mixed(int(rng.integers(20, 30)))
    before = {name: np.asarray(value) for name, value in net.state_dict().items()}
    submission.dcgan_init(net)
    return before, {name: np.asarray(value) for name, value in net.state_dict().items()}


def is_drawn(weights, mean):
    # At least 4,000 draws: the deviation is off by 1.1 % in one standard deviation, the mean by
    # 0.0003, the share beyond two deviations (4.55 %) by 0.0033.
    tails = np.mean(np.abs(weights - mean) > 0.04)
    width = abs(weights.std() - 0.02) < 0.0015 and abs(tails - 0.0455) < 0.025
    return abs(weights.mean() - mean) < 0.002 and width


def is_repeated(weights):
    """Tell whether the weights of one channel come again in many others."""
    rows = weights.reshape(len(weights), -1)
    return any(len(np.unique(line)) < 0.9 * len(line) for line in (rows[:, 0], rows[0]))


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_init")
def test_first_weights_of_convolutions(submission, rng):
    """Convolutions and transposed convolutions, at any depth, draw from N(0, 0.02^2)."""
    _, after = initialised(submission, rng)
    assert is_drawn(after["down.0.weight"], 0), "hint: 0.02 is the deviation, not the variance"
    assert is_drawn(after["up.0.0.weight"], 0), "hint: modules() finds layers inside of layers"
    own = "hint: every weight is drawn on its own: normal_ does so"
    assert not is_repeated(after["down.0.weight"]), own


@pytest.mark.points(1)
@pytest.mark.exercise("dcgan_init")
def test_first_weights_of_batchnorms(submission, rng):
    """BatchNorms draw their weights from N(1, 0.02^2) and start with bias 0; the rest stays."""
    before, after = initialised(submission, rng)
    for name in ("down.1", "up.1"):
        assert is_drawn(after[f"{name}.weight"], 1), "hint: a BatchNorm scales by about 1"
        assert not after[f"{name}.bias"].any(), "hint: the biases of BatchNorms are 0"
    for name in ("dense.weight", "dense.bias", "down.0.bias", "up.0.0.bias"):
        same = np.array_equal(before[name], after[name])
        assert same, "hint: dense layers and biases of convolutions stay what they are"


@pytest.mark.points(2)
@pytest.mark.exercise("get_optimizer")
def test_steps_of_the_optimizer(submission, rng, close):
    """Steps with gradients of many sizes end where Adam with these settings ends."""
    parts = submission.given("gan_parts")
    layers = sizes(rng, 3, 3, 9)
    net, twin = twins(parts, layers)
    batches = [
        torch.tensor(rng.normal(scale=10 ** rng.uniform(-1, 1), size=(8, layers[0])))
        for _ in range(25)
    ]
    parts.descend(net, submission.get_optimizer(net), batches)
    settings = {"lr": 1e-3, "betas": (0.5, 0.999)}
    PARTS.descend(twin, torch.optim.Adam(twin.parameters(), **settings), batches)
    hint = "Adam for all parameters, with lr=1e-3 and betas=(0.5, 0.999), and nothing else"
    for name, value in net.state_dict().items():
        close(value, twin.state_dict()[name], tol=1e-7, name=name, hint=hint)


def twins(parts, layers):
    """Return a network in the submission's process, and one with the same weights here."""
    net, twin = parts.dense_net(*layers), PARTS.dense_net(*layers)
    twin.load_state_dict(net.state_dict())
    return net, twin


class Players:
    """D and G in the submission's process, their twins here, batches of real data and noise."""

    def __init__(self, submission, rng):
        self.submission = submission
        self.parts = submission.given("gan_parts")
        data, codings, h1, h2, self.n = sizes(rng, 5, 4, 12)
        self.D, self.twin_D = twins(self.parts, (data, h1, 1))
        self.G, self.twin_G = twins(self.parts, (codings, h2, data))
        self.real = [torch.tensor(rng.normal(1, 2, size=(self.n, data))) for _ in range(3)]
        self.noise = [torch.tensor(rng.normal(size=(self.n, codings))) for _ in range(3)]
        self.rate = float(rng.uniform(0.01, 0.05))

    def d_steps(self, times):
        loss = self.parts.hinge_discriminator_loss
        optimizer = self.parts.adam(self.D, self.rate)
        steps = zip(self.real[:times], self.noise, strict=False)
        step = self.submission.d_step
        return [number(step(self.D, self.G, x, z, optimizer, loss)) for x, z in steps]

    def right_d_steps(self, reference, times):
        loss = PARTS.hinge_discriminator_loss
        optimizer = PARTS.adam(self.twin_D, self.rate)
        steps = zip(self.real[:times], self.noise, strict=False)
        return [reference.d_step(self.twin_D, self.twin_G, *s, optimizer, loss) for s in steps]

    def g_steps(self, times):
        loss = self.parts.hinge_generator_loss
        optimizer = self.parts.adam(self.G, self.rate)
        step = self.submission.g_step
        return [number(step(self.D, self.G, z, optimizer, loss)) for z in self.noise[:times]]

    def right_g_steps(self, reference, times):
        loss = PARTS.hinge_generator_loss
        optimizer = PARTS.adam(self.twin_G, self.rate)
        step = reference.g_step
        return [step(self.twin_D, self.twin_G, z, optimizer, loss) for z in self.noise[:times]]


def same_weights(net, twin, close, hint=None):
    for name, value in twin.state_dict().items():
        close(net.state_dict()[name], value, name=name, hint=hint)


def assert_other_weights(net, twin):
    """Assert that a step moved the weights: one that does nothing leaves the other side alone."""
    trained = net.state_dict()
    moved = any(not torch.equal(trained[name], old) for name, old in twin.state_dict().items())
    assert moved, "hint: after the step all weights are as they were"


@pytest.mark.points(1)
@pytest.mark.exercise("d_step")
def test_d_step_returns_its_loss(submission, reference, rng, close):
    """The step returns the loss of D on the real and the made batch, as it was before the step."""
    players = Players(submission, rng)
    losses, want = players.d_steps(1), players.right_d_steps(reference, 1)
    hint = "loss_function(logits of the real images, logits of the made ones)"
    close(losses[0], want[0], name="loss", hint=hint)


@pytest.mark.points(2)
@pytest.mark.exercise("d_step")
def test_d_step_trains_the_discriminator(submission, reference, rng, close):
    """After three steps with Adam, the weights of D are right."""
    players = Players(submission, rng)
    players.d_steps(3)
    players.right_d_steps(reference, 3)
    hint = "clear the old gradients, backward, one step of the optimizer"
    same_weights(players.D, players.twin_D, close, hint)


@pytest.mark.points(1)
@pytest.mark.exercise("d_step")
def test_d_step_leaves_the_generator_alone(submission, rng, close):
    """G keeps its weights and what lies in their gradients, and can be trained afterwards."""
    players = Players(submission, rng)
    players.parts.leave_gradients(players.G)
    assert None not in players.d_steps(2), NO_LOSS
    assert_other_weights(players.D, players.twin_D)
    same_weights(players.G, players.twin_G, close, "a step of D trains D only")
    held = players.parts.gradients(players.G)
    same = all(gradient is not None and np.all(array(gradient) == 1) for gradient in held)
    assert same, "hint: make the images under torch.no_grad(), or detach() them; leave G's .grad"
    assert players.parts.trainable(players.G), "hint: weights that you freeze stay frozen"


@pytest.mark.points(1)
@pytest.mark.exercise("d_step")
def test_d_step_forgets_old_gradients(submission, reference, rng, close):
    """What D holds of earlier gradients does not count."""
    players = Players(submission, rng)
    players.parts.leave_gradients(players.D)
    players.d_steps(1)
    players.right_d_steps(reference, 1)
    same_weights(players.D, players.twin_D, close, "gradients add up until zero_grad() clears them")


@pytest.mark.points(1)
@pytest.mark.exercise("g_step")
def test_g_step_returns_its_loss(submission, reference, rng, close):
    """The step returns the loss of G on made images, as it was before the step."""
    players = Players(submission, rng)
    losses, want = players.g_steps(1), players.right_g_steps(reference, 1)
    close(losses[0], want[0], name="loss", hint="loss_function(logits of the made images)")


@pytest.mark.points(2)
@pytest.mark.exercise("g_step")
def test_g_step_trains_the_generator(submission, reference, rng, close):
    """After three steps with Adam, the weights of G are right."""
    players = Players(submission, rng)
    players.g_steps(3)
    players.right_g_steps(reference, 3)
    hint = "the gradient has to go through D and through the images: do not detach them here"
    same_weights(players.G, players.twin_G, close, hint)


@pytest.mark.points(1)
@pytest.mark.exercise("g_step")
def test_g_step_leaves_the_discriminator_alone(submission, rng, close):
    """D keeps its weights, and can be trained afterwards."""
    players = Players(submission, rng)
    assert None not in players.g_steps(2), NO_LOSS
    assert_other_weights(players.G, players.twin_G)
    same_weights(players.D, players.twin_D, close, "a step of G trains G only")
    assert players.parts.trainable(players.D), "hint: weights that you freeze stay frozen"


@pytest.mark.points(1)
@pytest.mark.exercise("g_step")
def test_g_step_forgets_old_gradients(submission, reference, rng, close):
    """What G holds of earlier gradients does not count."""
    players = Players(submission, rng)
    players.parts.leave_gradients(players.G)
    players.g_steps(1)
    players.right_g_steps(reference, 1)
    same_weights(players.G, players.twin_G, close, "gradients add up until zero_grad() clears them")


@pytest.mark.points(1)
@pytest.mark.exercise("g_step")
def test_g_step_shows_made_images_only(submission, rng, close):
    """In a step of G, D sees the images that G makes of this noise, and nothing else."""
    players = Players(submission, rng)
    with torch.no_grad():
        made = players.twin_G(players.noise[0])
    players.D = players.parts.Watched(players.D)
    players.g_steps(1)
    seen = players.D.seen
    assert len(seen) == 1, "hint: one batch of made images is all that D sees in a step of G"
    close(seen[0], made, name="what D saw")


def clusters(rng):
    """Return centres of modes, two to a label, far apart, and a radius."""
    labels = torch.tensor(rng.permutation(np.repeat(np.arange(5), 2)))
    grid = rng.choice(49, size=10, replace=False)
    points = torch.tensor(np.stack([grid // 7, grid % 7], axis=1) * 3.0)
    return points, labels, float(rng.uniform(0.5, 1.2))


def modes_and_quality(submission, *arguments):
    covered, quality = submission.mode_count(*arguments)
    return np.array([float(number(covered)), float(number(quality))])


@pytest.mark.points(1)
@pytest.mark.exercise("mode_count")
def test_modes_of_scattered_samples(submission, reference, rng, close):
    """Modes and quality of samples of which some are good and some are not."""
    points, labels, radius = clusters(rng)
    n = int(rng.integers(150, 300))
    samples = points[torch.tensor(rng.integers(10, size=n) // rng.integers(1, 4, size=n))]
    samples = samples + torch.tensor(rng.normal(scale=radius, size=(n, 2)))
    least = (int(rng.integers(3, 12)) + 0.5) / n
    arguments = (samples, points, labels, radius, least)
    want = np.array(reference.mode_count(*arguments))
    hint = "labels are counted, not points; only good samples count, as a share of all samples"
    close(modes_and_quality(submission, *arguments), want, name="modes and quality", hint=hint)


@pytest.mark.points(1)
@pytest.mark.exercise("mode_count")
def test_collapse_is_seen(submission, rng, close):
    """A generator that makes one thing only covers one mode, however good it is."""
    points, labels, radius = clusters(rng)
    samples = points[3] + torch.tensor(rng.uniform(-0.3, 0.3, size=(80, 2)))
    got = modes_and_quality(submission, samples, points, labels, radius, 0.05)
    close(got, np.array([1.0, 1.0]), name="modes and quality")
    got = modes_and_quality(submission, samples + 50, points, labels, radius, 0.05)
    close(got, np.array([0.0, 0.0]), name="modes and quality of garbage")
    for n, covered in ((80, 1.0), (81, 0.0)):  # 40 are half of 80, and less than half of 81
        some = torch.cat([samples[:40], samples[:1].expand(n - 40, -1) + 50])
        got = modes_and_quality(submission, some, points, labels, radius, 0.5)
        close(got, np.array([covered, 40 / n]), name="modes and quality at the border of `least`")


@pytest.mark.points(1)
@pytest.mark.exercise("mode_count")
def test_modes_of_images(submission, reference, rng, close):
    """Images count as rows of numbers, and `least` as a share of all samples, not of the good."""
    points = torch.tensor(rng.normal(size=(30, 2, 3, 3)))
    labels = torch.tensor(np.arange(30) % 6)
    picked = points[torch.tensor(rng.integers(30, size=60))]
    good = picked + torch.tensor(rng.normal(scale=0.05, size=picked.shape))
    bad = torch.tensor(rng.normal(scale=20, size=(90, 2, 3, 3)))
    least = (int(rng.integers(9, 13)) + 0.5) / 150
    arguments = (torch.cat([good, bad]), points, labels, 0.6, least)
    want = np.array(reference.mode_count(*arguments))
    hint = "flatten images into rows; `least` is a share of all samples"
    close(modes_and_quality(submission, *arguments), want, name="modes and quality", hint=hint)


# What torch computes for layers and activations. Nothing here picks a row of a table.
LAYERS = re.findall(
    r"\w+",
    """
    _native_batch_norm_legit_no_training _prelu_kernel _unsafe_view add add_ addmm alias bmm cat
    clamp clamp_ clamp_min clamp_min_ clone convolution detach div div_ elu elu_ expand flatten gelu
    hardswish hardtanh hardtanh_ leaky_relu leaky_relu_ linear mm mul mul_ native_batch_norm
    native_group_norm native_layer_norm neg permute pixel_shuffle relu relu_ reshape rsub sigmoid
    sigmoid_ silu silu_ slice softplus squeeze sub sub_ t tanh tanh_ transpose unsqueeze
    upsample_bilinear2d upsample_nearest2d view
    """,
)
MOST_VALUES = 30_000_000  # of one layer's output
FOREIGN = "hint: a generator is made of layers and activations of torch.nn, and computes from noise"


class Copy:
    """A generator of our own: the layers and weights of the submission's, computed here."""

    def __init__(self, told, most_weights):
        self.steps, self.images = told["steps"], told["images"]
        self.weights = {int(number): tensor(value) for number, value in told["weights"].items()}
        count = sum(value.numel() for value in self.weights.values())
        assert count <= most_weights, f"hint: the generator may hold {most_weights} numbers"
        assert len(self.steps) <= 1000, FOREIGN

    def __call__(self, noise):
        self._run(noise.to("meta"))  # shapes alone: whether there is memory for it
        return self._run(noise)

    def _run(self, noise):
        values = {0: noise}
        for number, value in self.weights.items():
            values[number] = value.detach().to(noise.device, copy=True)
        for step in self.steps:
            made = self._made(step, values)
            for number, value in zip(step["made"], made, strict=True):
                assert not isinstance(value, torch.Tensor) or value.numel() <= MOST_VALUES, FOREIGN
                values[number] = value
        assert isinstance(values.get(self.images), torch.Tensor), FOREIGN
        return values[self.images]

    def _made(self, step, values):
        """Return what a step makes; a step that is no layer's makes nothing that can be used."""
        library, name, overload = step["name"].split(".")
        if library != "aten" or name not in LAYERS:
            return [None] * len(step["made"])
        operation = getattr(getattr(torch.ops.aten, name), overload)
        kwargs = {key: here(part, values) for key, part in step["kwargs"].items()}
        made = operation(*[here(part, values) for part in step["args"]], **kwargs)
        return made if isinstance(made, (tuple, list)) else [made]


def tensor(value):
    assert isinstance(value, torch.Tensor), FOREIGN
    return value


def here(part, values):
    if isinstance(part, dict):
        return tensor(values.get(part["tensor"]))
    if isinstance(part, list):
        return [here(item, values) for item in part]
    return part


def made_by(submission, fit, data, noise_dim, rng, most_weights, n=1000):
    """Return what a generator makes of new noise, after its training by the submission.

    It is a copy of the generator that makes it, computed here and from noise that the submission
    has not seen. given() comes first: with it, the judge does not repeat a training in search of a
    hint.
    """
    parts = submission.given("gan_parts")
    seed = int(rng.integers(2**31))
    G = getattr(submission, fit)(data, noise_dim, seed)
    copy = Copy(parts.recorded(G, normal(rng, n, noise_dim)), most_weights)
    noise = normal(rng, n, noise_dim)
    with torch.no_grad():
        samples = copy(noise)
        assert tuple(samples.shape) == (n, *data.shape[1:]), "hint: G makes one example of each row"
        order = torch.from_numpy(rng.permutation(n))
        moved = (copy(noise[order]) - samples[order]).abs().max()
    assert torch.isfinite(samples).all(), "hint: the training diverged"
    assert moved < 1e-3, "hint: an image comes from its own row of the noise, and from nothing else"
    assert copies(samples, data) < 0.1, "hint: these are copies of real examples"
    return samples


def copies(samples, data):
    exact = "donot_use_mm_for_euclid_dist"  # the faster way leaves rounding errors of 1e-3
    distances = torch.cdist(samples.flatten(1), data.flatten(1), compute_mode=exact)
    return (distances.min(dim=1).values < 1e-5).float().mean()


def reached(value, low, high):
    """Return which part of the way from low to high the value has come, from 0 to 1."""
    return min(max((value - low) / (high - low), 0), 1)


def turned_ring(rng):
    """Return a rotation and a shift after which no generator of the ring of the text fits."""
    angle = rng.uniform(0.3, 0.48)  # the modes lie 0.785 apart
    turn = [[np.cos(angle), np.sin(angle)], [-np.sin(angle), np.cos(angle)]]
    return torch.tensor(turn, dtype=torch.float32), normal(rng, 2, scale=0.1)


@pytest.mark.points(4)
@pytest.mark.exercise("fit_ring")
def test_the_ring(submission, reference, rng, credit):
    """Half for modes (2 of 8: nothing, 7: all), half for good points (20 %: nothing, 50 %: all)."""
    turn, shift = turned_ring(rng)
    points = reference.sample_ring(2000, int(rng.integers(2**31))) @ turn + shift
    samples = made_by(submission, "fit_ring", points, 8, rng, most_weights=20_000)
    radius, centres = 3 * reference.RING_STD, reference.RING @ turn + shift
    modes, quality = reference.mode_count(samples, centres, RING_LABELS, radius, 0.01)
    both = (reached(modes, 2, 7) + reached(quality, 0.2, 0.5)) / 2
    credit(both, 0, 1, name=f"{modes} of 8 modes, {quality:.0%} near a centre: a score of")


def turned_images(images, rng):
    """Return the images turned or mirrored, every other time as a negative.

    So no generator fits that was trained before, and the task is as hard as ever.
    """
    turns, mirrored = divmod(int(rng.integers(1, 8)), 2)  # never as they were
    images = images.rot90(turns, dims=(2, 3))
    images = images.flip(3) if mirrored else images
    return -images if rng.integers(2) else images.clone()


@pytest.mark.points(4)
@pytest.mark.exercise("fit_digits")
def test_the_digits(submission, reference, rng, data, credit):
    """Half for digits covered (3: none, 9: all), half for good images (10 %: none, 30 %: all)."""
    digits = data("digits")
    images, labels = reference.digits_to_images(digits["x"]), torch.tensor(digits["y"])
    images = turned_images(images, rng)
    samples = made_by(submission, "fit_digits", images, 16, rng, most_weights=60_000)
    radius = reference.usual_distance(images)
    modes, quality = reference.mode_count(samples, images, labels, radius, 0.01)
    both = (reached(modes, 3, 9) + reached(quality, 0.1, 0.3)) / 2
    credit(both, 0, 1, name=f"{modes} of 10 digits, {quality:.0%} pass for one: a score of")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_the_two_phases(answers):
    """The questions on the target of phase two and on what the generator knows."""
    answers(["targets_of_phase_two", "what_the_generator_knows"], hint="")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_losses(answers):
    """The questions on perfect fakes and on the slope of the loss."""
    answers(["perfect_fakes", "loss_at_perfect_fakes", "which_loss_still_has_a_slope"], hint="")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_difficulties(answers):
    """The questions on diversity and on six turns of the game."""
    answers(["less_diverse", "six_turns"], hint="")


@pytest.mark.points(1)
@pytest.mark.exercise("ANSWERS")
def test_questions_on_rules(answers):
    """The four questions on the rules of the DCGAN."""
    answers(
        [
            "leaky_for_all_layers",
            "no_batchnorm_at_the_input",
            "rules_that_cs231n_breaks",
            "scale_of_the_real_images",
        ],
        hint="",
    )
