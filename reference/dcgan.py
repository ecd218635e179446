"""Generative adversarial networks: two players, their losses and steps, and the DCGAN.

A generator G makes x = G(z) from noise z; a discriminator D gives a logit, D = sigmoid(logit) being
its probability that x is real. With real images x of density p and made ones of density q,

    D minimises   -mean log D(x) - mean log(1 - D(G(z)))          best D = p / (p + q)
    G minimises   -mean log D(G(z))

and least squares replaces both logarithms by squares (Mao et al.). All networks here return
logits, none a probability. Images are (N, C, H, W); interfaces follow CS231n where it has one.
Sources: Goodfellow et al., Generative adversarial nets (2014); Radford, Metz, Chintala,
Unsupervised representation learning with deep convolutional GANs (2015); Mao et al., Least squares
generative adversarial networks (2016).
"""

import math
from collections.abc import Callable
from itertools import pairwise

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn

NOISE_DIM = 96
RING = 2 * torch.tensor([[math.cos(k * math.pi / 4), math.sin(k * math.pi / 4)] for k in range(8)])
RING_STD = 0.1

ANSWERS = {
    # In phase 1 of a step D is trained. Its targets for real and for made images are
    # a: 1 and 1   b: 0 and 1   c: 1 and 0   d: 1/2 and 1/2
    "targets_of_phase_one": "c",
    # In phase 2 G is trained. The target for its images is
    # a: 0, for they are not real   b: 1   c: 1/2   d: 0 in one half of the batch, 1 in the other
    "targets_of_phase_two": "b",
    # G never sees a real image. What it knows of real images, it knows from
    # a: its noise   b: the real images in the batch of phase 2   c: its first weights
    # d: the gradient that comes to it through D
    "what_the_generator_knows": "d",
    # G makes images so good that no D can tell. The best D then says, of each image, that it is
    # real with the probability
    # a: 0   b: 1/2   c: 1   d: p, the share of real images in the world
    "perfect_fakes": "b",
    # and the loss of that D (the sum of its two means) is
    # a: 0   b: log 2 = 0.693   c: 2 log 2 = 1.386   d: infinite
    "loss_at_perfect_fakes": "c",
    # D is sure of a made image: its logit is -10. By how much does the loss of G change when the
    # logit rises by 1, if G minimises log(1 - D), and if it minimises -log D?
    # a: hardly, hardly   b: hardly, about 1   c: about 1, hardly   d: about 1, about 1
    "which_loss_still_has_a_slope": "b",
    # Of the four difficulties in lecture 004, "the outputs of G become less diverse" is called
    # a: vanishing gradient   b: mode collapse   c: oscillation   d: overfitting
    "less_diverse": "b",
    # Two players on f(x, y) = x y take turns with step size 1, from (1, 1). After six turns each
    # a: they are at the equilibrium (0, 0)   b: they are at (1, 1) again   c: they are far away
    # d: they are half as far from (0, 0) as they were
    "six_turns": "b",
    # Lecture 004: "use leaky ReLU in the discriminator for all layers". Where is that wrong?
    # a: in the first layer   b: where a BatchNorm comes before it   c: after the output
    # d: nowhere
    "leaky_for_all_layers": "c",
    # Lecture 004 says that a BatchNorm as very first layer saves standardising the data, and that a
    # DCGAN has none at the input of D. D has none there because
    # a: a BatchNorm would shift and scale each batch to the same mean and deviation, and hide from
    #    D by how much the made images are off
    # b: images have no mean   c: a BatchNorm cannot be the first layer   d: D has too few weights
    "no_batchnorm_at_the_input": "a",
    # Which of the five rules does the discriminator build_dc_classifier of CS231n break?
    # a: none   b: only the one on LeakyReLU   c: those on pooling, BatchNorm and dense layers
    # d: the one on tanh
    "rules_that_cs231n_breaks": "c",
    # G ends in tanh. The pixels 0 to 255 of the real images are
    # a: left as they are   b: scaled to [0, 1]   c: scaled to [-1, 1]   d: standardised
    "scale_of_the_real_images": "c",
}


class Flatten(nn.Module):
    """Each example as one row: (N, ...) -> (N, D)."""

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(len(x), -1)


