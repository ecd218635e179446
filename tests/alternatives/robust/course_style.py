"""A right solution in the manner of public course repositories.

It attacks by `backward` with the image as its only input, keeps a `delta` beside the image,
switches modes by hand, draws from numpy's and torch's global generators, and takes F.kl_div.
"""

import numpy as np
import torch
import torch.nn as nn
import torch.nn.functional as F

criterion = nn.CrossEntropyLoss()

ANSWERS = dict(
    low_fgsm_error="c",
    rising_sweep="a",
    pgd_accuracy="d",
    noise_of_the_same_size="b",
    alpha_of_one="b",
    min_and_max="d",
    weight_decay_and_dropout="a",
    brute_force_once="c",
    labels_needed="d",
    start_at_zero="b",
    held_constant="a",
    poisoning_or_evasion="c",
    nearest_neighbour_flipped="b",
    victims="d",
)


def attack(model, images, labels, eps, step, iters):
    was_training = model.training
    model.eval()
    delta = torch.zeros_like(images, requires_grad=True)
    for _ in range(iters):
        loss = criterion(model(torch.clamp(images + delta, 0, 1)), labels)
        loss.backward(inputs=[delta])
        with torch.no_grad():
            delta += step * torch.sign(delta.grad)
            delta.clamp_(-eps, eps)
            delta.copy_(torch.clamp(images + delta, 0, 1) - images)
        delta.grad.zero_()
    if was_training:
        model.train()
    return torch.clamp(images + delta, 0, 1).detach()


def score(model, images, labels):
    was_training = model.training
    model.eval()
    with torch.no_grad():
        correct = (torch.max(model(images), 1)[1] == labels).sum().item()
    if was_training:
        model.train()
    return correct / len(labels)


def evaluate(model, x, y, epsilon, seed):
    generator = torch.Generator().manual_seed(seed)
    signs = 2 * torch.randint(2, x.shape, generator=generator, dtype=x.dtype) - 1
    return dict(
        clean=score(model, x, y),
        noise=score(model, torch.clamp(x + epsilon * signs, 0, 1), y),
        fgsm=score(model, attack(model, x, y, epsilon, epsilon, 1), y),
        pgd=score(model, attack(model, x, y, epsilon, epsilon / 8, 20), y),
    )


def epsilon_sweep(model, x, y, epsilons):
    result = {"fgsm": [], "pgd": []}
    for eps in epsilons:
        result["fgsm"] += [score(model, attack(model, x, y, eps, eps, 1), y)]
        result["pgd"] += [score(model, attack(model, x, y, eps, eps / 8, 20), y)]
    return result


def transfer_accuracy(source, classify, x, y, epsilon):
    pred = classify(attack(source, x, y, epsilon, epsilon, 1))
    return np.mean(pred.numpy() == y.numpy())


def adversarial_loss(model, x, y, epsilon, alpha):
    x_adv = attack(model, x, y, epsilon, epsilon, 1)
    loss_clean = criterion(model(x), y)
    loss_adv = criterion(model(x_adv), y)
    return loss_adv + alpha * (loss_clean - loss_adv)


def adversarial_step(model, optimizer, x, y, epsilon, alpha):
    loss = adversarial_loss(model, x, y, epsilon, alpha)
    model.zero_grad()
    loss.backward()
    optimizer.step()
    return loss.item()


def augment(model, x, y, epsilon):
    x_adv = attack(model, x, y, epsilon, epsilon, 1)
    return torch.vstack((x, x_adv)), y.repeat(2)


def masked_gradients(epsilons, accuracies, tolerance):
    order = np.argsort(epsilons)
    acc = np.array(accuracies)[order]
    return bool(np.any(acc - np.minimum.accumulate(acc) > tolerance))


def overfitting_epoch(fgsm_accuracies, pgd_accuracies, gap, patience):
    bad = np.array(fgsm_accuracies) - np.array(pgd_accuracies) > gap
    for start in range(len(bad) - patience + 1):
        if bad[start : start + patience].all():
            return start
    return None


def fit_robust(model, x, y, epsilon, seed):
    torch.manual_seed(seed)
    dataset = torch.utils.data.TensorDataset(x, y)
    loader = torch.utils.data.DataLoader(dataset, batch_size=100, shuffle=True)
    opt = torch.optim.Adam(model.parameters(), lr=3e-3)
    for _ in range(60):
        for X, Y in loader:
            X_adv = attack(model, X, Y, epsilon, epsilon / 3, 5)
            both, twice = torch.cat([X, X_adv]), torch.cat([Y, Y])
            loss = criterion(model(both), twice)
            opt.zero_grad()
            loss.backward()
            opt.step()


def kl_divergence(p_logits, q_logits):
    log_q = F.log_softmax(q_logits, dim=-1)
    log_p = F.log_softmax(p_logits, dim=-1)
    return F.kl_div(log_q, log_p, reduction="batchmean", log_target=True)


def virtual_direction(model, x, d, xi, n_power):
    d = F.normalize(d, dim=1)
    target = model(x).detach()
    for _ in range(n_power):
        d = d.clone().detach().requires_grad_(True)
        kl_divergence(target, model(x + xi * d)).backward(inputs=[d])
        d = F.normalize(d.grad, dim=1, eps=1e-30)
    return d.detach()


def vat_loss(model, x, d, xi, epsilon, n_power):
    r_adv = epsilon * virtual_direction(model, x, d, xi, n_power)
    return kl_divergence(model(x).detach(), model(x + r_adv))


def fit_semi_supervised(model, x_labelled, y_labelled, x_unlabelled, seed):
    torch.manual_seed(seed)
    opt = torch.optim.Adam(model.parameters(), lr=2e-3)
    for _ in range(500):
        batch = x_unlabelled[torch.randperm(len(x_unlabelled))[:200]]
        lds = vat_loss(model, batch, torch.randn_like(batch), 1e-1, 0.5, 1)
        loss = criterion(model(x_labelled), y_labelled) + lds
        opt.zero_grad()
        loss.backward()
        opt.step()


def flip_labels(y, fraction, classes, seed):
    np.random.seed(seed)
    labels = y.numpy().copy()
    for i in np.random.choice(len(labels), round(fraction * len(labels)), replace=False):
        labels[i] = np.random.choice([c for c in range(classes) if c != labels[i]])
    return torch.from_numpy(labels)


def add_poison(x, y, count, classes, epsilon, seed):
    np.random.seed(seed)
    picked = np.random.choice(len(x), count)
    noise = torch.from_numpy(np.random.uniform(-epsilon, epsilon, (count, x.shape[1]))).to(x)
    wrong = [np.random.choice(np.delete(np.arange(classes), int(y[i]))) for i in picked]
    x_new = torch.clamp(x[picked] + noise, 0, 1)
    return torch.cat([x, x_new]), torch.cat([y, torch.tensor(wrong, dtype=torch.long)])


def poisoning_curve(learn, x, y, x_test, y_test, fractions, classes, seed):
    def run(p):
        pred = learn(x, flip_labels(y, p, classes, seed), x_test)
        return (pred == y_test).float().mean().item()

    return [run(p) for p in fractions]
