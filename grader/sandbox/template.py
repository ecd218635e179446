"""The clean process that every supervisor is forked from.

Started by exec, it has the allowed libraries warm and nothing of the course in its memory or
on its command line. For each submission it gets one socket and forks one supervisor.

    python -I -m grader.sandbox.template FD     FD: the control socket; settings come over it
"""

import contextlib
import importlib
import os
import signal
import socket
import sys

import msgspec

from grader.errors import SandboxError
from grader.sandbox import lockdown, syscalls
from grader.sandbox.allowed import allowed_paths
from grader.sandbox.forkserver import fork_for_each, settle
from grader.sandbox.supervisor import supervise

READY = b"ready"


class Settings(msgspec.Struct, frozen=True):
    """What a template is told when it starts."""

    packages: list[str]  # what a submission may import besides the standard library
    level: lockdown.Level
    trains: bool  # with torch
    groups_of: int | None  # the conductor's process id, if each worker gets a control group


def main() -> None:
    """Get warm, lock the door, and fork until the conductor goes away."""
    die_with_parent()
    control = socket.socket(fileno=int(sys.argv[1]))
    settings = msgspec.json.decode(control.recv(1 << 16), type=Settings)
    try:
        policy = _prepare(settings)
        lockdown.enter(policy)
        if settings.level == "isolated":  # the next child is the first inside
            _stay_outside(control)
        cell = lockdown.settle(policy)
    except SandboxError as error:
        control.send(str(error).encode())
        return
    with contextlib.suppress(BrokenPipeError):  # the conductor gave up meanwhile
        control.send(READY)
    fork_for_each(control, lambda fds: supervise(socket.socket(fileno=fds[0]), cell), fds=1)


def _train_once() -> None:
    """Import what torch imports late, a second's work that every worker would repeat."""
    import torch

    torch.set_num_threads(1)  # a process with more threads could not move or fork
    weight = torch.ones(2, requires_grad=True)
    optimizer = torch.optim.Adam([weight])
    torch.autograd.backward(2 * weight, torch.ones(2))
    optimizer.step()


def _prepare(settings: Settings) -> lockdown.Policy:
    for name in settings.packages:
        with contextlib.suppress(ImportError):  # allowed_paths says what is not installed
            importlib.import_module(name)
    if settings.trains:
        _train_once()
    settle()
    lockdown.harden_trusted()
    conductor = settings.groups_of
    groups = lockdown.find_groups(conductor) if conductor is not None else None
    return lockdown.Policy(allowed_paths(settings.packages), settings.level, groups=groups)


def _stay_outside(control: socket.socket) -> None:
    """Return in a forked child only; the parent waits for it and ends."""
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        return
    control.close()
    os.waitpid(pid, 0)
    os._exit(0)


def die_with_parent() -> None:
    """Let the kernel kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)


if __name__ == "__main__":
    main()