class Unflatten(nn.Module):
    """Rows as images: (N, C*H*W) -> (N, C, H, W). N = -1 fits every batch size."""

    def __init__(self, N: int = -1, C: int = 128, H: int = 7, W: int = 7) -> None:
        super().__init__()
        self.shape = (N, C, H, W)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return x.reshape(self.shape)


def min_max_steps(
    x: float, y: float, step_size: float, turns: int, simultaneous: bool
) -> list[tuple[float, float]]:
    """Return the places that two players visit on f(x, y) = x y; x wants f small, y wants it large.

    In a turn each player takes one step of gradient descent (x) or ascent (y) on f. The slope of f
    is y for the player x, and x for the player y.

    Args:
        x, y: float. Where they start.
        step_size: float > 0.
        turns: int >= 0.
        simultaneous: True: both steps start from the same place. False: y steps first, and x steps
            on the slope at the new y.

    Returns:
        list of turns + 1 pairs (x, y), the start first.
    """
    places = [(x, y)]
    for _ in range(turns):
        new_y = y + step_size * x
        x -= step_size * (y if simultaneous else new_y)
        y = new_y
        places.append((x, y))
    return places


def bce_loss(input: torch.Tensor, target: torch.Tensor) -> torch.Tensor:
    """Return the binary cross-entropy of sigmoid(input) against target.

    Args:
        input: (N, 1) float. Logits, of any size: a logit of 200 with target 0 costs 200.
        target: (N, 1) float, 0 or 1.

    Returns:
        tensor with one number, the mean over the N rows. It is part of the graph: backward()
        works on it.
    """
    return (F.softplus(input) - target * input).mean()  # softplus(z) = log(1 + exp(z)), stable


def discriminator_loss(logits_real: torch.Tensor, logits_fake: torch.Tensor) -> torch.Tensor:
    """Return what D minimises: real images should be called real, made ones made.

    Args:
        logits_real: (N, 1) float. What D says of real images.
        logits_fake: (N, 1) float. What D says of made images.

    Returns:
        tensor with one number, part of the graph: the mean cross-entropy of the real images plus
        that of the made ones (a sum of two means: 2 log 2 = 1.386 where every logit is 0).
    """
    real = F.softplus(-logits_real).mean()  # -log D = log(1 + exp(-logit))
    fake = F.softplus(logits_fake).mean()  # -log(1 - D) = log(1 + exp(logit))
    return real + fake


def generator_loss(logits_fake: torch.Tensor) -> torch.Tensor:
    """Return what G minimises: its images should be called real.

    Args:
        logits_fake: (N, 1) float. What D says of made images.

    Returns:
        tensor with one number, part of the graph: the mean of -log D (not of log(1 - D)).
    """
    return F.softplus(-logits_fake).mean()  # -log D = log(1 + exp(-logit))


def ls_discriminator_loss(scores_real: torch.Tensor, scores_fake: torch.Tensor) -> torch.Tensor:
    """Return what D minimises in a least squares GAN: scores near 1 for real, 0 for made images.

    Args:
        scores_real: (N, 1) float. What D says of real images, without a sigmoid.
        scores_fake: (N, 1) float. What D says of made images.

    Returns:
        tensor with one number, part of the graph: half the mean of (score - 1)^2 over the real
        images, plus half the mean of score^2 over the made ones.
    """
    return 0.5 * ((scores_real - 1) ** 2).mean() + 0.5 * (scores_fake**2).mean()


def ls_generator_loss(scores_fake: torch.Tensor) -> torch.Tensor:
    """Return what G minimises in a least squares GAN.

    Args:
        scores_fake: (N, 1) float. What D says of made images, without a sigmoid.

    Returns:
        tensor with one number, part of the graph: half the mean of (score - 1)^2.
    """
    return 0.5 * ((scores_fake - 1) ** 2).mean()


def optimal_discriminator(p: torch.Tensor, q: torch.Tensor) -> torch.Tensor:
    """Return the probability of "real" that the best possible D gives at each place.

    Args:
        p: (K,) float >= 0. Density of real images at K places.
        q: (K,) float >= 0. Density of made images there. p + q > 0 everywhere.

    Returns:
        (K,) float, from 0 to 1.
    """
    return p / (p + q)


