#!/usr/bin/env bash
# scikit-learn 1.9.1, NearestNeighbors: neighbours at exactly the same distance.
# Guess: the nearest one is the first of the nearest three, and all algorithms order ties alike.
# Seen: 'brute' names row 0 when one neighbour is asked for, and row 1 first when three are; the
# trees name row 2 first. A suite that compares indices of tied neighbours refuses right answers.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check scikit-learn==1.9.1 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np
from sklearn.neighbors import NearestNeighbors

rows = np.array([[1.0], [-1.0], [1.0], [-1.0], [1.0]])  # all at distance 1 from 0
seen = {}
for algorithm in ("brute", "kd_tree"):
    model = NearestNeighbors(algorithm=algorithm).fit(rows)
    seen[algorithm] = [
        model.kneighbors([[0.0]], count, return_distance=False)[0].tolist() for count in (1, 3)
    ]
    print(f"{algorithm:8} nearest {seen[algorithm][0]}, nearest three {seen[algorithm][1]}")
firsts = [three[0] for _, three in seen.values()]
raise SystemExit(seen["brute"][0][0] == seen["brute"][1][0] or firsts[0] == firsts[1])
PYTHON
"$folder/venv/bin/python" finding.py
