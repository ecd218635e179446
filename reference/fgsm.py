"""Adversarial examples: small changes of an image, made on purpose, that change a model's answer.

A linear model w.x + b moves by a known amount. For logistic regression, y = sigmoid(z):

    z = w.x + b          J = -(t log y + (1 - t) log(1 - y))          dJ/dx = (y - t) w
    z(x + scale * w)           = z(x) + scale * ||w||_2^2
    z(x - epsilon * sign(w))   = z(x) - epsilon * ||w||_1

For any other model the gradient of the loss J by the image x takes the part of w:

    FGSM   x_adv   = clip(x + epsilon * sign(dJ/dx))
    PGD    x_(k+1) = clip(project(x_k + step_size * sign(dJ/dx_k))),   ||x_k - x||_inf <= epsilon

A targeted attack steps the other way, down the loss of the class it wants. epsilon has the unit of
the images: of images in 0..1, 8/255 is eight grey levels. Images are (N, C, H, W) tensors, models
are torch modules that return logits.

Source: Goodfellow, Shlens and Szegedy, Explaining and harnessing adversarial examples
(arXiv 1412.6572); Madry et al., Towards deep learning models resistant to adversarial attacks
(arXiv 1706.06083).
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import numpy as np
import torch
import torch.nn.functional as F
from torch import nn


def weight_attack(w: np.ndarray, x: np.ndarray, scale: float) -> np.ndarray:
    """Return the image plus its model's weights: the logit w.x + b rises by scale * ||w||_2^2.

    Args:
        w: (D,) float. The weights of a logistic regression. Not modified.
        x: (D,) float. One image, flattened. Not modified.
        scale: float > 0. The lecture takes 1/6.

    Returns:
        (D,) float. Not clipped.
    """
    return x + scale * w


def lower_score(w: np.ndarray, x: np.ndarray, epsilon: float) -> np.ndarray:
    """Return the image, no pixel moved by more than epsilon, for which w.x is smallest.

    w.x falls by exactly epsilon * ||w||_1.

    Args:
        w: (D,) float. Weights; where one is 0, the pixel stays as it is. Not modified.
        x: (D,) float. One image, flattened. Not modified.
        epsilon: float >= 0, same unit as x.

    Returns:
        (D,) float. Not clipped.
    """
    return x - epsilon * np.sign(w)


def minimal_epsilon(w: np.ndarray, b: float, X: np.ndarray) -> np.ndarray:
    """Return for every image the smallest epsilon that brings its logit w.x + b to 0.

    Args:
        w: (D,) float, not all zero. Not modified.
        b: float. The bias.
        X: (N, D) float. One image per row. Not modified.

    Returns:
        (N,) float >= 0, same unit as X. Every pixel may move by up to epsilon; nothing is clipped.
    """
    return np.abs(X @ w + b) / np.abs(w).sum()


def logistic_fgsm(
    w: np.ndarray,
    b: float,
    X: np.ndarray,
    t: np.ndarray | None,
    epsilon: float,
    clip_min: float = 0.0,
    clip_max: float = 1.0,
) -> np.ndarray:
    """Return the FGSM attack on logistic regression, X + epsilon * sign((y - t) w), clipped.

    Args:
        w: (D,) float. Not modified.
        b: float. The bias.
        X: (N, D) float in [clip_min, clip_max]. One image per row. Not modified.
        t: (N,) int. Classes 0 or 1, or None for the model's own: 1 where w.x + b > 0, else 0.
            Not modified.
        epsilon: float >= 0, same unit as X.
        clip_min, clip_max: range of valid pixels.

    Returns:
        (N, D) float in [clip_min, clip_max]. Right for logits of any size, 1000 included.
    """
    if t is None:
        t = (X @ w + b > 0).astype(int)
    direction = np.where(t == 1, -1.0, 1.0)  # sign(y - t), which a y rounded to 0 or 1 would lose
    moved = X + epsilon * np.outer(direction, np.sign(w))
    return np.clip(moved, clip_min, clip_max)


@contextmanager
def evaluating(model: nn.Module) -> Iterator[None]:
    """Put every module of `model` into evaluation mode, and back into its own mode afterwards.

    Use it as `with evaluating(model):`. An exception inside does not keep the modes from returning.
    """
    modes = [(module, module.training) for module in model.modules()]
    model.eval()
    try:
        yield
    finally:
        for module, mode in modes:
            module.training = mode


def predict(model: nn.Module, x: torch.Tensor) -> torch.Tensor:
    """Return the class that `model` gives to every image, in evaluation mode.

    Args:
        model: maps (N, ...) to logits (N, C). Left as it was.
        x: (N, ...) float. Images. Not modified.

    Returns:
        (N,) int64. Classes.
    """
    with evaluating(model), torch.no_grad():
        return model(x).argmax(dim=1)


def input_gradient(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the gradient of every image's own cross-entropy with respect to its pixels.

    Args:
        model: maps (N, ...) to logits (N, C). Asked in evaluation mode; left as it was, in the mode
            of each of its modules, its parameters and buffers, and their `.grad`.
        x: (N, ...) float. Images. Not modified: neither its values, nor its requires_grad or .grad.
        y: (N,) int64 in [0, C). Classes. Not modified.

    Returns:
        (N, ...) float, of the shape of x. Row n is d loss_n / d x_n: no mean, nothing is divided by
        N. Not attached to a graph.
    """
    leaf = x.detach().clone().requires_grad_()
    with evaluating(model):
        loss = F.cross_entropy(model(leaf), y, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, leaf)  # leaves the .grad of the parameters alone
    return gradient


