"""The reference of dcgan against torch's own functions, published sizes and numbers by hand."""

import math
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from reference import dcgan

DIGITS = Path(__file__).parents[2] / "assignments" / "data" / "digits.npz"


@pytest.fixture(autouse=True)
def seeded():
    torch.manual_seed(7)


def parameters(net):
    return sum(weights.numel() for weights in net.parameters())


def kinds(net):
    return [type(layer).__name__ for layer in net]


def test_six_turns_of_cs231n():
    """CS231n's inline question on f(x, y) = x y: y first, step size 1, from (1, 1)."""
    places = dcgan.min_max_steps(1.0, 1.0, 1.0, 6, simultaneous=False)
    assert [y for _, y in places] == [1, 2, 1, -1, -2, -1, 1]
    assert [x for x, _ in places] == [1, -1, -2, -1, 1, 2, 1]


def test_players_at_once_spiral_outwards():
    places = np.array(dcgan.min_max_steps(0.3, -0.8, 0.4, 12, simultaneous=True))
    squares = (places**2).sum(axis=1)
    np.testing.assert_allclose(squares[1:] / squares[:-1], 1 + 0.4**2)


def test_players_in_turn_stay_on_an_ellipse():
    x, y = np.array(dcgan.min_max_steps(0.3, -0.8, 0.4, 50, simultaneous=False)).T
    np.testing.assert_allclose(x**2 + y**2 + 0.4 * x * y, 0.3**2 + 0.8**2 - 0.4 * 0.3 * 0.8)


def test_cross_entropy_agrees_with_torch():
    z, t = 3 * torch.randn(40, 1, dtype=torch.float64), torch.randint(2, (40, 1)).double()
    mine, theirs = z.clone().requires_grad_(), z.clone().requires_grad_()
    loss, want = dcgan.bce_loss(mine, t), F.binary_cross_entropy_with_logits(theirs, t)
    torch.testing.assert_close(loss, want)
    loss.backward()
    want.backward()
    torch.testing.assert_close(mine.grad, theirs.grad)


def test_a_logit_of_200_costs_200():
    loss = dcgan.bce_loss(torch.tensor([[200.0], [-200.0]]), torch.zeros(2, 1))
    assert loss.item() == 100


def test_losses_agree_with_torch():
    real, fake = 2 * torch.randn(2, 30, 1)
    D = nn.functional.binary_cross_entropy
    want = D(real.sigmoid(), torch.ones(30, 1)) + D(fake.sigmoid(), torch.zeros(30, 1))
    torch.testing.assert_close(dcgan.discriminator_loss(real, fake), want)
    torch.testing.assert_close(dcgan.generator_loss(fake), -torch.log(fake.sigmoid()).mean())
    ls = F.mse_loss(real, torch.ones(30, 1)) / 2 + F.mse_loss(fake, torch.zeros(30, 1)) / 2
    torch.testing.assert_close(dcgan.ls_discriminator_loss(real, fake), ls)
    ls = F.mse_loss(fake, torch.ones(30, 1)) / 2
    torch.testing.assert_close(dcgan.ls_generator_loss(fake), ls)


def test_losses_by_hand():
    zeros = torch.zeros(4, 1)
    assert dcgan.discriminator_loss(zeros, zeros).item() == pytest.approx(2 * math.log(2))
    quarter = torch.tensor([[-math.log(3)]])
    assert dcgan.generator_loss(quarter).item() == pytest.approx(math.log(4))
    scores = torch.tensor([[1.0], [3.0]]), torch.tensor([[-1.0], [2.0]])
    assert dcgan.ls_discriminator_loss(*scores).item() == 2.25
    assert dcgan.ls_generator_loss(scores[1]).item() == 1.25


def test_no_other_discriminator_is_better():
    p, q = torch.rand(2, 5, dtype=torch.float64)
    grid = torch.linspace(1e-4, 1 - 1e-4, 9999, dtype=torch.float64)[:, None]
    cost = -p * torch.log(grid) - q * torch.log(1 - grid)
    found = grid[cost.argmin(dim=0), 0]
    torch.testing.assert_close(dcgan.optimal_discriminator(p, q), found, rtol=0, atol=1e-4)


