#!/usr/bin/env bash
# junitparser 5.0.3 and a failure message with colours, as pytest and rich print them.
# Guess: the escape character is dropped or replaced, since XML 1.0 cannot hold it.
# Seen: it depends on another package. Without lxml the message is written as it is, into a file
# that no XML reader opens, junitparser itself included; with lxml the same line raises ValueError.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "junitparser==5.0.3"
cd "$folder"
cat > finding.py <<'PYTHON'
import subprocess
import sys

PROGRAM = """
import junitparser
case = junitparser.TestCase("test_loss")
case.result = [junitparser.Failure("\\x1b[31mloss is 3.1\\x1b[0m")]
suite = junitparser.TestSuite("linear")
suite.add_testcase(case)
document = junitparser.JUnitXml()
document.add_testsuite(suite)
text = document.tostring()
print("written")
junitparser.JUnitXml.fromstring(text)
"""


def last_words() -> tuple[str, str]:
    run = subprocess.run([sys.executable, "-c", PROGRAM], capture_output=True, text=True)
    return run.stdout.strip(), run.stderr.strip().splitlines()[-1]


alone = last_words()
pip = [sys.executable, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
subprocess.run([*pip, "lxml==6.1.3"], check=True)
with_lxml = last_words()
print("without lxml:", *alone, "\nwith lxml:   ", *with_lxml)
is_unreadable = alone[0] == "written" and "ParseError" in alone[1]
raise SystemExit(not (is_unreadable and with_lxml[0] == "" and "ValueError" in with_lxml[1]))
PYTHON
"$folder/venv/bin/python" finding.py
