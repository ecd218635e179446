#!/usr/bin/env bash
# otter-grader 7.0.0 with numpy 2: a test cell that shows a comparison.
# Guess: `accuracy > 0.4`, whose output in the instructor's notebook is True, accepts every number.
# Seen: tests are compared with that output as text. A student whose accuracy is a numpy float (what
# np.mean returns) gives np.True_ and loses the points; the same number as a float earns them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    "otter-grader==7.0.0" "numpy==2.4.6" "ipykernel==7.3.0" "nbconvert==7.17.2"
export PATH="$folder/venv/bin:$PATH"
cd "$folder"
cat > finding.py <<'PYTHON'
import glob
import json
import subprocess

import nbformat
from nbformat import v4

PYTHON3 = {"name": "python3", "display_name": "Python 3", "language": "python"}


def write(name, cells, **metadata):
    notebook = v4.new_notebook(cells=cells, metadata={"kernelspec": PYTHON3, **metadata})
    nbformat.write(notebook, name)


def run(*words):
    subprocess.run(words, check=True, capture_output=True)


raw, code = v4.new_raw_cell, v4.new_code_cell
config = "# ASSIGNMENT CONFIG\nname: hw\ncheck_all_cell: false\nexport_cell: false"
question = "# BEGIN QUESTION\nname: q\npoints: 2"
cells = [raw(config), raw(question), raw("# BEGIN SOLUTION"), code("accuracy = 0.5 # SOLUTION")]
cells += [raw("# END SOLUTION"), raw("# BEGIN TESTS"), code("# HIDDEN\naccuracy > 0.4")]
write("hw.ipynb", [*cells, raw("# END TESTS"), raw("# END QUESTION")])
run("jupyter", "nbconvert", "--to", "notebook", "--execute", "--inplace", "hw.ipynb")
run("otter", "assign", "hw.ipynb", "dist", "--no-pdfs")
(autograder,) = glob.glob("dist/autograder/*.zip")
scores = {}
for answer in ("0.5", "np.mean([0.25, 0.75])"):
    write("handed_in.ipynb", [code(f"import numpy as np\naccuracy = {answer}")], otter={"assignment_name": "hw"})
    run("otter", "run", "-a", autograder, "-o", ".", "handed_in.ipynb")
    tests = json.load(open("results.json"))["tests"]
    scores[answer] = next(test["score"] for test in tests if test["name"] == "q")
print(scores)
raise SystemExit(scores != {"0.5": 2.0, "np.mean([0.25, 0.75])": 0.0})
PYTHON
"$folder/venv/bin/python" finding.py
