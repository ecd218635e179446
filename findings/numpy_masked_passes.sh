#!/usr/bin/env bash
# numpy 2.4.6: a comparison with a masked array.
# Guess: an answer of which an entry is masked is not close to one of which none is, or at least the
# entry under the mask, which is 9 instead of 2, counts.
# Seen: np.allclose says True and np.testing.assert_allclose passes; the latter even if everything
# is masked. np.array_equal looks under the mask and says False.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check "numpy==2.4.6"
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np

right = np.array([1.0, 2.0])
hidden = np.ma.MaskedArray([1.0, 9.0], [False, True])
nothing = np.ma.masked_all(2)


def passes(answer):
    try:
        np.testing.assert_allclose(answer, right)
    except AssertionError:
        return False
    return True


seen = {
    "allclose": [bool(np.allclose(answer, right)) for answer in (hidden, nothing)],
    "assert_allclose": [passes(answer) for answer in (hidden, nothing)],
    "array_equal": [bool(np.array_equal(hidden, right))],
    "a plain wrong answer": [bool(np.allclose(hidden.data, right)), passes(hidden.data)],
}
print(seen)
raise SystemExit(list(seen.values()) != [[True, False], [True, True], [False], [False, False]])
PYTHON
"$folder/venv/bin/python" finding.py
