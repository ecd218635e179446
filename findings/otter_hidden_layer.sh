#!/usr/bin/env bash
# otter-grader 7.0.0, `otter assign`: a test cell whose first line is "# A hidden layer of 5 units".
# Guess: a comment stays a comment, and students can run the test.
# Seen: any first comment with the word "hidden" hides the test from students, and is dropped.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check otter-grader==7.0.0
cd "$folder"
cat > write.py <<'PYTHON'
import nbformat
from nbformat import v4


def test(source):
    data = {"text/plain": "True"}
    result = v4.new_output("execute_result", data=data, execution_count=1)
    return v4.new_code_cell(source, outputs=[result])


cells = [
    v4.new_raw_cell("# ASSIGNMENT CONFIG\nname: net"),
    v4.new_raw_cell("# BEGIN QUESTION\nname: q1\npoints: 2"),
    v4.new_raw_cell("# BEGIN SOLUTION"),
    v4.new_code_cell("def n_params(units): return units * 5 + 1 # SOLUTION"),
    v4.new_raw_cell("# END SOLUTION"),
    v4.new_raw_cell("# BEGIN TESTS"),
    test("# A hidden layer of 5 units has 26 parameters.\nn_params(5) == 26"),
    test("# One without units has 1.\nn_params(0) == 1"),
    v4.new_raw_cell("# END TESTS"),
    v4.new_raw_cell("# END QUESTION"),
]
kernel = {"name": "python3", "display_name": "Python 3", "language": "python"}
nbformat.write(v4.new_notebook(cells=cells, metadata={"kernelspec": kernel}), "net.ipynb")
PYTHON
cat > finding.py <<'PYTHON'
import json

with open("out/student/net.ipynb") as file:
    (suite,) = json.load(file)["metadata"]["otter"]["tests"]["q1"]["suites"]
seen = [case["code"].splitlines()[0] for case in suite["cases"]]
print("students can run:", seen)
raise SystemExit(seen != [">>> n_params(0) == 1"])
PYTHON
"$folder/venv/bin/python" write.py
PATH="$folder/venv/bin:$PATH" otter assign net.ipynb out --no-run-tests > log 2>&1 || { cat log; exit 1; }
"$folder/venv/bin/python" finding.py
