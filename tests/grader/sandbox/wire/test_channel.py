"""A channel waits as long as its deadline and no longer, and knows when the other side is gone."""

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time

import numpy as np
import pytest

from grader.sandbox.wire.channel import Channel, ChannelClosed
from grader.sandbox.wire.frame import ProtocolError
from grader.sandbox.wire.values import Decoder, Encoder

SECOND_SIDE = """
import os, socket, sys, time
sock = socket.socket(fileno=int(sys.argv[1]))
exec(sys.argv[2])
"""


def nothing_to_refer(*_):
    raise ValueError


def frame_of(value, max_bytes=1 << 30):
    encoder = Encoder(nothing_to_refer, max_bytes)
    return encoder.frame([encoder.node(value)])


def value_of(frame):
    return Decoder(frame, nothing_to_refer).value(frame.message[0])


@pytest.fixture
def sockets():
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield ours, theirs


@pytest.fixture
def pair(sockets):
    return Channel(sockets[0], 1 << 30), Channel(sockets[1], 1 << 30)


@pytest.fixture
def other_process(sockets):
    """Return a function that runs a program on the other end, and the channel on this one."""
    ours, theirs = sockets
    started = []

    def start(program):
        command = [sys.executable, "-I", "-c", SECOND_SIDE, str(theirs.fileno()), program]
        started.append(subprocess.Popen(command, pass_fds=[theirs.fileno()]))
        theirs.close()
        return Channel(ours)

    yield start
    for process in started:
        process.kill()
        process.wait()


@contextlib.contextmanager
def taking(low, high):
    started = time.monotonic()
    yield
    assert low <= time.monotonic() - started < high


def soon(seconds=5.0):
    return time.monotonic() + seconds


def test_frames_arrive_in_order(pair):
    here, there = pair
    for number in range(5):
        here.send(frame_of({"n": number}))
    assert [value_of(there.receive())["n"] for _ in range(5)] == [0, 1, 2, 3, 4]


def test_a_message_larger_than_every_buffer_goes_both_ways(pair):
    here, there = pair
    big = np.arange(6_000_000.0)  # 48 MB

    def send_back():
        there.send(frame_of(value_of(there.receive(soon())) + 1), soon())

    thread = threading.Thread(target=send_back)
    thread.start()
    here.send(frame_of(big), soon())
    back = value_of(here.receive(soon()))
    thread.join()
    assert (back[0], back[-1], len(back)) == (1, 6_000_000, 6_000_000)


def test_a_message_of_more_parts_than_one_system_call_takes_arrives(pair):
    here, there = pair
    parts = [np.full(3, float(i)) for i in range(4000)]
    here.send(frame_of(parts), soon())
    assert [part[0] for part in value_of(there.receive(soon()))] == list(range(4000))


def test_receiving_ends_at_the_deadline(pair):
    with taking(0.2, 3), pytest.raises(TimeoutError):
        pair[0].receive(soon(0.2))


def test_sending_to_one_who_does_not_read_ends_at_the_deadline(pair):
    with taking(0.2, 3), pytest.raises(TimeoutError):
        pair[0].send(frame_of(np.zeros(8_000_000)), soon(0.2))


def test_after_the_deadline_nothing_is_waited_for(pair):
    here, there = pair
    with taking(0, 2), pytest.raises(TimeoutError):
        here.receive(soon(-1))
    there.send(frame_of("arrived in time"))
    assert value_of(here.receive(soon(-1))) == "arrived in time"


def test_bytes_that_trickle_in_do_not_move_the_deadline(other_process):
    head = (1000).to_bytes(4, "little") + bytes(12)  # of a body of 1000 bytes
    here = other_process(f"sock.send({head})\nwhile True: sock.send(b'x'); time.sleep(0.02)")
    with taking(0.4, 3), pytest.raises(TimeoutError):
        here.receive(soon(0.5))


def test_a_closed_other_side_is_noticed_by_both_directions(other_process):
    here = other_process("sock.close()")
    with pytest.raises(ChannelClosed):
        here.receive(soon())
    with pytest.raises(ChannelClosed):
        here.send(frame_of(np.zeros(1000)), soon())


def test_a_side_that_dies_within_a_frame_is_gone(other_process):
    here = other_process("sock.send(b'\\1\\0\\0'); os.kill(os.getpid(), 9)")
    with pytest.raises(ChannelClosed):
        here.receive(soon())


def test_a_side_that_dies_unread_is_gone(other_process):
    here = other_process("sock.recv(1, socket.MSG_PEEK); os._exit(0)")
    here.send(frame_of("never read"), soon())
    with pytest.raises(ChannelClosed):  # a reset, not an end
        here.receive(soon())


def test_nonsense_is_a_protocol_error(other_process):
    here = other_process("sock.send(b'GET / HTTP/1.1\\r\\n\\r\\n'); time.sleep(9)")
    with pytest.raises(ProtocolError):
        here.receive(soon())


def test_a_frame_over_the_limit_of_this_side_is_refused(sockets):
    here, there = Channel(sockets[0], max_bytes=1000), Channel(sockets[1])
    there.send(frame_of(np.zeros(125)))
    assert len(value_of(here.receive(soon()))) == 125
    there.send(frame_of(np.zeros(126)))
    with pytest.raises(ProtocolError):
        here.receive(soon())


def test_waiting_input_is_seen_and_left_in_place(pair):
    here, there = pair
    assert not here.has_input()
    there.send(frame_of("hello"))
    assert here.has_input()
    assert here.has_input()
    assert value_of(here.receive(soon())) == "hello"
    assert not here.has_input()


def test_a_closed_other_side_is_no_input(pair):
    pair[1].close()
    assert not pair[0].has_input()


def test_looking_for_input_leaves_no_timeout_behind(pair):
    here, there = pair
    assert not here.has_input()
    timer = threading.Timer(0.1, lambda: there.send(frame_of(os.getpid())))
    timer.start()
    assert value_of(here.receive()) == os.getpid()
    timer.join()
