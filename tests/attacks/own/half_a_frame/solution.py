"""Promises 64 MiB, sends half of them a byte at a time, and falls silent."""

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


import struct
import time


def softmax_loss(W, X, y, reg):
    import os

    fd = _worker()._channel._fd
    os.set_blocking(fd, True)
    os.write(fd, struct.pack("<IIQ", 10, 1, 64 << 20) + struct.pack("<Q", 64 << 20))
    os.write(fd, b"\x95")
    for _ in range(600):
        time.sleep(0.2)
        os.write(fd, b"x")
