#!/usr/bin/env bash
# nbgrader 0.9.6 with numpy 2.4.6: a test cell whose run writes to stderr.
# Guess: tests that pass earn their points; a warning or a progress bar is not an error.
# Seen: whatever was written to stderr in the test cell, it earns 0. So right code loses everything
# where numpy warns of log(0), or where the student's training loop shows a bar of tqdm.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    nbgrader==0.9.6 numpy==2.4.6 tqdm==4.67.1
cd "$folder"
cat > finding.py <<'PYTHON'
from nbclient import NotebookClient
from nbformat import v4
from nbgrader.utils import determine_grade

SETUP = "import numpy as np\nfrom tqdm import tqdm"
EXPECTED = {
    "assert np.exp(0.0) == 1": 3.0,
    "print('fine'); assert np.exp(0.0) == 1": 3.0,
    "assert np.log(np.zeros(1))[0] == -np.inf": 0,
    "assert sum(n for n in tqdm([1, 2, 3])) == 6": 0,
}
notebook = v4.new_notebook(cells=[v4.new_code_cell(SETUP), *map(v4.new_code_cell, EXPECTED)])
for cell in notebook.cells[1:]:
    cell.metadata["nbgrader"] = {"grade": True, "grade_id": "a", "points": 3, "solution": False}
NotebookClient(notebook, allow_errors=True, kernel_name="python3").execute()
seen = {}
for cell in notebook.cells[1:]:
    seen[cell.source], _ = determine_grade(cell)
    errors = [output for output in cell.outputs if output.output_type == "error"]
    print(f"{cell.source:46} raised {len(errors)} errors and earns {seen[cell.source]} of 3")
    assert not errors
raise SystemExit(seen != EXPECTED)
PYTHON
"$folder/venv/bin/python" finding.py
