"""Training that withstands attacks, how to measure it, and how training data are poisoned.

J is the mean cross-entropy, p(x) = softmax(model(x)), alpha in [0, 1] the weight of clean images:

    FGSM training   loss = alpha * J(x) + (1 - alpha) * J(x_adv),   x_adv = FGSM(x)
    PGD training    min over weights of  max over ||delta||_inf <= epsilon of  J(x + delta)
    virtual         loss = mean of KL(p(x) || p(x + epsilon * d)),  no label in it
      direction d   d <- g / ||g||_2,  g = gradient by r of KL(p(x) || p(x + r)) at r = xi * d

Images are rows of pixels (N, D) in 0..1, models are torch modules that return logits (N, C), labels
are int64. epsilon has the unit of the images: in virtual adversarial training it is the L2 length
of a row's change, everywhere else the most that one pixel may move.

Source: Goodfellow, Shlens and Szegedy, Explaining and harnessing adversarial examples
(arXiv 1412.6572); Madry et al., Towards deep learning models resistant to adversarial attacks
(arXiv 1706.06083); Miyato et al., Distributional smoothing with virtual adversarial training
(arXiv 1507.00677); Wong, Rice and Kolter, Fast is better than free (arXiv 2001.03994).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
import torch.nn.functional as F
from torch import nn

PGD_STEPS = 20  # of every measurement


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module of `model` into evaluation mode, and back into its own mode afterwards."""
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the share of rows that `model`, in evaluation mode, classifies right."""
    with evaluating(model), torch.no_grad():
        return float((model(x).argmax(dim=1) == y).double().mean())


def input_gradient(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return (N, D), in row n the gradient of row n's cross-entropy by its own pixels.

    The model is asked in evaluation mode; it and its gradients are left as they were.
    """
    leaf = x.detach().clone().requires_grad_()
    with evaluating(model):
        loss = F.cross_entropy(model(leaf), y, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, leaf)  # leaves the .grad of the parameters alone
    return gradient


def fgsm(model: nn.Module, x: torch.Tensor, y: torch.Tensor, epsilon: float) -> torch.Tensor:
    """Return x + epsilon * sign(gradient), clipped to [0, 1]; not attached to a graph."""
    return (x.detach() + epsilon * input_gradient(model, x, y).sign()).clamp(0, 1)


def pgd(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    epsilon: float,
    step_size: float,
    steps: int,
) -> torch.Tensor:
    """Return x after `steps` FGSM steps of step_size, each brought back to the ball and [0, 1].

    It starts at x itself, and no pixel ends farther than epsilon from x. Not attached to a graph.
    """
    x = x.detach()
    x_adv = x
    for _ in range(steps):
        moved = x_adv + step_size * input_gradient(model, x_adv, y).sign()
        delta = (moved - x).clamp(-epsilon, epsilon)
        x_adv = (x + delta).clamp(0, 1)
    return x_adv


def random_sign_noise(x: torch.Tensor, epsilon: float, seed: int) -> torch.Tensor:
    """Return x after every pixel moved by epsilon, up or down by chance, clipped to [0, 1]."""
    generator = torch.Generator().manual_seed(seed)
    signs = 2 * torch.randint(2, x.shape, generator=generator, dtype=x.dtype) - 1
    return (x + epsilon * signs).clamp(0, 1)


def evaluate(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, epsilon: float, seed: int
) -> dict[str, float]:
    """Return the accuracy of `model` on clean, noisy and attacked images.

    Args:
        model: maps (N, D) to logits (N, C). Asked in evaluation mode; left as it was.
        x: (N, D) float in [0, 1]. Clean images. Not modified.
        y: (N,) int64. True classes. Not modified.
        epsilon: float > 0, same unit as x. Size of the noise and of both attacks.
        seed: int >= 0. Seed of the noise.

    Returns:
        dict of four accuracies in [0, 1]:
            "clean": of x.
            "noise": of random_sign_noise(x, epsilon, seed).
            "fgsm": of fgsm.
            "pgd": of pgd with PGD_STEPS steps of epsilon / 8.
    """
    attacked = {
        "clean": x,
        "noise": random_sign_noise(x, epsilon, seed),
        "fgsm": fgsm(model, x, y, epsilon),
        "pgd": pgd(model, x, y, epsilon, epsilon / 8, PGD_STEPS),
    }
    return {name: accuracy(model, images, y) for name, images in attacked.items()}


