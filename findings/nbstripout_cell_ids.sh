#!/usr/bin/env bash
# nbstripout 0.9.1, a notebook whose outputs are taken off before it is committed.
# Guess: outputs and execution counts go, all else stays.
# Seen: the ids of the cells are replaced by 0, 1, 2, so what points at a cell by its id (links,
# comments of a review, feedback) points at another once a cell is inserted. --keep-id leaves them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check nbstripout==0.9.1 nbformat==5.10.4
cd "$folder"
cat > finding.py <<'PYTHON'
import pathlib
import subprocess
import sys

import nbformat

cells = [nbformat.v4.new_code_cell("1 + 1", id="first-question"), nbformat.v4.new_code_cell("2", id="second")]
nbformat.write(nbformat.v4.new_notebook(cells=cells), "given.ipynb")
nbstripout = str(pathlib.Path(sys.executable).parent / "nbstripout")


def ids(*options):
    text = pathlib.Path("given.ipynb").read_bytes()
    done = subprocess.run([nbstripout, *options], input=text, capture_output=True, check=True)
    return [cell.id for cell in nbformat.reads(done.stdout.decode(), 4).cells]


seen = ids(), ids("--keep-id")
print(seen)
raise SystemExit(seen != (["0", "1"], ["first-question", "second"]))
PYTHON
"$folder/venv/bin/python" finding.py