def best_discriminator_loss(p: torch.Tensor, q: torch.Tensor) -> float:
    """Return the loss that the best possible D still has.

    The images take K values, a real one the value k with probability p_k, a made one with q_k:

        - sum_k p_k log D_k - sum_k q_k log(1 - D_k)          with D of optimal_discriminator

    Args:
        p, q: (K,) float >= 0. Each sums to 1. p + q > 0 everywhere, but one of them may be 0 in
            places: there 0 log 0 = 0.

    Returns:
        float, from 0 to 2 log 2.
    """
    best = p / (p + q)
    return -(torch.xlogy(p, best) + torch.xlogy(q, 1 - best)).sum().item()


def sample_noise(batch_size: int, dim: int, seed: int | None = None) -> torch.Tensor:
    """Return uniform noise from -1 to 1.

    Args:
        batch_size: int. Rows.
        dim: int. Numbers in a row.
        seed: int, optional. The same seed gives the same noise; without one, noise differs.

    Returns:
        (batch_size, dim) float32.
    """
    if seed is not None:
        torch.manual_seed(seed)
    return 2 * torch.rand(batch_size, dim) - 1


def sample_codings(batch_size: int, codings_size: int, seed: int | None = None) -> torch.Tensor:
    """Return Gaussian noise (the "codings" of lecture 004), of mean 0 and variance 1.

    Args:
        batch_size: int. Rows.
        codings_size: int. Numbers in a row.
        seed: int, optional. The same seed gives the same noise; without one, noise differs.

    Returns:
        (batch_size, codings_size) float32.
    """
    if seed is not None:
        torch.manual_seed(seed)
    return torch.randn(batch_size, codings_size)


def lecture_generator(codings_size: int = 30) -> nn.Sequential:
    """Return the dense generator of lecture 004.

        dense 100, SELU, dense 150, SELU, dense 784, sigmoid, reshape to 28 x 28

    Args:
        codings_size: int. Numbers in a row of noise.

    Returns:
        nn.Sequential. Takes (N, codings_size) float, returns (N, 28, 28) from 0 to 1, for any N.
    """
    return nn.Sequential(
        nn.Linear(codings_size, 100),
        nn.SELU(),
        nn.Linear(100, 150),
        nn.SELU(),
        nn.Linear(150, 28 * 28),
        nn.Sigmoid(),
        nn.Unflatten(1, (28, 28)),
    )


def lecture_discriminator() -> nn.Sequential:
    """Return the dense discriminator of lecture 004, without the sigmoid at its end.

        flatten, dense 150, SELU, dense 100, SELU, dense 1

    Returns:
        nn.Sequential. Takes (N, 28, 28) float, returns (N, 1) logits, for any N.
    """
    return nn.Sequential(
        Flatten(),
        nn.Linear(28 * 28, 150),
        nn.SELU(),
        nn.Linear(150, 100),
        nn.SELU(),
        nn.Linear(100, 1),
    )


def discriminator(seed: int | None = None) -> nn.Sequential:
    """Return the dense discriminator of CS231n.

        flatten, dense 256, LeakyReLU 0.01, dense 256, LeakyReLU 0.01, dense 1

    Args:
        seed: int, optional. For torch.manual_seed, before the layers draw their weights.

    Returns:
        nn.Sequential. Takes N images of 784 pixels, as (N, 1, 28, 28) or (N, 784) float (to take
        one of the two is enough), and returns (N, 1) logits, for any N.
    """
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        Flatten(),
        nn.Linear(784, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 256),
        nn.LeakyReLU(0.01),
        nn.Linear(256, 1),
    )


def generator(noise_dim: int = NOISE_DIM, seed: int | None = None) -> nn.Sequential:
    """Return the dense generator of CS231n.

        dense 1024, ReLU, dense 1024, ReLU, dense 784, tanh

    Args:
        noise_dim: int. Numbers in a row of noise.
        seed: int, optional. For torch.manual_seed, before the layers draw their weights.

    Returns:
        nn.Sequential. Takes (N, noise_dim) float, returns (N, 784) from -1 to 1, for any N.
    """
    if seed is not None:
        torch.manual_seed(seed)
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.Linear(1024, 1024),
        nn.ReLU(),
        nn.Linear(1024, 784),
        nn.Tanh(),
    )


