"""A second right solution: it attacks a copy of the model, and asks for the gradient of a delta.

In the manner of the Kolter and Madry tutorial: backward(), delta.grad and clamps of the change.
Random numbers come from numpy.
"""

import copy

import numpy as np
import torch
from torch import nn

ANSWERS = dict(
    sign_of_the_update="c",
    targeted_step="b",
    already_wrong="d",
    fall_of_the_logit="a",
    panda_grey_levels="b",
    normalised_images="a",
    four_times_the_pixels="d",
    noise_of_the_same_size="c",
    training_mode="d",
    same_tensor_twice="b",
    between_backward_and_step="a",
    gradient_of_zero="c",
    no_gradients_to_see="b",
    decision_trees="c",
    ten_steps="a",
    robust_against_fgsm="d",
)


def weight_attack(w, x, scale):
    adv = x.copy()
    adv += np.multiply(w, scale)
    return adv


def lower_score(w, x, epsilon):
    return np.where(w > 0, x - epsilon, np.where(w < 0, x + epsilon, x))


def minimal_epsilon(w, b, X):
    z = X.dot(w) + b
    return np.maximum(z, -z) / np.linalg.norm(w, ord=1)


def logistic_fgsm(w, b, X, t, epsilon, clip_min=0.0, clip_max=1.0):
    if t is None:
        t = np.sign(np.maximum(X.dot(w) + b, 0))
    gradient_signs = (1 - 2 * t)[:, None] * np.sign(w)[None, :]
    return np.minimum(np.maximum(X + epsilon * gradient_signs, clip_min), clip_max)


def frozen(model):
    return copy.deepcopy(model).eval()


def input_gradient(model, x, y):
    model = frozen(model)
    delta = torch.zeros_like(x, requires_grad=True)
    loss = nn.CrossEntropyLoss(reduction="none")(model(x + delta), y)
    loss.backward(torch.ones(len(x)))
    return delta.grad


def fgsm_attack(image, epsilon, data_grad):
    return torch.clip(image + epsilon * torch.sign(data_grad), min=0.0, max=1.0)


def signs(model, x, y):
    delta = torch.zeros_like(x, requires_grad=True)
    nn.CrossEntropyLoss()(model(x + delta), y).backward()
    return delta.grad.detach().sign()


def fgsm(model, x, y, epsilon, targeted=False, clip_min=0.0, clip_max=1.0):
    if targeted and y is None:
        raise ValueError("no target")
    model = frozen(model)
    if y is None:
        y = model(x).max(dim=1)[1]
    sign = -1 if targeted else 1
    return torch.clamp(x + sign * epsilon * signs(model, x, y), clip_min, clip_max)


def random_sign_noise(x, epsilon, seed, clip_min=0.0, clip_max=1.0):
    draw = np.random.default_rng(seed).choice([-epsilon, epsilon], size=tuple(x.shape))
    return torch.clamp(x + torch.from_numpy(draw).to(x.dtype), clip_min, clip_max)


def pgd(
    model,
    x,
    y,
    epsilon,
    step_size,
    steps,
    random_start=False,
    seed=0,
    targeted=False,
    clip_min=0.0,
    clip_max=1.0,
):
    model = frozen(model)
    delta = torch.zeros_like(x)
    if random_start:
        noise = np.random.default_rng(seed).uniform(-epsilon, epsilon, size=tuple(x.shape))
        delta = (x + torch.from_numpy(noise).to(x.dtype)).clamp(clip_min, clip_max) - x
    for _ in range(steps):
        move = step_size * signs(model, x + delta, y)
        delta = torch.clamp(delta - move if targeted else delta + move, -epsilon, epsilon)
        delta = torch.max(torch.min(delta, clip_max - x), clip_min - x)
    return (x + delta).clamp(clip_min, clip_max)


def accuracy(model, x, y):
    with torch.no_grad():
        right = (frozen(model)(x).max(dim=1)[1] == y).sum().item()
    return right / y.size(0)


def accuracy_under_attack(model, x, y, attack, epsilons):
    accuracies = np.zeros(len(epsilons))
    for i, epsilon in enumerate(epsilons):
        accuracies[i] = accuracy(model, attack(model, x.clone(), y, epsilon), y)
    return accuracies


def transfer_rate(source, target, x, y, attack, epsilon):
    target = frozen(target)
    right = target(x).argmax(1) == y
    if not right.any():
        return 0.0
    x_adv = attack(source, x, y, epsilon)
    return 1 - accuracy(target, x_adv[right], y[right])


def make_fooling_image(X, target_y, model, learning_rate=1.0, max_iter=100, max_norm=float("inf")):
    model = frozen(model)
    delta = torch.zeros_like(X, requires_grad=True)
    steps = 0
    while steps < max_iter and model(X + delta).argmax(dim=1).item() != target_y:
        model(X + delta)[0][target_y].backward()
        with torch.no_grad():
            delta += learning_rate * delta.grad / torch.sqrt((delta.grad**2).sum())
            if torch.linalg.vector_norm(delta) > max_norm:
                delta *= max_norm / torch.linalg.vector_norm(delta)
        delta.grad.zero_()
        steps += 1
    return X + delta.detach()
