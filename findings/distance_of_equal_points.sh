#!/usr/bin/env bash
# torch 2.13.0 and jax 0.10.2: the gradient of a distance between two equal points.
# Guess: 0 everywhere, or NaN everywhere, since the distance has no derivative there.
# Seen: 0 by torch.linalg.norm and cdist, 0.577 in each of three directions by pairwise_distance
# (which adds 1e-6 to the difference), NaN by the square root of a sum and by jax's norm; and
# cosine_similarity of a zero vector, whose value is 0, has a gradient of 5.8e7.
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
from torch.nn import functional as F


def gradient(f):
    x = torch.zeros(1, 3, requires_grad=True)
    f(x).sum().backward()
    return float(x.grad[0, 0])


other = torch.zeros(1, 3)
seen = {
    "linalg.norm": gradient(torch.linalg.norm),
    "cdist": gradient(lambda x: torch.cdist(x, other)),
    "pairwise_distance": gradient(lambda x: F.pairwise_distance(x, other)),
    "sqrt of the sum": gradient(lambda x: (x * x).sum().sqrt()),
    "jnp.linalg.norm": float(jax.grad(jnp.linalg.norm)(jnp.zeros(3))[0]),
    "cosine_similarity": gradient(lambda x: F.cosine_similarity(x, torch.ones(1, 3))),
}
shown = {name: f"{value:.3g}" for name, value in seen.items()}
print(shown)
raise SystemExit(list(shown.values()) != ["0", "0", "0.577", "nan", "nan", "5.77e+07"])
PYTHON
"$folder/venv/bin/python" finding.py