def test_best_loss_is_two_log_two_less_the_divergence():
    p, q = torch.rand(2, 6, dtype=torch.float64).softmax(dim=1)
    m = ((p + q) / 2).log()
    divergence = F.kl_div(m, p, reduction="sum") + F.kl_div(m, q, reduction="sum")
    want = 2 * math.log(2) - divergence.item()
    assert dcgan.best_discriminator_loss(p, q) == pytest.approx(want)


def test_best_loss_of_equal_and_of_disjoint_distributions():
    p, q = torch.tensor([0.5, 0.5, 0.0, 0.0]), torch.tensor([0.0, 0.0, 0.25, 0.75])
    assert dcgan.best_discriminator_loss(p, q) == 0
    third = torch.full((3,), 1 / 3)
    assert dcgan.best_discriminator_loss(third, third) == pytest.approx(2 * math.log(2))


def test_noise():
    uniform, gaussian = dcgan.sample_noise(400, 300), dcgan.sample_codings(400, 300)
    assert uniform.dtype == gaussian.dtype == torch.float32
    assert -1 <= uniform.min() < -0.99
    assert 0.99 < uniform.max() <= 1
    assert uniform.var().item() == pytest.approx(1 / 3, abs=0.01)
    assert gaussian.mean().item() == pytest.approx(0, abs=0.015)
    assert gaussian.var().item() == pytest.approx(1, abs=0.02)


@pytest.mark.parametrize("sample", [dcgan.sample_noise, dcgan.sample_codings])
def test_noise_repeats_with_a_seed_only(sample):
    assert torch.equal(sample(3, 4, seed=5), sample(3, 4, seed=5))
    assert not torch.equal(sample(3, 4), sample(3, 4))


@pytest.mark.parametrize(
    ("net", "count"),
    [
        (dcgan.lecture_generator(), 136_634),
        (dcgan.lecture_discriminator(), 132_951),
        (dcgan.discriminator(), 267_009),
        (dcgan.generator(4), 1_858_320),
        (dcgan.build_dc_classifier(2), 1_102_721),
        (dcgan.build_dc_generator(4), 6_580_801),
        (dcgan.dcgan_generator(), 3_576_704),
        (dcgan.dcgan_discriminator(), 2_765_568),
    ],
)
def test_published_numbers_of_parameters(net, count):
    assert parameters(net) == count


def test_dense_networks_agree_with_functions():
    images = torch.rand(5, 1, 28, 28)
    weights = list(dcgan.discriminator(seed=3).parameters())
    x = F.leaky_relu(F.linear(images.flatten(1), *weights[:2]), 0.01)
    x = F.linear(F.leaky_relu(F.linear(x, *weights[2:4]), 0.01), *weights[4:])
    torch.testing.assert_close(dcgan.discriminator(seed=3)(images), x)

    net, noise = dcgan.lecture_generator(6), torch.randn(5, 6)
    weights = list(net.parameters())
    x = F.selu(F.linear(F.selu(F.linear(noise, *weights[:2])), *weights[2:4]))
    torch.testing.assert_close(net(noise), F.linear(x, *weights[4:]).sigmoid().reshape(5, 28, 28))


def test_convolutional_networks_of_cs231n():
    rows = dcgan.build_dc_generator(6)(torch.randn(5, 6))
    assert rows.shape == (5, 784)
    assert rows.abs().max() <= 1
    D = dcgan.build_dc_classifier(5)
    assert D(rows).shape == (5, 1)
    torch.testing.assert_close(D(rows), D(rows.reshape(5, 1, 28, 28)))
    order = ["Linear", "ReLU", "BatchNorm1d"] * 2 + ["Unflatten"]
    order += ["ConvTranspose2d", "ReLU", "BatchNorm2d", "ConvTranspose2d", "Tanh", "Flatten"]
    assert kinds(dcgan.build_dc_generator(6)) == order


@pytest.mark.parametrize(
    ("side", "start", "hidden"), [(64, 4, 4), (8, 2, 2), (8, 4, 1), (24, 3, 3)]
)
def test_dcgans_keep_the_five_rules(side, start, hidden):
    settings = {"width": 6, "channels": 2, "side": side, "start": start}
    G, D = dcgan.dcgan_generator(9, **settings), dcgan.dcgan_discriminator(**settings)
    block = ["ConvTranspose2d", "BatchNorm2d", "ReLU"]
    assert kinds(G) == ["Unflatten", *(hidden * block), "ConvTranspose2d", "Tanh"]
    block = ["Conv2d", "BatchNorm2d", "LeakyReLU"]
    assert kinds(D) == ["Conv2d", "LeakyReLU", *((hidden - 1) * block), "Conv2d", "Flatten"]
    assert {layer.negative_slope for layer in D if isinstance(layer, nn.LeakyReLU)} == {0.2}
    images = G(torch.randn(3, 9))
    assert images.shape == (3, 2, side, side)
    assert D(images).shape == (3, 1)


