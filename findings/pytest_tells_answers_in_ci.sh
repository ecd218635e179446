#!/usr/bin/env bash
# pytest 9.2.0: where CI is set, the message of a failed comparison holds the whole right answer.
# Guess: a suite with the same options tells a student the same on a laptop and in a CI job.
# Seen: without CI, the first difference and the hint to use -v; with CI=true, a diff of both lists,
# all 40 values of the right one with it, although nobody asked for -v.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check pytest==9.2.0
cd "$folder"
cat > test_answers.py <<'PYTHON'
def test_answers():
    right = [n * n for n in range(40)]
    assert [0] * 40 == right
PYTHON
cat > finding.py <<'PYTHON'
import os
import subprocess
import sys

told = {}
for ci in ("", "true"):
    surroundings = {**os.environ, "CI": ci, "BUILD_NUMBER": ""}
    command = [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "test_answers.py"]
    done = subprocess.run(command, env=surroundings, capture_output=True, text=True)
    lines = [line for line in done.stdout.splitlines() if line.startswith("E ")]
    told[ci] = sum(f" {n * n}," in "".join(lines[1:]) for n in range(35, 40))
    print(f"CI={ci!r}: {len(lines)} lines, {told[ci]} of the last five right values among them")
raise SystemExit(told != {"": 0, "true": 5})
PYTHON
"$folder/venv/bin/python" finding.py
