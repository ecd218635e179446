"""The process that every supervisor is forked from: libraries imported, nothing of the course.

Runs in: the warm worker.

    python -I -m grader.sandbox.warm FD     FD: the control socket; `Settings` come over it

It is started by exec, so that its memory and its command line hold nothing of the conductor's.
For each submission it gets one socket and forks one supervisor. When the settings name a
companion, it first forks that, while it can still open every file.
"""

import contextlib
import importlib
import importlib.util
import os
import shutil
import signal
import socket
import sys
import tempfile
import traceback
from collections.abc import Iterator
from typing import cast

import msgspec

from grader.errors import SandboxError
from grader.sandbox.environment import environment
from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.allowed import allowed_paths, distributions
from grader.sandbox.kernel.layer import Confinement
from grader.sandbox.kernel.namespaces import Namespaces
from grader.sandbox.kernel.policy import Policy
from grader.sandbox.kernel.trusted import die_with_parent, harden_trusted
from grader.sandbox.threads import Threads
from grader.sandbox.warm import tricks
from grader.sandbox.warm.forkserver import fork_for_each
from grader.sandbox.warm.installed import InstalledFinder
from grader.sandbox.warm.supervisor import supervise
from grader.sandbox.wire.messages import FILES, IMPORTING, READY, Companion, Settings

_MOST_WORDS = 1000  # of what a package says when it cannot be imported


def main() -> None:
    """Import the libraries, lock this process in, and fork until the conductor goes away."""
    sys.stdout = os.fdopen(1, "w", buffering=1)  # by lines, because a killed worker flushes nothing
    control = socket.socket(fileno=int(sys.argv[1]))
    message, fds, _, _ = socket.recv_fds(control, 1 << 16, 1)
    settings = msgspec.json.decode(message, type=Settings)
    die_with_parent(settings.conductor)
    try:
        tricks.require_known()
        readable = allowed_paths(settings.packages)
        installed = InstalledFinder.install(readable, distributions(settings.packages))
        with _a_home(settings.folder):
            warm_up(settings, control)
        companion = None
        if settings.companion:
            companion = _fork_companion(settings, fds[0], control, installed)
        harden_trusted()
        confinement = lockdown.enter(_policy(settings, readable))
        if settings.level in Namespaces.levels:  # the next child is the first in the new namespaces
            _stay_outside(control, companion)
        lockdown.settle(confinement, settings.folder)
        tricks.play(tricks.BEFORE_FORKS, confinement.proc)
    except SandboxError as error:
        control.send(str(error).encode())
        return
    with contextlib.suppress(BrokenPipeError):  # the conductor has gone away meanwhile
        control.send(READY + " ".join(installed.hidden).encode()[:_MOST_WORDS])
    fork_for_each(control, lambda fds: _be_supervisor(fds[0], confinement), fds=1)


def warm_up(settings: Settings, control: socket.socket) -> None:
    """Import the packages, and do once what every fork would do again.

    Raises:
        SandboxError: a package cannot be imported, or no worker could be isolated after it.
    """
    threads = Threads()
    for name in (*settings.packages, *settings.modules):
        with contextlib.suppress(OSError):  # the conductor has gone away, or does not look
            control.send(IMPORTING + name.encode(), socket.MSG_DONTWAIT)
        if name in settings.packages:
            _import(name)
        elif _is_module(name):
            with contextlib.suppress(SandboxError):  # the reference may do without it, or will say
                _import(name)
        if settings.level in Namespaces.levels and threads.have_come():
            raise SandboxError(
                f"importing {name} starts a thread, so that workers cannot be isolated; leave it "
                "out of `imports`, or grade where they can be confined only, as in a container"
            )
    if torch := sys.modules.get("torch"):
        torch.set_num_threads(1)  # a process with more can neither enter namespaces nor fork
    tricks.play(tricks.AFTER_IMPORTS, settings.trains)


@contextlib.contextmanager
def _a_home(folder: str) -> Iterator[None]:
    """Give packages a folder that they may write to while they are imported; then remove it.

    Some make a folder for settings or a cache, and fail without one. If this process is killed
    meanwhile, the conductor removes it, with the folder of the run.
    """
    home = os.path.join(folder, "home")
    os.mkdir(home)
    os.environ.update(environment(home))
    tempfile.tempdir = None
    yield
    shutil.rmtree(home, ignore_errors=True)
    os.environ.update(environment())
    tempfile.tempdir = None


def _is_module(name: str) -> bool:
    """Tell whether a name is a module's, and not that of something in a module."""
    try:
        return importlib.util.find_spec(name) is not None
    except (Exception, SystemExit):  # what it lies in is no package, or cannot be imported
        return False


def _import(name: str) -> None:
    try:
        importlib.import_module(name)
    except (Exception, SystemExit) as error:
        words = " ".join(str(error).split())
        reason = f"{type(error).__name__}: {words}"
        raise SandboxError(f"{name} cannot be imported: {reason[:_MOST_WORDS]}") from error


def _policy(settings: Settings, readable: tuple[str, ...]) -> Policy:
    files = os.path.join(settings.folder, FILES)
    return Policy(
        (*readable, files),
        settings.level,
        settings.scratch_mb,
        files=files,
        extra=tuple(settings.extra),
        conductor=settings.conductor,
    )


def _be_supervisor(fd: int, confinement: Confinement) -> None:
    supervise(socket.socket(fileno=fd), confinement)


def _fork_companion(
    settings: Settings, fd: int, control: socket.socket, installed: InstalledFinder
) -> int:
    """Fork a child that dies with this process, and run the companion of the settings in it."""
    assert settings.companion is not None
    own, pid = os.getpid(), os.fork()
    if pid == 0:
        try:
            die_with_parent(own)
            control.close()
            installed.remove()
            _start_beside_files(settings.folder)
            cast(Companion, importlib.import_module(settings.companion)).main(fd)
        except BaseException:
            traceback.print_exc()  # the conductor sees only that this child has ended
        finally:
            os._exit(0)
    os.close(fd)
    return pid


def _start_beside_files(folder: str) -> None:
    """Work where the files of workers are found as a worker finds them, but none of theirs is."""
    own, files = os.path.join(folder, "companion"), os.path.join(folder, FILES)
    os.mkdir(own)
    for name in os.listdir(files):
        os.symlink(os.path.join(files, name), os.path.join(own, name))
    os.chdir(own)


def _stay_outside(control: socket.socket, companion: int | None) -> None:
    """Return in a forked child only; the parent waits for it and for the companion, then ends."""
    own, pid = os.getpid(), os.fork()
    if pid == 0:
        die_with_parent(own)
        return
    control.close()
    died = os.waitpid(pid, 0)[1] != 0
    if companion is not None:
        if died:  # without workers, the companion has nothing left to do
            os.kill(companion, signal.SIGKILL)
        os.waitpid(companion, 0)
    os._exit(0)
