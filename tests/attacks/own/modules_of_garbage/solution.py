"""Modules of 60 MiB that are not UTF-8, three times as large once each byte is replaced."""


def softmax_loss(W, X, y, reg):
    return 0.0, W * 0