def fgsm_attack(image: torch.Tensor, epsilon: float, data_grad: torch.Tensor) -> torch.Tensor:
    """Return the image after one FGSM step, given the gradient; clipped to [0, 1].

    Args:
        image: (N, ...) float in [0, 1]. Not modified.
        epsilon: float >= 0, same unit as the image.
        data_grad: (N, ...) float. Gradient of the loss with respect to the image. Not modified.

    Returns:
        (N, ...) float in [0, 1].
    """
    return (image + epsilon * data_grad.sign()).clamp(0, 1)


def fgsm(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor | None,
    epsilon: float,
    targeted: bool = False,
    clip_min: float = 0.0,
    clip_max: float = 1.0,
) -> torch.Tensor:
    """Return adversarial examples by the fast gradient sign method.

    Args:
        model: maps (N, ...) to logits (N, C). Asked in evaluation mode; left as it was, in the mode
            of each of its modules, its parameters and buffers, and their `.grad`.
        x: (N, ...) float in [clip_min, clip_max]. Images. Not modified: neither its values, nor its
            requires_grad or .grad.
        y: (N,) int64 in [0, C). True classes, to get away from; or with `targeted` the wanted
            classes, to get to; or None for the model's own predictions. Not modified.
        epsilon: float >= 0, same unit as x.
        targeted: whether y holds the classes that the model shall be led to.
        clip_min, clip_max: range of valid pixels.

    Returns:
        (N, ...) float in [clip_min, clip_max]. A new tensor, not attached to a graph, no pixel
        farther than epsilon from x.

    Raises:
        ValueError: `targeted` without y.
    """
    if y is None and targeted:
        raise ValueError("y must hold the wanted classes of a targeted attack, got None")
    labels = predict(model, x) if y is None else y
    leaf = x.detach().clone().requires_grad_()
    with evaluating(model):
        loss = F.cross_entropy(model(leaf), labels, reduction="sum")
        (gradient,) = torch.autograd.grad(loss, leaf)  # leaves the .grad of the parameters alone
    step = epsilon * gradient.sign()
    moved = x.detach() - step if targeted else x.detach() + step
    return moved.clamp(clip_min, clip_max)