def get_optimizer(model: nn.Module) -> torch.optim.Optimizer:
    """Return Adam for all parameters of a model: learning rate 1e-3, beta1 = 0.5, beta2 = 0.999.

    Args:
        model: nn.Module.

    Returns:
        torch.optim.Optimizer. Whatever is not named above is torch's default.
    """
    return torch.optim.Adam(model.parameters(), lr=1e-3, betas=(0.5, 0.999))


def d_step(
    D: nn.Module,
    G: nn.Module,
    real: torch.Tensor,
    noise: torch.Tensor,
    optimizer: torch.optim.Optimizer,
    loss_function: Callable[[torch.Tensor, torch.Tensor], torch.Tensor],
) -> float:
    """Take one step of D, against the G of this moment; return the loss before the step.

    Only the weights of D move, and G can be trained afterwards as before. No gradient reaches G:
    the `grad` of its weights stays what it was. Gradients that D holds from earlier do not count.

    Args:
        D: nn.Module. Images to (N, 1) logits. Changed by one step of the optimizer.
        G: nn.Module. Noise to images. Not trained.
        real: N real images.
        noise: (N, dim) float. For G.
        optimizer: of the weights of D.
        loss_function: of (logits_real, logits_fake), as discriminator_loss is.

    Returns:
        float.
    """
    with torch.no_grad():
        fake = G(noise)
    optimizer.zero_grad()
    loss = loss_function(D(real), D(fake))
    loss.backward()
    optimizer.step()
    return loss.item()


def g_step(
    D: nn.Module,
    G: nn.Module,
    noise: torch.Tensor,
    optimizer: torch.optim.Optimizer,
    loss_function: Callable[[torch.Tensor], torch.Tensor],
) -> float:
    """Take one step of G, against the D of this moment; return the loss before the step.

    Only the weights of G move, and D can be trained afterwards as before. Gradients that G holds
    from earlier do not count.

    Args:
        D: nn.Module. Images to (N, 1) logits. Not trained.
        G: nn.Module. Noise to images. Changed by one step of the optimizer.
        noise: (N, dim) float. For G. D sees the images of this noise, and no others.
        optimizer: of the weights of G.
        loss_function: of (logits_fake), as generator_loss is.

    Returns:
        float.
    """
    optimizer.zero_grad()
    loss = loss_function(D(G(noise)))
    loss.backward(inputs=list(G.parameters()))  # spares the gradients of D's weights
    optimizer.step()
    return loss.item()


def device() -> torch.device:
    """Return the GPU if there is one, else the CPU."""
    return torch.device("cuda" if torch.cuda.is_available() else "cpu")


