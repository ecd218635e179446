"""Writes to its standard error without end, past Python, lines that look like the grader's own."""

import os
import time

_SHOWN = b"::error::000-honest: not graded: x\n\x1b[2J" * 1000  # by a public check, made inert
_HIDDEN = _SHOWN.replace(b"x", b"ATTACK-LEAK")


def _flood(line):
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        os.write(2, line)


def softmax_loss(W, X, y, reg):
    _flood(_HIDDEN)
    return 0.0, W * 0


def numeric_gradient(f, x, h=1e-5):
    _flood(_SHOWN)
    return x * 0
