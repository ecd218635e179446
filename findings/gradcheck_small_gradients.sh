#!/usr/bin/env bash
# torch 2.13.0, torch.autograd.gradcheck of a loss with small gradients.
# Guess: a backward pass that returns zeros is refused, because its relative error is 100 %.
# Seen: it passes when the right gradients are below the absolute tolerance of 1e-5, as those of a
# mean over some 100,000 numbers are; the same zeros are refused for the sum. jax 0.10.2's
# check_grads accepts a gradient that is 0.1 % wrong, in float32, where its default tolerance is.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 jax==0.10.2 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import jax
import jax.numpy as jnp
import torch
from jax.test_util import check_grads


class Forgotten(torch.autograd.Function):
    """A sum of squares, times `scale`, whose backward pass was not written."""

    @staticmethod
    def forward(ctx, x, scale):
        return scale * (x * x).sum()

    @staticmethod
    def backward(ctx, upstream):
        return torch.zeros(5, dtype=torch.float64), None


def torch_accepts(scale):
    x = torch.linspace(0.1, 1, 5, dtype=torch.float64, requires_grad=True)
    return torch.autograd.gradcheck(Forgotten.apply, (x, scale), raise_exception=False)


@jax.custom_vjp
def almost(x):
    return jnp.sum(x * x)


almost.defvjp(lambda x: (almost(x), x), lambda x, upstream: (2 * x * 1.001 * upstream,))
seen = {"sum": torch_accepts(1.0), "mean over 1e6": torch_accepts(1e-6)}
check_grads(almost, (jnp.arange(1.0, 4.0),), order=1, modes=["rev"])
print("gradcheck accepts zeros:", seen, "; check_grads accepts 1.001 times the gradient")
raise SystemExit(seen != {"sum": False, "mean over 1e6": True})
PYTHON
"$folder/venv/bin/python" finding.py
