"""A right solution of another design: one row at a time, and sums written out.

It has no helper of the handout. Only its two trainings work on whole batches.
"""

import random

import torch

ANSWERS = {
    "low_fgsm_error": "c",
    "rising_sweep": "a",
    "pgd_accuracy": "d",
    "noise_of_the_same_size": "b",
    "alpha_of_one": "b",
    "min_and_max": "d",
    "weight_decay_and_dropout": "a",
    "brute_force_once": "c",
    "labels_needed": "d",
    "start_at_zero": "b",
    "held_constant": "a",
    "poisoning_or_evasion": "c",
    "nearest_neighbour_flipped": "b",
    "victims": "d",
}


def cross_entropy(logits, y):
    costs = [torch.logsumexp(row, 0) - row[label] for row, label in zip(logits, y, strict=True)]
    return sum(costs) / len(costs)


def quiet(model, function):
    """Call a function while the model is in evaluation mode."""
    mode = model.training
    model.train(False)
    result = function()
    model.train(mode)
    return result


def slope(model, x, y):
    def gradient():
        probe = x.detach().clone()
        probe.requires_grad = True
        logits = model(probe)
        loss = torch.logsumexp(logits, 1).sum() - logits.gather(1, y[:, None]).sum()
        return torch.autograd.grad(loss, [probe])[0]

    return quiet(model, gradient)


def climb(model, x, y, epsilon, step, steps):
    lowest, highest = (x - epsilon).clamp(min=0), (x + epsilon).clamp(max=1)
    moved = x.clone()
    for _ in range(steps):
        moved = moved + step * torch.sign(slope(model, moved, y))
        moved = torch.minimum(torch.maximum(moved, lowest), highest)
    return moved


def share_right(answers, y):
    return sum(int(a) == int(b) for a, b in zip(answers, y, strict=True)) / len(y)


def share(model, x, y):
    with torch.no_grad():
        logits = quiet(model, lambda: model(x))
    return share_right([row.argmax() for row in logits], y)


def evaluate(model, x, y, epsilon, seed):
    generator = torch.Generator().manual_seed(seed)
    up = torch.randint(2, x.shape, generator=generator, dtype=x.dtype) == 1
    noisy = torch.where(up, x + epsilon, x - epsilon).clip(0.0, 1.0)
    shares = {"clean": share(model, x, y), "noise": share(model, noisy, y)}
    for name, step, steps in (("fgsm", epsilon, 1), ("pgd", epsilon / 8, 20)):
        shares[name] = share(model, climb(model, x, y, epsilon, step, steps), y)
    return shares


def epsilon_sweep(model, x, y, epsilons):
    table = [evaluate(model, x, y, epsilon, 0) for epsilon in epsilons]
    return {name: [row[name] for row in table] for name in ("fgsm", "pgd")}


def transfer_accuracy(source, classify, x, y, epsilon):
    return share_right(classify(climb(source, x, y, epsilon, epsilon, 1)), y)


def adversarial_loss(model, x, y, epsilon, alpha):
    both = torch.cat([x, climb(model, x, y, epsilon, epsilon, 1)])
    logits = model(both)
    clean, attacked = cross_entropy(logits[: len(x)], y), cross_entropy(logits[len(x) :], y)
    return alpha * clean + attacked - alpha * attacked


def adversarial_step(model, optimizer, x, y, epsilon, alpha):
    loss = adversarial_loss(model, x, y, epsilon, alpha)
    parameters = list(model.parameters())
    for parameter, gradient in zip(parameters, torch.autograd.grad(loss, parameters), strict=True):
        parameter.grad = gradient
    optimizer.step()
    return float(loss)


def augment(model, x, y, epsilon):
    attacked = climb(model, x, y, epsilon, epsilon, 1)
    images = list(x) + list(attacked)
    return torch.stack(images), torch.tensor([int(label) for label in y] * 2)


def masked_gradients(epsilons, accuracies, tolerance):
    points = list(zip(epsilons, accuracies, strict=True))
    for small, before in points:
        for large, after in points:
            if small < large and after - before > tolerance:
                return True
    return False


def overfitting_epoch(fgsm_accuracies, pgd_accuracies, gap, patience):
    row = []
    for epoch in range(len(fgsm_accuracies)):
        if fgsm_accuracies[epoch] <= pgd_accuracies[epoch] + gap:
            row = []
            continue
        row.append(epoch)
        if len(row) >= patience:
            return row[0]


