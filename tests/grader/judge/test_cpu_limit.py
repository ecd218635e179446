"""What computes too long is cut off, and nothing else is."""

import contextlib
import signal
import time

import pytest

from grader.judge.cpu_limit import TakesTooLong, cpu_limit


def compute_for_ever():
    while True:
        with contextlib.suppress(Exception):
            sum(range(1000))


def test_an_endless_loop_is_cut_off_even_if_it_catches_every_exception():
    with cpu_limit(0.05), pytest.raises(TakesTooLong):
        compute_for_ever()


def test_waiting_is_no_computing_and_a_short_block_ends_by_itself():
    with cpu_limit(0.05):
        time.sleep(0.2)


def test_after_the_block_nothing_is_cut_off_and_the_signal_is_as_before():
    before = signal.getsignal(signal.SIGPROF)
    with cpu_limit(0.02):
        pass
    started = time.process_time()
    while time.process_time() < started + 0.1:
        pass
    assert signal.getsignal(signal.SIGPROF) == before
    assert signal.getitimer(signal.ITIMER_PROF) == (0, 0)
