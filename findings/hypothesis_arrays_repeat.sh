#!/usr/bin/env bash
# hypothesis 6.170.17, extra.numpy.arrays as the input of a test of numerical code.
# Guess: an array of floats from -1 to 1 holds about as many different numbers as elements.
# Seen: most elements are one fill value. Half of all 10 x 10 arrays hold 4 different numbers or fewer,
# half of all lists of 20 labels from 10 classes name 3 classes or fewer, and half of all 5 x 4
# arrays have a rank of 2 or less: a swapped axis or a lost class is not seen. fill=st.nothing()
# draws each element.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
${PYTHON:-python3} -m venv "$folder/venv"
"$folder/venv/bin/python" -m pip install --quiet --disable-pip-version-check hypothesis==6.170.17 numpy==2.4.6
cd "$folder"
cat > finding.py <<'PYTHON'
import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

FLOATS = st.floats(-1, 1)


def drawn(strategy, measure):
    """Return the measure of 300 arrays, the same ones each time."""
    found = []

    @settings(max_examples=300, database=None, derandomize=True)
    @given(strategy)
    def draw(array):
        found.append(measure(array))

    draw()
    return np.array(found)


def different(array):
    return len(np.unique(array))


usual = drawn(arrays(float, (10, 10), elements=FLOATS), different)
labels = drawn(arrays(int, 20, elements=st.integers(0, 9)), different)
ranks = drawn(arrays(float, (5, 4), elements=FLOATS), np.linalg.matrix_rank)
each = drawn(arrays(float, (5, 4), elements=FLOATS, fill=st.nothing()), different)
print("numbers in 10 x 10, median:", np.median(usual))
print("classes in 20 labels, median:", np.median(labels))
print("share of 5 x 4 with rank <= 2:", np.mean(ranks <= 2))
print("numbers in 5 x 4 without fill, median:", np.median(each))
few = np.median(usual) <= 10 and np.median(labels) <= 4 and np.mean(ranks <= 2) > 0.5
raise SystemExit(not (few and np.median(each) >= 8))
PYTHON
"$folder/venv/bin/python" finding.py
