"""The rehearsal is a whole run of a worker, and nothing stays of it but code that has run."""

import os
import random
import subprocess
import sys
import time

import numpy as np
import pytest

from grader.sandbox.warm import rehearsal
from grader.sandbox.wire.channel import Channel, ChannelClosed, socket_pair


def test_every_call_is_answered_with_a_value(monkeypatch):
    ends = []

    def remembered_pair():
        judge, worker = socket_pair()
        ends.append(judge.dup())
        return judge, worker

    monkeypatch.setattr(rehearsal, "socket_pair", remembered_pair)
    rehearsal.serve_a_submission()
    assert len(ends) == rehearsal.TIMES
    for end in ends:
        heard = Channel(end)
        until = time.monotonic() + 10
        assert [heard.receive(until).message[1] for _ in range(2)] == ["hello", "value"]
        with pytest.raises(ChannelClosed):
            heard.receive(until)
        heard.close()


COUNT = """
import sys, numpy
from grader.sandbox.warm import rehearsal
rehearsal.import_late_parts()
before = len(sys.modules)
numpy.random.default_rng(0)
exec("from numpy import *", {})
print(len(sys.modules) - before)
"""


def test_after_it_numpy_has_no_part_left_to_import():
    command = [sys.executable, "-I", "-c", COUNT]
    assert subprocess.run(command, capture_output=True, text=True, check=True).stdout == "0\n"


def test_nothing_is_left_behind():
    def state():
        drawn = random.getstate(), str(np.random.get_state())
        return list(sys.meta_path), sorted(sys.modules), len(os.listdir("/dev/fd")), drawn

    rehearsal.serve_a_submission()
    before = state()
    rehearsal.serve_a_submission()
    assert state() == before