def epsilon_sweep(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, epsilons: Sequence[float]
) -> dict[str, list[float]]:
    """Return the accuracies of `model` under FGSM and under PGD, for every epsilon.

    Args:
        model: maps (N, D) to logits (N, C). Asked in evaluation mode; left as it was.
        x: (N, D) float in [0, 1]. Clean images: where every attack starts. Not modified.
        y: (N,) int64. True classes. Not modified.
        epsilons: floats > 0, same unit as x.

    Returns:
        dict "fgsm" and "pgd", each a list of accuracies in [0, 1], in the order of `epsilons`. PGD
        takes PGD_STEPS steps of epsilon / 8, with the epsilon of its entry.
    """
    attacks = [
        (fgsm(model, x, y, epsilon), pgd(model, x, y, epsilon, epsilon / 8, PGD_STEPS))
        for epsilon in epsilons
    ]
    return {
        "fgsm": [accuracy(model, by_fgsm, y) for by_fgsm, _ in attacks],
        "pgd": [accuracy(model, by_pgd, y) for _, by_pgd in attacks],
    }


def transfer_accuracy(
    source: nn.Module,
    classify: Callable[[torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    epsilon: float,
) -> float:
    """Return the accuracy of any classifier on images attacked by FGSM on another model.

    Args:
        source: maps (N, D) to logits (N, C). The attacker's own model. Left as it was.
        classify: classify(images) returns the labels (N,) that the victim gives to images (N, D).
            Only its answers are known, no gradients. Called once.
        x: (N, D) float in [0, 1]. Clean images. Not modified.
        y: (N,) int64. True classes. Not modified.
        epsilon: float >= 0, same unit as x.

    Returns:
        float in [0, 1]. Share of the attacked images that the victim classifies right.
    """
    return float((classify(fgsm(source, x, y, epsilon)) == y).double().mean())


def adversarial_loss(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, epsilon: float, alpha: float
) -> torch.Tensor:
    """Return alpha * J(x) + (1 - alpha) * J(x_adv), where x_adv is FGSM on the present weights.

    Args:
        model: maps (N, D) to logits (N, C). Its parameters and their `.grad` are left alone.
        x: (N, D) float in [0, 1]. Clean images. Not modified.
        y: (N,) int64. True classes, for both parts. Not modified.
        epsilon: float >= 0, same unit as x.
        alpha: float in [0, 1]. Weight of the clean images.

    Returns:
        () float tensor, attached to the graph of the parameters: `.backward()` gives the gradient
        of both parts, x_adv taken as given. J is the mean cross-entropy over the N rows.
    """
    x_adv = fgsm(model, x, y, epsilon)
    return alpha * F.cross_entropy(model(x), y) + (1 - alpha) * F.cross_entropy(model(x_adv), y)


def adversarial_step(
    model: nn.Module,
    optimizer: torch.optim.Optimizer,
    x: torch.Tensor,
    y: torch.Tensor,
    epsilon: float,
    alpha: float,
) -> float:
    """Take one step of `optimizer` down the gradient of `adversarial_loss`.

    Args:
        model: maps (N, D) to logits (N, C). Its parameters are changed.
        optimizer: of the parameters of `model`. What is left in their `.grad` from before does
            not count.
        x: (N, D) float in [0, 1]. A batch of clean images. Not modified.
        y: (N,) int64. True classes. Not modified.
        epsilon: float >= 0, same unit as x.
        alpha: float in [0, 1]. Weight of the clean images.

    Returns:
        float. The loss before the step.
    """
    optimizer.zero_grad()
    x_adv = fgsm(model, x, y, epsilon)
    loss = alpha * F.cross_entropy(model(x), y) + (1 - alpha) * F.cross_entropy(model(x_adv), y)
    loss.backward()
    optimizer.step()
    return float(loss.detach())


def augment(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, epsilon: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the data set with one FGSM example of every image appended.

    Args:
        model: maps (N, D) to logits (N, C). Left as it was.
        x: (N, D) float in [0, 1]. Clean images. Not modified.
        y: (N,) int64. True classes. Not modified.
        epsilon: float >= 0, same unit as x.

    Returns:
        x_all: (2N, D) float. The clean images, then the attacked ones in the same order.
        y_all: (2N,) int64. The true class of every row of x_all.
    """
    return torch.cat([x, fgsm(model, x, y, epsilon)]), torch.cat([y, y])


def masked_gradients(
    epsilons: Sequence[float], accuracies: Sequence[float], tolerance: float
) -> bool:
    """Return whether an epsilon sweep shows that its attack has failed.

    A larger epsilon allows everything that a smaller one allows. So if the accuracy at some
    epsilon is higher than at any smaller epsilon by more than `tolerance`, the attack has missed
    examples that exist.

    Args:
        epsilons: floats >= 0, all different, in any order.
        accuracies: one accuracy in [0, 1] for each epsilon.
        tolerance: float >= 0. A rise up to this counts as chance.

    Returns:
        bool.
    """
    lowest = 1.0  # of all smaller epsilons
    for _, share in sorted(zip(epsilons, accuracies, strict=True)):
        if share > lowest + tolerance:
            return True
        lowest = min(lowest, share)
    return False


def overfitting_epoch(
    fgsm_accuracies: Sequence[float], pgd_accuracies: Sequence[float], gap: float, patience: int
) -> int | None:
    """Return the epoch at which catastrophic overfitting sets in, or None.

    An epoch is bad if its FGSM accuracy is above its PGD accuracy by more than `gap`.

    Args:
        fgsm_accuracies: one accuracy in [0, 1] per epoch, epoch 0 first.
        pgd_accuracies: as many, of the same epochs.
        gap: float in (0, 1).
        patience: int >= 1. So many bad epochs in a row are needed; fewer count as chance.

    Returns:
        int >= 0: the first epoch of the first `patience` bad epochs in a row; None if there is no
        such row.
    """
    bad_in_a_row = 0
    for epoch, (by_fgsm, by_pgd) in enumerate(zip(fgsm_accuracies, pgd_accuracies, strict=True)):
        bad_in_a_row = bad_in_a_row + 1 if by_fgsm - by_pgd > gap else 0
        if bad_in_a_row == patience:
            return epoch - patience + 1
    return None


def fit_robust(
    model: nn.Module, x: torch.Tensor, y: torch.Tensor, epsilon: float, seed: int
) -> None:
    """Train `model` in place until it withstands PGD.

    Args:
        model: maps (N, D) to logits (N, C), with its first weights. Its parameters are changed.
        x: (N, D) float32 in [0, 1]. Training images. Not modified.
        y: (N,) int64 in [0, C). True classes. Not modified.
        epsilon: float > 0, same unit as x. Size of the attack to withstand.
        seed: int >= 0. Seed of whatever is random in the training.
    """
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.005)
    for _ in range(60):
        for rows in torch.randperm(len(x), generator=generator).split(128):
            x_adv = pgd(model, x[rows], y[rows], epsilon, epsilon / 4, steps=7)
            clean = F.cross_entropy(model(x[rows]), y[rows])
            attacked = F.cross_entropy(model(x_adv), y[rows])
            optimizer.zero_grad()
            (0.3 * clean + 0.7 * attacked).backward()
            optimizer.step()


def kl_divergence(p_logits: torch.Tensor, q_logits: torch.Tensor) -> torch.Tensor:
    """Return the mean over the rows of KL(p || q) = sum_k p_k (log p_k - log q_k), in nats.

    Args:
        p_logits: (N, C) float. Logits of p = softmax(p_logits); +-1000 is allowed. Not modified.
        q_logits: (N, C) float. Logits of q; +-1000 is allowed. Not modified.

    Returns:
        () float tensor >= 0, attached to the graph of its arguments.
    """
    log_p, log_q = p_logits.log_softmax(dim=1), q_logits.log_softmax(dim=1)
    return (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()


def unit_rows(v: torch.Tensor) -> torch.Tensor:
    """Return v (N, D) with every row divided by its L2 norm; a row of zeros stays."""
    return v / v.norm(dim=1, keepdim=True).clamp(min=1e-30)


def virtual_direction(
    model: nn.Module, x: torch.Tensor, d: torch.Tensor, xi: float, n_power: int
) -> torch.Tensor:
    """Return for every row of x a unit direction in which the model's answer changes fast.

    From d = unit_rows(d), it repeats n_power times: d = unit_rows(g), where g is the gradient of
    KL(p(x) || p(x + r)) by r at r = xi * d, and p(x) is taken as given.

    Args:
        model: maps (N, D) to logits (N, C). Its parameters and their `.grad` are left alone.
        x: (N, D) float. Images, without labels. Not modified.
        d: (N, D) float, no row all zero. Where to start: random numbers. Not modified.
        xi: float > 0. Length at which the gradient is taken.
        n_power: int >= 0.

    Returns:
        (N, D) float, not attached to a graph. Every row has L2 norm 1.
    """
    with torch.no_grad():
        log_p = model(x).log_softmax(dim=1)
    d = unit_rows(d.detach())
    for _ in range(n_power):
        r = (xi * d).requires_grad_()
        log_q = model(x + r).log_softmax(dim=1)
        kl = (log_p.exp() * (log_p - log_q)).sum(dim=1).mean()
        (g,) = torch.autograd.grad(kl, r)
        d = unit_rows(g)
    return d


def vat_loss(
    model: nn.Module, x: torch.Tensor, d: torch.Tensor, xi: float, epsilon: float, n_power: int
) -> torch.Tensor:
    """Return the mean over the rows of KL(p(x) || p(x + epsilon * d*)).

    d* is virtual_direction(model, x, d, xi, n_power). d* and p(x) are taken as given: the gradient
    is that of the second distribution alone, by the weights.

    Args:
        model: maps (N, D) to logits (N, C). Its parameters and their `.grad` are left alone.
        x: (N, D) float. Images, without labels. Not modified.
        d: (N, D) float, no row all zero. Where the search for d* starts. Not modified.
        xi: float > 0. As for virtual_direction.
        epsilon: float >= 0, same unit as x. L2 length of the step that every row takes.
        n_power: int >= 0. As for virtual_direction.

    Returns:
        () float tensor >= 0, attached to the graph of the parameters. x + epsilon * d* is not
        clipped.
    """
    with torch.no_grad():
        log_p = model(x).log_softmax(dim=1)
    p = log_p.exp()
    direction = unit_rows(d.detach())
    for _ in range(n_power):
        r = (xi * direction).requires_grad_()
        log_q = model(x + r).log_softmax(dim=1)
        (g,) = torch.autograd.grad((p * (log_p - log_q)).sum(dim=1).mean(), r)
        direction = unit_rows(g)
    log_q = model(x + epsilon * direction).log_softmax(dim=1)
    return (p * (log_p - log_q)).sum(dim=1).mean()


def fit_semi_supervised(
    model: nn.Module,
    x_labelled: torch.Tensor,
    y_labelled: torch.Tensor,
    x_unlabelled: torch.Tensor,
    seed: int,
) -> None:
    """Train `model` in place with few labelled and many unlabelled images.

    Args:
        model: maps (N, D) to logits (N, C), with its first weights. Its parameters are changed.
        x_labelled: (L, D) float32 in [0, 1]. Not modified.
        y_labelled: (L,) int64 in [0, C). Classes of x_labelled. Not modified.
        x_unlabelled: (U, D) float32 in [0, 1]. More images of the same kind. Not modified.
        seed: int >= 0. Seed of whatever is random in the training.
    """
    xi, epsilon = 0.1, 0.6
    generator = torch.Generator().manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    for _ in range(600):
        rows = torch.randint(len(x_unlabelled), (128,), generator=generator)
        x = x_unlabelled[rows]
        d = torch.randn(x.shape, generator=generator)
        p = model(x).softmax(dim=1).detach()  # so H(p, q) has the gradient of KL(p || q)
        r = (xi * unit_rows(d)).requires_grad_()
        (g,) = torch.autograd.grad(F.cross_entropy(model(x + r), p), r)
        smoothness = F.cross_entropy(model(x + epsilon * unit_rows(g)), p)
        optimizer.zero_grad()
        (F.cross_entropy(model(x_labelled), y_labelled) + smoothness).backward()
        optimizer.step()


def flip_labels(y: torch.Tensor, fraction: float, classes: int, seed: int) -> torch.Tensor:
    """Return the labels after some of them, chosen at random, were made wrong.

    Args:
        y: (N,) int64 in [0, classes). True labels. Not modified.
        fraction: float in [0, 1]. Share of the labels to make wrong.
        classes: int >= 2.
        seed: int >= 0. The same seed gives the same labels, another one others.

    Returns:
        (N,) int64 in [0, classes). Exactly round(fraction * N) labels differ from y; each of these
        is any of the classes - 1 wrong ones, with equal probability.
    """
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randperm(len(y), generator=generator)[: round(fraction * len(y))]
    shift = torch.randint(1, classes, (len(rows),), generator=generator)  # never 0
    flipped = y.clone()
    flipped[rows] = (y[rows] + shift) % classes
    return flipped


def add_poison(
    x: torch.Tensor, y: torch.Tensor, count: int, classes: int, epsilon: float, seed: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the data set with `count` rows appended that look genuine and carry wrong labels.

    A poisoned row is a row of x, chosen at random, plus noise, uniform in [-epsilon, epsilon] and
    drawn anew for each pixel, clipped to [0, 1]. Its label is any of the classes - 1 that are wrong
    for the row of x, with equal probability.

    Args:
        x: (N, D) float in [0, 1]. Not modified.
        y: (N,) int64 in [0, classes). True classes. Not modified.
        count: int >= 0. It may be larger than N.
        classes: int >= 2.
        epsilon: float > 0, same unit as x.
        seed: int >= 0. The same seed gives the same rows, another one others.

    Returns:
        x_all: (N + count, D) float in [0, 1]. x, then the poisoned rows.
        y_all: (N + count,) int64 in [0, classes). y, then their labels.
    """
    generator = torch.Generator().manual_seed(seed)
    rows = torch.randint(len(x), (count,), generator=generator)
    noise = epsilon * (2 * torch.rand((count, x.shape[1]), generator=generator, dtype=x.dtype) - 1)
    shift = torch.randint(1, classes, (count,), generator=generator)  # never 0
    x_all = torch.cat([x, (x[rows] + noise).clamp(0, 1)])
    return x_all, torch.cat([y, (y[rows] + shift) % classes])


def poisoning_curve(
    learn: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor],
    x: torch.Tensor,
    y: torch.Tensor,
    x_test: torch.Tensor,
    y_test: torch.Tensor,
    fractions: Sequence[float],
    classes: int,
    seed: int,
) -> list[float]:
    """Return the test accuracy of a learner whose training labels were flipped, per fraction.

    Args:
        learn: learn(images, labels, x_test) trains on images and labels and returns the labels
            (M,) that it gives to x_test. Called once for each fraction.
        x: (N, D) float. Training images. Not modified.
        y: (N,) int64 in [0, classes). True classes of x. Not modified.
        x_test: (M, D) float. Not modified.
        y_test: (M,) int64. True classes of x_test; these are never flipped. Not modified.
        fractions: shares of y to flip, each time from the true y: flip_labels with `seed`.
        classes: int >= 2.
        seed: int >= 0.

    Returns:
        One accuracy in [0, 1] for each fraction, in their order.
    """
    accuracies = []
    for fraction in fractions:
        generator = torch.Generator().manual_seed(seed)
        rows = torch.randperm(len(y), generator=generator)[: round(fraction * len(y))]
        shift = torch.randint(1, classes, (len(rows),), generator=generator)  # never 0
        flipped = y.clone()
        flipped[rows] = (y[rows] + shift) % classes
        labels = learn(x, flipped, x_test)
        accuracies.append(float((labels == y_test).double().mean()))
    return accuracies


# The letter of the right answer to each question of the assignment's last section.
ANSWERS = {
    # Evidence.
    "low_fgsm_error": "c",
    "rising_sweep": "a",
    "pgd_accuracy": "d",
    "noise_of_the_same_size": "b",
    # Training.
    "alpha_of_one": "b",
    "min_and_max": "d",
    "weight_decay_and_dropout": "a",
    "brute_force_once": "c",
    # Virtual adversarial training.
    "labels_needed": "d",
    "start_at_zero": "b",
    "held_constant": "a",
    # Poisoning.
    "poisoning_or_evasion": "c",
    "nearest_neighbour_flipped": "b",
    "victims": "d",
}
