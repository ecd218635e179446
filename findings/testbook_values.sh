#!/usr/bin/env bash
# testbook 0.4.2, tests that call a function of a notebook.
# Guess: the test receives the value that the function returned.
# Seen: it receives what JSON makes of it. A tuple becomes a list, {1: 2} becomes {'1': 2}, NaN becomes
# the text 'nan'. A numpy bool, an array of no dimension and a tensor come as references whose truth
# value asks for len(): `assert is_right()` of a function that returns `x > 2` for a numpy x ends with
# an error of the notebook.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check testbook==0.4.2 ipykernel nbclient numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import nbformat
from testbook import testbook
from testbook.exceptions import TestbookRuntimeError

TEXT = """import numpy as np
def pair(): return (1, 2)
def counts(): return {1: 2}
def nan(): return float("nan")
def is_right(): return np.float64(3) > 2
"""
cells = [nbformat.v4.new_code_cell(TEXT)]
nbformat.write(nbformat.v4.new_notebook(cells=cells), "notebook.ipynb")
with testbook("notebook.ipynb", execute=True) as notebook:
    seen = {name: notebook.ref(name)() for name in ("pair", "counts", "nan")}
    print(seen)
    try:
        truth = bool(notebook.ref("is_right")())
    except TestbookRuntimeError as error:
        truth = str(error).splitlines()[-1]
    print("is_right():", truth)
same = seen == {"pair": [1, 2], "counts": {"1": 2}, "nan": "nan"}
raise SystemExit(not (same and "has no len()" in str(truth)))
PYTHON
"$folder/venv/bin/python" finding.py
