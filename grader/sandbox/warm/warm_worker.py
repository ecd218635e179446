"""The clean process that every supervisor is forked from.

Started by exec, it has the allowed libraries warm and nothing of the course in its memory or
on its command line. For each submission it gets one socket and forks one supervisor.

    python -I -m grader.sandbox.warm FD     FD: the control socket; settings come over it

A descriptor that comes with the settings is for a companion: a trusted process that needs the
same libraries, forked before this one locks its door, so that they are imported once.
"""

import contextlib
import gc
import importlib
import os
import signal
import socket
import sys
import traceback
import types
from collections.abc import Sequence

import msgspec

from grader.errors import SandboxError
from grader.sandbox.kernel import lockdown, syscalls
from grader.sandbox.kernel.allowed import allowed_paths
from grader.sandbox.warm import heap
from grader.sandbox.warm.forkserver import fork_for_each
from grader.sandbox.warm.rehearsal import TIMES, rehearse
from grader.sandbox.warm.supervisor import supervise
from grader.sandbox.wire.messages import READY, Settings


def main() -> None:
    """Get warm, lock the door, and fork until the conductor goes away."""
    sys.stdout = os.fdopen(1, "w", buffering=1)  # of forks: a killed worker flushes nothing
    gc.disable()  # until `settle`: what is imported stays
    die_with_parent()
    control = socket.socket(fileno=int(sys.argv[1]))
    message, fds, _, _ = socket.recv_fds(control, 1 << 16, 1)
    settings = msgspec.json.decode(message, type=Settings)
    warm_up(settings.packages, settings.trains)
    companion = _fork_companion(settings.companion, fds[0], control) if settings.companion else None
    try:
        policy = _prepare(settings)
        lockdown.enter(policy)
        if settings.level == "isolated":  # the next child is the first inside
            _stay_outside(control, companion)
        cell = lockdown.settle(policy)
        heap.settle(cell.proc)
    except SandboxError as error:
        control.send(str(error).encode())
        return
    with contextlib.suppress(BrokenPipeError):  # the conductor gave up meanwhile
        control.send(READY)
    fork_for_each(control, lambda fds: _be_supervisor(fds[0], cell), fds=1)


def warm_up(packages: Sequence[str], trains: bool) -> None:
    """Import the packages, and what torch imports late: seconds that every fork would repeat."""
    for name in packages:
        with contextlib.suppress(ImportError):  # allowed_paths says what is not installed
            importlib.import_module(name)
    rehearse()
    if "torch" in sys.modules:
        import torch

        no_stacks = types.SimpleNamespace(format_stack=list)
        for accelerator in (torch.cuda, torch.xpu, torch.mtia):
            # manual_seed would format a stack for each, to blame it if that fails to start later
            accelerator.traceback = no_stacks  # type: ignore[attr-defined]
        torch.set_num_threads(1)  # a process with more threads could not move or fork
        weight = torch.ones(2, 2, requires_grad=True)
        torch.autograd.backward(weight.matmul(weight), torch.ones(2, 2))
        if trains:
            _train()


def _train() -> None:
    import torch

    torch.manual_seed(0)
    net = torch.nn.Sequential(torch.nn.Linear(2, 2), torch.nn.ReLU())
    weights = list(net.parameters())
    optimizers = torch.optim.SGD(weights, lr=0.1, momentum=0.9), torch.optim.Adam(weights)
    for optimizer in TIMES * optimizers:
        loss = torch.nn.functional.cross_entropy(net(torch.ones(2, 2)), torch.tensor([0, 1]))
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call]  # so it is in torch
        optimizer.step()


def _prepare(settings: Settings) -> lockdown.Policy:
    lockdown.harden_trusted()
    conductor = settings.groups_of
    groups = lockdown.find_groups(conductor) if conductor is not None else None
    return lockdown.Policy(allowed_paths(settings.packages), settings.level, groups=groups)


def _be_supervisor(fd: int, cell: lockdown.Confinement) -> None:
    die_with_parent()
    supervise(socket.socket(fileno=fd), cell)


def _fork_companion(module: str, fd: int, control: socket.socket) -> int:
    """Run `main(fd)` of `module` in a forked child that dies with this process."""
    pid = os.fork()
    if pid == 0:
        try:
            die_with_parent()
            control.close()
            importlib.import_module(module).main(fd)
        except BaseException:
            traceback.print_exc()  # of ours: the other side only sees that we are gone
        finally:
            os._exit(0)
    os.close(fd)
    return pid


def _stay_outside(control: socket.socket, companion: int | None) -> None:
    """Return in a forked child only; the parent waits for it, and for the companion, and ends."""
    pid = os.fork()
    if pid == 0:
        die_with_parent()
        return
    control.close()
    died = os.waitpid(pid, 0)[1] != 0
    if companion is not None:
        if died:  # there is nothing left for it to do
            os.kill(companion, signal.SIGKILL)
        os.waitpid(companion, 0)
    os._exit(0)


def die_with_parent() -> None:
    """Let the kernel kill this process when the thread that started it ends."""
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_PDEATHSIG, signal.SIGKILL)
