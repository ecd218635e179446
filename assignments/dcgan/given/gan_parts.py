"""Small networks, losses and measuring tools to try your training steps on.

Nothing here is an answer to an exercise. The checks use it, too.
"""

from itertools import pairwise
from typing import Any

import torch
from torch import nn
from torch.utils._python_dispatch import TorchDispatchMode


def dense_net(*sizes: int) -> nn.Sequential:
    """Return dense layers of these sizes with tanh between them, in float64."""
    layers: list[nn.Module] = []
    for wide, narrow in pairwise(sizes):
        layers += [nn.Linear(wide, narrow, dtype=torch.float64), nn.Tanh()]
    return nn.Sequential(*layers[:-1])


def hinge_discriminator_loss(logits_real: torch.Tensor, logits_fake: torch.Tensor) -> torch.Tensor:
    """Return mean max(0, 1 - real) + mean max(0, 1 + fake): a third kind of GAN loss."""
    return torch.relu(1 - logits_real).mean() + torch.relu(1 + logits_fake).mean()


def hinge_generator_loss(logits_fake: torch.Tensor) -> torch.Tensor:
    """Return - mean fake, which belongs to it."""
    return -logits_fake.mean()


def adam(net: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.Adam(net.parameters(), lr=rate)


def sgd(net: nn.Module, rate: float) -> torch.optim.Optimizer:
    return torch.optim.SGD(net.parameters(), lr=rate)


def leave_gradients(net: nn.Module) -> None:
    """Leave a gradient of 1 in every weight, as an earlier step would leave something there."""
    for parameter in net.parameters():
        parameter.grad = torch.ones_like(parameter)


def gradients(net: nn.Module) -> list[torch.Tensor | None]:
    """Return the gradient that every weight holds; None where it holds none."""
    return [parameter.grad for parameter in net.parameters()]


def trainable(net: nn.Module) -> bool:
    """Say whether no weight is frozen."""
    return all(parameter.requires_grad for parameter in net.parameters())


def descend(net: nn.Module, optimizer: torch.optim.Optimizer, batches: list[torch.Tensor]) -> None:
    """Take one step for each batch down the mean of net(batch)^2."""
    for batch in batches:
        optimizer.zero_grad()
        net(batch).square().mean().backward()
        optimizer.step()


class Watched(nn.Module):
    """A network that remembers what it was given."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.seen: list[torch.Tensor] = []

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        self.seen.append(x.detach().clone())
        return self.net(x)


class Mixed(nn.Module):
    """Layers of every kind that dcgan_init meets, some of them inside others; biases are 0.5."""

    def __init__(self, channels: int = 24) -> None:
        super().__init__()
        convolution = nn.Conv2d(channels, 48, 4)
        self.down = nn.Sequential(convolution, nn.BatchNorm2d(4000), nn.LeakyReLU(0.2))
        transposed = nn.Sequential(nn.ConvTranspose2d(48, channels, 4))
        self.up = nn.Sequential(transposed, nn.BatchNorm2d(4000))
        self.dense = nn.Linear(60, 50)
        for layer in (self.down[0], self.down[1], self.up[0][0], self.up[1], self.dense):
            nn.init.constant_(layer.bias, 0.5)


def layers(net: nn.Module) -> list[dict[str, object]]:
    """Return the kind of every layer, and of convolutions kernel and stride, in order."""
    found: list[dict[str, object]] = []
    for layer in net.modules():
        if not list(layer.children()):
            try:
                kernel, stride = layer.kernel_size, layer.stride
            except AttributeError:  # it is no convolution
                kernel = stride = None
            found.append({"kind": type(layer).__name__, "kernel_size": kernel, "stride": stride})
    return found


def sample(G: nn.Module, noise: torch.Tensor) -> torch.Tensor:
    """Return what a trained generator makes of noise, its BatchNorms in test mode."""
    G.eval()
    with torch.no_grad():
        return G(noise)


class Recorder(TorchDispatchMode):
    """Writes down what torch computes: each operation, what it was given, and what it made.

    A tensor is written as {"tensor": number}; number 0 is the noise. `weights` holds those tensors
    that no operation has made.
    """

    def __init__(self, noise: torch.Tensor) -> None:
        super().__init__()
        self.numbers = {id(noise): 0}
        self.kept: list[Any] = [noise]  # so that no other tensor gets the id of one of these
        self.steps: list[dict[str, Any]] = []
        self.weights: dict[int, torch.Tensor] = {}

    def __torch_dispatch__(
        self, operation: Any, types: Any, args: Any = (), kwargs: Any = None
    ) -> Any:
        given = [self._told(part) for part in args]
        options = {name: self._told(part) for name, part in (kwargs or {}).items()}
        made = operation(*args, **(kwargs or {}))
        several = made if isinstance(made, (tuple, list)) else [made]
        numbers = [self._number(part) for part in several]
        self.steps.append(
            {"name": str(operation), "args": given, "kwargs": options, "made": numbers}
        )
        return made

    def _number(self, value: Any) -> int:
        if id(value) not in self.numbers:
            self.numbers[id(value)] = len(self.kept)
            self.kept.append(value)
        return self.numbers[id(value)]

    def _told(self, part: Any) -> Any:
        if isinstance(part, torch.Tensor):
            is_new = id(part) not in self.numbers
            number = self._number(part)
            if is_new:
                self.weights[number] = part.detach().clone()
            return {"tensor": number}
        if isinstance(part, (list, tuple)):
            return [self._told(item) for item in part]
        return part if isinstance(part, (int, float, type(None))) else str(part)


def recorded(G: nn.Module, noise: torch.Tensor) -> dict[str, Any]:
    """Return how a trained generator, its BatchNorms in test mode, computes images from noise."""
    G.eval()
    with torch.no_grad(), Recorder(noise) as recorder:
        images = G(noise)
    made = recorder.numbers.get(id(images), -1)
    return {"steps": recorder.steps, "weights": recorder.weights, "images": made}
