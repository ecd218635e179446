"""Writes to its standard error without end, past Python, lines that look like the grader's own."""

import os
import time

_LINE = b"::error::ATTACK-LEAK 000-honest: not graded: x\n\x1b[2J" * 1000


def softmax_loss(W, X, y, reg):
    raise NotImplementedError


def numeric_gradient(f, x, h=1e-5):
    until = time.monotonic() + 0.3
    while time.monotonic() < until:
        os.write(2, _LINE)
    return x * 0
