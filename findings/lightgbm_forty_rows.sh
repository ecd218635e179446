#!/usr/bin/env bash
# lightgbm 4.7.0: a regression on forty rows of y = x.
# Guess: a hundred trees follow the line, or at least fall into two steps.
# Seen: the mean, everywhere. A leaf has to hold twenty rows and a bin of values three, so that no cut
# is left below some 45 rows; min_child_samples=1 gives back what one expects. Nothing is said of it
# with verbose=-1.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "lightgbm==4.7.0" "scikit-learn==1.9.1"
cd "$folder"
cat > finding.py <<'PYTHON'
import lightgbm as lgb
import numpy as np


def values(rows, **options):
    x = np.arange(float(rows))[:, None]
    return len(np.unique(lgb.LGBMRegressor(verbose=-1, **options).fit(x, x[:, 0]).predict(x)))


seen = [values(20), values(40), values(45), values(40, min_child_samples=1)]
print(seen)
raise SystemExit(not (seen[:2] == [1, 1] and seen[2] > 1 and seen[3] > 10))
PYTHON
"$folder/venv/bin/python" finding.py
