"""A right solution out of modules of its own: networks are classes, formulas are written out.

It freezes D during a step of G, and trains its digits on least squares.
"""

import math
from itertools import pairwise

import torch
from torch import nn

NOISE_DIM = 96

ANSWERS = {
    "targets_of_phase_one": "c",
    "targets_of_phase_two": "b",
    "what_the_generator_knows": "d",
    "perfect_fakes": "b",
    "loss_at_perfect_fakes": "c",
    "which_loss_still_has_a_slope": "b",
    "less_diverse": "b",
    "six_turns": "b",
    "leaky_for_all_layers": "c",
    "no_batchnorm_at_the_input": "a",
    "rules_that_cs231n_breaks": "c",
    "scale_of_the_real_images": "c",
}


def min_max_steps(x, y, step_size, turns, simultaneous):
    if turns == 0:
        return [(x, y)]
    *before, (x, y) = min_max_steps(x, y, step_size, turns - 1, simultaneous)
    climbed = y + step_size * x
    slope = y if simultaneous else climbed
    return [*before, (x, y), (x - step_size * slope, climbed)]


def bce_loss(input, target):
    return (
        -(target * nn.functional.logsigmoid(input)).mean()
        - ((1 - target) * nn.functional.logsigmoid(-input)).mean()
    )


def discriminator_loss(logits_real, logits_fake):
    return (
        torch.logaddexp(-logits_real, torch.zeros_like(logits_real)).mean()
        + torch.logaddexp(logits_fake, torch.zeros_like(logits_fake)).mean()
    )


def generator_loss(logits_fake):
    return nn.BCEWithLogitsLoss()(logits_fake, torch.ones(logits_fake.shape))


def ls_discriminator_loss(scores_real, scores_fake):
    mse = nn.MSELoss()
    real = mse(scores_real, torch.ones_like(scores_real))
    return (real + mse(scores_fake, torch.zeros_like(scores_fake))) / 2


def ls_generator_loss(scores_fake):
    return torch.mean(torch.pow(1 - scores_fake, 2)).div(2)


def optimal_discriminator(p, q):
    return torch.sigmoid(torch.log(p) - torch.log(q))


def best_discriminator_loss(p, q):
    """2 log 2 - 2 JS(p, q), with JS the mean of two KL divergences from the middle m."""
    m = (p + q) / 2

    def kl(a):
        return sum(float(x * torch.log(x / y)) for x, y in zip(a, m, strict=True) if x > 0)

    return 2 * math.log(2) - kl(p) - kl(q)


def sample_noise(batch_size, dim, seed=None):
    source = torch.Generator()
    source.manual_seed(seed) if seed is not None else source.seed()
    return torch.rand((batch_size, dim), generator=source).mul_(2).sub_(1)


def sample_codings(batch_size, codings_size, seed=None):
    if seed is None:
        return torch.randn((batch_size, codings_size))
    with torch.random.fork_rng():
        torch.manual_seed(seed)
        return torch.randn((batch_size, codings_size))


class Dense(nn.Module):
    """Dense layers with one activation between them and perhaps another at the end."""

    def __init__(self, sizes, between, end=None, shape=None):
        super().__init__()
        self.steps = nn.ModuleList([nn.Linear(a, b) for a, b in pairwise(sizes)])
        self.between, self.end, self.shape = between, end, shape

    def forward(self, x):
        x = torch.flatten(x, 1)
        for number, step in enumerate(self.steps):
            x = self.between(x) if number else x
            x = step(x)
        x = self.end(x) if self.end else x
        return x.view(len(x), *self.shape) if self.shape else x


def lecture_generator(codings_size=30):
    return Dense((codings_size, 100, 150, 784), torch.selu, torch.sigmoid, (28, 28))


def lecture_discriminator():
    return Dense((784, 150, 100, 1), torch.selu)


def leaky(x, slope=0.01):
    return torch.where(x > 0, x, slope * x)


