"""What every worker does, done in the template, with a text of our own.

Python makes special code of what has run eight times, and writes it over the general code: in each
fork anew, if not here.
"""

import contextlib
import socket
import sys

import msgspec
import numpy as np

from grader.sandbox.wire.channel import Channel, ChannelClosed, socket_pair
from grader.sandbox.wire.messages import Sources
from grader.sandbox.wire.values import Encoder
from grader.sandbox.worker.program import compile_program
from grader.sandbox.worker.worker import serve

TIMES = 10
_NAME = "rehearsal"
_TEXT = """\
import numpy as np

def play(x, y=1.0):
    scores = np.maximum(x @ x.T, 0) - np.max(x, axis=1, keepdims=True)
    shares = np.exp(scores) / np.sum(np.exp(scores), axis=1, keepdims=True)
    np.argmax(shares, axis=1), np.linalg.norm(x), np.sqrt(np.mean(x**2)), np.zeros_like(x)
    return shares, y
"""
_PLAY = 1  # the number of its first function


def rehearse() -> None:
    """Compile, execute, greet and answer, as a worker does, and leave nothing of it behind."""
    finders = list(sys.meta_path)
    for _ in range(TIMES):
        told = msgspec.msgpack.encode(Sources(_NAME, _TEXT, {}, memory_mb=0, cpu_seconds=0))
        sources = msgspec.msgpack.decode(told, type=Sources)
        judge, worker = socket_pair()
        with contextlib.closing(judge), contextlib.closing(worker):
            encoder = Encoder(repr)
            given, named = encoder.node((np.ones((3, 4)),)), encoder.node({"y": 2.0})
            for part in encoder.frame([1, "call", _PLAY, given, named, False]):
                judge.sendall(part)
            judge.shutdown(socket.SHUT_WR)
            with contextlib.suppress(ChannelClosed):
                serve(Channel(worker), sources, compile_program(sources))
        sys.meta_path[:] = finders
        del sys.modules[_NAME]
