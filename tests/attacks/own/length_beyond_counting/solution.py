"""Answers with an object whose length is more than Python can count."""

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


class _Long:
    pass


class KNearestNeighbor:
    def train(self, X, y):
        pass

    def predict_labels(self, dists, k):
        worker = _worker()
        lengths = [dists.shape[0]]

        def length(number, frame, target):
            return worker._value(number, lengths.pop() if lengths else 1 << 70)

        worker._operations["len"] = length
        return _Long()
