#!/usr/bin/env bash
# polars 2.1.0: the quantile 0.5, and what NaN does to a column.
# Guess: quantile(0.5) is the median, 2.5 for 1, 2, 3, 4, as in numpy and pandas; the maximum of
# 1 and NaN is NaN, as their mean.
# Seen: quantile takes the nearest entry, and of two as near the larger, 3; the maximum leaves NaN
# out, and the mean does not.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "polars==2.1.0"
cd "$folder"
cat > finding.py <<'PYTHON'
import math

import polars as pl

four = pl.Series([1.0, 2.0, 3.0, 4.0])
one = pl.Series([1.0, math.nan])
seen = [four.median(), four.quantile(0.5), four.quantile(0.5, interpolation="linear"), one.max()]
print(seen, one.mean())
raise SystemExit(not (seen == [2.5, 3.0, 2.5, 1.0] and math.isnan(one.mean())))
PYTHON
"$folder/venv/bin/python" finding.py
