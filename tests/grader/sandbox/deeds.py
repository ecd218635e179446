"""What student code might do, by name: called with a World; to return is to succeed."""

import asyncio
import contextlib
import ctypes
import errno
import fcntl
import importlib
import mmap
import os
import signal
import socket
import sqlite3
import struct
import sys
import tempfile
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from grader.sandbox.environment import environment
from grader.sandbox.kernel.syscalls import PR_SET_DUMPABLE, PR_SET_PDEATHSIG, call, prctl

MIB = 1 << 20
HERE = -100  # AT_FDCWD
CLONE_NEW_USERS = 0x10000000
X32 = 0x40000000
F_OFD_GETLK, F_OFD_SETLK = 36, 37


@dataclass(frozen=True)
class World:
    """What lies outside of a worker's confinement, and the one socket that it holds."""

    folder: Path  # no worker may see it
    allowed: Path  # a file that every worker may read
    pid: int  # a process of the same user
    port: int  # where a server listens on 127.0.0.1
    channel: socket.socket  # its other end has sent "abc" many times

    @property
    def canary(self) -> Path:
        return self.folder / "canary"

    @property
    def new(self) -> Path:
        return self.folder / "new"


Deed = Callable[[World], object]


def _fork(_: World) -> None:
    if os.fork() == 0:
        os._exit(0)


def _with_open(path: Path, act: Callable[[int], object]) -> None:
    fd = os.open(path, os.O_RDONLY)
    try:
        act(fd)
    finally:
        os.close(fd)


def _name_a_handle(world: World) -> None:
    handle = ctypes.create_string_buffer(struct.pack("<Ii", 128, 0), 136)
    mount = ctypes.c_int()
    places = (ctypes.addressof(handle), ctypes.addressof(mount))
    call("name_to_handle_at", HERE, bytes(world.allowed), *places, 0)


def _read_memory(world: World) -> None:
    word = ctypes.create_string_buffer(8)
    vector = struct.pack("<QQ", ctypes.addressof(word), 8)
    call("process_vm_readv", world.pid, vector, 1, vector, 1, 0)


def _connect_tcp(world: World) -> None:
    with socket.socket() as sock:
        sock.connect((b"127.0.0.1", world.port))  # bytes need no codec


def _connect_unix(world: World) -> None:
    with socket.socket(socket.AF_UNIX) as sock:
        sock.connect(str(world.folder / "socket"))


def _send_out_of_band(world: World) -> None:
    world.channel.send(b"x", socket.MSG_OOB)


