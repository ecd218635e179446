"""Answers with numbers at the end of what numbers are, and arrays of types that are none."""

import numpy as np

_HUGE = (1 << 4095) - 1
_ODD = [
    float("inf"),
    -0.0,
    5e-324,
    _HUGE,
    -_HUGE,
    complex("nan+infj"),
    np.float16(65504),
    np.longdouble("1e4000"),
    np.datetime64("NaT", "s"),
    np.timedelta64(1, "s"),
    np.void(b"1234"),
    np.str_("1"),
    np.bytes_(b"1"),
    True,
    "1.0",
    b"\x00",
]


def softmax_loss(W, X, y, reg):
    odd = _ODD[int(abs(X).sum() * 1e6) % len(_ODD)]
    return odd, np.full(W.shape, odd, dtype=object if type(odd) is int else None)


class KNearestNeighbor:
    def train(self, X, y):
        self.n = len(y)

    def compute_distances(self, X):
        return np.zeros((X.shape[0], self.n), dtype=[("a", "f8"), ("b", "i4")])

    def predict_labels(self, dists, k):
        return [_ODD[i % len(_ODD)] for i in range(dists.shape[0])]


def numeric_gradient(f, x, h=1e-5):
    for odd in (_HUGE, "x" * 1000, b"", [], {}, x.astype("U"), x.astype(np.longdouble)):
        try:
            f(odd)
        except RuntimeError:
            continue
    return np.where(x > 0, np.inf, -np.inf)
