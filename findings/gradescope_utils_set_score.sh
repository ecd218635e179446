#!/usr/bin/env bash
# gradescope-utils 0.5.0, @partial_credit: what set_score said stands, whatever happens then.
# Guess: a test that fails after set_score earns 0; a test that never calls it earns 0; a score
# above the maximum is cut to it.
# Seen: it keeps its score although its status is failed; it earns all; and 5 of 2 are reported.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check gradescope-utils==0.5.0
cd "$folder"
cat > finding.py <<'PYTHON'
import io
import json
import unittest

from gradescope_utils.autograder_utils.decorators import partial_credit
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class Checks(unittest.TestCase):
    @partial_credit(2)
    def test_fails_afterwards(self, set_score=None):
        set_score(2)
        self.fail("the second half is wrong")

    @partial_credit(2)
    def test_never_sets_one(self, set_score=None):
        pass

    @partial_credit(2)
    def test_sets_too_much(self, set_score=None):
        set_score(5)


out = io.StringIO()
JSONTestRunner(stream=out).run(unittest.defaultTestLoader.loadTestsFromTestCase(Checks))
tests = json.loads(out.getvalue())["tests"]
seen = [(test["status"], test["score"], test["max_score"]) for test in tests]
for test, row in zip(tests, seen):
    print(test["name"].split()[0], *row)
raise SystemExit(seen != [("failed", 2, 2), ("passed", 2, 2), ("passed", 5, 2)])
PYTHON
"$folder/venv/bin/python" finding.py
