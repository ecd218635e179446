#!/usr/bin/env bash
# torchmetrics 1.9.0, BinaryAccuracy of logits.
# Guess: whether scores are logits or probabilities is decided once, or is asked.
# Seen: each batch is looked at: if all its scores lie in [0, 1] they are taken for probabilities.
# The logits 0.2 and 0.3 are wrong in a batch of their own and right beside 5.0, so the accuracy of a
# network depends on the batch size.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torchmetrics==1.9.0 torch==2.13.0 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import torch
from torchmetrics.classification import BinaryAccuracy

logits, labels = torch.tensor([0.2, 0.3, 5.0, 4.0]), torch.ones(4, dtype=torch.int64)
seen = {}
for size in (4, 2, 1):
    metric = BinaryAccuracy()
    for start in range(0, 4, size):
        metric.update(logits[start : start + size], labels[start : start + size])
    seen[f"batches of {size}"] = float(metric.compute())
print(seen)
raise SystemExit(list(seen.values()) != [1.0, 0.5, 0.5])
PYTHON
"$folder/venv/bin/python" finding.py
