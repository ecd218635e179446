"""Calls the function that it was given from within that function, until something overflows."""

import sys

_KEPT = []


def softmax_loss(W, X, y, reg):
    if _KEPT:
        return _KEPT[0](W.ravel()), W
    return 0.0, W


def numeric_gradient(f, x, h=1e-5):
    sys.setrecursionlimit(100_000)
    _KEPT[:] = [f]
    f(x)
    return x
