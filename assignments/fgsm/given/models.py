"""Small networks to attack, their training, and two functions that look at what an attack leaves.

Both networks take images (N, 1, side, side) and return logits (N, classes). Both have BatchNorm and
dropout, so they answer differently in training mode, which is the mode they are made in, and in
evaluation mode. Equal arguments give equal weights.
"""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class SmallNet(nn.Module):
    """Two convolutions, each with BatchNorm, ReLU and stride 2, then dropout and a linear layer."""

    def __init__(self, classes: int = 10, side: int = 8, channels: int = 16, seed: int = 0) -> None:
        super().__init__()
        reduced = (side + 3) // 4
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.convolutions = nn.Sequential(
                nn.Conv2d(1, channels, 3, stride=2, padding=1),
                nn.BatchNorm2d(channels),
                nn.ReLU(),
                nn.Conv2d(channels, 2 * channels, 3, stride=2, padding=1),
                nn.BatchNorm2d(2 * channels),
                nn.ReLU(),
            )
            self.dropout = nn.Dropout(0.3)
            self.linear = nn.Linear(2 * channels * reduced**2, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.dropout(self.convolutions(x).flatten(1)))


class MLP(nn.Module):
    """One hidden layer with BatchNorm, ReLU and dropout, then a linear layer."""

    def __init__(self, classes: int = 10, side: int = 8, hidden: int = 64, seed: int = 0) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.hidden = nn.Sequential(
                nn.Linear(side**2, hidden),
                nn.BatchNorm1d(hidden),
                nn.ReLU(),
                nn.Dropout(0.3),
            )
            self.linear = nn.Linear(hidden, classes)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.linear(self.hidden(x.flatten(1)))


def linear_model(W: Sequence[Sequence[float]], b: Sequence[float]) -> nn.Module:
    """Return the linear classifier with logits W x + b; W is (C, D), and an image has D pixels."""
    layer = nn.Linear(len(W[0]), len(b))
    layer.load_state_dict({"weight": torch.tensor(W), "bias": torch.tensor(b)})
    return nn.Sequential(nn.Flatten(), layer)


def train(
    model: nn.Module,
    x: torch.Tensor,
    y: torch.Tensor,
    steps: int = 200,
    batch_size: int = 100,
    learning_rate: float = 0.05,
    seed: int = 0,
) -> list[float]:
    """Train `model` on the cross-entropy, and leave it in training mode.

    Stochastic gradient descent with momentum 0.9, written out: torch.optim takes seconds to load.

    Args:
        model: maps (N, ...) to logits (N, C).
        x: (N, ...) float. Images.
        y: (N,) int64 in [0, C). Their classes.
        steps: int >= 0. Mini-batches to train on.
        batch_size: int >= 2.
        learning_rate: float > 0.
        seed: int >= 0, of the batches and the dropout.

    Returns:
        The loss of each step's batch. The parameters keep the gradient of the last one.
    """
    model.train()
    parameters = list(model.parameters())
    velocities = [torch.zeros_like(parameter) for parameter in parameters]
    losses = []
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        for _ in range(steps):
            batch = torch.randint(len(x), (batch_size,))
            loss = F.cross_entropy(model(x[batch]), y[batch])
            model.zero_grad()
            loss.backward()
            with torch.no_grad():
                for parameter, velocity in zip(parameters, velocities, strict=True):
                    velocity.mul_(0.9).sub_(learning_rate * parameter.grad)
                    parameter.add_(velocity)
            losses.append(float(loss.detach()))
    return losses


def snapshot(model: nn.Module) -> dict[str, dict[str, Any]]:
    """Return what an attack must leave as it was: modes, values and gradients, by their names."""
    parameters = dict(model.named_parameters())
    return {
        "modes": {name: module.training for name, module in model.named_modules()},
        "values": {name: value.clone() for name, value in model.state_dict().items()},
        "trained": {name: value.requires_grad for name, value in parameters.items()},
        "gradients": {
            name: None if value.grad is None else value.grad.clone()
            for name, value in parameters.items()
        },
    }


def second_call(
    attack: Callable[..., torch.Tensor],
    model: nn.Module,
    x: torch.Tensor,
    first: tuple[Any, ...],
    second: tuple[Any, ...],
) -> torch.Tensor:
    """Return attack(model, x, *second) after attack(model, x, *first), both on the same tensor."""
    attack(model, x, *first)
    return attack(model, x, *second)
