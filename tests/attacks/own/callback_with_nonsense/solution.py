"""Calls back with arguments that are no tuple and names that are no dict."""

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


def numeric_gradient(f, x, h=1e-5):
    for args, names in ((["t"], 5), (None, ["d"]), (["t"], ["d", 1, 2]), ("text", ["l"])):
        _say(0, "callback", 0, args, names)
        _worker()._channel.receive()
    return x


def softmax_loss(W, X, y, reg):
    _say(0, "callback", "0", ["t"], ["d"])
    return 0.0, W
