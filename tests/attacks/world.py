"""What lies around the grader while it is attacked, and what attacks have done to it.

A folder of its own holds a home, a place for temporary files, another student's files, the
drop folder in which a successful attack leaves its proof, and sockets that should hear nothing.
Orphans of the grader become children of this process, so that survivors are found and ended.
"""

import contextlib
import ctypes
import glob
import os
import re
import selectors
import shutil
import signal
import socket
import tempfile
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from submitted import OTHER_CANARY

from grader.sandbox.kernel.syscalls import PR_SET_CHILD_SUBREAPER, prctl

_VICTIM = {
    "solution.py": f"# {OTHER_CANARY}\nnp.argsort  # what a thief looks for\n",
    "result.json": '{"student": "alice", "score": 1.0}',
}
_LEFT_BEHIND = ("attack_persist*", "escape_id*", "attack_probe*")
_SHARED_PLACES = ("/tmp", "/var/tmp", "/dev/shm", "/scratch", os.path.expanduser("~"))
_PAGE_MB = os.sysconf("SC_PAGE_SIZE") / 2**20
_KEEP_AWAY_SECONDS = 3  # after the grader has ended, nothing of it may be left
_SAMPLE_SECONDS = 0.2


@dataclass
class World:
    """The folder, and what was observed so far."""

    folder: Path
    port: int
    received: list[bytes] = field(default_factory=list)
    peak_mb: float = 0.0
    survivors: list[str] = field(default_factory=list)

    @property
    def drop(self) -> Path:
        return self.folder / "drop"

    @property
    def victim(self) -> Path:
        return self.folder / "victim"

    @property
    def places(self) -> dict[str, str]:
        """Where attacks look for things, by the names that they use."""
        return {
            "ATTACK_DROP": str(self.drop),
            "ATTACK_VICTIM": str(self.victim),
            "ATTACK_PORT": str(self.port),
            "ATTACK_SOCK": str(self.folder / "socket"),
        }

    @property
    def environment(self) -> dict[str, str]:
        """The grader's environment: with a canary, and with everything that it writes in here."""
        return {
            **self.places,
            "PATH": os.environ["PATH"],
            "LANG": "C.UTF-8",
            "HOME": str(self.folder / "home"),
            "TMPDIR": str(self.folder / "tmp"),
            "GRADER_TOKEN": "CANARY-ENV-5d21aa",
        }

    def dropped(self) -> dict[str, bytes]:
        return {path.name: path.read_bytes() for path in self.drop.iterdir()}

    def victim_changed(self) -> str:
        """Return the first of the victim's files that is not as it was, or ""."""
        for name, text in _VICTIM.items():
            path = self.victim / name
            status = path.stat() if path.exists() else None
            if status is None or path.read_text() != text or status.st_mtime != 0:
                return name
            if status.st_mode & 0o777 != 0o600:
                return name
        return ""

    def left_behind(self) -> list[str]:
        """Return the paths of what attacks leave where they should not write."""
        inside = [path for name in _LEFT_BEHIND for path in self.folder.glob(f"**/{name}")]
        outside = [
            path
            for place in _SHARED_PLACES
            for name in _LEFT_BEHIND
            for path in glob.glob(f"{place}/{name}")
        ]
        return [str(path) for path in inside if "submitted" not in path.parts] + outside

    def written(self, *folders: Path) -> tuple[float, int]:
        """Return the MiB and the number of the files in what the grader may write to."""
        sizes = [
            path.lstat().st_size
            for folder in (*folders, self.folder / "home", self.folder / "tmp")
            for path in folder.rglob("*")
            if not path.is_dir()
        ]
        return sum(sizes) / 2**20, len(sizes)


@contextlib.contextmanager
def open_world() -> Iterator[World]:
    """Make a world, and remove it with all that attacks have left."""
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    folder = Path(tempfile.mkdtemp(prefix="attacks-"))
    tcp = socket.create_server(("127.0.0.1", 0))
    world = World(folder, tcp.getsockname()[1])
    sockets = [tcp, *_more_sockets(world)]
    for name in ("home", "tmp", "drop", "victim"):
        (folder / name).mkdir()
    for name, text in _VICTIM.items():
        (world.victim / name).write_text(text)
        (world.victim / name).chmod(0o600)
        os.utime(world.victim / name, (0, 0))
    end = threading.Event()
    threads = [
        threading.Thread(target=_listen, args=(world, sockets, end)),
        threading.Thread(target=_watch_memory, args=(world, end)),
    ]
    for thread in threads:
        thread.start()
    try:
        yield world
    finally:
        end.set()
        for thread in threads:
            thread.join()
        for sock in sockets:
            sock.close()
        _clean_up(world)


