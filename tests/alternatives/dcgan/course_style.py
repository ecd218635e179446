"""A right solution in the manner of CS231n submissions.

It keeps CS231n's own Flatten and Unflatten, writes losses out, detaches where the reference spares
the graph, leaves gradients in D, and trains in a loop of its own.
"""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim

NOISE_DIM = 96

dtype = torch.cuda.FloatTensor if torch.cuda.is_available() else torch.FloatTensor

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


class Flatten(nn.Module):
    def forward(self, x):
        N = x.size(0)
        return x.view(N, -1)


class Unflatten(nn.Module):
    def __init__(self, N=-1, C=128, H=7, W=7):
        super().__init__()
        self.N = N
        self.C = C
        self.H = H
        self.W = W

    def forward(self, x):
        return x.view(self.N, self.C, self.H, self.W)


def min_max_steps(x, y, step_size, turns, simultaneous):
    path = np.zeros((turns + 1, 2))
    path[0] = x, y
    for t in range(turns):
        x, y = path[t]
        path[t + 1, 1] = y + step_size * x
        path[t + 1, 0] = x - step_size * (y if simultaneous else path[t + 1, 1])
    return path


def bce_loss(input, target):
    neg_abs = -input.abs()
    loss = input.clamp(min=0) - input * target + (1 + neg_abs.exp()).log()
    return loss.mean()


def discriminator_loss(logits_real, logits_fake):
    N = logits_real.size(0)
    ones = torch.ones(N, 1).type(dtype)
    zeros = torch.zeros(N, 1).type(dtype)
    return bce_loss(logits_real, ones) + bce_loss(logits_fake, zeros)


def generator_loss(logits_fake):
    return F.binary_cross_entropy_with_logits(logits_fake, torch.ones_like(logits_fake))


def ls_discriminator_loss(scores_real, scores_fake):
    N = scores_real.shape[0]
    return 0.5 / N * ((scores_real - 1).square() + scores_fake.square()).sum()


def ls_generator_loss(scores_fake):
    loss = 0
    for score in scores_fake:
        loss += 0.5 * (score - 1) ** 2
    return loss / scores_fake.shape[0]


def optimal_discriminator(p, q):
    return 1 / (1 + q / p)


def best_discriminator_loss(p, q):
    loss = 0.0
    for a, b in zip(p, q, strict=True):
        if a > 0:
            loss -= a * torch.log(a / (a + b))
        if b > 0:
            loss -= b * torch.log(b / (a + b))
    return loss


def sample_noise(batch_size, dim):
    return torch.FloatTensor(batch_size, dim).uniform_(-1, 1)


def sample_codings(batch_size, codings_size, seed=None):
    generator = torch.Generator()
    if seed is None:
        generator.seed()
    else:
        generator.manual_seed(seed)
    return torch.normal(0.0, 1.0, (batch_size, codings_size), generator=generator)


def lecture_generator(codings_size=30):
    model = nn.Sequential()
    model.add_module("hidden1", nn.Linear(codings_size, 100))
    model.add_module("selu1", nn.SELU(inplace=True))
    model.add_module("hidden2", nn.Linear(100, 150))
    model.add_module("selu2", nn.SELU(inplace=True))
    model.add_module("pixels", nn.Linear(150, 784))
    model.add_module("sigmoid", nn.Sigmoid())
    model.add_module("reshape", nn.Unflatten(-1, (28, 28)))
    return model


def lecture_discriminator():
    return nn.Sequential(
        nn.Flatten(),
        nn.Sequential(nn.Linear(784, 150), nn.SELU(), nn.Linear(150, 100), nn.SELU()),
        nn.Linear(100, 1),
    )


def discriminator():
    model = nn.Sequential(
        nn.Linear(784, 256),
        nn.LeakyReLU(inplace=True),
        nn.Linear(256, 256),
        nn.LeakyReLU(inplace=True),
        nn.Linear(256, 1),
    )
    return model


def generator(noise_dim=NOISE_DIM):
    model = nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(inplace=True),
        nn.Linear(1024, 1024),
        nn.ReLU(inplace=True),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )
    return model


def get_optimizer(model):
    return optim.Adam(list(model.parameters()), lr=1e-3, betas=(0.5, 0.999), eps=1e-8)


def d_step(D, G, real, noise, optimizer, loss_function):
    optimizer.zero_grad()
    logits_real = D(real)
    fake_images = G(noise).detach()
    logits_fake = D(fake_images)
    d_total_error = loss_function(logits_real, logits_fake)
    d_total_error.backward()
    optimizer.step()
    return d_total_error


def g_step(D, G, noise, optimizer, loss_function):
    optimizer.zero_grad()
    fake_images = G(noise)
    gen_logits_fake = D(fake_images)
    g_error = loss_function(gen_logits_fake)
    g_error.backward()
    optimizer.step()
    return g_error.item()


