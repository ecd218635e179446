#!/usr/bin/env bash
# torch 2.13.0, Keras 3.15.1, flax 0.12.8: the running variance of BatchNorm.
# Guess: the three keep the same average of the same batch variances, but for the momentum's sign.
# Seen: torch averages the unbiased variance (N - 1), though it normalises by the biased one (N);
# Keras and flax average the biased one. For a batch of 4 the new term differs by a third, so weights
# that are carried over, or a reference of the one kind, give other answers in eval mode.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 keras==3.15.1 "flax==0.12.8" jax==0.10.2 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import os

os.environ["KERAS_BACKEND"] = "torch"
import jax
import keras
import numpy as np
import torch
from flax import linen

x = np.array([[0.0], [1.0], [2.0], [5.0]], np.float32)  # variance 3.5 of 4, 4.667 of N - 1
seen = {}
layer = torch.nn.BatchNorm1d(1, momentum=0.5)
layer(torch.from_numpy(x))
seen["torch"] = float(layer.running_var)
layer = keras.layers.BatchNormalization(momentum=0.5)
layer(x, training=True)
seen["keras"] = float(keras.ops.convert_to_numpy(layer.moving_variance)[0])
layer = linen.BatchNorm(use_running_average=False, momentum=0.5)
variables = layer.init(jax.random.key(0), x)
seen["flax"] = float(layer.apply(variables, x, mutable=["batch_stats"])[1]["batch_stats"]["var"][0])
seen = {name: round(2 * value - 1, 3) for name, value in seen.items()}  # it began at 1
print("variance that was averaged:", seen)
raise SystemExit(seen != {"torch": 4.667, "keras": 3.5, "flax": 3.5})
PYTHON
"$folder/venv/bin/python" finding.py
