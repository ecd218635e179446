"""The reference of fgsm against torchattacks, closed forms, finite differences and the lectures."""

import importlib.util
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from reference import fgsm

COURSE = Path(__file__).parents[2] / "assignments"

# Lecture 001: w.x + b = -0.3 and the rise of its attacks, worked by hand in the assignment.
W, B, X = np.array([2.0, -1.0, 0.5]), -0.3, np.array([0.2, 0.6, 0.4])


def load_models():
    path = COURSE / "fgsm" / "given" / "models.py"
    spec = importlib.util.spec_from_file_location("fgsm_given_models", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MODELS = load_models()


@pytest.fixture
def rng():
    return np.random.default_rng(7)


@pytest.fixture(scope="module")
def digits():
    """1,300 digits to train on, 497 others, all (N, 1, 8, 8) in 0..1, and their classes."""
    with np.load(COURSE / "data" / "digits.npz") as data:
        order = np.random.default_rng(0).permutation(len(data["y"]))
        x = torch.tensor(data["x"][order] / 16, dtype=torch.float32).reshape(-1, 1, 8, 8)
        y = torch.tensor(data["y"][order])
    return (x[:1300], y[:1300]), (x[1300:], y[1300:])


@pytest.fixture(scope="module")
def trained(digits):
    """A convolutional network and an MLP, trained, in training mode."""
    nets = MODELS.SmallNet(seed=1), MODELS.MLP(seed=1)
    for net in nets:
        MODELS.train(net, *digits[0])
    return nets


@pytest.fixture
def net():
    """A network in training mode, with statistics that are not those of the batch to come."""
    made = MODELS.SmallNet(classes=4, side=6, channels=8, seed=3).double()
    x, y = random_images(np.random.default_rng(1), n=50)
    MODELS.train(made, x, y, steps=5)
    return made


def random_images(rng, n=6):
    x = torch.from_numpy(rng.uniform(size=(n, 1, 6, 6)))
    return x, torch.from_numpy(rng.integers(4, size=n))


def sigmoid(z):
    return 1 / (1 + np.exp(-z))


# The linear attack


def test_adding_a_sixth_of_the_weights_makes_a_ship_of_the_frog():
    adv = fgsm.weight_attack(W, X, 1 / 6)
    assert sigmoid(W @ X + B) == pytest.approx(0.4256, abs=5e-5)
    assert W @ adv + B == pytest.approx(-0.3 + 5.25 / 6)
    assert sigmoid(W @ adv + B) == pytest.approx(0.6399, abs=5e-5)


def test_the_logit_rises_by_scale_times_the_squared_norm(rng):
    w, x, scale = rng.normal(size=50), rng.uniform(size=50), 0.37
    adv = fgsm.weight_attack(w, x, scale)
    assert w @ adv - w @ x == pytest.approx(scale * np.linalg.norm(w) ** 2)


def test_no_change_within_epsilon_lowers_the_score_further(rng):
    w, x = rng.normal(size=8), rng.uniform(size=8)
    lowest = w @ fgsm.lower_score(w, x, 0.1)
    assert w @ x - lowest == pytest.approx(0.1 * np.abs(w).sum())
    corners = np.stack(np.meshgrid(*[[-0.1, 0.1]] * 8), axis=-1).reshape(-1, 8)
    assert lowest == pytest.approx(((x + corners) @ w).min())


def test_minimal_epsilon_is_where_the_answer_turns(rng):
    w, b, images = rng.normal(size=8), 0.2, rng.uniform(size=(20, 8))
    z = images @ w + b
    for x, logit, epsilon in zip(images, z, fgsm.minimal_epsilon(w, b, images), strict=True):
        for factor, turned in ((0.999, False), (1.001, True)):
            adv = fgsm.lower_score(np.sign(logit) * w, x, factor * epsilon)
            assert (np.sign(w @ adv + b) != np.sign(logit)) == turned


@pytest.mark.parametrize("own", [False, True])
def test_logistic_fgsm_follows_the_gradient_that_torch_finds(rng, own):
    w, b, images = rng.normal(size=8), 0.2, rng.uniform(size=(20, 8))
    t = None if own else rng.integers(2, size=20)
    labels = (images @ w + b > 0).astype(int) if own else t
    leaf = torch.tensor(images, requires_grad=True)
    logits = leaf @ torch.tensor(w) + b
    F.binary_cross_entropy_with_logits(logits, torch.tensor(labels).double()).backward()
    want = (leaf.detach() + 0.1 * leaf.grad.sign()).clamp(0, 1).numpy()
    np.testing.assert_allclose(fgsm.logistic_fgsm(w, b, images, t, 0.1), want, atol=1e-15)


def test_a_saturated_sigmoid_does_not_stop_the_logistic_attack():
    images = np.full((2, 3), 0.5)
    adv = fgsm.logistic_fgsm(4000 * W, 0.0, images, np.array([1, 1]), 0.1)
    assert sigmoid(4000 * W @ images[0]) == 1
    np.testing.assert_allclose(adv, images - 0.1 * np.sign(W))


def test_the_probabilities_of_the_lecture_as_logits():
    logits = [np.log(p / (1 - p)) for p in (0.9979, 0.4167, 0.6629, 0.5916)]
    np.testing.assert_allclose(logits, [6.16, -0.34, 0.68, 0.37], atol=5e-3)
    assert logits[0] - logits[1] == pytest.approx(6.50, abs=5e-3)


# Gradients and FGSM


def test_input_gradient_is_the_slope_of_every_images_own_loss(rng, net):
    x, y = random_images(rng)
    gradient = fgsm.input_gradient(net, x, y)
    net.eval()
    for n, *pixel in [(0, 0, 0, 0), (3, 0, 2, 5), (5, 0, 4, 1)]:
        step = torch.zeros_like(x)
        step[(n, *pixel)] = 1e-6
        with torch.no_grad():
            above = F.cross_entropy(net(x + step), y, reduction="none")
            below = F.cross_entropy(net(x - step), y, reduction="none")
        slopes = (above - below) / 2e-6
        # h = 1e-6 in float64 leaves about 1e-10 of rounding.
        assert gradient[(n, *pixel)] == pytest.approx(float(slopes[n]), rel=1e-5, abs=1e-9)
        assert slopes.count_nonzero() == 1


def test_gradient_of_two_pixels_by_hand():
    model = MODELS.linear_model([[0.0, 0.0], [2.0, -1.0]], [0.0, 0.0])
    gradient = fgsm.input_gradient(model, torch.tensor([[[[0.5, 0.5]]]]), torch.tensor([1]))
    np.testing.assert_allclose(gradient.flatten(), [-0.7551, 0.3775], atol=5e-5)


def test_fgsm_equals_the_tutorials_step_on_its_own_gradient(rng, net):
    x, y = random_images(rng)
    step = fgsm.fgsm_attack(x, 0.1, fgsm.input_gradient(net, x, y))
    assert torch.equal(step, fgsm.fgsm(net, x, y, 0.1))
    assert (step - x).abs().max() == pytest.approx(0.1)


def test_targeted_lowers_and_untargeted_raises_the_loss(rng, net):
    x, y = random_images(rng, 30)
    away, towards = fgsm.fgsm(net, x, y, 0.05), fgsm.fgsm(net, x, y, 0.05, targeted=True)
    net.eval()
    with torch.no_grad():
        up, at, down = (F.cross_entropy(net(images), y) for images in (away, x, towards))
    assert up > at > down


def test_without_classes_the_models_own_prediction_is_attacked(rng, net):
    x, _ = random_images(rng, 20)
    own = fgsm.predict(net, x)
    assert len(own.unique()) > 1
    assert torch.equal(fgsm.fgsm(net, x, None, 0.1), fgsm.fgsm(net, x, own, 0.1))
    with pytest.raises(ValueError, match="wanted classes"):
        fgsm.fgsm(net, x, None, 0.1, targeted=True)


def test_results_lie_in_ball_and_range(rng, net):
    x, y = random_images(rng, 20)
    x = 3 * x - 1
    for adv in (
        fgsm.fgsm(net, x, y, 0.7, clip_min=-1.0, clip_max=2.0),
        fgsm.pgd(net, x, y, 0.7, 0.2, 9, True, 5, clip_min=-1.0, clip_max=2.0),
        fgsm.random_sign_noise(x, 0.7, 5, -1.0, 2.0),
    ):
        assert (adv.min(), adv.max()) == (-1, 2)
        assert (adv - x).abs().max() == pytest.approx(0.7)


USES = {
    "predict": lambda net, x, y: fgsm.predict(net, x),
    "input_gradient": fgsm.input_gradient,
    "fgsm": lambda net, x, y: fgsm.fgsm(net, x, y, 0.1),
    "fgsm without classes": lambda net, x, y: fgsm.fgsm(net, x, None, 0.1),
    "pgd": lambda net, x, y: fgsm.pgd(net, x, y, 0.1, 0.03, 5, True),
    "accuracy": fgsm.accuracy,
    "transfer_rate": lambda net, x, y: fgsm.transfer_rate(net, net, x, y, fgsm.fgsm, 0.1),
    "make_fooling_image": lambda net, x, y: fgsm.make_fooling_image(x[:1], int(y[0]), net, 0.1),
}


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_nothing_that_was_handed_over_is_changed(rng, net, use):
    x, y = random_images(rng)
    MODELS.train(net, x, y, steps=1, batch_size=6)  # leaves gradients in the parameters
    net.convolutions[1].eval()  # one frozen module in a net in training mode
    clean, classes, before = x.clone(), y.clone(), MODELS.snapshot(net)
    result = use(net, x, y)
    assert torch.equal(x, clean)
    assert torch.equal(y, classes)
    assert not x.requires_grad
    assert x.grad is None
    assert not getattr(result, "requires_grad", False)
    after = MODELS.snapshot(net)
    assert after["modes"] == before["modes"]
    assert after["trained"] == before["trained"]
    for part in ("values", "gradients"):
        for name, value in before[part].items():
            assert torch.equal(after[part][name], value), name


@pytest.mark.parametrize("use", USES.values(), ids=USES.keys())
def test_the_mode_of_the_model_does_not_change_the_result(rng, net, use):
    x, y = random_images(rng)
    in_training = use(net, x, y)
    in_evaluation = use(net.eval(), x, y)
    if isinstance(in_training, float):
        assert in_training == in_evaluation
    else:
        assert torch.equal(in_training, in_evaluation)


def test_modes_return_after_an_error(net):
    def fail():
        with fgsm.evaluating(net):
            assert not any(module.training for module in net.modules())
            raise KeyError

    with pytest.raises(KeyError):
        fail()
    assert all(module.training for module in net.modules())


def test_a_second_call_on_the_same_tensor_is_like_the_first(rng, net):
    x, y = random_images(rng)
    x.requires_grad_()
    first = fgsm.fgsm(net, x, y, 0.1)
    fgsm.fgsm(net, x, (y + 1) % 4, 0.1)
    assert torch.equal(fgsm.fgsm(net, x, y, 0.1), first)
    assert x.grad is None
    assert not first.requires_grad


# PGD and an independent implementation


def test_one_step_of_pgd_over_the_whole_ball_is_fgsm(rng, net):
    x, y = random_images(rng)
    assert torch.equal(fgsm.pgd(net, x, y, 0.1, 0.1, 1), fgsm.fgsm(net, x, y, 0.1))


def test_pgd_of_two_pixels_by_hand():
    model = MODELS.linear_model([[0.0, 0.0], [2.0, -1.0]], [0.0, 0.0])
    x, y = torch.tensor([[[[0.5, 0.5]]]]), torch.tensor([1])
    for steps, want in ((0, (0.5, 0.5)), (2, (0.42, 0.58)), (3, (0.4, 0.6)), (9, (0.4, 0.6))):
        adv = fgsm.pgd(model, x, y, 0.1, 0.04, steps)
        np.testing.assert_allclose(adv.flatten(), want, atol=1e-6)


def numpy_pgd(net, x, y, epsilon, step_size, steps, targeted=False):
    """PGD on an MLP in evaluation mode, forward and backward written out in numpy."""
    linear, norm = net.hidden[0], net.hidden[1]
    W1, b1 = linear.weight.detach().numpy(), linear.bias.detach().numpy()
    scale = (norm.weight / torch.sqrt(norm.running_var + norm.eps)).detach().numpy()
    shift = norm.bias.detach().numpy() - norm.running_mean.numpy() * scale
    W2, b2 = net.linear.weight.detach().numpy(), net.linear.bias.detach().numpy()
    clean = x.flatten(1).numpy()
    adv = clean.copy()
    for _ in range(steps):
        a = (adv @ W1.T + b1) * scale + shift
        z = np.maximum(a, 0) @ W2.T + b2
        p = np.exp(z - z.max(axis=1, keepdims=True))
        p /= p.sum(axis=1, keepdims=True)
        dz = p - np.eye(len(b2))[y.numpy()]
        dx = ((dz @ W2) * (a > 0) * scale) @ W1
        adv = adv + (-1 if targeted else 1) * step_size * np.sign(dx)
        adv = np.clip(np.clip(adv, clean - epsilon, clean + epsilon), 0, 1)
    return adv.reshape(x.shape)


@pytest.mark.parametrize("targeted", [False, True])
def test_fgsm_and_pgd_equal_a_computation_without_autograd(rng, targeted):
    x, y = random_images(rng, 20)
    net = MODELS.MLP(classes=4, side=6, hidden=12, seed=3).double()
    MODELS.train(net, x, y, steps=20, batch_size=10)
    # float64 leaves 1e-15; a pixel that went the other way is off by twice the step.
    want = numpy_pgd(net, x, y, 0.1, 0.1, 1, targeted)
    np.testing.assert_allclose(fgsm.fgsm(net, x, y, 0.1, targeted), want, atol=1e-12)
    want = numpy_pgd(net, x, y, 0.1, 0.03, 8, targeted)
    got = fgsm.pgd(net, x, y, 0.1, 0.03, 8, targeted=targeted)
    np.testing.assert_allclose(got, want, atol=1e-12)


@pytest.mark.parametrize("targeted", [False, True])
def test_fgsm_and_pgd_equal_torchattacks(digits, trained, targeted):
    torchattacks = pytest.importorskip("torchattacks", reason="pip install --no-deps torchattacks")
    x, y = (part[:60] for part in digits[1])
    for net in trained:
        net.eval()
        single = torchattacks.FGSM(net, eps=0.13)
        many = torchattacks.PGD(net, eps=0.13, alpha=0.03, steps=9, random_start=False)
        if targeted:
            for attack in (single, many):
                attack.set_mode_targeted_by_label(quiet=True)
            y = (y + 1) % 10
        adv = fgsm.fgsm(net, x, y, 0.13, targeted)
        np.testing.assert_allclose(adv, single(x, y), atol=1e-6)
        adv = fgsm.pgd(net, x, y, 0.13, 0.03, 9, targeted=targeted)
        np.testing.assert_allclose(adv, many(x, y), atol=1e-6)
        net.train()


def test_the_random_start_is_uniform_in_the_ball(net):
    x = torch.full((300, 1, 6, 6), 0.5, dtype=torch.float64)
    y = torch.zeros(300, dtype=torch.int64)
    start = fgsm.pgd(net, x, y, 0.2, 0.1, 0, random_start=True, seed=4)
    shares = ((start - x) / 0.2).flatten().numpy()
    counts, _ = np.histogram(shares, bins=10, range=(-1, 1))
    assert counts.sum() == shares.size  # none outside of the ball
    np.testing.assert_allclose(counts / shares.size, 0.1, atol=0.015)  # sd 0.003
    again = fgsm.pgd(net, x, y, 0.2, 0.1, 0, random_start=True, seed=4)
    other = fgsm.pgd(net, x, y, 0.2, 0.1, 0, random_start=True, seed=5)
    assert torch.equal(start, again)
    assert not torch.equal(start, other)


# Noise, accuracy, transfer: the claims of lecture 004 on digits


def test_noise_draws_a_sign_for_every_pixel():
    x = torch.full((200, 1, 8, 8), 0.5)
    noisy = fgsm.random_sign_noise(x, 0.1, seed=3)
    up = noisy > x
    assert torch.equal(noisy, torch.where(up, x + 0.1, x - 0.1))
    assert up.double().mean() == pytest.approx(0.5, abs=0.02)
    assert up.double().mean(dim=0).sub(0.5).abs().max() < 0.2  # per pixel, sd 0.035
    assert torch.equal(noisy, fgsm.random_sign_noise(x, 0.1, seed=3))
    assert not torch.equal(noisy, fgsm.random_sign_noise(x, 0.1, seed=4))


def test_attacks_draw_from_a_generator_of_their_own(rng, net):
    x, y = random_images(rng)
    state = torch.get_rng_state()
    fgsm.random_sign_noise(x, 0.1, seed=3)
    fgsm.pgd(net, x, y, 0.1, 0.03, 2, random_start=True, seed=3)
    assert torch.equal(torch.get_rng_state(), state)


def sign_noise(model, x, y, epsilon):
    return fgsm.random_sign_noise(x, epsilon, seed=5)


def pgd_20(model, x, y, epsilon):
    return fgsm.pgd(model, x, y, epsilon, epsilon / 5, 20)


def test_an_attack_hurts_far_more_than_noise_of_its_size(digits, trained):
    for net in trained:
        clean, noisy = fgsm.accuracy_under_attack(net, *digits[1], sign_noise, (0.0, 0.2))
        once, often = (
            fgsm.accuracy_under_attack(net, *digits[1], attack, (0.1, 0.2))
            for attack in (fgsm.fgsm, pgd_20)
        )
        assert clean > 0.96
        assert noisy > 0.88
        assert once[1] < 0.2
        assert often[0] < once[0] < 0.75
        assert often[1] < once[1]


def test_adversarial_examples_transfer_and_noise_does_not(digits, trained):
    net, mlp = trained
    for source, target in ((net, mlp), (mlp, net)):
        black_box = fgsm.transfer_rate(source, target, *digits[1], fgsm.fgsm, 0.2)
        white_box = fgsm.transfer_rate(target, target, *digits[1], fgsm.fgsm, 0.2)
        noise = fgsm.transfer_rate(source, target, *digits[1], sign_noise, 0.2)
        assert noise < 0.15
        assert noise + 0.3 < black_box < white_box


def test_transfer_rate_of_five_images_by_hand():
    target = MODELS.linear_model([[0.0, 0.0], [2.0, -1.0]], [0.0, 0.0])
    source = MODELS.linear_model([[0.0, 0.0], [1.0, 1.0]], [0.0, 0.0])

    def images(*pixels):
        return torch.tensor([[[[pixel, 1.0]]] for pixel in pixels])

    def attack(model, x, y, epsilon):
        assert model is source
        return images(0.4, 0.7, 0.8, 0.9, 0.2)

    x, y = images(0.6, 0.7, 0.8, 0.9, 0.1), torch.ones(5, dtype=torch.int64)
    assert fgsm.transfer_rate(source, target, x, y, attack, 0.2) == 0.25
    assert fgsm.transfer_rate(source, target, x, 1 - y, attack, 0.2) == 0
    assert fgsm.transfer_rate(source, target, x[4:], y[4:], lambda *_: x[4:], 0.2) == 0


def test_accuracy_counts_right_images():
    model = MODELS.linear_model([[0.0, 0.0], [2.0, -1.0]], [0.0, 0.0])
    x = torch.tensor([[[[0.5, 0.5]]], [[[0.1, 0.9]]], [[[0.2, 0.8]]]])
    assert fgsm.accuracy(model, x, torch.tensor([1, 0, 1])) == pytest.approx(2 / 3)


# Fooling images


def test_fooling_image_by_hand():
    model = MODELS.linear_model([[0.0, 0.0], [2.0, -1.0]], [0.0, 0.0])
    X = torch.tensor([[[[0.0, 0.5]]]])
    fooling = fgsm.make_fooling_image(X, 1, model, learning_rate=0.5)
    np.testing.assert_allclose(fooling.flatten(), [0.4472, 0.2764], atol=5e-5)
    assert model(fooling)[0, 1].item() == pytest.approx(0.6180, abs=5e-5)


def test_a_digit_can_be_taken_for_every_other(digits, trained):
    X = digits[1][0][:1]
    for net in trained:
        for target_y in range(10):
            fooling = fgsm.make_fooling_image(X, target_y, net, learning_rate=0.1)
            assert fgsm.predict(net, fooling) == target_y
            assert (fooling - X).norm() < 4  # the image itself has a length of 4
        own = int(fgsm.predict(net, X))
        assert torch.equal(fgsm.make_fooling_image(X, own, net), X)


def test_the_change_of_a_fooling_image_is_bounded(digits, trained):
    X, net = digits[1][0][:1], trained[0]
    target_y = int((fgsm.predict(net, X) + 1) % 10)
    for steps in (1, 2, 3):
        fooling = fgsm.make_fooling_image(X, target_y, net, 0.01, steps)
        assert (fooling - X).norm() <= 0.01 * steps * (1 + 1e-4)
    bounded = fgsm.make_fooling_image(X, target_y, net, 0.1, 50, max_norm=0.25)
    assert (bounded - X).norm() == pytest.approx(0.25, rel=1e-4)
    assert fgsm.predict(net, bounded) != target_y


def test_every_answer_is_a_letter():
    assert len(fgsm.ANSWERS) == 16
    assert set(fgsm.ANSWERS.values()) == set("abcd")
