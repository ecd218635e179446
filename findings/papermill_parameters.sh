#!/usr/bin/env bash
# papermill 2.7.0, parameters on the command line (`-p`), as when one notebook is run per student.
# Guess: what looks like a number becomes one, true and false become bools, the rest stays text.
# Seen: the login 12e4 becomes the float 120000.0, 1e999 becomes infinity, the id 007 becomes 7 and
# 1_000 becomes 1000, while true and false stay text: `if flag:` is taken for false, too. Only True and
# False become bools. (`-r` leaves all as text.)
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check papermill==2.7.0 ipykernel nbformat
cd "$folder"
cat > finding.py <<'PYTHON'
import pathlib
import subprocess
import sys

import nbformat

cell = nbformat.v4.new_code_cell("a = 1", metadata={"tags": ["parameters"]})
kernel = {"kernelspec": {"name": "python3", "language": "python", "display_name": "python3"}}
nbformat.write(nbformat.v4.new_notebook(cells=[cell], metadata=kernel), "given.ipynb")
words = "-p id 007 -p login 12e4 -p other 1e999 -p third 1_000 -p flag false -p capital False".split()
papermill = [str(pathlib.Path(sys.executable).parent / "papermill"), "given.ipynb", "out.ipynb"]
subprocess.run([*papermill, "--prepare-only", *words], check=True, capture_output=True)
text = nbformat.read("out.ipynb", 4).cells[1].source
print(text)
seen = {}
exec(text, seen)
values = [seen[name] for name in ("id", "login", "other", "third", "flag", "capital")]
raise SystemExit(values != [7, 120000.0, float("inf"), 1000, "false", False])
PYTHON
"$folder/venv/bin/python" finding.py
