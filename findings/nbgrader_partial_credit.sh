#!/usr/bin/env bash
# nbgrader 0.9.6 reads partial credit from the text that the last line of a test cell shows.
# Guess: a numpy number counts as its value, False and negative numbers count as 0.
# Seen: whatever float() cannot read, and a negative number and NaN, too, earns FULL points. Since
# numpy 2 shows its numbers as np.float64(0.5), a test cell that ends with a numpy mean pays all.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check nbgrader==0.9.6
cd "$folder"
cat > finding.py <<'PYTHON'
from nbformat import v4
from nbgrader.utils import determine_grade

EXPECTED = {
    "0.5": 0.5,
    "0.0": 0.0,
    "np.float64(0.5)": 2.0,  # numpy 2's repr of the same number
    "tensor(0.5000)": 2.0,
    "False": 2.0,
    "-1.0": 2.0,
    "nan": 2.0,
}
seen = {}
for text in EXPECTED:
    cell = v4.new_code_cell("share_of_right_answers")
    cell.metadata["nbgrader"] = {"grade": True, "grade_id": "a", "points": 2, "solution": False}
    data = {"text/plain": text}
    cell.outputs = [v4.new_output("execute_result", data=data, execution_count=1)]
    seen[text], _ = determine_grade(cell)
    print(f"{text:16} earns {seen[text]} of 2")
raise SystemExit(seen != EXPECTED)
PYTHON
"$folder/venv/bin/python" finding.py
