#!/usr/bin/env bash
# gradescope-utils 0.5.0 and unittest: tests that end in another way than pass, fail or error.
# Guess: a test with a failing subTest is reported as failed, 0 of its weight; a skipped one and an
# expected failure are listed, too.
# Seen: none of the three is in results.json at all, so the maximum shrinks with the score: a
# student with a failing subTest has full marks of what is left.
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

from gradescope_utils.autograder_utils.decorators import weight
from gradescope_utils.autograder_utils.json_test_runner import JSONTestRunner


class Checks(unittest.TestCase):
    @weight(1)
    def test_plain(self):
        pass

    @weight(3)
    def test_with_a_failing_subtest(self):
        for number in range(3):
            with self.subTest(number=number):
                self.assertNotEqual(number, 1)

    @weight(3)
    @unittest.skip("no GPU here")
    def test_skipped(self):
        pass

    @weight(3)
    @unittest.expectedFailure
    def test_expected_to_fail(self):
        self.fail("as expected")


out = io.StringIO()
result = JSONTestRunner(stream=out).run(unittest.defaultTestLoader.loadTestsFromTestCase(Checks))
tests = json.loads(out.getvalue())["tests"]
print(f"{result.testsRun} tests were run; results.json has {[test['name'] for test in tests]}")
raise SystemExit(len(tests) != 1 or result.testsRun != 4)
PYTHON
"$folder/venv/bin/python" finding.py
