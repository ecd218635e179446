"""A trusted process ends with the process that started it, however early that one ends."""

import os
import socket
import subprocess
import sys
from collections.abc import Callable

import msgspec
import pytest

from grader.sandbox.environment import environment
from grader.sandbox.wire.messages import Settings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="needs PR_SET_PDEATHSIG")

# Forks a child that asks to die with its parent, and prints what it says until it has ended.
BEREAVE = """
import os, signal, sys, time
from grader.sandbox.kernel.trusted import die_with_parent

reader, writer = os.pipe()
asked_first = sys.argv[1] == "asked first"
middle = os.fork()
if middle == 0:
    own = os.getpid()
    watching, told = os.pipe()
    if os.fork() == 0:
        if not asked_first:
            os.close(told)
            os.read(watching, 1)  # returns when the parent has ended
            while os.getppid() == own:
                time.sleep(0.01)
        die_with_parent(own)
        os.write(writer, b"lives ")
        time.sleep(600)
    os.close(writer)
    if asked_first:
        time.sleep(1)
    os._exit(0)
os.close(writer)
os.waitpid(middle, 0)
print(os.read(reader, 100), os.read(reader, 100))
"""


def test_a_process_that_asked_is_killed_when_its_parent_ends(
    run_python: Callable[..., str],
) -> None:
    assert run_python(BEREAVE, "asked first") == "b'lives ' b''\n"


def test_a_process_whose_parent_has_ended_already_does_not_live_on(
    run_python: Callable[..., str],
) -> None:
    assert run_python(BEREAVE, "asked late") == "b'' b''\n"


def test_a_process_whose_parent_lives_goes_on() -> None:
    program = "import sys; from grader.sandbox.kernel.trusted import die_with_parent\n"
    program += "die_with_parent(int(sys.argv[1])); print('goes on')"
    command = [sys.executable, "-c", program, str(os.getpid())]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert done.stdout == "goes on\n", done.stderr


def test_a_hardened_process_hides_its_memory_and_leaves_no_core(
    run_python: Callable[..., str],
) -> None:
    said = run_python("""
import resource
from grader.sandbox.kernel.syscalls import PR_GET_DUMPABLE, prctl
from grader.sandbox.kernel.trusted import harden_trusted

print(prctl(PR_GET_DUMPABLE))
harden_trusted()
print(prctl(PR_GET_DUMPABLE), resource.getrlimit(resource.RLIMIT_CORE))
""")
    assert said == "1\n0 (0, 0)\n"


def test_a_warm_worker_whose_conductor_is_gone_does_not_start() -> None:
    """Its settings name another conductor than its parent, as if the conductor had just ended."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    with ours, theirs:
        process = subprocess.Popen(
            [sys.executable, "-I", "-B", "-m", "grader.sandbox.warm", str(theirs.fileno())],
            pass_fds=[theirs.fileno()],
            env=environment(),
        )
        theirs.close()
        settings = Settings([], [], "split", False, [], os.getppid(), None, "/nowhere", 64)
        ours.send(msgspec.json.encode(settings))
        assert process.wait(60) == 1
        assert ours.recv(100) == b""
