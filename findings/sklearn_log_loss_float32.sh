#!/usr/bin/env bash
# scikit-learn 1.9.1, metrics.log_loss of a certain, wrong prediction.
# Guess: probabilities 0 and 1 cost the same in float32 and in float64.
# Seen: they are clipped by the machine epsilon of their dtype, so the same predictions have a loss
# of 18.0 in float64 and of 8.0 in float32: a network's output looks twice as good as its copy.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np
from sklearn.metrics import log_loss

losses = {}
for dtype in (np.float64, np.float32):
    losses[dtype.__name__] = round(float(log_loss([0, 1], np.array([[1, 0], [1, 0]], dtype))), 1)
print(losses)
raise SystemExit(losses != {"float64": 18.0, "float32": 8.0})
PYTHON
"$folder/venv/bin/python" finding.py
