"""A third right solution: one image and one pixel at a time, with the softmax written out.

It switches the model itself, module by module, and takes gradients of what a loop has added up.
Its noise comes from Python's own random numbers.
"""

import math
import random

import torch

ANSWERS = {}
for names, letters in (
    ("sign_of_the_update targeted_step already_wrong fall_of_the_logit", "cbda"),
    ("panda_grey_levels normalised_images four_times_the_pixels noise_of_the_same_size", "badc"),
    ("training_mode same_tensor_twice between_backward_and_step gradient_of_zero", "dbac"),
    ("no_gradients_to_see decision_trees ten_steps robust_against_fgsm", "bcad"),
):
    ANSWERS.update(zip(names.split(), letters, strict=True))


def sign(number):
    return int(number > 0) - int(number < 0)


def weight_attack(w, x, scale):
    return [pixel + scale * weight for pixel, weight in zip(x, w, strict=True)]


def lower_score(w, x, epsilon):
    return [pixel - epsilon * sign(weight) for pixel, weight in zip(x, w, strict=True)]


def logit(w, b, x):
    return sum(weight * pixel for weight, pixel in zip(w, x, strict=True)) + b


def minimal_epsilon(w, b, X):
    return [abs(logit(w, b, x)) / sum(abs(weight) for weight in w) for x in X]


def logistic_fgsm(w, b, X, t, epsilon, clip_min=0.0, clip_max=1.0):
    rows = []
    for n, x in enumerate(X):
        label = int(logit(w, b, x) > 0) if t is None else t[n]
        towards = w if label == 0 else -w
        moved = [pixel + epsilon * sign(weight) for pixel, weight in zip(x, towards, strict=True)]
        rows.append([min(max(pixel, clip_min), clip_max) for pixel in moved])
    return rows


class Evaluation:
    def __init__(self, model):
        self.training = [module for module in model.modules() if module.training]

    def __enter__(self):
        for module in self.training:
            module.training = False

    def __exit__(self, *_):
        for module in self.training:
            module.training = True


def classes(model, x):
    with Evaluation(model), torch.no_grad():
        return [int(model(image[None])[0].argmax()) for image in x]


def gradient_of(model, image, y):
    """Return the gradient of one image's loss."""
    leaf = torch.empty_like(image).copy_(image.data)
    leaf.requires_grad = True
    with Evaluation(model):
        scores = model(leaf[None])[0]
        loss = torch.log(sum(torch.exp(s - scores.max()) for s in scores))
        loss = loss - (scores[int(y)] - scores.max())
    return torch.autograd.grad(loss, [leaf])[0]


def input_gradient(model, x, y):
    return torch.stack(
        [gradient_of(model, image, label) for image, label in zip(x, y, strict=True)]
    )


def fgsm_attack(image, epsilon, data_grad):
    flat, slope = image.reshape(-1).tolist(), data_grad.reshape(-1).tolist()
    moved = [min(max(p + epsilon * sign(g), 0.0), 1.0) for p, g in zip(flat, slope, strict=True)]
    return torch.tensor(moved, dtype=image.dtype).reshape(image.shape)


def fgsm(model, x, y, epsilon, targeted=False, clip_min=0.0, clip_max=1.0):
    if y is None:
        if targeted:
            raise ValueError("which class is wanted?")
        y = classes(model, x)
    gradient = input_gradient(model, x, y)
    direction = torch.where(gradient > 0, 1.0, torch.where(gradient < 0, -1.0, 0.0))
    if targeted:
        direction = -direction
    return torch.clip(x.data + epsilon * direction, clip_min, clip_max)


def random_sign_noise(x, epsilon, seed, clip_min=0.0, clip_max=1.0):
    coin = random.Random(seed)
    noise = [epsilon if coin.random() < 0.5 else -epsilon for _ in range(x.numel())]
    return (x + torch.tensor(noise, dtype=x.dtype).view_as(x)).clamp(clip_min, clip_max)


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
    lowest, highest = (x.data - epsilon).clamp(min=clip_min), (x.data + epsilon).clamp(max=clip_max)
    x_adv = x.data.clone()
    if random_start:
        coin = random.Random(seed)
        noise = [coin.uniform(-epsilon, epsilon) for _ in range(x.numel())]
        x_adv += torch.tensor(noise, dtype=x.dtype).view_as(x)
        x_adv = x_adv.clamp(clip_min, clip_max)
    for _ in range(steps):
        x_adv = fgsm(model, x_adv, y, step_size, targeted, -math.inf, math.inf)
        x_adv = torch.minimum(torch.maximum(x_adv, lowest), highest)
    return x_adv


def accuracy(model, x, y):
    right = [predicted == int(label) for predicted, label in zip(classes(model, x), y, strict=True)]
    return sum(right) / len(right)


def accuracy_under_attack(model, x, y, attack, epsilons):
    accuracies = []
    for epsilon in epsilons:
        x_adv = attack(model, x, y, epsilon)
        accuracies.append(accuracy(model, x_adv, y))
    return accuracies


def transfer_rate(source, target, x, y, attack, epsilon):
    x_adv = attack(source, x, y, epsilon)
    right = fooled = 0
    for label, clean, attacked in zip(y, classes(target, x), classes(target, x_adv), strict=True):
        if clean == int(label):
            right += 1
            fooled += attacked != int(label)
    return fooled / right if right else 0.0


def make_fooling_image(X, target_y, model, learning_rate=1.0, max_iter=100, max_norm=float("inf")):
    X_fooling = X.detach().clone()
    for _ in range(max_iter):
        if classes(model, X_fooling) == [target_y]:
            return X_fooling
        leaf = X_fooling.clone().requires_grad_(True)
        with Evaluation(model):
            g = torch.autograd.grad(model(leaf)[:, target_y].sum(), leaf)[0]
        X_fooling = X_fooling + learning_rate * torch.nn.functional.normalize(
            g.flatten(), dim=0
        ).view_as(g)
        length = math.sqrt(float(((X_fooling - X.detach()) ** 2).sum()))
        if length > max_norm:
            X_fooling = X.detach() + (X_fooling - X.detach()) / length * max_norm
    return X_fooling
