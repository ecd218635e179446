"""Which level of confinement works here, found by locking a process and letting it try.

Runs in: the warm worker, the supervisor and the worker. Each is a stand-in for the real one, and
the conductor starts the first.

The level is never told from version numbers: a kernel can have a feature, and its configuration,
a container or a security module can refuse it.

    python -m grader.sandbox.kernel.probe      prints the level and each layer, as JSON
"""

import dataclasses
import json
import os
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from grader.errors import SandboxError
from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.landlock import Landlock
from grader.sandbox.kernel.layer import Confinement, LayerError
from grader.sandbox.kernel.namespaces import Namespaces
from grader.sandbox.kernel.policy import Policy, WorkerLimits
from grader.sandbox.kernel.root import Root
from grader.sandbox.kernel.seccomp import Seccomp
from grader.sandbox.kernel.trusted import die_with_parent, harden_trusted
from grader.sandbox.level import LEVELS, Isolation, Level


def find_level(conductor: int) -> Isolation:
    """Try the levels from the strongest down, then each extra layer with what was found.

    Args:
        conductor: process id of the process that started this one, or this one's own.
    """
    harden_trusted()
    found = _strongest(conductor)
    for name in lockdown.EXTRA:
        found = _with_extra(found, name, conductor)
    return found


def _strongest(conductor: int) -> Isolation:
    missing: dict[str, str] = {}
    for level in LEVELS:
        try:
            return Isolation(level, _try(level, conductor) | missing)
        except LayerError as error:
            missing.setdefault(error.layer, f"off ({error.reason})")
    raise SandboxError("; ".join(f"{layer} {reason}" for layer, reason in missing.items()))


def _with_extra(found: Isolation, name: str, conductor: int) -> Isolation:
    extra = (*found.extra, name)
    try:
        words = _try(found.level, conductor, extra)[name]
    except LayerError as error:
        words, extra = f"off ({error.reason})", found.extra
    return Isolation(found.level, found.layers | {name: words}, extra)


def _try(level: Level, conductor: int, extra: tuple[str, ...] = ()) -> dict[str, str]:
    """Return the layers of a process that was locked at `level` and could do nothing bad."""
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(Path(folder), os.getpid())
        place.make()
        policy = Policy((str(place.allowed),), level, extra=extra, conductor=conductor)
        answer = _in_child(lambda _: _be_warm_worker(policy, place))
    if "layer" in answer:
        raise LayerError(answer["layer"], answer["reason"])
    return answer


@dataclass(frozen=True)
class _Place:
    """Files that a locked process may and may not open, and a process that it may not touch."""

    folder: Path
    pid: int

    @property
    def canary(self) -> Path:
        return self.folder / "canary"

    @property
    def allowed(self) -> Path:
        return self.folder / "allowed"

    def make(self) -> None:
        self.canary.write_text("canary")
        self.allowed.write_text("allowed")


_Answer = dict[str, str]  # layers, or "layer" and "reason" of the one that does not work


def _be_warm_worker(policy: Policy, place: _Place) -> _Answer:
    confinement = lockdown.enter(policy)
    return _in_child(lambda _: _be_supervisor(confinement, place))


def _be_supervisor(confinement: Confinement, place: _Place) -> _Answer:
    lockdown.settle(confinement, str(place.folder))
    lockdown.prepare(confinement, WorkerLimits())
    lockdown.renew(confinement)
    try:
        return _in_child(lambda answer_to: _be_worker(confinement, place, answer_to))
    finally:
        lockdown.release(confinement)
        lockdown.end(confinement)


def _be_worker(confinement: Confinement, place: _Place, answer_to: int) -> _Answer:
    layers = lockdown.lock(confinement, keep=[answer_to])
    for deeds, should_work in ((_FORBIDDEN, False), (_ALLOWED, True)):
        for deed in deeds:
            tried = confinement.policy.level in deed.at and deed.layer in layers
            if tried and _works(deed, place) != should_work:
                could = "could not" if should_work else "could"
                raise LayerError(deed.layer, f"a locked process {could} {deed.what}")
    return layers


