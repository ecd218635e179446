"""Which level of confinement works here, found by locking a process and letting it try.

Never by version numbers: a kernel can have a feature and its configuration, a container or a
security module can refuse it.

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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import NoReturn

from grader.errors import SandboxError
from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.cgroup import Groups
from grader.sandbox.kernel.layer import LayerError
from grader.sandbox.kernel.limits import WorkerLimits
from grader.sandbox.kernel.lockdown import Confinement, Policy
from grader.sandbox.kernel.trusted import die_with_parent, harden_trusted
from grader.sandbox.level import LEVELS, Isolation, Level


def find_level(conductor: int) -> Isolation:
    """Try the levels from the strongest down, then control groups with what was found.

    Args:
        conductor: process id of who started this process, which must be its own.
    """
    harden_trusted()
    found = _strongest()
    try:
        note = _try(found.level, lockdown.find_groups(conductor))["cgroup"]
    except LayerError as error:
        note = f"off ({error.reason})"
    return Isolation(found.level, found.layers | {"cgroup": note})


def _strongest() -> Isolation:
    missing: dict[str, str] = {}
    for level in LEVELS:
        try:
            return Isolation(level, _try(level) | missing)
        except LayerError as error:
            missing.setdefault(error.layer, f"off ({error.reason})")
    raise SandboxError("; ".join(f"{layer} {reason}" for layer, reason in missing.items()))


def _try(level: Level, groups: Groups | None = None) -> dict[str, str]:
    """Return the layers of a process that was locked at `level` and could do nothing bad."""
    with tempfile.TemporaryDirectory() as folder:
        place = _Place(Path(folder), os.getpid())
        place.make()
        policy = Policy((str(place.allowed),), level, groups=groups)
        answer = _in_child(lambda _: _template(policy, place))
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

    @property
    def scratch(self) -> Path:
        return self.folder / "scratch"

    def make(self) -> None:
        self.canary.write_text("canary")
        self.allowed.write_text("allowed")
        self.scratch.mkdir()


_Answer = dict[str, str]  # layers, or "layer" and "reason" of the one that does not work


def _template(policy: Policy, place: _Place) -> _Answer:
    lockdown.enter(policy)
    return _in_child(lambda _: _supervisor(policy, place))


def _supervisor(policy: Policy, place: _Place) -> _Answer:
    cell = lockdown.settle(policy, str(place.scratch))
    lockdown.prepare(cell, WorkerLimits())
    lockdown.renew(cell)
    try:
        return _in_child(lambda answer_to: _worker(cell, place, answer_to))
    finally:
        lockdown.release(cell)


def _worker(cell: Confinement, place: _Place, answer_to: int) -> _Answer:
    layers = lockdown.lock(cell, keep=[answer_to])
    for deed in _FORBIDDEN:
        if cell.policy.level in deed.at and _works(deed, place):
            raise LayerError(deed.layer, f"a locked process could {deed.what}")
    for deed in _ALLOWED:
        if cell.policy.level in deed.at and not _works(deed, place):
            raise LayerError(deed.layer, f"a locked process could not {deed.what}")
    return layers


def _in_child(action: Callable[[int], _Answer]) -> _Answer:
    """Return what `action`, called in a forked child, answers; its argument is where to."""
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
    what: str
    layer: str  # to blame when it ends otherwise than it should
    do: Callable[[_Place], object]
    at: tuple[Level, ...] = LEVELS[:3]


def _works(deed: _Deed, place: _Place) -> bool:
    try:
        deed.do(place)
    except (OSError, RuntimeError):  # RuntimeError: of a thread that does not start
        return False
    return True


def _fork(_: _Place) -> None:
    if os.fork() == 0:
        os._exit(0)


def _open_memory(place: _Place) -> None:
    os.open(f"/proc/{place.pid}/mem", os.O_RDONLY)


def _use_scratch(_: _Place) -> None:
    Path(os.environ["TMPDIR"], "file").write_text("")


def _compute_in_a_thread(_: _Place) -> None:
    thread = threading.Thread(target=os.urandom, args=(8,))
    thread.start()
    thread.join()


_FORBIDDEN = (
    _Deed("read a file outside", "landlock", lambda at: at.canary.read_text(), LEVELS[:2]),
    _Deed("write a file outside", "landlock", lambda at: at.canary.write_text("")),
    _Deed("change a file's mode outside", "seccomp", lambda at: at.canary.chmod(0o777)),
    _Deed("make a socket", "seccomp", lambda _: socket.socket()),
    _Deed("fork", "seccomp", _fork),
    _Deed("signal its grader", "seccomp", lambda at: os.kill(at.pid, 0)),
    _Deed("read its grader's memory", "privileges", _open_memory),
    _Deed("start a program", "seccomp", lambda _: os.execv(sys.executable, ["python"])),
)
_ALLOWED = (
    _Deed("read an allowed file", "landlock", lambda at: at.allowed.read_text(), LEVELS),
    _Deed("start a thread", "seccomp", _compute_in_a_thread, LEVELS),
    _Deed("write to its scratch folder", "landlock", _use_scratch, LEVELS[:2]),
)


def main() -> None:
    conductor = int(sys.argv[1]) if len(sys.argv) > 1 else os.getpid()
    print(json.dumps(dataclasses.asdict(find_level(conductor)), indent=2))


if __name__ == "__main__":
    main()
