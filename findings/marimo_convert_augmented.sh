#!/usr/bin/env bash
# marimo 0.25.2, 'marimo convert' of a notebook in which a later cell changes a variable.
# Guess: the converted program computes what the notebook computes, or the conversion warns.
# Seen: a variable that is assigned in two cells is renamed, and 'total += i' in a loop becomes
# 'total_1 = total + i': the sum 1 + 2 + 3 comes out as 3. A function that is defined again is
# renamed as well (f_1), so that the old one keeps the name. Nothing warns.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check marimo==0.25.2 nbformat==5.10.4
cd "$folder"
cat > finding.py <<'PYTHON'
import subprocess
import sys

import nbformat
from nbformat import v4

code = v4.new_code_cell
cells = ["total = 0", "def f():\n    return 'old'", "def f():\n    return 'new'"]
cells += ["for i in range(1, 4):\n    total += i\nprint('total', total)", "print(f(), total)"]
nbformat.write(v4.new_notebook(cells=[code(cell) for cell in cells]), "notebook.ipynb")
marimo = [sys.executable, "-m", "marimo", "convert", "notebook.ipynb", "-o", "converted.py"]
subprocess.run(marimo, check=True)
run = subprocess.run([sys.executable, "converted.py"], capture_output=True, text=True)
text = open("converted.py").read()
print(text, run.stdout, run.stderr)
renamed = "def f_1():" in text and "return 'old'" in text.split("def f():")[1].split("def f_1")[0]
raise SystemExit(not (run.stdout.split() == ["total", "3", "new", "3"] and "total_1 = total + i" in text and renamed))
PYTHON
"$folder/venv/bin/python" finding.py