def random_sign_noise(
    x: torch.Tensor, epsilon: float, seed: int, clip_min: float = 0.0, clip_max: float = 1.0
) -> torch.Tensor:
    """Return the images after every pixel moved by epsilon, up or down with equal probability.

    Args:
        x: (N, ...) float in [clip_min, clip_max]. Images. Not modified.
        epsilon: float >= 0, same unit as x.
        seed: int >= 0. The same seed gives the same noise, another one other noise.
        clip_min, clip_max: range of valid pixels.

    Returns:
        (N, ...) float in [clip_min, clip_max]. Each pixel has drawn a sign of its own.
    """
    generator = torch.Generator().manual_seed(seed)
    signs = 2 * torch.randint(2, x.shape, generator=generator, dtype=x.dtype) - 1
    return (x + epsilon * signs).clamp(clip_min, clip_max)


def pgd(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    epsilon: float,
    step_size: float,
    steps: int,
    random_start: bool = False,
    seed: int = 0,
    targeted: bool = False,
    clip_min: float = 0.0,
    clip_max: float = 1.0,
) -> torch.Tensor:
    """Return adversarial examples by projected gradient descent: small FGSM steps inside the ball.

    After every step each pixel is brought back to within epsilon of x, then to the valid range.

    Args:
        model: as for fgsm; left as it was.
        x: (N, ...) float in [clip_min, clip_max]. Images. Not modified: neither its values, nor its
            requires_grad or .grad.
        y: (N,) int64 in [0, C). True classes, or with `targeted` the wanted ones. Not modified.
        epsilon: float >= 0, same unit as x. Radius of the ball around x, in the maximum norm.
        step_size: float > 0, same unit as x.
        steps: int >= 0.
        random_start: start at x plus noise, uniform in [-epsilon, epsilon] and drawn anew for each
            pixel, clipped to the valid range; otherwise at x itself.
        seed: int >= 0, of the random start. The same seed gives the same start, another one
            another.
        targeted: whether y holds the classes that the model shall be led to.
        clip_min, clip_max: range of valid pixels.

    Returns:
        (N, ...) float in [clip_min, clip_max]. A new tensor, not attached to a graph, no pixel
        farther than epsilon from x.
    """
    x = x.detach()
    x_adv = x.clone()
    if random_start:
        generator = torch.Generator().manual_seed(seed)
        noise = epsilon * (2 * torch.rand(x.shape, generator=generator, dtype=x.dtype) - 1)
        x_adv = (x + noise).clamp(clip_min, clip_max)
    for _ in range(steps):
        leaf = x_adv.clone().requires_grad_()
        with evaluating(model):
            loss = F.cross_entropy(model(leaf), y, reduction="sum")
            (gradient,) = torch.autograd.grad(loss, leaf)
        step = step_size * gradient.sign()
        moved = x_adv - step if targeted else x_adv + step
        delta = (moved - x).clamp(-epsilon, epsilon)
        x_adv = (x + delta).clamp(clip_min, clip_max)
    return x_adv