def _hold_a_lock(world: World) -> None:
    """Lock what every worker reads, and ask in another thread's descriptor whether it is locked."""
    with open(world.allowed) as one, open(world.allowed) as other:
        fcntl.flock(one, fcntl.LOCK_EX)
        try:
            fcntl.flock(other, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            return
    raise PermissionError(errno.EPERM, "nobody sees the lock")


def _hold_a_lock_of_a_record(world: World) -> None:
    whole = struct.pack("hhqqi4x", fcntl.F_RDLCK, 0, 0, 0, 0)
    with open(world.allowed) as one, open(world.allowed) as other:
        fcntl.fcntl(one, F_OFD_SETLK, whole)
        asked = struct.pack("hhqqi4x", fcntl.F_WRLCK, 0, 0, 0, 0)
        kind = struct.unpack_from("h", fcntl.fcntl(other, F_OFD_GETLK, asked))[0]
    if kind == fcntl.F_UNLCK:
        raise PermissionError(errno.EPERM, "nobody sees the lock")


def _pass_a_descriptor(world: World) -> None:
    socket.send_fds(world.channel, [b"x"], [0])


def _be_signalled(world: World) -> None:
    fcntl.fcntl(world.channel, fcntl.F_SETOWN, world.pid)


FORBIDDEN: dict[str, Deed] = {
    # files
    "read outside": lambda at: at.canary.read_bytes(),
    "list outside": lambda at: os.listdir(at.folder),
    "write outside": lambda at: at.canary.write_bytes(b""),
    "create outside": lambda at: at.new.touch(),
    "remove outside": lambda at: at.canary.unlink(),
    "rename outside": lambda at: at.canary.rename(at.new),
    "make a folder outside": lambda at: at.new.mkdir(),
    "link outside": lambda at: at.new.hardlink_to(at.canary),
    "symlink outside": lambda at: at.new.symlink_to("canary"),
    "chmod outside": lambda at: at.canary.chmod(0o777),
    "chown outside": lambda at: os.chown(at.canary, os.getuid(), os.getgid()),
    "utime outside": lambda at: os.utime(at.canary, (1, 1)),
    "truncate outside": lambda at: os.truncate(at.canary, 0),
    "truncate on opening": lambda at: os.close(os.open(at.canary, os.O_RDONLY | os.O_TRUNC)),
    "set an attribute outside": lambda at: os.setxattr(at.canary, "user.note", b"1"),
    "write what it reads": lambda at: at.allowed.write_bytes(b""),
    "chmod what it reads": lambda at: _with_open(at.allowed, lambda fd: os.fchmod(fd, 0o777)),
    "utime what it reads": lambda at: _with_open(at.allowed, lambda fd: os.utime(fd, (1, 1))),
    "read /etc/passwd": lambda _: Path("/etc/passwd").read_bytes(),
    "read its mounts": lambda _: Path("/proc/self/mountinfo").read_bytes(),
    "watch files": lambda _: call("inotify_init1", 0),
    "name a handle": _name_a_handle,
    "import an unlisted package": lambda _: importlib.import_module("jinja2"),
    # other processes
    "fork": _fork,
    "start a program": lambda _: os.execv("/bin/true", ["true"]),
    "new user namespace": lambda _: call("unshare", CLONE_NEW_USERS),
    "signal": lambda at: os.kill(at.pid, 0),
    "signal a thread": lambda at: call("tgkill", at.pid, at.pid, 0),
    "open a pidfd": lambda at: os.pidfd_open(at.pid),
    "limit another": lambda at: call("prlimit64", at.pid, 0, None, bytes(16)),
    "move another": lambda at: os.sched_setaffinity(at.pid, os.sched_getaffinity(0)),
    "renice": lambda at: os.setpriority(0, at.pid, os.getpriority(0, 0)),
    "read another's environment": lambda at: Path(f"/proc/{at.pid}/environ").read_bytes(),
    "open another's memory": lambda at: Path(f"/proc/{at.pid}/mem").open("rb").close(),
    "read another's memory": _read_memory,
    "be readable again": lambda _: prctl(PR_SET_DUMPABLE, 1),
    "outlive the supervisor": lambda _: prctl(PR_SET_PDEATHSIG, 0),
    # sockets, locks, shared memory
    "connect by TCP": _connect_tcp,
    "connect by a unix socket": _connect_unix,
    "make a UDP socket": lambda _: socket.socket(socket.AF_INET, socket.SOCK_DGRAM).close(),
    "make a pair of datagram sockets": lambda _: socket.socketpair(type=socket.SOCK_DGRAM),
    "make a pair of packet sockets": lambda _: socket.socketpair(type=socket.SOCK_SEQPACKET),
    "pass a descriptor": _pass_a_descriptor,
    "send out of band": _send_out_of_band,
    "be signalled for a socket": _be_signalled,
    "hold a lock": _hold_a_lock,
    "hold a lock of a record": _hold_a_lock_of_a_record,
    "lease": lambda at: _with_open(
        at.allowed, lambda fd: fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
    ),
    "enlarge a pipe": lambda _: fcntl.fcntl(os.pipe()[1], 1031, MIB),
    "shared memory": lambda _: call("shmget", 0, 4096, 0o1600),
    "semaphores": lambda _: call("semget", 0, 1, 0o1600),
    "message queue": lambda _: call("msgget", 0, 0o1600),
    "memory file": lambda _: os.memfd_create("x"),
    "personality": lambda _: call("personality", 0xFFFFFFFF),
}

# What only some users, kernels or machines can do unlocked; locked, nobody can.
PRIVILEGED: dict[str, Deed] = {
    "io_uring": lambda _: call("io_uring_setup", 0, None),
    "bpf": lambda _: call("bpf", 0, None, 0),
    "userfaultfd": lambda _: call("userfaultfd", 0),
    "perf": lambda _: call("perf_event_open", None, 0, -1, -1, 0),
    "keyctl": lambda _: call("keyctl", 0, 0, 0),
    "mount": lambda _: call("mount", b"none", b"/", b"none", 0, b""),
    "chroot": lambda _: os.chroot("/"),
    "ptrace": lambda at: call("ptrace", 16, at.pid, 0, 0),
    "become root": lambda _: os.setuid(0),
    "lock memory": lambda _: call("mlockall", 1),
    "fanotify": lambda _: call("fanotify_init", 0, 0),
    "enter a namespace": lambda _: call("setns", 0, 0),
}


def _multiply_in_threads(_: World) -> None:
    matrix = np.ones((200, 200))
    products: list[np.ndarray] = []
    threads = [threading.Thread(target=lambda: products.append(matrix @ matrix)) for _ in "1234"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(products) == 4
    assert all((product == 200).all() for product in products)


def _use_a_temporary_folder(_: World) -> None:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        np.save(folder / "a.npy", np.arange(3))
        (folder / "sub").mkdir()
        (folder / "a.npy").rename(folder / "sub" / "b.npy")
        assert np.load(folder / "sub" / "b.npy", mmap_mode="r")[2] == 2
    with tempfile.TemporaryFile() as file:
        file.write(b"x")


def _use_what_is_handed_out(_: World) -> None:
    assert Path("data/a.csv").read_text() == "1,2\n"
    assert os.listdir("data") == ["a.csv"]


def _use_locks(_: World) -> None:
    with open("locked", "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
    with contextlib.closing(sqlite3.connect("a.db")) as base:
        base.execute("CREATE TABLE t (a)")
        base.commit()


def _know_its_program(_: World) -> None:
    assert os.path.basename(os.readlink("/proc/self/exe")).startswith("python")
    assert b"python" in Path("/proc/self/cmdline").read_bytes()


def _run_a_loop(_: World) -> None:
    async def later() -> int:
        await asyncio.sleep(0.001)
        return await asyncio.to_thread(lambda: 3)

    assert asyncio.run(later()) == 3


def _talk(world: World) -> None:
    os.writev(world.channel.fileno(), [b"ab", b"c"])
    buffer = bytearray(3)
    assert world.channel.recv_into(buffer) == 3
    assert buffer == b"abc"


def _use_an_alarm(_: World) -> None:
    rung = []
    signal.signal(signal.SIGALRM, lambda *_: rung.append(1))
    signal.setitimer(signal.ITIMER_REAL, 0.001)
    time.sleep(0.05)
    assert rung


def _import_lazily(_: World) -> None:
    for name in ("wave", "xml.dom.minidom", "numpy.polynomial.hermite"):
        assert name not in sys.modules, name
        importlib.import_module(name)


def _map_memory(_: World) -> None:
    with mmap.mmap(-1, MIB) as memory:
        memory[:3] = b"abc"


def _write_nowhere(_: World) -> None:
    with open(os.devnull, "w") as nowhere:
        nowhere.write("x")


def _assert_clean(_: World) -> None:
    assert set(os.environ) == set(environment()), set(os.environ)
    assert sys.stdin.fileno() == 0
    assert os.read(0, 1) == b""
    assert os.umask(0) == 0o077
    assert os.getsid(0) == os.getpid()
    assert Path.cwd() == Path(os.environ["HOME"])


ALLOWED: dict[str, Deed] = {
    "read an allowed file": lambda at: at.allowed.read_bytes(),
    "multiply in threads": _multiply_in_threads,
    "use a temporary folder": _use_a_temporary_folder,
    "use what is handed out": _use_what_is_handed_out,
    "use locks": _use_locks,
    "know its program": _know_its_program,
    "run a loop": _run_a_loop,
    "answer on its channel": _talk,
    "use an alarm": _use_an_alarm,
    "import lazily": _import_lazily,
    "map memory": _map_memory,
    "write to /dev/null": _write_nowhere,
    "draw random bytes": lambda _: np.random.default_rng().random(3),
    "raise a signal": lambda _: signal.raise_signal(signal.SIGCHLD),
    "count processors": lambda _: os.cpu_count(),
    "limit itself": lambda _: os.sched_setaffinity(0, os.sched_getaffinity(0)),
    "be clean": _assert_clean,
}


def _write_too_much(_: World) -> None:
    with tempfile.TemporaryFile() as file:
        for _step in range(100):
            file.write(bytes(MIB))


def _fill_the_scratch_folder(_: World) -> None:
    for i in range(100):
        Path(os.environ["HOME"], str(i)).write_bytes(bytes(MIB))


def _make_many_files(_: World) -> None:
    for i in range(5000):
        Path(os.environ["HOME"], str(i)).touch()


def _compute_for_ever(_: World) -> None:
    while True:
        pass


ENDINGS: dict[str, Deed] = {
    "crash": lambda _: ctypes.string_at(0),
    "abort": lambda _: os.abort(),
    "exhaust memory": lambda _: np.ones(1 << 30),
    "exhaust descriptors": lambda _: [os.pipe() for _ in range(1000)],
    "compute for ever": _compute_for_ever,
    "write too much": _write_too_much,
    "fill the scratch folder": _fill_the_scratch_folder,
    "make many files": _make_many_files,
    "call by x32": lambda _: ctypes.CDLL(None).syscall(X32 | 39),
    "leave a file": lambda _: Path(os.environ["HOME"], "left").write_bytes(b"x"),
    "find a file left": lambda _: Path(os.environ["HOME"], "left").read_bytes(),
}


def _backward(_: World) -> None:
    import torch

    torch.set_num_threads(2)
    layer = torch.nn.Conv2d(3, 8, 3)
    layer(torch.randn(8, 3, 32, 32)).square().mean().backward()
    assert float(layer.weight.grad.abs().sum()) > 0


def _import_lazily_for_torch(_: World) -> None:
    assert "networkx" not in sys.modules
    importlib.import_module("networkx")
    importlib.import_module("torch.nn.utils.prune")


def _train(_: World) -> None:
    import torch

    weight = torch.ones(4, 4, requires_grad=True)
    optimizer = torch.optim.Adam([weight])
    for _step in range(3):
        optimizer.zero_grad()
        torch.nn.functional.cross_entropy(weight, torch.arange(4)).backward()
        optimizer.step()
    path = Path(os.environ["HOME"], "weights.pt")
    torch.save({"weight": weight}, path)
    assert torch.load(path, weights_only=True)["weight"].shape == (4, 4)


def _have_no_privileges(_: World) -> None:
    lines = Path("/proc/self/status").read_text().splitlines()
    status = {
        name: value.strip() for name, _colon, value in (line.partition(":") for line in lines)
    }
    held = {status[f"Cap{which}"] for which in ("Inh", "Prm", "Eff", "Amb")}
    assert held == {"0" * 16}, status
    assert status["NoNewPrivs"] == "1"
    assert os.getuid() != 0 or status["CapBnd"] == "0" * 16


STATUS: dict[str, Deed] = {"have no privileges": _have_no_privileges}

TORCH: dict[str, Deed] = {
    "backward with two threads": _backward,
    "train and save": _train,
    "import lazily": _import_lazily_for_torch,
}

GROUPS = {
    "forbidden": FORBIDDEN,
    "privileged": PRIVILEGED,
    "allowed": ALLOWED,
    "endings": ENDINGS,
    "status": STATUS,
    "torch": TORCH,
}
