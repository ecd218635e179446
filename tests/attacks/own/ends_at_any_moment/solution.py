"""Ends at a moment drawn at random, in one of many ways, while it answers and is about to be ended."""

import ctypes
import os
import random
import signal
import threading
import time

_DRAWN = random.SystemRandom()  # `random` itself is alike in all workers
_WAYS = (
    lambda: os._exit(0),
    lambda: os._exit(255),
    os.abort,
    lambda: ctypes.string_at(0),
    lambda: signal.raise_signal(signal.SIGKILL),
    lambda: signal.raise_signal(signal.SIGXCPU),
    lambda: os.closerange(0, 64),
)


def _end():
    time.sleep(_DRAWN.uniform(0, 0.02))
    _DRAWN.choice(_WAYS)()


if _DRAWN.random() < 0.9:
    threading.Thread(target=_end, daemon=True).start()


def softmax_loss(W, X, y, reg):
    threading.Thread(target=_end, daemon=True).start()
    return 0.0, W * 0


class KNearestNeighbor:
    def train(self, X, y):
        threading.Thread(target=_end, daemon=True).start()

    def compute_distances(self, X):
        return X * 0


def numeric_gradient(f, x, h=1e-5):
    threading.Thread(target=_end, daemon=True).start()
    while True:
        f(x)
