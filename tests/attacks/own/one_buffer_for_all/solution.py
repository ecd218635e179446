"""Answers with arrays that share one buffer, arrays beyond their buffer, and lying sizes."""

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
    worker = _worker()
    encoder = worker._encoder()
    node = encoder.node(W)
    nodes = {
        "shared": ["t", ["a", "<f8", [], 0], node],
        "beyond": ["t", 0.0, ["a", "<f8", [1 << 40, 1 << 20], 0]],
        "negative": ["t", 0.0, ["a", "<f8", [-1, -W.size], 0]],
        "object": ["t", 0.0, ["a", "|O", list(W.shape), 0]],
        "no buffer": ["t", 0.0, ["a", "<f8", list(W.shape), 7]],
        "wide": ["t", 0.0, ["a", "<f8", [1] * 64 + [W.size], 0]],
    }
    chosen = list(nodes.values())[int(abs(W.sum()) * 1e6) % len(nodes)]
    worker._channel.send(encoder.frame([_question(), "value", chosen, None]))
    return 0.0, W
