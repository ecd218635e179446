#!/usr/bin/env bash
# check50 3.5.0, `run(...).stdout("0.5")`.
# Guess: the program must print 0.5, and nothing else.
# Seen: the text is a pattern that is looked for anywhere in the output: 10.57 and 0x5 pass, as 14
# passes for "4". With "0.5\n" only what follows is checked. A number, stdout(0.5), must be printed in
# these very digits: 0.50 fails. A check function that returns False passes.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check check50==3.5.0
cd "$folder"
cat > finding.py <<'PYTHON'
import json
import pathlib
import subprocess
import sys

CHECKS = """import check50
@check50.check()
def inside():
    "10.57 for 0.5"
    check50.run("echo 10.57").stdout("0.5")
@check50.check()
def dot():
    "0x5 for 0.5"
    check50.run("echo 0x5").stdout("0.5")
@check50.check()
def newline():
    "10.5 for 0.5 and a newline"
    check50.run("echo 10.5").stdout("0.5\\n")
@check50.check()
def number():
    "0.50 for the number 0.5"
    check50.run("echo 0.50").stdout(0.5)
@check50.check()
def returns():
    "returns False"
    return False
"""
problem, student = pathlib.Path("problem"), pathlib.Path("student")
problem.mkdir()
student.mkdir()
(problem / ".cs50.yml").write_text("check50: true\n")
(problem / "__init__.py").write_text(CHECKS)
(student / "answer.txt").write_text("anything\n")
check50 = [str(pathlib.Path(sys.executable).parent / "check50"), "--dev", "../problem", "-o", "json"]
done = subprocess.run(check50, cwd=student, capture_output=True, text=True)
seen = {result["name"]: result["passed"] for result in json.loads(done.stdout)["results"]}
print(seen)
expected = {"inside": True, "dot": True, "newline": True, "number": False, "returns": True}
raise SystemExit(seen != expected)
PYTHON
"$folder/venv/bin/python" finding.py
