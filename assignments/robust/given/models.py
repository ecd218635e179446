"""A network, a linear model, their optimiser, gradients to look at, and two outside classifiers."""

from collections.abc import Callable, Sequence
from typing import Any

import torch
import torch.nn.functional as F
from torch import nn


class MLP(nn.Module):
    """Two hidden layers of ReLU units: rows of pixels (N, inputs) to logits (N, classes).

    Equal arguments give equal weights. Dropout, if any, stands after each hidden layer.
    """

    def __init__(
        self,
        inputs: int = 64,
        hidden: int = 128,
        classes: int = 10,
        dropout: float = 0.0,
        seed: int = 0,
    ) -> None:
        super().__init__()
        with torch.random.fork_rng(devices=[]):
            torch.manual_seed(seed)
            self.layers = nn.Sequential(
                nn.Linear(inputs, hidden),
                nn.ReLU(),
                nn.Dropout(dropout),
                nn.Linear(hidden, hidden),
                nn.ReLU(),
                nn.Dropout(dropout),
                nn.Linear(hidden, classes),
            )

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.layers(x)


def linear_model(W: Sequence[Sequence[float]], b: Sequence[float]) -> nn.Linear:
    """Return the linear classifier with logits W x + b, in float64; W is (C, D)."""
    layer = nn.Linear(len(W[0]), len(b), dtype=torch.float64)
    weight, bias = (torch.tensor(values, dtype=torch.float64) for values in (W, b))
    layer.load_state_dict({"weight": weight, "bias": bias})
    return layer


def make_optimizer(
    model: nn.Module, learning_rate: float, momentum: float = 0.0
) -> torch.optim.Optimizer:
    """Return stochastic gradient descent on the parameters of `model`."""
    return torch.optim.SGD(model.parameters(), lr=learning_rate, momentum=momentum)


def clean_loss(model: nn.Module, x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    """Return the mean cross-entropy of `model` on clean images: what plain training lowers."""
    return F.cross_entropy(model(x), y)


def loss_and_gradients(
    loss_function: Callable[..., torch.Tensor], model: nn.Module, *arguments: Any
) -> tuple[float, dict[str, torch.Tensor]]:
    """Return loss_function(model, *arguments) and its gradient, one tensor per parameter.

    The gradients are empty at the start, so whatever loss_function itself leaves in them is
    added to the result.
    """
    model.zero_grad()
    loss = loss_function(model, *arguments)
    loss.backward()
    gradients = {
        name: torch.zeros_like(value) if value.grad is None else value.grad.clone()
        for name, value in model.named_parameters()
    }
    return float(loss.detach()), gradients


def held_gradients(model: nn.Module) -> dict[str, torch.Tensor | None]:
    """Return what lies in the .grad of every parameter, None where there is nothing."""
    return {name: value.grad for name, value in model.named_parameters()}


def gradients_by(
    function: Callable[..., torch.Tensor], *tensors: torch.Tensor
) -> tuple[torch.Tensor | None, ...]:
    """Return the gradient of function(*tensors) by each of them, None where there is none."""
    leaves = [tensor.detach().clone().requires_grad_() for tensor in tensors]
    return torch.autograd.grad(function(*leaves), leaves, allow_unused=True)


def neighbours(x: torch.Tensor, y: torch.Tensor, x_test: torch.Tensor, k: int = 1) -> torch.Tensor:
    """Return for every row of x_test the most frequent label among the k nearest rows of x."""
    nearest = torch.cdist(x_test, x).topk(k, largest=False).indices
    return y[nearest].mode(dim=1).values


def least_squares(x: torch.Tensor, y: torch.Tensor, x_test: torch.Tensor) -> torch.Tensor:
    """Return the labels that a linear model, fitted to one-hot rows, gives to x_test."""
    with_bias = torch.cat([x, torch.ones(len(x), 1, dtype=x.dtype)], dim=1)
    one_hot = torch.eye(int(y.max()) + 1, dtype=x.dtype)[y]
    square = with_bias.T @ with_bias + 0.1 * torch.eye(with_bias.shape[1], dtype=x.dtype)
    weights = torch.linalg.solve(square, with_bias.T @ one_hot)
    return (x_test @ weights[:-1] + weights[-1]).argmax(dim=1)
