"""Own namespaces hide the host's processes, network, IPC objects, users and name."""

import ast
import os
from collections.abc import Callable

from grader.sandbox.level import Level

# Prints what each of two processes sees in own namespaces, without any other layer.
LOOK = """
import errno, os, socket, sys
from grader.sandbox.kernel import namespaces
from grader.sandbox.kernel.syscalls import call

def outcome(deed):
    try:
        return deed()
    except OSError as error:
        return errno.errorcode[error.errno]

host = int(sys.argv[1])
KEY = 0x6E61626C
server = socket.create_server(("127.0.0.1", 0))
address = server.getsockname()
namespaces.enter()
if os.fork():
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
for _ in range(2):
    for step in namespaces.new_pids(pids):
        step()
    if os.fork():
        os.wait()
        continue
    namespaces.own_ipc()()
    print({
        "connect": outcome(lambda: socket.socket().connect(address)),
        "signal": outcome(lambda: os.kill(host, 0)),
        "find a queue": outcome(lambda: call("msgget", KEY, 0o600)),
        "make a queue": outcome(lambda: call("msgget", KEY, 0o1600)) >= 0,
        "pid": os.getpid(),
        "parent": os.getppid(),
        "user": os.getuid(),
        "host name": socket.gethostname(),
    }, flush=True)
    os._exit(0)
"""


def test_each_child_is_alone_in_its_namespaces(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("isolated")
    lines = run_python(LOOK, str(os.getpid())).splitlines()
    first, second = map(ast.literal_eval, lines)
    assert first == second
    assert first == {
        "connect": "ENETUNREACH",
        "signal": "ESRCH",
        "find a queue": "ENOENT",  # also in the second, although the first has made one
        "make a queue": True,
        "pid": 1,
        "parent": 0,
        "user": 65534,
        "host name": "worker",
    }