def _in_child(action: Callable[[int], _Answer]) -> _Answer:
    """Return what `action` answers in a forked child.

    Args:
        action: gets the file descriptor on which the answer will go out, which must stay open.
    """
    reader, writer = os.pipe()
    parent = os.getpid()
    pid = os.fork()
    if pid == 0:
        os.close(reader)
        _answer(action, writer, parent)
    os.close(writer)
    with open(reader, "rb") as pipe:
        text = pipe.read()
    _, status = os.waitpid(pid, 0)
    ended = {"layer": "seccomp", "reason": f"a process ended early, with status {status}"}
    return json.loads(text) if text else ended


def _answer(action: Callable[[int], _Answer], writer: int, parent: int) -> NoReturn:
    try:
        die_with_parent(parent)
        try:
            answer = action(writer)
        except LayerError as error:
            answer = {"layer": error.layer, "reason": error.reason}
        os.write(writer, json.dumps(answer).encode())
    except BaseException:
        traceback.print_exc()
    finally:
        os._exit(0)


@dataclass(frozen=True)
class _Deed:
    """Something that a locked process tries, where its level and its layer are asked for.

    What a deed uses must be imported at the top of this module: a locked process can open no other.
    """

    what: str
    layer: str  # to blame when the deed ends otherwise than it should
    do: Callable[[_Place], object]
    at: Sequence[Level] = Seccomp.levels  # `split` only limits a worker


def _works(deed: _Deed, place: _Place) -> bool:
    try:
        deed.do(place)
    except (OSError, RuntimeError):  # RuntimeError: a thread does not start
        return False
    except Exception as error:  # neither refused nor done
        reason = f"trying to {deed.what} ended with {type(error).__name__}: {error}"
        raise LayerError(deed.layer, reason) from error
    return True


def _fork(_: _Place) -> None:
    if os.fork() == 0:
        os._exit(0)


def _open_memory(place: _Place) -> None:
    os.open(f"/proc/{place.pid}/mem", os.O_RDONLY)


def _see_parent(_: _Place) -> None:
    if os.getppid() == 0:
        raise ProcessLookupError("the process that forked this one is outside of its namespace")


def _use_scratch(_: _Place) -> None:
    Path(os.environ["TMPDIR"], "file").write_text("")


def _compute_in_a_thread(_: _Place) -> None:
    thread = threading.Thread(target=os.urandom, args=(8,))
    thread.start()
    thread.join()


_WITH_SCRATCH = (*Root.levels, *lockdown.HOST_SCRATCH)

_FORBIDDEN = (
    _Deed("see its grader's process", "namespaces", _see_parent, Namespaces.levels),
    _Deed("see a file outside", "root", lambda at: at.canary.stat(), Root.levels),
    _Deed("read a file outside", "landlock", lambda at: at.canary.read_text(), Landlock.levels),
    _Deed("write a file outside", "landlock", lambda at: at.canary.write_text("")),
    _Deed("change a file's mode outside", "seccomp", lambda at: at.canary.chmod(0o777)),
    _Deed("make a socket", "seccomp", lambda _: socket.socket()),
    _Deed("fork", "seccomp", _fork),
    _Deed("signal its grader", "seccomp", lambda at: os.kill(at.pid, 0)),
    _Deed("read its grader's memory", "privileges", _open_memory),
    _Deed("start a program", "seccomp", lambda _: os.execv(sys.executable, ["python"])),
    _Deed("hold a thousand files", "limits", lambda _: os.dup2(1, 1000), LEVELS),
)
_ALLOWED = (
    _Deed("read an allowed file", "landlock", lambda at: at.allowed.read_text(), LEVELS),
    _Deed("start a thread", "seccomp", _compute_in_a_thread, LEVELS),
    _Deed("write to its scratch folder", "landlock", _use_scratch, _WITH_SCRATCH),
)


def main() -> None:
    conductor = int(sys.argv[1]) if len(sys.argv) > 1 else os.getpid()
    print(json.dumps(dataclasses.asdict(find_level(conductor)), indent=2))


if __name__ == "__main__":
    main()