def wait_for_survivors(world: World) -> None:
    """Note the processes that outlive the grader, and end them."""
    deadline = time.monotonic() + _KEEP_AWAY_SECONDS
    while (left := descendants()) and time.monotonic() < deadline:
        _reap()
        time.sleep(0.05)
    world.survivors += [_name(pid) for pid in left]
    while left := descendants():
        for pid in left:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        _reap()


def shared_memory_keys() -> list[str]:
    """Return the keys of all SysV shared memory, in hex."""
    return [f"{key:#x}" for key, _ in _shared_memory()]


def _more_sockets(world: World) -> list[socket.socket]:
    udp = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    udp.bind(("127.0.0.1", world.port))
    named, abstract = socket.socket(socket.AF_UNIX), socket.socket(socket.AF_UNIX)
    named.bind(world.places["ATTACK_SOCK"])
    abstract.bind(f"\0attack-{world.port}")
    named.listen()
    abstract.listen()
    return [udp, named, abstract]


def _listen(world: World, sockets: list[socket.socket], end: threading.Event) -> None:
    with selectors.DefaultSelector() as selector:
        for sock in sockets:
            selector.register(sock, selectors.EVENT_READ)
        while not end.is_set():
            for key, _ in selector.select(0.1):
                world.received.append(_hear(key.fileobj))


def _hear(sock: socket.socket) -> bytes:
    if sock.type == socket.SOCK_DGRAM:
        return sock.recv(1000)
    connection, _ = sock.accept()
    with connection:
        connection.settimeout(1)
        with contextlib.suppress(OSError):
            return b"a connection " + connection.recv(1000)
    return b"a connection"


def _watch_memory(world: World, end: threading.Event) -> None:
    while not end.wait(_SAMPLE_SECONDS):
        world.peak_mb = max(world.peak_mb, sum(map(_own_mb, descendants())))


def _own_mb(pid: int) -> float:
    """Return the memory of a process; what it shares with forks counts in part, if it is told."""
    with contextlib.suppress(OSError):
        found = re.search(r"^Pss: +(\d+)", Path(f"/proc/{pid}/smaps_rollup").read_text(), re.M)
        if found:
            return int(found[1]) / 1024
    with contextlib.suppress(OSError):
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * _PAGE_MB
    return 0.0


def descendants() -> list[int]:
    """Return the ids of all processes below this one."""
    children: dict[int, list[int]] = {}
    for path in glob.glob("/proc/[0-9]*/stat"):
        with contextlib.suppress(OSError):
            text = Path(path).read_text(errors="replace")
            parent = int(text.rpartition(")")[2].split()[1])
            children.setdefault(parent, []).append(int(path.split("/")[2]))
    found: list[int] = []
    pending = children.get(os.getpid(), [])
    while pending:
        found += pending
        pending = [child for pid in pending for child in children.get(pid, [])]
    return found


def _name(pid: int) -> str:
    with contextlib.suppress(OSError):
        return Path(f"/proc/{pid}/comm").read_text().strip()
    return ""


def _reap() -> None:
    with contextlib.suppress(ChildProcessError):
        while os.waitpid(-1, os.WNOHANG)[0]:
            pass


def _shared_memory() -> list[tuple[int, int]]:
    try:
        rows = Path("/proc/sysvipc/shm").read_text().splitlines()[1:]
    except OSError:
        return []
    return [(int(row.split()[0]) & 0xFFFFFFFF, int(row.split()[1])) for row in rows]


def _clean_up(world: World) -> None:
    for path in world.left_behind():
        with contextlib.suppress(OSError):
            os.unlink(path)
    for key, number in _shared_memory():
        if key == 0x41544B83:  # what attack 69 makes
            ctypes.CDLL(None).shmctl(number, 0, None)
    shutil.rmtree(world.folder, ignore_errors=True)
