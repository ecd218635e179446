"""Softmax, nearest neighbours, a convolution and a network in torch: the work of the bench."""

import numpy as np
import torch
from torch import nn


def softmax_loss(W, X, y, reg):
    """Return mean cross-entropy + reg * sum(W^2), and its gradient."""
    scores = X @ W
    scores = scores - scores.max(axis=1, keepdims=True)
    p = np.exp(scores)
    p /= p.sum(axis=1, keepdims=True)
    rows = np.arange(len(X))
    loss = -np.log(p[rows, y]).mean() + reg * (W * W).sum()
    p[rows, y] -= 1
    return loss, X.T @ p / len(X) + 2 * reg * W


def distances(X, Y):
    """Return the (N, M) Euclidean distances of rows, in two loops."""
    d = np.empty((len(X), len(Y)))
    for i in range(len(X)):
        for j in range(len(Y)):
            d[i, j] = np.sqrt(((X[i] - Y[j]) ** 2).sum())
    return d


def conv(x, w):
    """Return the valid cross-correlation of (H, W) with (h, w), in two loops."""
    h, k = x.shape[0] - w.shape[0] + 1, x.shape[1] - w.shape[1] + 1
    out = np.empty((h, k))
    for i in range(h):
        for j in range(k):
            out[i, j] = (x[i : i + w.shape[0], j : j + w.shape[1]] * w).sum()
    return out


class Net(nn.Module):
    """Two linear layers with a ReLU between."""

    def __init__(self, d, h, c):
        super().__init__()
        self.layers = nn.Sequential(nn.Linear(d, h), nn.ReLU(), nn.Linear(h, c))

    def forward(self, x):
        """Return the (N, C) logits of (N, D) rows."""
        return self.layers(torch.as_tensor(x, dtype=torch.float32))


def input_gradient(net, x, y):
    """Return the gradient of the mean cross-entropy of net's logits with respect to x (N, D)."""
    x = torch.as_tensor(x, dtype=torch.float32).requires_grad_()
    loss = nn.functional.cross_entropy(net(x), torch.as_tensor(y))
    return torch.autograd.grad(loss, x)[0]


def train(x, y, hidden, learning_rate, steps, seed):
    """Train a Net by SGD with momentum on all of x (N, D), y (N,); return the losses."""
    torch.manual_seed(seed)
    net = Net(x.shape[1], hidden, int(y.max()) + 1)
    optimizer = torch.optim.SGD(net.parameters(), lr=learning_rate, momentum=0.9)
    losses = []
    for _ in range(steps):
        loss = nn.functional.cross_entropy(net(x), torch.as_tensor(y))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses
