"""Sends frames for as long as it lives instead of an answer."""

import sys


def _worker():
    frame = sys._getframe()
    while type(frame.f_locals.get("self")).__name__ != "_Worker":
        frame = frame.f_back
    return frame.f_locals["self"]


def _question():
    frame = sys._getframe()
    while frame.f_code.co_name not in ("_call", "_batch"):
        frame = frame.f_back
    return frame.f_locals["number"]


def _say(*message):
    """Send a frame of plain nodes, as if the worker did."""
    worker = _worker()
    worker._channel.send(worker._encoder().frame(list(message)))


import time


def softmax_loss(W, X, y, reg):
    worker, end = _worker(), time.monotonic() + 120
    while time.monotonic() < end:
        _say(-1, "callback", 0, ["t"], ["d"])
        worker._channel._sock.setblocking(False)
