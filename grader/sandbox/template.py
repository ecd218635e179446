"""The clean process that every supervisor is forked from.

Started by exec, it has the allowed libraries warm and nothing of the course in its memory or
on its command line. For each submission it gets one socket and forks one supervisor.

    python -I -m grader.sandbox.template FD     FD: the control socket; settings come over it
"""

import contextlib
import importlib
import socket
import sys

import msgspec

from grader.sandbox.forkserver import fork_for_each, settle
from grader.sandbox.supervisor import supervise

READY = b"ready"


class Settings(msgspec.Struct, frozen=True):
    """What a template is told when it starts."""

    warm: list[str]  # packages to import before the first fork


def main() -> None:
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = msgspec.json.decode(control.recv(1 << 16), type=Settings)
    for name in settings.warm:
        with contextlib.suppress(ImportError):  # the submission that needs it will say so
            importlib.import_module(name)
    settle()
    control.send(READY)
    fork_for_each(control, lambda fds: supervise(socket.socket(fileno=fds[0])), fds=1)


if __name__ == "__main__":
    main()
