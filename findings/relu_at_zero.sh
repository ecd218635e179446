#!/usr/bin/env bash
# torch 2.13.0, jax 0.10.2, autograd 1.9.1: the gradient of max(x, 0) and of |x| at exactly 0.
# Guess: whatever is written for a ReLU has the derivative 0 at 0, and |x| too.
# Seen: in torch clamp(min=0) gives 1, maximum 0.5, relu 0; in jax maximum and clip give 0.5; in
# autograd maximum gives 0.5 and clip 0. The derivative of |x| is 1 in jax, 0 in the others. Hidden
# units are exactly 0 whenever a bias and its inputs are, so a comparison of gradients meets this.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 "jax==0.10.2" autograd==1.9.1 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import autograd
import autograd.numpy as anp
import jax
import jax.numpy as jnp
import torch


def in_torch(f):
    x = torch.zeros((), requires_grad=True)
    f(x).backward()
    return x.grad.item()


def in_jax(f):
    return float(jax.grad(f)(0.0))


def in_autograd(f):
    return float(autograd.grad(f)(0.0))


zero = torch.zeros(())
seen = {
    "torch.relu": in_torch(torch.relu),
    "torch.clamp": in_torch(lambda x: x.clamp(min=0)),
    "torch.maximum": in_torch(lambda x: torch.maximum(x, zero)),
    "torch.abs": in_torch(torch.abs),
    "jax.nn.relu": in_jax(jax.nn.relu),
    "jnp.maximum": in_jax(lambda x: jnp.maximum(x, 0.0)),
    "jnp.clip": in_jax(lambda x: jnp.clip(x, 0.0, None)),
    "jnp.abs": in_jax(jnp.abs),
    "autograd maximum": in_autograd(lambda x: anp.maximum(x, 0.0)),
    "autograd clip": in_autograd(lambda x: anp.clip(x, 0.0, 1e9)),
    "autograd abs": in_autograd(anp.abs),
}
print(seen)
raise SystemExit(list(seen.values()) != [0, 1, 0.5, 0, 0, 0.5, 0.5, 1, 0.5, 0, 0])
PYTHON
"$folder/venv/bin/python" finding.py