def accuracy(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the share of images that `model`, in evaluation mode, classifies right.

    Args:
        model: maps (N, ...) to logits (N, C). Left as it was.
        x: (N, ...) float, N >= 1. Images. Not modified.
        y: (N,) int64. True classes. Not modified.

    Returns:
        float in [0, 1].
    """
    return float((predict(model, x) == y).double().mean())


def accuracy_under_attack(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    attack: Callable[[nn.Module, torch.Tensor, torch.Tensor, float], torch.Tensor],
    epsilons: Sequence[float],
) -> list[float]:
    """Return the model's accuracy on attacked images, once for every epsilon.

    Args:
        model: maps (N, ...) to logits (N, C). Left as it was.
        x: (N, ...) float, N >= 1. Clean images. Not modified.
        y: (N,) int64. True classes. Not modified.
        attack: attack(model, x, y, epsilon) returns attacked images (N, ...). Always started from
            the clean images.
        epsilons: sizes of the attack, same unit as x.

    Returns:
        One float in [0, 1] for each epsilon, in their order.
    """
    accuracies = []
    for epsilon in epsilons:
        x_adv = attack(model, x, y, epsilon)
        accuracies.append(float((predict(model, x_adv) == y).double().mean()))
    return accuracies


def transfer_rate(
    source: nn.Module,
    target: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    attack: Callable[[nn.Module, torch.Tensor, torch.Tensor, float], torch.Tensor],
    epsilon: float,
) -> float:
    """Return how often an attack on one model fools another: a black-box attack.

    The images are attacked with the gradients of `source` and shown to `target`, whose gradients
    the attacker does not have. With source = target it is a white-box attack.

    Args:
        source, target: map (N, ...) to logits (N, C). Asked in evaluation mode; left as they were.
        x: (N, ...) float. Clean images. Not modified.
        y: (N,) int64. True classes. Not modified.
        attack: attack(model, x, y, epsilon) returns attacked images (N, ...).
        epsilon: float >= 0, same unit as x.

    Returns:
        float in [0, 1]. Of the images that `target` classifies right when clean, the share that it
        classifies wrong when attacked; 0.0 if it classifies none right.
    """
    x_adv = attack(source, x, y, epsilon)
    right = predict(target, x) == y
    fooled = right & (predict(target, x_adv) != y)
    return float(fooled.sum() / right.sum().clamp(min=1))


def make_fooling_image(
    X: torch.Tensor,
    target_y: int,
    model: nn.Module,
    learning_rate: float = 1.0,
    max_iter: int = 100,
    max_norm: float = float("inf"),
) -> torch.Tensor:
    """Return an image close to X that `model` takes for class target_y.

    Gradient ascent on the score (the logit) of target_y, with steps of one length:
    X_fooling += learning_rate * g / ||g||_2. Stops as soon as the model predicts target_y.

    Args:
        X: (1, ...) float. One image. Not modified: neither its values, nor its requires_grad or
            .grad.
        target_y: int in [0, C). The wanted class.
        model: maps (1, ...) to scores (1, C). Asked in evaluation mode; left as it was, in the mode
            of each of its modules, its parameters and buffers, and their `.grad`.
        learning_rate: float > 0. The L2 length of a step, same unit as X.
        max_iter: int >= 0. Most steps to take.
        max_norm: float > 0. After every step, a change X_fooling - X that is longer than this (L2)
            is shortened to it.

    Returns:
        (1, ...) float. X itself, copied, if it is target_y already; the last image if max_iter
        steps do not suffice. Not clipped, not attached to a graph.
    """
    X_fooling = X.detach().clone()
    with evaluating(model):
        for _ in range(max_iter):
            scores = model(X_fooling.requires_grad_())
            if scores.argmax() == target_y:
                break
            (g,) = torch.autograd.grad(scores[0, target_y], X_fooling)
            change = X_fooling.detach() + learning_rate * g / g.norm() - X.detach()
            X_fooling = X.detach() + change * min(1.0, max_norm / float(change.norm()))
    return X_fooling.detach()


# The letter of the right answer to each question of the assignment's last section.
ANSWERS = {
    # Attack and training.
    "sign_of_the_update": "c",
    "targeted_step": "b",
    "already_wrong": "d",
    "fall_of_the_logit": "a",
    # Sizes.
    "panda_grey_levels": "b",
    "normalised_images": "a",
    "four_times_the_pixels": "d",
    "noise_of_the_same_size": "c",
    # Code.
    "training_mode": "d",
    "same_tensor_twice": "b",
    "between_backward_and_step": "a",
    "gradient_of_zero": "c",
    # What an attack proves.
    "no_gradients_to_see": "b",
    "decision_trees": "c",
    "ten_steps": "a",
    "robust_against_fgsm": "d",
}