def mode_count(samples, points, labels, radius, least):
    samples = samples.reshape(len(samples), -1).double()
    points = points.reshape(len(points), -1).double()
    distances = ((samples[:, None] - points[None]) ** 2).sum(dim=2).sqrt()
    nearest = distances.argmin(dim=1)
    good = distances[torch.arange(len(samples)), nearest] <= radius
    covered = 0
    for label in labels.unique():
        covered += int(((labels[nearest] == label) & good).double().mean() >= least)
    return covered, good.sum() / len(samples)


def train(G, D, data, noise_dim, steps, batch, rates, seed):
    torch.manual_seed(seed)
    D_solver = optim.Adam(D.parameters(), lr=rates[0], betas=(0.5, 0.999))
    G_solver = optim.Adam(G.parameters(), lr=rates[1], betas=(0.5, 0.999))
    falling = [
        optim.lr_scheduler.LinearLR(solver, 1.0, 0.0, total_iters=steps)
        for solver in (D_solver, G_solver)
    ]
    for _ in range(steps):
        real = data[torch.randperm(len(data))[:batch]]
        d_step(D, G, real, torch.randn(batch, noise_dim), D_solver, discriminator_loss)
        g_step(D, G, torch.randn(batch, noise_dim), G_solver, generator_loss)
        for schedule in falling:
            schedule.step()
    return G


def fit_ring(points, noise_dim, seed):
    torch.manual_seed(seed)
    G = nn.Sequential(
        nn.Linear(noise_dim, 80), nn.ReLU(), nn.Linear(80, 64), nn.ReLU(), nn.Linear(64, 2)
    )
    D = nn.Sequential(
        nn.Linear(2, 64), nn.LeakyReLU(0.2), nn.Linear(64, 64), nn.LeakyReLU(0.2), nn.Linear(64, 1)
    )
    return train(G, D, points, noise_dim, 2000, 256, (4e-3, 2e-3), seed)


def build_dc_classifier(batch_size):
    return nn.Sequential(
        Unflatten(batch_size, 1, 28, 28),
        nn.Conv2d(1, 32, 5, stride=1),
        nn.LeakyReLU(0.01, inplace=True),
        nn.MaxPool2d(2, stride=2),
        nn.Conv2d(32, 64, 5, stride=1),
        nn.LeakyReLU(0.01, inplace=True),
        nn.MaxPool2d(2, stride=2),
        Flatten(),
        nn.Linear(4 * 4 * 64, 4 * 4 * 64),
        nn.LeakyReLU(0.01, inplace=True),
        nn.Linear(4 * 4 * 64, 1),
    )


def build_dc_generator(noise_dim=NOISE_DIM):
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(inplace=True),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 7 * 7 * 128),
        nn.ReLU(inplace=True),
        nn.BatchNorm1d(7 * 7 * 128),
        Unflatten(-1, 128, 7, 7),
        nn.ConvTranspose2d(128, 64, 4, stride=2, padding=1),
        nn.ReLU(inplace=True),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, 4, stride=2, padding=1),
        nn.Tanh(),
        Flatten(),
    )


def dcgan_generator(noise_dim=100, width=64, channels=3, side=64, start=4):
    widths = []
    at = start
    while at < side:
        at *= 2
        widths.insert(0, width * 2 ** len(widths))
    layers = [nn.Unflatten(1, (noise_dim, 1, 1))]
    before, settings = noise_dim, (start, 1, 0)
    for after in widths:
        layers.append(nn.ConvTranspose2d(before, after, *settings, bias=False))
        layers.append(nn.BatchNorm2d(after))
        layers.append(nn.ReLU(True))
        before, settings = after, (4, 2, 1)
    layers.append(nn.ConvTranspose2d(before, channels, 4, 2, 1, bias=False))
    layers.append(nn.Tanh())
    return nn.Sequential(*layers)


def dcgan_discriminator(width=64, channels=3, side=64, start=4):
    layers = []
    before, after = channels, width
    while side > start:
        layers.append(nn.Conv2d(before, after, 4, 2, 1, bias=False))
        if before != channels or layers[:-1]:
            layers.append(nn.BatchNorm2d(after))
        layers.append(nn.LeakyReLU(0.2, inplace=True))
        before, after = after, 2 * after
        side //= 2
    return nn.Sequential(*layers, nn.Conv2d(before, 1, start, 1, 0, bias=False), nn.Flatten(1))


def weights_init(m):
    classname = m.__class__.__name__
    if classname.find("Conv") != -1:
        nn.init.normal_(m.weight.data, 0.0, 0.02)
    elif classname.find("BatchNorm") != -1:
        nn.init.normal_(m.weight.data, 1.0, 0.02)
        nn.init.constant_(m.bias.data, 0)


def dcgan_init(net):
    net.apply(weights_init)


def fit_digits(images, noise_dim, seed):
    torch.manual_seed(seed)
    G = dcgan_generator(noise_dim, width=20, channels=1, side=8, start=2)
    D = dcgan_discriminator(width=20, channels=1, side=8, start=2)
    return train(G, D, images, noise_dim, 1200, 32, (2e-3, 2e-3), seed)
