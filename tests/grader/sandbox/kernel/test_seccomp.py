"""The filter's decisions, by an interpreter of BPF written here, for both machines."""

import errno
import os
import platform
import re
import signal
import struct
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox.kernel import seccomp
from grader.sandbox.kernel.syscalls import numbers

ARCHITECTURES = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
ALLOWED, KILLED = 0x7FFF0000, 0x80000000
NOTHING = 0x50000  # the call is not made, and succeeds
REFUSED, UNKNOWN, UNSUPPORTED, NO_TERMINAL = (
    0x50000 | number for number in (errno.EPERM, errno.ENOSYS, errno.ENOTSUP, errno.ENOTTY)
)
PID = 4711
CLONE_OF_GLIBC = 0x3D0F00  # VM FS FILES SIGHAND THREAD SYSVSEM SETTLS PARENT_SETTID CHILD_CLEARTID
NEEDED = ["read", "write", "mmap", "futex", "openat", "close", "exit_group", "getrandom"]
DANGEROUS = ["execve", "socket", "ptrace", "kill", "mount", "bpf", "io_uring_setup", "keyctl"]

Decide = Callable[..., int]


@pytest.fixture(params=ARCHITECTURES)
def machine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr(platform, "machine", lambda: request.param)
    return request.param


@pytest.fixture
def decide(machine: str) -> Decide:
    """Return what the filter of `files` answers to the call `name`, or a number, with `args`."""

    def decide(files: seccomp.Files, name: str | int, *args: int) -> int:
        number = numbers()[name] if isinstance(name, str) else name
        return _run(seccomp.build(files), ARCHITECTURES[machine], number, args)

    return decide


def _run(compiled: seccomp.Filter, architecture: int, number: int, args: tuple[int, ...]) -> int:
    """Interpret classic BPF over a struct seccomp_data, the process id patched in."""
    code = bytearray(compiled.code)
    for offset in compiled.pid_offsets:
        struct.pack_into("<I", code, offset, PID)
    padded = [arg & (2**64 - 1) for arg in (*args, *[0] * 6)][:6]
    data = struct.pack("<iIQ6Q", number, architecture, 0, *padded)
    lines = list(struct.iter_unpack("<HBBI", code))
    at = accumulator = 0
    while True:
        operation, yes, no, constant = lines[at]
        at += 1
        if operation == 0x20:
            (accumulator,) = struct.unpack_from("<I", data, constant)
        elif operation == 0x06:
            return constant
        elif operation == 0x05:
            at += constant
        elif operation == 0x54:
            accumulator &= constant
        else:
            tests = {
                0x15: accumulator == constant,
                0x35: accumulator >= constant,
                0x45: accumulator & constant,
            }
            at += yes if tests[operation] else no


def test_what_every_program_needs_is_allowed(decide: Decide) -> None:
    for name in NEEDED:
        assert decide("own root", name) == ALLOWED, name


def test_known_danger_is_refused_and_the_unknown_does_not_exist(decide: Decide) -> None:
    for name in DANGEROUS:
        assert decide("own root", name) == REFUSED, name
    assert decide("own root", 9999) == UNKNOWN
    assert decide("own root", "clone3") == UNKNOWN
    assert decide("own root", "getxattr") == UNSUPPORTED


def test_another_machine_and_the_x32_interface_end_the_process(decide: Decide) -> None:
    assert decide("own root", "read") == ALLOWED
    other = 0x40000003  # AUDIT_ARCH_I386
    assert _run(seccomp.build("own root"), other, 3, ()) == KILLED
    assert decide("own root", 0x40000000) == KILLED
    assert decide("own root", -1) == KILLED


def test_clone_makes_threads_only(decide: Decide) -> None:
    assert decide("own root", "clone", CLONE_OF_GLIBC) == ALLOWED
    assert decide("own root", "clone", 17) == REFUSED  # fork()
    assert decide("own root", "clone", CLONE_OF_GLIBC & ~0x400) == REFUSED  # own descriptors
    for new in (0x20000, 0x2000000, 0x4000000, 0x8000000, 0x10000000, 0x20000000, 0x40000000):
        assert decide("own root", "clone", CLONE_OF_GLIBC | new) == REFUSED, hex(new)


@pytest.mark.parametrize("name", ["prlimit64", "sched_setaffinity"])
def test_only_the_own_process_can_be_limited(decide: Decide, name: str) -> None:
    assert decide("own root", name, 0) == ALLOWED
    assert decide("own root", name, PID) == ALLOWED
    assert decide("own root", name, PID + 1) == REFUSED
    assert decide("own root", name, PID | 1 << 32) == ALLOWED  # the kernel reads the low half


def test_only_the_own_threads_can_be_signalled(decide: Decide) -> None:
    assert decide("own root", "tgkill", PID, PID + 3, 6) == ALLOWED
    assert decide("own root", "tgkill", PID + 1, PID + 1, 6) == REFUSED
    assert decide("own root", "tgkill", 0, PID, 6) == REFUSED
    assert decide("own root", "tkill", PID, 6) == REFUSED


