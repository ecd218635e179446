#!/usr/bin/env bash
# torchmetrics 1.9.0: two doors to the accuracy of several classes.
# Guess: Accuracy(task="multiclass", num_classes=3) makes a MulticlassAccuracy(3), so both agree.
# Seen: the first averages over samples (micro), the second over classes (macro): 0.83 and 0.50 for
# the same six predictions. The functional forms differ in the same way.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "torchmetrics==1.9.0" "torch==2.13.0"
cd "$folder"
cat > finding.py <<'PYTHON'
import torch
from torchmetrics import Accuracy
from torchmetrics.classification import MulticlassAccuracy

predicted, right = torch.tensor([0, 0, 0, 0, 1, 2]), torch.tensor([0, 0, 0, 0, 2, 2])
doors = {
    'Accuracy(task="multiclass", num_classes=3)': Accuracy(task="multiclass", num_classes=3),
    "MulticlassAccuracy(3)": MulticlassAccuracy(3),
}
seen = [round(float(metric(predicted, right)), 4) for metric in doors.values()]
print(dict(zip(doors, seen)))
raise SystemExit(seen != [0.8333, 0.5])
PYTHON
"$folder/venv/bin/python" finding.py
