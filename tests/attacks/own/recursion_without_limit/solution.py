"""Recurses without a limit, in Python and in C, until a stack overflows."""

import json
import pickle
import sys


def _deeper(x=0):
    return _deeper(x + 1)


def softmax_loss(W, X, y, reg):
    raise NotImplementedError


class KNearestNeighbor:
    def train(self, X, y):
        sys.setrecursionlimit(2**31 - 1)
        nested = []
        for _ in range(10**5):
            nested = [nested]
        repr(nested)
        json.dumps(nested)
        pickle.dumps(nested)


def numeric_gradient(f, x, h=1e-5):
    sys.setrecursionlimit(2**31 - 1)

    class Odd:
        def __getattr__(self, name):
            return getattr(self, name)

        def __repr__(self):
            return repr(self)

    try:
        _deeper()
    except BaseException:
        return repr(Odd()) + Odd().x
