#!/usr/bin/env bash
# nbgrader 0.9.6, `nbgrader export`: a student whose name holds a comma or a quote.
# Guess: the CSV quotes it, as every writer of CSV does.
# Seen: the cells are joined as they are. The line has one cell more, so that a reader takes the
# e-mail address for the score, and the score for the penalty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check nbgrader==0.9.6
cd "$folder"
cat > finding.py <<'PYTHON'
import csv
from datetime import datetime

from nbgrader.api import Gradebook
from nbgrader.plugins import CsvExportPlugin

with Gradebook("sqlite:///gradebook.db") as gradebook:
    gradebook.add_assignment("ps1")
    gradebook.add_student("s1", first_name="Ann", last_name="Lee", email="ann@uni.edu")
    gradebook.add_student("s2", first_name="Bob", last_name="Ray, Jr.", email="bob@uni.edu")
    for student in ("s1", "s2"):
        gradebook.add_submission("ps1", student, timestamp=datetime(2026, 1, 5))
    CsvExportPlugin().export(gradebook)
with open("grades.csv", newline="") as file:
    rows = list(csv.DictReader(file))
for row in rows:
    print(row["student_id"], "email:", row["email"], "| raw_score:", row["raw_score"])
seen = [(row["email"], row["raw_score"], row.get(None)) for row in rows]
raise SystemExit(seen != [("ann@uni.edu", "0.0", None), ("Bob", "bob@uni.edu", ["0.0"])])
PYTHON
PATH="$folder/venv/bin:$PATH" python -W ignore finding.py
