"""The reference of robust against closed forms, eigenvectors, finite differences and MNIST.

The last tests train networks: on digits what the text of the assignment claims, on MNIST (if it is
there) the errors that the text quotes, in bands that hold for other seeds too.
"""

import gzip
import importlib.util
import os
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from scipy.special import expit, log_softmax, softmax
from scipy.stats import entropy

from reference import fgsm, robust

ROOT = Path(__file__).parents[2]
COURSE = ROOT / "assignments"
DATA = Path(os.environ.get("NABLAGRADE_DATA", ROOT.parent / "shared" / "data"))
MNIST = DATA / "mnist"

# The linear model of the text: the image (1/2, 1/2) has logits (0, log 3), attacked by 1/6 (0, 0).
W = [[0.0, 0.0], [4 * np.log(3), -2 * np.log(3)]]
X, Y = torch.tensor([[0.5, 0.5]], dtype=torch.float64), torch.tensor([1])


def load_models():
    path = COURSE / "robust" / "given" / "models.py"
    spec = importlib.util.spec_from_file_location("robust_given_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODELS = load_models()


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture
def net():
    """A small network in float64 whose answers differ from image to image."""
    made = MODELS.MLP(6, 20, 4, seed=3).double()
    made.load_state_dict({name: 2 * value for name, value in made.state_dict().items()})
    return made


@pytest.fixture
def batch(rng):
    return torch.from_numpy(rng.uniform(size=(9, 6))), torch.from_numpy(rng.integers(4, size=9))


@pytest.fixture(scope="module")
def digits():
    """1,297 digits to train on, 500 others, and their classes."""
    with np.load(COURSE / "data" / "digits.npz") as data:
        order = np.random.default_rng(1).permutation(len(data["y"]))
        x = torch.tensor(data["x"][order] / 16, dtype=torch.float32)
        y = torch.tensor(data["y"][order])
    return x[:1297], y[:1297], x[1297:], y[1297:]


def train(net, x, y, epochs, step, batch_size, learning_rate):
    """Train with Adam; step(optimizer, x, y) takes one step."""
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.Adam(net.parameters(), lr=learning_rate)
    for _ in range(epochs):
        for rows in torch.randperm(len(x), generator=generator).split(batch_size):
            step(optimizer, x[rows], y[rows])
    return net


def trained(net, x, y, epsilon, alpha, epochs, batch_size=64, learning_rate=0.003):
    def step(optimizer, x, y):
        robust.adversarial_step(net, optimizer, x, y, epsilon, alpha)

    return train(net, x, y, epochs, step, batch_size, learning_rate)


def under_fgsm(net, x, y, epsilon):
    return robust.accuracy(net, robust.fgsm(net, x, y, epsilon), y)


def under_pgd(net, x, y, epsilon):
    return robust.accuracy(net, robust.pgd(net, x, y, epsilon, epsilon / 8, 20), y)


def measured_slope(f, x, h=1e-6):
    """Return the slope of the scalar f at the array x, one number at a time."""
    slope = np.empty_like(x)
    for index in np.ndindex(x.shape):
        step = np.zeros_like(x)
        step[index] = h
        slope[index] = (f(x + step) - f(x - step)) / (2 * h)
    return slope


def by_numpy(net, x):
    """Return the logits of an MLP without dropout, by numpy alone."""
    layers = [value.detach().numpy() for value in net.parameters()]
    for weight, bias in zip(layers[:-2:2], layers[1:-2:2], strict=True):
        x = np.maximum(0, x @ weight.T + bias)
    return x @ layers[-2].T + layers[-1]


def cross_entropy_by_numpy(net, x, y):
    return -np.mean(log_softmax(by_numpy(net, x), axis=1)[np.arange(len(y)), y])


def test_the_model_of_the_text_by_hand():
    net = MODELS.linear_model(W, [0.0, 0.0])
    attacked = robust.fgsm(net, X, Y, 1 / 6)
    np.testing.assert_allclose(attacked, [[1 / 3, 2 / 3]], rtol=1e-12)
    loss, gradients = MODELS.loss_and_gradients(robust.adversarial_loss, net, X, Y, 1 / 6, 0.25)
    assert loss == pytest.approx(np.log(4 / 3) / 4 + 3 * np.log(2) / 4)
    # P(1) - 1 is -1/4 and -1/2, times the images (1/2, 1/2) and (1/3, 2/3)
    np.testing.assert_allclose(gradients["weight"][1], [-5 / 32, -9 / 32], rtol=1e-12)


def test_fgsm_follows_the_measured_slope(net, batch):
    x, y = batch
    slope = measured_slope(lambda x: cross_entropy_by_numpy(net, x, y.numpy()), x.numpy())
    wanted = np.clip(x.numpy() + 0.07 * np.sign(slope), 0, 1)
    np.testing.assert_allclose(robust.fgsm(net, x, y, 0.07), wanted, rtol=1e-12)


def test_pgd_stays_in_the_ball_and_raises_the_loss_above_fgsm(net, batch):
    x, y = batch
    attacked = robust.pgd(net, x, y, 0.2, 0.025, 20)
    assert (attacked - x).abs().max() <= 0.2 + 1e-12
    assert attacked.min() >= 0
    assert attacked.max() <= 1
    losses = [
        cross_entropy_by_numpy(net, images.numpy(), y.numpy())
        for images in (x, robust.fgsm(net, x, y, 0.2), attacked)
    ]
    assert losses[0] < losses[1] <= losses[2]


def test_pgd_of_one_full_step_is_fgsm(net, batch):
    x, y = batch
    assert torch.equal(robust.pgd(net, x, y, 0.1, 0.1, 1), robust.fgsm(net, x, y, 0.1))


def test_sign_noise_moves_each_pixel_by_epsilon():
    x = torch.full((300, 20), 0.5)
    noise = robust.random_sign_noise(x, 0.2, 1) - x
    np.testing.assert_allclose(noise.abs(), 0.2, atol=1e-6)
    assert abs(float(noise.mean())) < 0.2 * 4 / np.sqrt(noise.numel())  # four standard deviations
    assert torch.equal(robust.random_sign_noise(x, 0.2, 1) - x, noise)
    assert not torch.equal(robust.random_sign_noise(x, 0.2, 2) - x, noise)


def test_evaluate_by_hand():
    # One pixel, class 1 above 0.5. The images are right by 0.05, 0.15, 0.25 and 0.35.
    net = MODELS.linear_model([[-20.0], [20.0]], [10.0, -10.0])
    x = torch.tensor([[0.55], [0.35], [0.75], [0.15]], dtype=torch.float64)
    y = torch.tensor([1, 0, 1, 0])
    shares = robust.evaluate(net, x, y, 0.2, 0)
    assert (shares["clean"], shares["fgsm"], shares["pgd"]) == (1.0, 0.5, 0.5)
    sweep = robust.epsilon_sweep(net, x, y, [0.3, 0.1])
    assert sweep == {"fgsm": [0.25, 0.75], "pgd": [0.25, 0.75]}


def test_measuring_is_in_evaluation_mode_and_leaves_the_model_as_it_was(batch):
    x, y = batch
    net = MODELS.MLP(6, 20, 4, dropout=0.5).double()
    net.layers[2].eval()  # modes are kept module by module
    F.cross_entropy(net(x), y).backward()
    before = [value.grad.clone() for value in net.parameters()]
    assert robust.evaluate(net, x, y, 0.1, 0) == robust.evaluate(net, x, y, 0.1, 0)
    assert [module.training for module in net.layers] == [True, True, False, True, True, True, True]
    after = [value.grad for value in net.parameters()]
    assert all(torch.equal(a, b) for a, b in zip(before, after, strict=True))


def test_transfer_asks_the_victim_once_about_the_attacked_images():
    net, seen = MODELS.linear_model(W, [0.0, 0.0]), []

    def classify(images):
        seen.append(images)
        return torch.tensor([0])

    assert robust.transfer_accuracy(net, classify, X, Y, 1 / 6) == 0.0
    np.testing.assert_allclose(seen, [[[1 / 3, 2 / 3]]], rtol=1e-12)


def test_adversarial_loss_is_the_mixture_and_its_gradient_the_measured_slope(net, batch):
    x, y = batch
    epsilon, alpha = 0.1, 0.3
    attacked = robust.fgsm(net, x, y, epsilon).numpy()
    loss, gradients = MODELS.loss_and_gradients(robust.adversarial_loss, net, x, y, epsilon, alpha)

    def mixture():
        clean = cross_entropy_by_numpy(net, x.numpy(), y.numpy())
        return alpha * clean + (1 - alpha) * cross_entropy_by_numpy(net, attacked, y.numpy())

    assert loss == pytest.approx(mixture(), rel=1e-12)
    bias = net.layers[0].bias

    def at(values):
        with torch.no_grad():
            bias.copy_(torch.from_numpy(values))
        return mixture()

    slope = measured_slope(at, bias.detach().numpy().copy())
    np.testing.assert_allclose(gradients["layers.0.bias"], slope, atol=1e-8)


def test_a_step_follows_the_gradient_whatever_lay_in_it(net, batch):
    x, y = batch
    _, gradients = MODELS.loss_and_gradients(robust.adversarial_loss, net, x, y, 0.1, 0.3)
    wanted = {name: value - 0.5 * gradients[name] for name, value in net.state_dict().items()}
    optimizer = MODELS.make_optimizer(net, 0.5)
    MODELS.clean_loss(net, x, y).backward()
    robust.adversarial_step(net, optimizer, x, y, 0.1, 0.3)
    for name, value in net.state_dict().items():
        torch.testing.assert_close(value, wanted[name], rtol=1e-12, atol=1e-14)


def test_augmented_data_are_twice_as_many():
    net = MODELS.linear_model(W, [0.0, 0.0])
    x_all, y_all = robust.augment(net, X, Y, 1 / 6)
    np.testing.assert_allclose(x_all, [[1 / 2, 1 / 2], [1 / 3, 2 / 3]], rtol=1e-12)
    assert y_all.tolist() == [1, 1]


@pytest.mark.parametrize(
    ("epsilons", "accuracies", "wanted"),
    [
        ([0.05, 0.25], [0.353, 0.817], True),  # the FGSM-trained network of the text
        ([0.05, 0.25], [0.605, 0.007], False),
        ([0.1, 0.2, 0.3], [0.5, 0.515, 0.53], True),  # two rises of 0.015
        ([0.1, 0.2, 0.3], [0.9, 0.5, 0.515], False),
        ([0.3, 0.1, 0.2], [0.1, 0.9, 0.5], False),  # in no order
        ([0.1], [0.5], False),
        ([0.0, 0.1], [0.95, 1.0], True),  # more right under attack than without
    ],
)
def test_masked_gradients_by_hand(epsilons, accuracies, wanted):
    assert robust.masked_gradients(epsilons, accuracies, 0.02) is wanted


@pytest.mark.parametrize(("patience", "wanted"), [(1, 1), (2, 3), (3, None)])
def test_overfitting_epoch_by_hand(patience, wanted):
    fgsm, pgd = [0.4, 0.7, 0.5, 0.8, 0.9], [0.3, 0.3, 0.4, 0.1, 0.0]
    assert robust.overfitting_epoch(fgsm, pgd, 0.3, patience) == wanted


def test_kl_equals_that_of_scipy(rng):
    p, q = rng.normal(scale=3, size=(2, 8, 5))
    wanted = entropy(softmax(p, axis=1), softmax(q, axis=1), axis=1).mean()
    got = robust.kl_divergence(torch.from_numpy(p), torch.from_numpy(q))
    assert float(got) == pytest.approx(wanted, rel=1e-12)


def test_kl_of_huge_logits_is_finite():
    p, q = torch.tensor([[1000.0, -1000.0]]), torch.tensor([[-1000.0, 1000.0]])
    assert float(robust.kl_divergence(p, q)) == 2000
    assert float(robust.kl_divergence(p, p)) == 0


def test_power_iteration_finds_the_largest_eigenvector(net, batch):
    x, _ = batch
    start = torch.randn(x.shape, generator=torch.Generator().manual_seed(1), dtype=x.dtype)
    found = robust.virtual_direction(net, x, start, 1e-5, 200)
    for image, d in zip(x, found, strict=True):
        # KL(p(x) || p(x + r)) is 1/2 r'Hr near 0, with H = J'(diag(p) - pp')J, J = dlogits/dx.
        J = torch.autograd.functional.jacobian(lambda v: net(v[None])[0], image)
        p = net(image[None])[0].softmax(0).detach()
        H = J.T @ (torch.diag(p) - torch.outer(p, p)) @ J
        largest = torch.linalg.eigh(H).eigenvectors[:, -1]
        # xi = 1e-5 leaves a relative error of about 1e-5 in H d, and rounding as much.
        assert abs(float(d @ largest)) == pytest.approx(1, abs=1e-3)


def test_directions_have_length_one_and_no_graph(net, batch):
    x, _ = batch
    found = robust.virtual_direction(net, x, 5 * x + 1, 0.3, 2)
    np.testing.assert_allclose(found.norm(dim=1), 1, rtol=1e-12)
    assert not found.requires_grad


def test_vat_loss_by_hand():
    # A step of log(3)/5 along w/5 raises the logit w.x by log 3: (1/2, 1/2) becomes (1/4, 3/4).
    net = MODELS.linear_model([[0.0, 0.0], [3.0, 4.0]], [0.0, 0.0])
    start = torch.tensor([[1.0, 0.0]], dtype=torch.float64)
    loss = robust.vat_loss(net, torch.zeros_like(start), start, 0.1, np.log(3) / 5, 1)
    assert float(loss.detach()) == pytest.approx(np.log(4 / 3) / 2)


def test_vat_gradient_is_the_slope_with_answer_and_direction_held(net, batch):
    x, _ = batch
    start = 3 * x - 1
    clean = softmax(by_numpy(net, x.numpy()), axis=1)
    moved = (x + 0.8 * robust.virtual_direction(net, x, start, 0.3, 2)).numpy()
    arguments = (net, x, start, 0.3, 0.8, 2)
    _, gradients = MODELS.loss_and_gradients(robust.vat_loss, *arguments)
    bias = net.layers[3].bias

    def at(values):
        with torch.no_grad():
            bias.copy_(torch.from_numpy(values))
        return entropy(clean, softmax(by_numpy(net, moved), axis=1), axis=1).mean()

    slope = measured_slope(at, bias.detach().numpy().copy())
    np.testing.assert_allclose(gradients["layers.3.bias"], slope, atol=1e-8)


def test_flipped_labels_are_wrong_and_as_many_as_asked():
    y = torch.arange(1000) % 5
    flipped = robust.flip_labels(y, 0.3, 5, 1)
    rows = flipped != y
    assert int(rows.sum()) == 300
    assert set(flipped.tolist()) == set(range(5))
    assert torch.bincount((flipped - y)[rows] % 5).min() == 0  # none is shifted by 0
    assert torch.bincount((flipped - y)[rows] % 5)[1:].min() > 50  # of 75 expected
    assert torch.equal(y, torch.arange(1000) % 5)


def test_poison_is_near_a_genuine_row_and_wrong():
    generator = torch.Generator().manual_seed(1)
    x, y = torch.rand((20, 30), generator=generator), torch.arange(20) % 3
    x_all, y_all = robust.add_poison(x, y, 100, 3, 0.05, 1)
    assert torch.equal(x_all[:20], x)
    assert torch.equal(y_all[:20], y)
    distances = torch.cdist(x_all[20:], x, p=torch.inf)
    assert distances.min(dim=1).values.max() <= 0.05 + 1e-6
    source = distances.argmin(dim=1)
    assert len(source.unique()) > 15
    assert not (y_all[20:] == y[source]).any()
    assert x_all.min() >= 0
    assert x_all.max() <= 1


def test_poisoning_curve_leaves_the_test_labels_alone():
    x, y = torch.zeros(10, 1), torch.arange(10) % 2
    given = []

    def learn(images, labels, x_test):
        given.append(int((labels != y).sum()))
        return torch.tensor([1, 1, 0])

    y_test = torch.tensor([1, 0, 0])
    curve = robust.poisoning_curve(learn, x, y, x[:3], y_test, [0.0, 0.5, 1.0], 2, 0)
    assert given == [0, 5, 10]
    assert curve == pytest.approx([2 / 3] * 3)


def test_the_given_classifiers_by_hand():
    x = torch.tensor([[0.0], [0.1], [0.2], [1.0]])
    y, asked = torch.tensor([0, 0, 1, 1]), torch.tensor([[0.19], [0.9]])
    assert MODELS.neighbours(x, y, asked).tolist() == [1, 1]
    assert MODELS.neighbours(x, y, asked, k=3).tolist() == [0, 1]
    assert MODELS.least_squares(x, y, torch.tensor([[-1.0], [2.0]])).tolist() == [0, 1]


def test_digits_show_what_the_text_says_of_fgsm_training(digits):
    x, y, x_new, y_new = digits
    plain = trained(MODELS.MLP(), x, y, 0.3, 1.0, 40)
    by_fgsm = trained(MODELS.MLP(), x, y, 0.3, 0.5, 40)
    epsilons = [0.05, 0.1, 0.15, 0.2, 0.25, 0.3]
    sweep = robust.epsilon_sweep(by_fgsm, x_new, y_new, epsilons)
    assert robust.accuracy(by_fgsm, x_new, y_new) > 0.9
    assert sweep["fgsm"][-1] > 0.5
    assert sweep["pgd"][-1] < 0.05
    assert robust.masked_gradients(epsilons, sweep["fgsm"], 0.02)
    sweep = robust.epsilon_sweep(plain, x_new, y_new, epsilons)
    assert sweep["pgd"][-1] < 0.02
    assert not robust.masked_gradients(epsilons, sweep["fgsm"], 0.02)
    # Brute force once: safe from the old network's examples, not from its own.
    doubled = trained(MODELS.MLP(seed=1), *robust.augment(plain, x, y, 0.3), 0.3, 1.0, 20)
    assert robust.accuracy(doubled, robust.fgsm(plain, x_new, y_new, 0.3), y_new) > 0.9
    assert under_pgd(doubled, x_new, y_new, 0.1) < under_pgd(plain, x_new, y_new, 0.1)


def test_digits_show_that_weight_decay_and_dropout_do_not_help(digits):
    x, y, x_new, y_new = digits
    torch.manual_seed(0)
    dropped = trained(MODELS.MLP(dropout=0.5), x, y, 0.3, 1.0, 40)
    decayed = MODELS.MLP()
    optimizer = torch.optim.Adam(decayed.parameters(), lr=0.003, weight_decay=1e-3)
    for _ in range(40 * 21):
        rows = torch.randint(len(x), (64,))
        robust.adversarial_step(decayed, optimizer, x[rows], y[rows], 0.3, 1.0)
    for net in (dropped, decayed):
        assert robust.accuracy(net, x_new, y_new) > 0.95
        assert under_pgd(net, x_new, y_new, 0.3) < 0.02


def test_pgd_training_withstands_pgd(digits):
    x, y, x_new, y_new = digits
    net = MODELS.MLP()
    robust.fit_robust(net, x, y, 0.3, 0)
    assert robust.accuracy(net, x_new, y_new) > 0.93
    assert under_pgd(net, x_new, y_new, 0.3) > 0.17
    assert under_pgd(net, x_new, y_new, 0.1) > 0.7


def test_images_without_labels_help(digits):
    x, y, x_new, y_new = digits
    rows = torch.cat([torch.nonzero(y == digit)[:10, 0] for digit in range(10)])
    alone, together = MODELS.MLP(), MODELS.MLP()
    trained(alone, x[rows], y[rows], 0.0, 1.0, 200)
    robust.fit_semi_supervised(together, x[rows], y[rows], x, 0)
    gain = robust.accuracy(together, x_new, y_new) - robust.accuracy(alone, x_new, y_new)
    assert gain > 0.03


def test_other_kinds_of_models_are_fooled_by_transfer(digits):
    x, y, x_new, y_new = digits
    plain = trained(MODELS.MLP(), x, y, 0.3, 1.0, 40)
    noisy = robust.random_sign_noise(x_new, 0.3, 0)
    for victim in (MODELS.neighbours, MODELS.least_squares):
        by_noise = float((victim(x, y, noisy) == y_new).double().mean())
        by_transfer = robust.transfer_accuracy(
            plain, lambda images, victim=victim: victim(x, y, images), x_new, y_new, 0.3
        )
        assert by_transfer < by_noise - 0.3


def test_flipped_labels_hurt_one_neighbour_most(digits):
    shares = [0.0, 0.3]

    def fifteen(x, y, asked):
        return MODELS.neighbours(x, y, asked, k=15)

    one, many, linear = (
        robust.poisoning_curve(learn, *digits, shares, 10, 0)
        for learn in (MODELS.neighbours, fifteen, MODELS.least_squares)
    )
    assert one[1] == pytest.approx(0.7 * one[0], abs=0.05)
    assert many[0] - many[1] < 0.04
    assert linear[0] - linear[1] < 0.04


def idx(name, offset):
    with gzip.open(MNIST / name) as file:
        return torch.frombuffer(bytearray(file.read()[offset:]), dtype=torch.uint8)


@pytest.fixture(scope="module")
def mnist():
    """60,000 images (N, 784) in 0..1 with classes, and 10,000 others."""
    if not (MNIST / "train-images-idx3-ubyte.gz").is_file():
        pytest.skip(f"no MNIST in {MNIST}; set NABLAGRADE_DATA to the folder that has mnist/")
    x, x_new = (
        idx(f"{name}-images-idx3-ubyte.gz", 16).reshape(-1, 784).float() / 255
        for name in ("train", "t10k")
    )
    y, y_new = (idx(f"{name}-labels-idx1-ubyte.gz", 8).long() for name in ("train", "t10k"))
    return x, y, x_new, y_new


def mnist_errors(net, x, y):
    """Return errors in per cent."""
    shares = {
        "clean": robust.accuracy(net, x, y),
        "fgsm .05": under_fgsm(net, x, y, 0.05),
        "fgsm .1": under_fgsm(net, x, y, 0.1),
        "fgsm .15": under_fgsm(net, x, y, 0.15),
        "fgsm .25": under_fgsm(net, x, y, 0.25),
        "pgd .25": under_pgd(net, x[:2000], y[:2000], 0.25),
        "noise .05": robust.accuracy(net, robust.random_sign_noise(x, 0.05, 0), y),
    }
    return {name: 100 * (1 - share) for name, share in shares.items()}


# The text quotes four epochs. Two are enough for these bands, which held for the epochs 2 and 4 of
# several seeds; NABLAGRADE_EPOCHS=4 runs the whole.
EPOCHS = int(os.environ.get("NABLAGRADE_EPOCHS", "2"))


def mnist_trained(mnist, alpha, seed=0):
    x, y, x_new, y_new = mnist
    net = MODELS.MLP(784, 256, 10, seed=seed)
    if alpha == 1:

        def step(optimizer, x, y):
            optimizer.zero_grad()
            MODELS.clean_loss(net, x, y).backward()
            optimizer.step()

        train(net, x, y, EPOCHS, step, 128, 0.001)
    else:
        trained(net, x, y, 0.25, alpha, EPOCHS, 128, 0.001)
    return net, mnist_errors(net, x_new, y_new)


def within(errors, bands):
    return {
        name: (errors[name], low, high)
        for name, (low, high) in bands.items()
        if not low <= errors[name] <= high
    } == {}


def test_mnist_fgsm_accuracy_alone_is_no_evidence(mnist):
    plain, errors = mnist_trained(mnist, alpha=1)
    bands = {
        "clean": (1.5, 4.5),
        "fgsm .05": (30, 50),
        "fgsm .1": (78, 92),
        "fgsm .15": (93, 99.5),
        "fgsm .25": (98.5, 100),
        "pgd .25": (99.9, 100),
        "noise .05": (1.5, 6),
    }
    assert within(errors, bands), errors
    by_fgsm, errors = mnist_trained(mnist, alpha=0.5, seed=1)
    bands = {
        "clean": (2, 5),
        "fgsm .25": (12, 32),
        "fgsm .05": (35, 75),
        "pgd .25": (85, 100),
        "noise .05": (12, 60),
    }
    assert within(errors, bands), errors
    assert robust.masked_gradients(
        [0.05, 0.25], [1 - errors["fgsm .05"] / 100, 1 - errors["fgsm .25"] / 100], 0.05
    )
    # Transfer: 25.3 % and 76.8 % in the text.
    x, y = mnist[2:]
    for source, victim, low, high in ((plain, by_fgsm, 18, 45), (by_fgsm, plain, 60, 92)):
        error = 100 * (1 - robust.accuracy(victim, robust.fgsm(source, x, y, 0.25), y))
        assert low <= error <= high


def softmax_regression(mnist):
    """Return a linear model that descended by plain SGD from weights of 0."""
    net = torch.nn.Linear(784, 10)
    net.load_state_dict({name: torch.zeros_like(value) for name, value in net.named_parameters()})
    generator = torch.Generator().manual_seed(0)
    optimizer = torch.optim.SGD(net.parameters(), lr=1.0)
    for _ in range(10):
        for rows in torch.randperm(len(mnist[0]), generator=generator).split(128):
            optimizer.zero_grad()
            MODELS.clean_loss(net, mnist[0][rows], mnist[1][rows]).backward()
            optimizer.step()
    return net


def test_mnist_a_linear_model_is_lost_to_fgsm_and_not_to_noise(mnist):
    net = softmax_regression(mnist)
    _, _, x, y = mnist
    errors = {"clean": 100 * (1 - robust.accuracy(net, x, y))}
    for epsilon in (0.05, 0.1, 0.15, 0.2, 0.25):
        errors[f"fgsm {epsilon}"] = 100 * (1 - under_fgsm(net, x, y, epsilon))
        noisy = robust.random_sign_noise(x, epsilon, 0)
        errors[f"noise {epsilon}"] = 100 * (1 - robust.accuracy(net, noisy, y))
    attacked = robust.fgsm(net, x, y, 0.25)
    with torch.no_grad():
        sure, answer = net(attacked).softmax(dim=1).max(dim=1)
    errors["confidence"] = 100 * float(sure[answer != y].mean())
    bands = {  # around 8.3; 50.1, 91.9, 99.7, 99.97, 100; 8.9, 11.2, 35.1; 93.3
        "clean": (7.3, 9),
        "fgsm 0.05": (40, 60),
        "fgsm 0.1": (87, 96),
        "fgsm 0.15": (99, 100),
        "fgsm 0.2": (99.7, 100),
        "fgsm 0.25": (99.8, 100),
        "noise 0.05": (7.3, 10.5),
        "noise 0.1": (8.5, 13.5),
        "noise 0.25": (28, 45),
        "confidence": (90, 96),
    }
    assert within(errors, bands), errors


def test_mnist_logistic_regression_of_3_and_7(mnist):
    x, y, x_new, y_new = (part.numpy() for part in mnist)
    (X, t), (X_new, t_new) = (
        (images[np.isin(y, (3, 7))].astype(float), (y[np.isin(y, (3, 7))] == 7).astype(int))
        for images, y in ((x, y), (x_new, y_new))
    )
    w, b, rng = np.zeros(784), 0.0, np.random.default_rng(0)
    for _ in range(25):
        for rows in np.array_split(rng.permutation(len(t)), len(t) // 100):
            dz = (expit(X[rows] @ w + b) - t[rows]) / len(rows)
            w, b = w - 0.5 * X[rows].T @ dz, b - 0.5 * dz.sum()

    def error(images):
        return 100 * np.mean((images @ w + b > 0) != t_new)

    assert 1.2 < error(X_new) < 2.0  # 1.52
    assert error(fgsm.logistic_fgsm(w, b, X_new, t_new, 0.25, -1, 2)) > 99.8  # 100, never clipped
    assert 97 < error(fgsm.logistic_fgsm(w, b, X_new, t_new, 0.25)) < 99.95  # 98.7
