#!/usr/bin/env bash
# optax 0.2.8 and Keras 3.15.1: a class label that does not exist.
# Guess: an error, as torch raises; or at least one answer for all such labels.
# Seen: optax's softmax_cross_entropy_with_integer_labels takes -1 for the last class, and gives NaN
# for 3 of 3 classes; keras.utils.to_categorical takes -1 for the last class, and raises for 3. So -1,
# with which many data sets mark what has no label, is trained as a class.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 optax==0.2.8 jax==0.10.2 keras==3.15.1 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import os

os.environ["KERAS_BACKEND"] = "torch"
import jax.numpy as jnp
import keras
import numpy as np
import optax
import torch

logits = [[0.0, 1.0, 3.0]] * 3
losses = optax.softmax_cross_entropy_with_integer_labels(jnp.array(logits), jnp.array([2, -1, 3]))
print("optax:", losses)
same = bool(losses[0] == losses[1]) and bool(jnp.isnan(losses[2]))
row = keras.utils.to_categorical([-1], 3).tolist()
print("keras:", row)
refused = []
for refuse in (
    lambda: keras.utils.to_categorical([3], 3),
    lambda: torch.nn.functional.cross_entropy(torch.tensor(logits[:1]), torch.tensor([-1])),
):
    try:
        refuse()
    except IndexError as error:
        refused.append(str(error))
print("refused:", refused)
raise SystemExit(not (same and row == [[0, 0, 1]] and len(refused) == 2))
PYTHON
"$folder/venv/bin/python" finding.py
