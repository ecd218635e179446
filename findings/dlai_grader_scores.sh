#!/usr/bin/env bash
# dlai-grader 2.3.0, compute_grading_score: the score that Coursera's learners get.
# Guess: only whoever passes all tests gets 1.0; feedback shows what was wanted and what came.
# Seen: the share is rounded to two decimals, so 1 failed test of 250 still gives 1.0. A
# wanted 0 or False is not shown, and a wanted numpy array raises ValueError instead of a score.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check \
    dlai-grader==2.3.0 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np
from dlai_grader.grading import compute_grading_score, test_case


def failed(want, got):
    return test_case(msg="the loss", want=want, got=got, failed=True)


def scored(count):
    return compute_grading_score([failed(1, 2), *(test_case() for _ in range(count - 1))])[0]


scores = {count: scored(count) for count in (2, 100, 250, 1000)}
print("one failed of", scores)
_, feedback = compute_grading_score([failed(0, 7)])
print("feedback for 7 where 0 was wanted:", feedback.split("\n"))
try:
    raised = compute_grading_score([failed(np.zeros(2), np.ones(2))])
except ValueError as error:
    raised = type(error).__name__
print("a wanted array:", raised)
expected = {2: 0.5, 100: 0.99, 250: 1.0, 1000: 1.0}
raise SystemExit(scores != expected or "Expected" in feedback or raised != "ValueError")
PYTHON
"$folder/venv/bin/python" finding.py