@pytest.mark.parametrize("name", ["SIGSTOP", "SIGTSTP", "SIGTTIN", "SIGTTOU"])
def test_a_process_cannot_stop_itself_which_would_gain_it_time(decide: Decide, name: str) -> None:
    number = signal.Signals[name]
    assert decide("own root", "tgkill", PID, PID, number) == REFUSED
    assert decide("own root", "tgkill", PID, PID, number | 1 << 32) == REFUSED


def test_locks_are_only_asked_for_and_never_taken(decide: Decide) -> None:
    for command in (5, 36):  # GETLK, OFD_GETLK
        assert decide("own root", "fcntl", 3, command) == ALLOWED
    for command in (6, 7, 37, 38):  # SETLK, SETLKW, OFD_SETLK, OFD_SETLKW
        assert decide("own root", "fcntl", 3, command) == NOTHING
    assert decide("own root", "flock", 3, 2) == NOTHING


def test_only_pairs_of_unix_streams_can_be_made(decide: Decide) -> None:
    flags = 0o2004000  # SOCK_CLOEXEC, SOCK_NONBLOCK
    assert decide("own root", "socketpair", 1, 1) == ALLOWED
    assert decide("own root", "socketpair", 1, 1 | flags) == ALLOWED
    for family, kind in ((1, 2), (1, 5), (1, 3), (2, 1), (16, 1), (1, 2 | flags), (1, 1 << 20 | 1)):
        assert decide("own root", "socketpair", family, kind) == REFUSED, (family, kind)


def test_arguments_decide_over_fcntl_ioctl_prctl_and_messages(decide: Decide) -> None:
    assert decide("own root", "fcntl", 3, 3) == ALLOWED  # F_GETFL
    for command in (8, 10, 1024, 1026, 1031, 1033):  # owner, signal, lease, notify, size, seals
        assert decide("own root", "fcntl", 3, command) == REFUSED, command
    assert decide("own root", "ioctl", 1, 0x5401) == ALLOWED  # TCGETS
    assert decide("own root", "ioctl", 1, 0x5412) == NO_TERMINAL  # TIOCSTI
    assert decide("own root", "prctl", 15) == ALLOWED  # PR_SET_NAME
    assert decide("own root", "prctl", 4, 1) == REFUSED  # PR_SET_DUMPABLE
    for name in ("sendmsg", "sendmmsg", "recvmsg"):  # they could pass descriptors
        assert decide("own root", name) == REFUSED
    for name, at in (("sendto", 3), ("recvfrom", 3)):
        assert decide("own root", name, *[0] * at, 0x4000) == ALLOWED  # MSG_NOSIGNAL
        assert decide("own root", name, *[0] * at, 1) == REFUSED  # MSG_OOB


def test_what_landlock_does_not_govern_needs_an_own_root(decide: Decide) -> None:
    for name in ("fchmod", "fchmodat", "utimensat", "truncate"):
        assert decide("own root", name) == ALLOWED, name
        assert decide("landlock", name) == REFUSED, name
        assert decide("unguarded", name) == REFUSED, name
    for name in ("linkat", "symlinkat"):
        assert decide("own root", name) == decide("landlock", name) == REFUSED, name
    assert decide("landlock", "renameat2") == ALLOWED
    assert decide("unguarded", "renameat2") == REFUSED


def test_unguarded_files_can_only_be_read(decide: Decide) -> None:
    assert decide("unguarded", "openat", 0, 0, os.O_RDONLY | os.O_CLOEXEC) == ALLOWED
    for flag in (os.O_WRONLY, os.O_RDWR, os.O_CREAT, os.O_TRUNC, os.O_TMPFILE):
        assert decide("unguarded", "openat", 0, 0, flag) == REFUSED, oct(flag)
        assert decide("landlock", "openat", 0, 0, flag) == ALLOWED, oct(flag)


def test_each_number_of_the_table_is_the_kernels(machine: str) -> None:
    headers = {
        "x86_64": f"/usr/include/{machine}-linux-gnu/asm/unistd_64.h",
        "aarch64": "/usr/include/asm-generic/unistd.h",
    }
    path = Path(headers[machine])
    if not path.exists():
        pytest.skip(f"{path} is not installed")
    pattern = re.compile(r"#define __NR(?:3264)?_(\w+) (\d+)")
    known = {name: int(number) for name, number in pattern.findall(path.read_text())}
    wrong = {
        name: number for name, number in numbers().items() if known.get(name, number) != number
    }
    assert wrong == {}
    assert len(known.keys() & numbers().keys()) > 150


def test_another_machine_has_no_filter(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(platform, "machine", lambda: "riscv64")
    with pytest.raises(OSError, match="no system call filter for riscv64"):
        seccomp.build("own root")