def fit_robust(model, x, y, epsilon, seed):
    random.seed(seed)
    torch.manual_seed(seed)
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1, momentum=0.9)
    order = list(range(len(x)))
    for epoch in range(70):
        if epoch == 50:
            optimizer.param_groups[0]["lr"] = 0.02
        random.shuffle(order)
        for first in range(0, len(order), 100):
            rows = order[first : first + 100]
            start = (x[rows] + epsilon * (2 * torch.rand_like(x[rows]) - 1)).clamp(0, 1)
            moved = start
            for _ in range(6):
                moved = moved + epsilon / 3 * slope(model, moved, y[rows]).sign()
                moved = x[rows] + (moved - x[rows]).clamp(-epsilon, epsilon)
                moved = moved.clamp(0, 1)
            weights = torch.cat([torch.full((len(rows),), 0.35), torch.full((len(rows),), 0.65)])
            logits = model(torch.cat([x[rows], moved]))
            costs = (
                torch.logsumexp(logits, 1)
                - logits[torch.arange(len(logits)), torch.cat([y[rows], y[rows]])]
            )
            optimizer.zero_grad()
            ((weights * costs).sum() / len(rows)).backward()
            optimizer.step()


def log_probabilities(row):
    return row - torch.logsumexp(row, 0)


def kl_divergence(p_logits, q_logits):
    total = 0.0
    for p_row, q_row in zip(p_logits, q_logits, strict=True):
        log_p, log_q = log_probabilities(p_row), log_probabilities(q_row)
        total = total + torch.dot(torch.exp(log_p), log_p - log_q)
    return total / len(p_logits)


def virtual_direction(model, x, d, xi, n_power):
    found = []
    for image, start in zip(x, d, strict=True):
        direction = start / torch.sqrt(torch.sum(start**2))
        for _ in range(n_power):
            step = (xi * direction).detach().requires_grad_()
            clean = model(image[None]).detach()
            change = kl_divergence(clean, model((image + step)[None]))
            gradient = torch.autograd.grad(change, step)[0]
            direction = gradient / torch.sqrt(torch.sum(gradient**2))
        found.append(direction)
    return torch.stack(found)


def vat_loss(model, x, d, xi, epsilon, n_power):
    losses = []
    for image, direction in zip(x, virtual_direction(model, x, d, xi, n_power), strict=True):
        clean = model(image[None]).detach()
        losses.append(kl_divergence(clean, model((image + epsilon * direction)[None])))
    return torch.stack(losses).mean()


def fit_semi_supervised(model, x_labelled, y_labelled, x_unlabelled, seed):
    torch.manual_seed(seed)
    optimizer = torch.optim.Adam(model.parameters(), lr=0.003)
    rows = torch.arange(len(x_labelled))
    for step in range(900):
        logits = model(x_labelled)
        loss = (torch.logsumexp(logits, 1) - logits[rows, y_labelled]).mean()
        x = x_unlabelled[torch.randint(len(x_unlabelled), (150,))]
        d = torch.randn(x.shape)
        d = d / d.norm(dim=1, keepdim=True)
        with torch.no_grad():
            target = model(x)
        probe = (0.2 * d).requires_grad_()
        log_q = model(x + probe).log_softmax(1)
        change = -(target.softmax(1) * log_q).sum()
        gradient = torch.autograd.grad(change, probe)[0]
        nearby = x + 0.5 * gradient / (gradient.norm(dim=1, keepdim=True) + 1e-12)
        loss = loss - (target.softmax(1) * model(nearby).log_softmax(1)).sum(1).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        if step == 600:
            optimizer.param_groups[0]["lr"] = 0.001


def flip_labels(y, fraction, classes, seed):
    dice = random.Random(seed)
    chosen = set(dice.sample(range(len(y)), round(fraction * len(y))))
    result = []
    for row, label in enumerate(y.tolist()):
        if row in chosen:
            wrong = dice.randrange(classes - 1)
            label = wrong if wrong < label else wrong + 1
        result.append(label)
    return torch.tensor(result)


def add_poison(x, y, count, classes, epsilon, seed):
    dice = random.Random(seed)
    images, labels = [row for row in x], [label for label in y]
    for _ in range(count):
        row = dice.randrange(len(x))
        noise = [dice.uniform(-epsilon, epsilon) for _ in range(x.shape[1])]
        image = [min(max(a + b, 0.0), 1.0) for a, b in zip(x[row].tolist(), noise, strict=True)]
        images.append(torch.tensor(image, dtype=x.dtype))
        wrong = [label for label in range(classes) if label != int(y[row])]
        labels.append(torch.tensor(dice.choice(wrong)))
    return torch.stack(images), torch.stack(labels)


def poisoning_curve(learn, x, y, x_test, y_test, fractions, classes, seed):
    return [
        share_right(learn(x, flip_labels(y, fraction, classes, seed), x_test), y_test)
        for fraction in fractions
    ]
