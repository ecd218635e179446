#!/usr/bin/env bash
# pytest 9.2.0 and numpy 2.4.6: an empty array where one number is asked.
# Guess: `answer == pytest.approx(1.0)` and numpy.testing.assert_allclose(answer, 1.0) fail.
# Seen: both pass, and so do assert_array_equal, assert_almost_equal, numpy.allclose and
# torch.allclose, for the number is compared with each element of none. A function that returns
# np.array([]) earns the points of such a test. Refused by numpy.array_equal, by
# torch.testing.assert_close, and by approx of an array.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check torch==2.13.0 pytest==9.2.0 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np
import pytest
import torch

empty, none = np.array([]), torch.tensor([])


def passes(check):
    try:
        return check() in (None, True)
    except AssertionError:
        return False


seen = {
    "approx(1.0)": passes(lambda: empty == pytest.approx(1.0)),
    "assert_allclose": passes(lambda: np.testing.assert_allclose(empty, 1.0)),
    "assert_array_equal": passes(lambda: np.testing.assert_array_equal(empty, 1.0)),
    "assert_almost_equal": passes(lambda: np.testing.assert_almost_equal(empty, 1.0)),
    "np.allclose": passes(lambda: np.allclose(empty, 1.0)),
    "torch.allclose": passes(lambda: torch.allclose(none, torch.tensor(1.0))),
    "np.array_equal": passes(lambda: np.array_equal(empty, 1.0)),
    "assert_close": passes(lambda: torch.testing.assert_close(none, torch.tensor(1.0))),
    "approx(array)": passes(lambda: empty == pytest.approx(np.array([1.0]))),
}
print(seen)
raise SystemExit(list(seen.values()) != [True] * 6 + [False] * 3)
PYTHON
"$folder/venv/bin/python" finding.py
