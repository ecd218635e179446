"""Answers with nonsense that Python repeats in its own error message."""

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


def softmax_loss(W, X, y, reg):
    where = ["l", "solution.py", "ATTACK-LEAK:" + repr(W.tolist()), "f"]
    _say(_question(), "raised", ["l", "ValueError"], "text", ["l", where])
    return 0.0, W


class KNearestNeighbor:
    def train(self, X, y):
        _say(_question(), "ATTACK-LEAK", ["ATTACK-LEAK"], ["ATTACK-LEAK"])