def test_widths_of_the_paper():
    layers = [layer for layer in dcgan.dcgan_generator() if isinstance(layer, nn.ConvTranspose2d)]
    assert [layer.in_channels for layer in layers] == [100, 512, 256, 128, 64]
    assert [layer.stride[0] for layer in layers] == [1, 2, 2, 2, 2]
    layers = [layer for layer in dcgan.dcgan_discriminator() if isinstance(layer, nn.Conv2d)]
    assert [layer.out_channels for layer in layers] == [64, 128, 256, 512, 1]
    assert [layer.stride[0] for layer in layers] == [2, 2, 2, 2, 1]


def test_first_weights_of_the_paper():
    net = dcgan.dcgan_generator()
    dcgan.dcgan_init(net)
    for layer in net:
        if isinstance(layer, nn.ConvTranspose2d):
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.05)
            assert layer.weight.mean().item() == pytest.approx(0, abs=0.002)
        if isinstance(layer, nn.BatchNorm2d):
            assert layer.weight.mean().item() == pytest.approx(1, abs=0.01)
            assert layer.weight.std().item() == pytest.approx(0.02, rel=0.4)
            assert not layer.bias.any()


def pair():
    D = nn.Sequential(nn.Linear(3, 5), nn.Tanh(), nn.Linear(5, 1))
    return D, nn.Sequential(nn.Linear(4, 5), nn.Tanh(), nn.Linear(5, 3))


def copied(net):
    return {name: value.clone() for name, value in net.state_dict().items()}


def unchanged(net, before):
    return all(torch.equal(value, before[name]) for name, value in net.state_dict().items())


def test_optimizer_settings():
    (group,) = dcgan.get_optimizer(nn.Linear(2, 3)).param_groups
    assert (group["lr"], group["betas"], len(group["params"])) == (1e-3, (0.5, 0.999), 2)


def test_step_of_the_discriminator_by_hand():
    D = nn.Linear(1, 1, bias=False)
    nn.init.zeros_(D.weight)
    real, fake = torch.tensor([[1.0], [3.0]]), torch.tensor([[-1.0], [1.0]])
    optimizer = torch.optim.SGD(D.parameters(), lr=0.1)
    loss = dcgan.d_step(D, nn.Identity(), real, fake, optimizer, dcgan.discriminator_loss)
    assert loss == pytest.approx(2 * math.log(2))
    assert D.weight.item() == pytest.approx(0.1)


def test_step_of_the_discriminator_moves_the_discriminator_only():
    D, G = pair()
    before_D, before_G = copied(D), copied(G)
    optimizer = dcgan.get_optimizer(D)
    dcgan.d_step(D, G, torch.randn(6, 3), torch.randn(6, 4), optimizer, dcgan.discriminator_loss)
    assert not unchanged(D, before_D)
    assert unchanged(G, before_G)
    assert all(weights.grad is None for weights in G.parameters())


def test_step_of_the_generator_moves_the_generator_only():
    D, G = pair()
    before_D, before_G = copied(D), copied(G)
    dcgan.g_step(D, G, torch.randn(6, 4), dcgan.get_optimizer(G), dcgan.generator_loss)
    assert unchanged(D, before_D)
    assert not unchanged(G, before_G)
    assert all(weights.requires_grad for weights in D.parameters())


def test_steps_agree_with_a_plain_loop():
    (D, G), (plain_D, plain_G) = pair(), pair()
    plain_D.load_state_dict(D.state_dict())
    plain_G.load_state_dict(G.state_dict())
    optimizers = [dcgan.get_optimizer(net) for net in (D, G, plain_D, plain_G)]
    for _ in range(4):
        real, d_noise, g_noise = torch.randn(6, 3), torch.randn(6, 4), torch.randn(6, 4)
        dcgan.d_step(D, G, real, d_noise, optimizers[0], dcgan.discriminator_loss)
        dcgan.g_step(D, G, g_noise, optimizers[1], dcgan.generator_loss)
        plain_step(plain_D, plain_G, real, d_noise, g_noise, *optimizers[2:])
    for mine, plain in ((D, plain_D), (G, plain_G)):
        for name, value in mine.state_dict().items():
            torch.testing.assert_close(value, plain.state_dict()[name])


