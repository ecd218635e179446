#!/usr/bin/env bash
# statsmodels 0.15.0: add_constant before a prediction for one new row.
# Guess: it puts a column of ones before the others, as it did for the fit.
# Seen: each column of a single row is constant, and where there is a constant it adds none. The
# prediction fails for want of a column. has_constant="add" adds one always.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "statsmodels==0.15.0"
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np
import statsmodels.api as sm

X = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 4.0], [6.0, 1.0]])
fit = sm.OLS(X.sum(axis=1), sm.add_constant(X)).fit()
seen = [sm.add_constant(rows).shape for rows in (X, X[:2], X[:1])]
try:
    fit.predict(sm.add_constant(X[:1]))
    fails = False
except ValueError as error:
    fails = True
    print(error)
always = fit.predict(sm.add_constant(X[:1], has_constant="add"))
print(seen, always)
raise SystemExit(not (seen == [(4, 3), (2, 3), (1, 2)] and fails and np.allclose(always, 3)))
PYTHON
"$folder/venv/bin/python" finding.py