def train_gan(
    D: nn.Module,
    G: nn.Module,
    data: torch.Tensor,
    noise_dim: int,
    *,
    steps: int,
    batch_size: int,
    d_rate: float,
    g_rate: float,
    seed: int,
) -> list[tuple[float, float]]:
    """Train D and G in turn, on the GPU if there is one; return the losses of each step.

    Args:
        D: nn.Module. Trained; on the CPU at the end.
        G: nn.Module. Takes (N, noise_dim) Gaussian noise. Trained; on the CPU at the end.
        data: (N, ...) float. Real examples.
        noise_dim: int.
        steps: int. Steps of D, each followed by one of G.
        batch_size: int. Real examples, and made ones, in a step.
        d_rate, g_rate: float. Learning rates of two Adams, with beta1 = 0.5.
        seed: int. Of batches and noise.

    Returns:
        list of `steps` pairs (loss of D, loss of G).
    """
    torch.manual_seed(seed)
    where = device()
    D.to(where)
    G.to(where)
    data = data.to(where)
    d_optimizer = torch.optim.Adam(D.parameters(), lr=d_rate, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(G.parameters(), lr=g_rate, betas=(0.5, 0.999))
    losses = []
    for _ in range(steps):
        real = data[torch.randint(len(data), (batch_size,), device=where)]
        d_noise, g_noise = torch.randn(2, batch_size, noise_dim, device=where)
        d_loss = d_step(D, G, real, d_noise, d_optimizer, discriminator_loss)
        g_loss = g_step(D, G, g_noise, g_optimizer, generator_loss)
        losses.append((d_loss, g_loss))
    D.cpu()
    G.cpu()
    return losses


def sample_ring(n: int, seed: int) -> torch.Tensor:
    """Return (n, 2) points: each near one of the eight centres RING, off by N(0, RING_STD^2)."""
    source = torch.Generator().manual_seed(seed)
    centres = RING[torch.randint(8, (n,), generator=source)]
    return centres + RING_STD * torch.randn(n, 2, generator=source)


def mode_count(
    samples: torch.Tensor,
    points: torch.Tensor,
    labels: torch.Tensor,
    radius: float,
    least: float,
) -> tuple[int, float]:
    """Return how many modes the samples cover, and which share of them is good.

    Every sample gets the label of its nearest point (Euclidean distance). It is good if that point
    is no farther away than the radius. A mode is a label; it is covered if the good samples with
    that label are at least the share `least` of all samples.

    Args:
        samples: (N, ...) float. Made examples; each counts as one row of numbers.
        points: (M, ...) float. Real examples, or the centres of the modes.
        labels: (M,) int >= 0. The mode of each point.
        radius: float > 0.
        least: float in (0, 1).

    Returns:
        covered: int. Number of modes covered.
        quality: float, from 0 to 1. Share of the samples that is good.
    """
    distances = torch.cdist(samples.flatten(1), points.flatten(1))
    distance, nearest = distances.min(dim=1)
    good = distance <= radius
    counts = torch.bincount(labels[nearest[good]])
    covered = int((counts >= least * len(samples)).sum())
    return covered, good.float().mean().item()


def _play(
    D: nn.Module,
    G: nn.Module,
    data: torch.Tensor,
    noise_dim: int,
    *,
    steps: int,
    batch_size: int,
    d_rate: float,
    g_rate: float,
) -> None:
    """Train D and G in turn: `train_gan` written out, with learning rates that fall to 0.

    At constant rates the two circle each other, and the last step is as good a moment as any.
    """
    d_optimizer = torch.optim.Adam(D.parameters(), lr=d_rate, betas=(0.5, 0.999))
    g_optimizer = torch.optim.Adam(G.parameters(), lr=g_rate, betas=(0.5, 0.999))
    for step in range(steps):
        d_optimizer.param_groups[0]["lr"] = d_rate * (1 - step / steps)
        g_optimizer.param_groups[0]["lr"] = g_rate * (1 - step / steps)
        real = data[torch.randint(len(data), (batch_size,))]
        d_noise, g_noise = torch.randn(2, batch_size, noise_dim)

        with torch.no_grad():
            fake = G(d_noise)
        d_optimizer.zero_grad()
        d_loss = F.softplus(-D(real)).mean() + F.softplus(D(fake)).mean()
        d_loss.backward()
        d_optimizer.step()

        g_optimizer.zero_grad()
        g_loss = F.softplus(-D(G(g_noise))).mean()
        g_loss.backward(inputs=list(G.parameters()))
        g_optimizer.step()


def fit_ring(points: torch.Tensor, noise_dim: int, seed: int) -> nn.Module:
    """Return a generator trained on points of the ring of eight Gaussians.

    Args:
        points: (N, 2) float32. Real points, as sample_ring gives them.
        noise_dim: int. Numbers in a row of noise.
        seed: int. Of whatever is random in the training.

    Returns:
        nn.Module on the CPU, of layers and activations of torch.nn and at most 20,000 numbers.
        Takes (N, noise_dim) Gaussian noise, returns (N, 2) points.
    """
    torch.manual_seed(seed)
    G = nn.Sequential(
        nn.Linear(noise_dim, 96), nn.ReLU(), nn.Linear(96, 96), nn.ReLU(), nn.Linear(96, 2)
    )
    D = nn.Sequential(
        nn.Linear(2, 96), nn.LeakyReLU(0.2), nn.Linear(96, 96), nn.LeakyReLU(0.2), nn.Linear(96, 1)
    )
    _play(D, G, points, noise_dim, steps=1500, batch_size=256, d_rate=4e-3, g_rate=2e-3)
    return G


def build_dc_classifier(batch_size: int) -> nn.Sequential:
    """Return the convolutional discriminator of CS231n.

        image 1 x 28 x 28, conv 32 of 5x5, LeakyReLU 0.01, max pooling 2x2,
        conv 64 of 5x5, LeakyReLU 0.01, max pooling 2x2,
        flatten, dense 4*4*64, LeakyReLU 0.01, dense 1          stride 1, no padding

    Args:
        batch_size: int. N of the batches that it will get (CS231n's Unflatten asks for it).

    Returns:
        nn.Sequential. Takes batch_size images of 784 pixels, as (N, 1, 28, 28) or (N, 784) float
        (to take one of the two is enough), and returns (N, 1) logits.
    """
    return nn.Sequential(
        Unflatten(batch_size, 1, 28, 28),
        nn.Conv2d(1, 32, kernel_size=5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        nn.Conv2d(32, 64, kernel_size=5),
        nn.LeakyReLU(0.01),
        nn.MaxPool2d(2),
        Flatten(),
        nn.Linear(4 * 4 * 64, 4 * 4 * 64),
        nn.LeakyReLU(0.01),
        nn.Linear(4 * 4 * 64, 1),
    )


def build_dc_generator(noise_dim: int = NOISE_DIM) -> nn.Sequential:
    """Return the convolutional generator of CS231n.

        dense 1024, ReLU, BatchNorm, dense 7*7*128, ReLU, BatchNorm, image 128 x 7 x 7,
        transposed conv 64 of 4x4, ReLU, BatchNorm, transposed conv 1 of 4x4, tanh, flatten
        transposed convolutions: stride 2, padding 1

    Args:
        noise_dim: int. Numbers in a row of noise.

    Returns:
        nn.Sequential. Takes (N, noise_dim) float, returns (N, 784) from -1 to 1, for any N.
    """
    return nn.Sequential(
        nn.Linear(noise_dim, 1024),
        nn.ReLU(),
        nn.BatchNorm1d(1024),
        nn.Linear(1024, 7 * 7 * 128),
        nn.ReLU(),
        nn.BatchNorm1d(7 * 7 * 128),
        Unflatten(-1, 128, 7, 7),
        nn.ConvTranspose2d(128, 64, kernel_size=4, stride=2, padding=1),
        nn.ReLU(),
        nn.BatchNorm2d(64),
        nn.ConvTranspose2d(64, 1, kernel_size=4, stride=2, padding=1),
        nn.Tanh(),
        Flatten(),
    )


def dcgan_widths(width: int, side: int, start: int) -> list[int]:
    """Return the channels of the hidden layers of D: width, 2 width, ..., one for each halving."""
    halvings = (side // start).bit_length() - 1
    return [width * 2**k for k in range(halvings)]


def dcgan_generator(
    noise_dim: int = 100, width: int = 64, channels: int = 3, side: int = 64, start: int = 4
) -> nn.Sequential:
    """Return a generator by the five rules of the DCGAN.

    side = start * 2^k with k >= 1. The layers are transposed convolutions, all without bias:
        from noise_dim x 1 x 1 to start x start, kernel start, stride 1, padding 0;
        then k that double the side: kernel 4, stride 2, padding 1.
    The first makes width * 2^(k-1) channels, each following one half as many, and the last
    `channels` of them, followed by tanh. After every other layer: BatchNorm, then ReLU.

    Args:
        noise_dim: int. Numbers in a row of noise.
        width: int. Channels before the last layer.
        channels: int. Channels of the image: 3 colours, or 1.
        side: int. Height and width of the image.
        start: int. Height and width after the first layer.

    Returns:
        nn.Sequential. Takes (N, noise_dim) float, returns (N, channels, side, side) from -1 to 1,
        for any N.
    """
    widths = dcgan_widths(width, side, start)[::-1]
    layers = [
        Unflatten(-1, noise_dim, 1, 1),
        nn.ConvTranspose2d(noise_dim, widths[0], start, stride=1, padding=0, bias=False),
    ]
    for wide, narrow in pairwise([*widths, channels]):
        layers += [
            nn.BatchNorm2d(wide),
            nn.ReLU(),
            nn.ConvTranspose2d(wide, narrow, 4, stride=2, padding=1, bias=False),
        ]
    return nn.Sequential(*layers, nn.Tanh())


def dcgan_discriminator(
    width: int = 64, channels: int = 3, side: int = 64, start: int = 4
) -> nn.Sequential:
    """Return a discriminator by the five rules of the DCGAN.

    side = start * 2^k with k >= 1. The layers are convolutions, all without bias:
        k that halve the side: kernel 4, stride 2, padding 1;
        then one from start x start to 1 x 1: kernel start, stride 1, padding 0.
    The first makes `width` channels, each following one twice as many, and the last makes 1: the
    logit. After every layer but the last: BatchNorm (not after the first), then LeakyReLU 0.2.

    Args:
        width: int. Channels after the first layer.
        channels: int. Channels of the image: 3 colours, or 1.
        side: int. Height and width of the image.
        start: int. Height and width before the last layer.

    Returns:
        nn.Sequential. Takes (N, channels, side, side) float, returns (N, 1) logits, for any N.
    """
    widths = dcgan_widths(width, side, start)
    layers = [
        nn.Conv2d(channels, widths[0], 4, stride=2, padding=1, bias=False),
        nn.LeakyReLU(0.2),
    ]
    for narrow, wide in pairwise(widths):
        layers += [
            nn.Conv2d(narrow, wide, 4, stride=2, padding=1, bias=False),
            nn.BatchNorm2d(wide),
            nn.LeakyReLU(0.2),
        ]
    layers += [nn.Conv2d(widths[-1], 1, start, stride=1, padding=0, bias=False), Flatten()]
    return nn.Sequential(*layers)


def dcgan_init(net: nn.Module) -> None:
    """Draw the first weights as the authors of the DCGAN did; changes `net`.

    Weights of convolutions and transposed convolutions come from N(0, 0.02^2), weights of
    BatchNorm layers from N(1, 0.02^2), and biases of BatchNorm layers are 0. Everything else
    (dense layers, biases of convolutions) stays what it is.

    Args:
        net: nn.Module, with layers of 2-D images at any depth.
    """
    for layer in net.modules():
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
            nn.init.zeros_(layer.bias)


def digits_to_images(x: np.ndarray) -> torch.Tensor:
    """Return digits as images: (N, 64) from 0 to 16 -> (N, 1, 8, 8) float32 from -1 to 1."""
    return torch.tensor(x, dtype=torch.float32).reshape(-1, 1, 8, 8) / 8 - 1


def usual_distance(images: torch.Tensor) -> float:
    """Return how far a real image is from the next one: 95 % have another one within that."""
    distances = torch.cdist(images.flatten(1), images.flatten(1))
    return distances.fill_diagonal_(math.inf).min(dim=1).values.quantile(0.95).item()


def fit_digits(images: torch.Tensor, noise_dim: int, seed: int) -> nn.Module:
    """Return a generator trained on small images of digits.

    Args:
        images: (N, 1, 8, 8) float32, from -1 to 1. Real digits.
        noise_dim: int. Numbers in a row of noise.
        seed: int. Of whatever is random in the training.

    Returns:
        nn.Module on the CPU, of layers and activations of torch.nn and at most 60,000 numbers.
        Takes (N, noise_dim) Gaussian noise, returns (N, 1, 8, 8) images.
    """
    torch.manual_seed(seed)
    G = nn.Sequential(
        Unflatten(-1, noise_dim, 1, 1),
        nn.ConvTranspose2d(noise_dim, 48, 2, bias=False),
        nn.BatchNorm2d(48),
        nn.ReLU(),
        nn.ConvTranspose2d(48, 24, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(24),
        nn.ReLU(),
        nn.ConvTranspose2d(24, 1, 4, stride=2, padding=1, bias=False),
        nn.Tanh(),
    )
    D = nn.Sequential(
        nn.Conv2d(1, 24, 4, stride=2, padding=1, bias=False),
        nn.LeakyReLU(0.2),
        nn.Conv2d(24, 48, 4, stride=2, padding=1, bias=False),
        nn.BatchNorm2d(48),
        nn.LeakyReLU(0.2),
        nn.Conv2d(48, 1, 2, bias=False),
        Flatten(),
    )
    for layer in (*G, *D):
        if isinstance(layer, (nn.Conv2d, nn.ConvTranspose2d)):
            nn.init.normal_(layer.weight, 0.0, 0.02)
        elif isinstance(layer, nn.BatchNorm2d):
            nn.init.normal_(layer.weight, 1.0, 0.02)
    _play(D, G, images, noise_dim, steps=1200, batch_size=32, d_rate=1e-3, g_rate=2e-3)
    return G