def plain_step(D, G, real, d_noise, g_noise, d_optimizer, g_optimizer):
    loss = nn.BCEWithLogitsLoss()
    ones, zeros = torch.ones(len(real), 1), torch.zeros(len(real), 1)
    d_optimizer.zero_grad()
    loss(D(real), ones).backward()
    loss(D(G(d_noise).detach()), zeros).backward()
    d_optimizer.step()
    g_optimizer.zero_grad()
    loss(D(G(g_noise)), ones).backward()
    g_optimizer.step()


def test_modes_by_hand():
    points, labels = torch.tensor([[0.0, 0.0], [10.0, 0.0], [0.0, 10.0]]), torch.arange(3)
    samples = torch.tensor([[0.1, 0.0], [0.0, -0.5], [0.3, 0.4], [10.0, 0.2], [5.0, 6.0]])
    for least, modes in ((0.1, 2), (0.2, 2), (0.5, 1), (0.7, 0)):
        covered, quality = dcgan.mode_count(samples, points, labels, 1.0, least)
        assert covered == modes
        assert quality == pytest.approx(0.8)


def test_real_points_cover_the_ring_and_one_heap_does_not():
    # A Gaussian in the plane is within three deviations with probability 1 - exp(-9/2) = 0.989.
    labels, radius = torch.arange(8), 3 * dcgan.RING_STD
    points = dcgan.sample_ring(2000, seed=1)
    covered, quality = dcgan.mode_count(points, dcgan.RING, labels, radius, 0.01)
    assert covered == 8
    assert quality == pytest.approx(1 - math.exp(-9 / 2), abs=0.01)
    heap = dcgan.RING[3] + 0.01 * torch.randn(500, 2)
    assert dcgan.mode_count(heap, dcgan.RING, labels, radius, 0.01) == (1, 1.0)


def test_ring_has_neighbours_at_equal_distances():
    sides = [torch.dist(a, b).item() for a, b in pairwise([*dcgan.RING, dcgan.RING[0]])]
    np.testing.assert_allclose(sides, 4 * math.sin(math.pi / 8), rtol=1e-5)
    assert torch.equal(dcgan.sample_ring(20, seed=2), dcgan.sample_ring(20, seed=2))


def measured(G, noise_dim, *arguments):
    with torch.no_grad():
        return dcgan.mode_count(G.eval()(torch.randn(1000, noise_dim)), *arguments)


def test_ring_is_learned():
    G = dcgan.fit_ring(dcgan.sample_ring(2000, seed=5), noise_dim=8, seed=6)
    labels, radius = torch.arange(8), 3 * dcgan.RING_STD
    covered, quality = measured(G, 8, dcgan.RING, labels, radius, 0.01)
    assert covered >= 7
    assert quality > 0.7


@pytest.fixture(scope="module")
def digits():
    with np.load(DIGITS) as arrays:
        return dcgan.digits_to_images(arrays["x"]), torch.tensor(arrays["y"])


def test_digits_are_scaled_to_the_range_of_tanh(digits):
    images, _ = digits
    assert images.shape == (1797, 1, 8, 8)
    assert (images.min(), images.max()) == (-1, 1)


def test_noise_is_no_digit_and_a_digit_is(digits):
    images, labels = digits
    radius = dcgan.usual_distance(images)
    noise = 2 * torch.rand(300, 1, 8, 8) - 1
    assert dcgan.mode_count(noise, images, labels, radius, 0.01) == (0, 0.0)
    covered, quality = dcgan.mode_count(images[:300], images[300:], labels[300:], radius, 0.01)
    assert covered == 10
    assert quality > 0.8


def test_digits_are_learned(digits):
    images, labels = digits
    G = dcgan.fit_digits(images, noise_dim=16, seed=6)
    radius = dcgan.usual_distance(images)
    covered, quality = measured(G, 16, images, labels, radius, 0.01)
    assert covered >= 9
    assert quality > 0.38