def discriminator(seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Dense((784, 256, 256, 1), leaky)


def generator(noise_dim=NOISE_DIM, seed=None):
    if seed is not None:
        torch.manual_seed(seed)
    return Dense((noise_dim, 1024, 1024, 784), torch.relu, torch.tanh)


def get_optimizer(model):
    return torch.optim.Adam([{"params": p} for p in model.parameters()], 0.001, (0.5, 0.999))


def d_step(D, G, real, noise, optimizer, loss_function):
    parameters = list(D.parameters())
    loss = loss_function(D(real), D(G(noise).detach()))
    slopes = torch.autograd.grad(loss, parameters)
    for parameter, slope in zip(parameters, slopes, strict=True):
        parameter.grad = slope
    optimizer.step()
    return loss.item()


def g_step(D, G, noise, optimizer, loss_function):
    G.zero_grad()
    D.requires_grad_(False)
    loss = loss_function(D(G(noise)))
    loss.backward()
    D.requires_grad_(True)
    optimizer.step()
    return loss.item()


def mode_count(samples, points, labels, radius, least):
    found, good = {}, 0
    points = points.reshape(len(points), -1)
    for sample in samples.reshape(len(samples), -1):
        distances = torch.linalg.vector_norm(points - sample, dim=1)
        at = int(distances.argmin())
        if distances[at] <= radius:
            good += 1
            found[int(labels[at])] = found.get(int(labels[at]), 0) + 1
    return sum(n >= least * len(samples) for n in found.values()), good / len(samples)


def play(D, G, data, noise_dim, steps, batch, d_rate, g_rate, losses):
    d_loss, g_loss = losses
    d_optimizer = torch.optim.Adam(D.parameters(), d_rate, (0.5, 0.999))
    g_optimizer = torch.optim.Adam(G.parameters(), g_rate, (0.5, 0.999))
    for step in range(steps):
        for optimizer, rate in ((d_optimizer, d_rate), (g_optimizer, g_rate)):
            for group in optimizer.param_groups:
                group["lr"] = rate * math.cos(math.pi / 2 * step / steps)
        real = data[torch.randint(len(data), (batch,))]
        noise = torch.randn(batch, noise_dim)
        d_step(D, G, real, noise, d_optimizer, d_loss)
        g_step(D, G, noise, g_optimizer, g_loss)
    return G


def fit_ring(points, noise_dim, seed):
    torch.manual_seed(seed)
    D = Dense((2, 96, 96, 1), lambda x: leaky(x, 0.25))
    G = Dense((noise_dim, 96, 96, 2), torch.relu)
    losses = (discriminator_loss, generator_loss)
    return play(D, G, points, noise_dim, 1500, 256, 4e-3, 2e-3, losses)


class Convolutional(nn.Module):
    def __init__(self, batch_size):
        super().__init__()
        self.batch_size = batch_size
        self.first, self.second = nn.Conv2d(1, 32, 5), nn.Conv2d(32, 64, 5)
        self.hidden, self.logit = nn.Linear(1024, 1024), nn.Linear(1024, 1)

    def forward(self, x):
        x = x.reshape(self.batch_size, 1, 28, 28)
        for convolution in (self.first, self.second):
            x = nn.functional.max_pool2d(leaky(convolution(x)), 2)
        return self.logit(leaky(self.hidden(x.flatten(1))))


def build_dc_classifier(batch_size):
    return Convolutional(batch_size)


class Deconvolutional(nn.Module):
    def __init__(self, noise_dim):
        super().__init__()
        self.one, self.norm_one = nn.Linear(noise_dim, 1024), nn.BatchNorm1d(1024)
        self.two, self.norm_two = nn.Linear(1024, 6272), nn.BatchNorm1d(6272)
        self.three, self.norm_three = nn.ConvTranspose2d(128, 64, 4, 2, 1), nn.BatchNorm2d(64)
        self.four = nn.ConvTranspose2d(64, 1, 4, 2, 1)

    def forward(self, x):
        x = self.norm_one(torch.relu(self.one(x)))
        x = self.norm_two(torch.relu(self.two(x)))
        x = self.norm_three(torch.relu(self.three(x.view(-1, 128, 7, 7))))
        return torch.tanh(self.four(x)).flatten(1)


def build_dc_generator(noise_dim=NOISE_DIM):
    return Deconvolutional(noise_dim)


class Growing(nn.Module):
    def __init__(self, noise_dim, width, channels, side, start):
        super().__init__()
        doublings = round(math.log2(side / start))
        sizes = [width * 2**k for k in range(doublings - 1, -1, -1)]
        first = nn.ConvTranspose2d(noise_dim, sizes[0], start, bias=False)
        self.blocks = nn.ModuleList([nn.Sequential(first, nn.BatchNorm2d(sizes[0]))])
        for a, b in pairwise(sizes):
            grow = nn.ConvTranspose2d(a, b, 4, 2, 1, bias=False)
            self.blocks.append(nn.Sequential(grow, nn.BatchNorm2d(b)))
        self.last = nn.ConvTranspose2d(sizes[-1], channels, 4, 2, 1, bias=False)

    def forward(self, z):
        x = z[:, :, None, None]
        for block in self.blocks:
            x = block(x).clamp(min=0)
        return self.last(x).tanh()


def dcgan_generator(noise_dim=100, width=64, channels=3, side=64, start=4):
    return Growing(noise_dim, width, channels, side, start)


class Shrinking(nn.Module):
    def __init__(self, width, channels, side, start):
        super().__init__()
        halvings = round(math.log2(side / start))
        self.first = nn.Conv2d(channels, width, 4, 2, 1, bias=False)
        self.blocks = nn.ModuleList()
        for k in range(1, halvings):
            a, b = width * 2 ** (k - 1), width * 2**k
            shrink = nn.Conv2d(a, b, 4, 2, 1, bias=False)
            self.blocks.append(nn.Sequential(shrink, nn.BatchNorm2d(b)))
        self.last = nn.Conv2d(width * 2 ** (halvings - 1), 1, start, bias=False)

    def forward(self, x):
        x = leaky(self.first(x), 0.2)
        for block in self.blocks:
            x = leaky(block(x), 0.2)
        return self.last(x).view(-1, 1)


def dcgan_discriminator(width=64, channels=3, side=64, start=4):
    return Shrinking(width, channels, side, start)


def dcgan_init(net):
    with torch.no_grad():
        for child in net.children():
            dcgan_init(child)
        if isinstance(net, (nn.Conv2d, nn.ConvTranspose2d)):
            net.weight.copy_(0.02 * torch.randn(net.weight.shape))
        if isinstance(net, nn.BatchNorm2d):
            net.weight.copy_(1 + 0.02 * torch.randn(net.weight.shape))
            net.bias.zero_()


def fit_digits(images, noise_dim, seed):
    torch.manual_seed(seed)
    G = dcgan_generator(noise_dim, 24, 1, 8, 2)
    D = dcgan_discriminator(24, 1, 8, 2)
    dcgan_init(G)
    losses = (ls_discriminator_loss, ls_generator_loss)
    return play(D, G, images, noise_dim, 1500, 32, 2e-3, 2e-3, losses)
