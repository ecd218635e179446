"""The allow-list of system calls, as a classic BPF program.

Runs in: the warm worker, the supervisor and the worker.

`build` makes the filter once, in the warm worker; the call that `installing` returns writes the
worker's own process id into it and hands it to the kernel. A system call that no rule names gets
ENOSYS, which lets libraries fall back; one that is known and refused gets EPERM. The list covers
what CPython, numpy and torch (threads of OpenMP included) use to compute.

A worker may use only the sockets that it inherits, and connected pairs of its own, which lead
nowhere else (asyncio wakes itself by one). All of them are stream sockets, which sendto() cannot
address; sendmsg() is refused, since it could pass descriptors.

Taking a lock succeeds here and does nothing: no other process can open the files of a worker, so
that nobody could hold one against it, while a real one on a library's file would be a channel
between workers.
"""

import ctypes
import errno
import os
import signal
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import Literal

from grader.sandbox.kernel.layer import Confinement, Layer, Moment, Step
from grader.sandbox.kernel.policy import WorkerLimits
from grader.sandbox.kernel.syscalls import PR_SET_SECCOMP, Call, machine, numbers, prepared
from grader.sandbox.level import Level

# What decides over files besides this filter: mounts of an own root, Landlock, or nothing.
Files = Literal["own root", "landlock", "unguarded"]
_FILES: dict[Level, Files] = {
    "isolated": "own root",
    "confined": "landlock",
    "filtered": "unguarded",
}

_FILTER_MODE = 2
_LOAD, _AND, _JUMP, _RETURN = 0x20, 0x54, 0x05, 0x06
_IF_EQUAL, _IF_AT_LEAST, _IF_ANY_BIT = 0x15, 0x35, 0x45
_KILL, _ALLOWED, _ERRNO = 0x80000000, 0x7FFF0000, 0x00050000
_NUMBER_AT, _MACHINE_AT, _ARGUMENTS_AT = 0, 4, 16  # offsets in struct seccomp_data
_AUDIT_ARCH = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}
_X32 = 0x40000000  # bit of the numbers of x86_64's second, 32-bit interface
_FAR = 255  # the longest conditional jump

_Instruction = tuple[int, int, int, int]  # code, jump if true, jump if false, constant
_Block = tuple[_Instruction, ...]
_OWN_PID = -1  # stands for the constant that `_install` writes


def _words(text: str) -> list[str]:
    return text.split()


_HARMLESS = _words("""
access alarm arch_prctl brk chdir clock_getres clock_gettime clock_nanosleep close close_range
dup dup2 dup3 epoll_create epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd eventfd2 exit
exit_group faccessat faccessat2 fadvise64 fallocate fchdir fdatasync fstat fstatfs fsync
ftruncate futex get_mempolicy getcpu getcwd getdents getdents64 getegid geteuid getgid
getgroups getitimer getpgid getpgrp getpid getppid getpriority getrandom getresgid getresuid
getrlimit getrusage getsid gettid gettimeofday getuid lseek lstat madvise membarrier mmap
mprotect mremap msync munmap nanosleep newfstatat pause pipe pipe2 poll ppoll pread64 preadv
preadv2 pselect6 pwrite64 pwritev pwritev2 read readlink readlinkat readv restart_syscall rseq
rt_sigaction rt_sigpending rt_sigprocmask rt_sigreturn rt_sigsuspend rt_sigtimedwait
sched_get_priority_max sched_get_priority_min sched_getaffinity sched_getparam
sched_getscheduler sched_yield select set_robust_list set_tid_address setitimer sigaltstack
stat statfs statx sysinfo time timerfd_create timerfd_gettime timerfd_settime times umask
uname wait4 waitid write writev
""")

_OPENING = {"open": 1, "openat": 2}  # name -> position of its flags
_CHANGES_A_FOLDER = _words("mkdir mkdirat rename renameat renameat2 rmdir unlink unlinkat")
_BEYOND_LANDLOCK = _words("""
chmod fchmod fchmodat fchmodat2 futimesat truncate utime utimensat utimes
""")  # truncate before ABI 3
_ATTRIBUTES = _words("fgetxattr flistxattr getxattr lgetxattr listxattr llistxattr")

_WRITING = os.O_WRONLY | os.O_RDWR | os.O_CREAT | os.O_TRUNC | 0o20000000  # O_TMPFILE's own bit
_CLONE_FILES, _CLONE_THREAD = 0x400, 0x10000
_CLONE_NEW_ANYTHING = 0x7E020000
_OUT_OF_BAND = 1  # MSG_OOB: on unix sockets rarely used, and often wrong in kernels
_FCNTL = (0, 1, 2, 3, 4, 1030, 1032)  # DUPFD, [GS]ETFD, [GS]ETFL, DUPFD_CLOEXEC, GETPIPE_SZ
_ASKING_FOR_LOCKS = (5, 36)  # GETLK, OFD_GETLK
_LOCKING = (6, 7, 37, 38)  # SETLK, SETLKW, OFD_SETLK, OFD_SETLKW
_UNIX, _STREAM = 1, 1  # the family AF_UNIX, the kind SOCK_STREAM
_KIND_FLAGS = 0o2004000  # SOCK_CLOEXEC, SOCK_NONBLOCK
_IOCTL = (0x5401, 0x5413, 0x541B, 0x5421, 0x5450, 0x5451)  # isatty, size, FIONREAD, FIONBIO, CLEX
_STOPS = (signal.SIGSTOP, signal.SIGTSTP, signal.SIGTTIN, signal.SIGTTOU)
_PRCTL = (3, 15, 16, 38, 39, 0x53564D41)  # GET_DUMPABLE, [GS]ET_NAME, NO_NEW_PRIVS, SET_VMA


@dataclass(frozen=True)
class Filter:
    """BPF instructions, and where in them the process id belongs."""

    code: bytes
    pid_offsets: tuple[int, ...]


class Seccomp(Layer):
    """Only the system calls that computing needs; no new socket, process or program."""

    name = "seccomp"
    levels = ("isolated", "confined", "filtered")
    _filter: Filter

    def settle(self, confinement: Confinement) -> None:
        self._filter = build(_FILES[self.policy.level])

    def locking(self, confinement: Confinement, limits: WorkerLimits) -> Iterator[Step]:
        yield Step(Moment.CALLS, installing(self._filter))


class _SockFprog(ctypes.Structure):
    _fields_ = (("length", ctypes.c_ushort), ("code", ctypes.c_void_p))


def build(files: Files) -> Filter:
    """Return the filter for a worker whose files are guarded by `files`, too.

    Raises:
        OSError: the machine is not supported.
    """
    return assemble(_actions(files), fail(errno.ENOSYS))


def installing(compiled: Filter) -> Call:
    """Return the call that filters a thread's system calls for ever, in this process or a fork.

    The thread must have no_new_privs.
    """
    code = bytearray(compiled.code)
    held = (ctypes.c_char * len(code)).from_buffer(code)
    described = _SockFprog(len(code) // 8, ctypes.addressof(held))
    hand_over = prepared("prctl", PR_SET_SECCOMP, _FILTER_MODE, described, 0, 0)
    return partial(_install, code, compiled.pid_offsets, hand_over)


def _install(code: bytearray, pid_offsets: tuple[int, ...], hand_over: Call) -> None:
    pid = os.getpid()
    for offset in pid_offsets:
        struct.pack_into("<I", code, offset, pid)
    hand_over()


def assemble(actions: Mapping[str, _Block], otherwise: _Block) -> Filter:
    """Return a filter that does `actions` by name of the system call, or `otherwise`."""
    if machine() not in _AUDIT_ARCH:
        raise OSError(errno.ENOSYS, f"no system call filter for {machine()}")
    by_number = {numbers()[name]: block for name, block in actions.items() if name in numbers()}
    code = [
        (_LOAD, 0, 0, _MACHINE_AT),
        (_IF_EQUAL, 1, 0, _AUDIT_ARCH[machine()]),
        (_RETURN, 0, 0, _KILL),
        (_LOAD, 0, 0, _NUMBER_AT),
        (_IF_AT_LEAST, 0, 1, _X32),
        (_RETURN, 0, 0, _KILL),
        *_search(_ranges(by_number, otherwise)),
    ]
    packed = b"".join(
        struct.pack("<HBBI", op, yes, no, max(constant, 0)) for op, yes, no, constant in code
    )
    offsets = [8 * i + 4 for i, line in enumerate(code) if line[3] == _OWN_PID]
    return Filter(packed, tuple(offsets))


def allow() -> _Block:
    return ((_RETURN, 0, 0, _ALLOWED),)


def fail(number: int) -> _Block:
    """Do nothing and report the error `number`; the number 0 stands for success."""
    return ((_RETURN, 0, 0, _ERRNO | number),)


def _actions(files: Files) -> dict[str, _Block]:
    own = only(0, (0, _OWN_PID))  # 0 stands for the caller
    actions = {name: fail(errno.EPERM) for name in numbers()}
    actions |= dict.fromkeys(_HARMLESS, allow())
    actions |= dict.fromkeys(_ATTRIBUTES, fail(errno.ENOTSUP))  # what copy functions expect
    actions |= _file_actions(files)
    actions |= {
        "clone": _thread_only(),
        "clone3": fail(errno.ENOSYS),  # its flags lie in memory; libc then takes clone
        "fcntl": (
            *nothing_for(1, _LOCKING),
            *only(1, (*_FCNTL, *_ASKING_FOR_LOCKS)),
        ),
        "flock": fail(0),
        "ioctl": only(1, _IOCTL, errno.ENOTTY),
        "openat2": fail(errno.ENOSYS),
        "prctl": only(0, _PRCTL),
        "prlimit64": own,
        "recvfrom": without(3, _OUT_OF_BAND),
        "sched_setaffinity": own,
        "sendto": without(3, _OUT_OF_BAND),
        "socketpair": _connected_streams(),
        "tgkill": _own_signals(),
    }
    return actions


def _file_actions(files: Files) -> dict[str, _Block]:
    if files == "unguarded":  # every file of this user is in reach, so none may be written
        return {name: without(at, _WRITING) for name, at in _OPENING.items()}
    allowed = [*_OPENING, *_CHANGES_A_FOLDER]
    if files == "own root":
        allowed += _BEYOND_LANDLOCK
    return dict.fromkeys(allowed, allow())


def only(argument: int, values: Iterable[int], error: int = errno.EPERM) -> _Block:
    """Allow the call if its argument is one of `values`; the kernel reads only its low half."""
    block = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument)]
    for value in values:
        block += [(_IF_EQUAL, 0, 1, value), *allow()]
    return (*block, *fail(error))


def nothing_for(argument: int, values: Iterable[int]) -> _Block:
    """Do nothing and succeed if the argument is one of `values`; else go on with the next block."""
    block = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument)]
    for value in values:
        block += [(_IF_EQUAL, 0, 1, value), *fail(0)]
    return tuple(block)


def without(argument: int, bits: int) -> _Block:
    """Allow the call if its argument has none of `bits`."""
    load = (_LOAD, 0, 0, _ARGUMENTS_AT + 8 * argument)
    return (load, (_IF_ANY_BIT, 0, 1, bits), *fail(errno.EPERM), *allow())


def _own_signals() -> _Block:
    """Allow a process to signal itself, but not to stop: a stopped worker is given more time."""
    block: list[_Instruction] = [(_LOAD, 0, 0, _ARGUMENTS_AT + 8 * 2)]
    for stop in _STOPS:
        block += [(_IF_EQUAL, 0, 1, stop), *fail(errno.EPERM)]
    return (*block, *only(0, (_OWN_PID,)))


def _connected_streams() -> _Block:
    """Allow a pair of unix stream sockets, each of which can reach nothing but the other."""
    return (
        (_LOAD, 0, 0, _ARGUMENTS_AT),
        (_IF_EQUAL, 1, 0, _UNIX),
        *fail(errno.EPERM),
        (_LOAD, 0, 0, _ARGUMENTS_AT + 8),
        (_AND, 0, 0, ~_KIND_FLAGS & 0xFFFFFFFF),
        (_IF_EQUAL, 0, 1, _STREAM),
        *allow(),
        *fail(errno.EPERM),
    )


def _thread_only() -> _Block:
    """Allow threads that share their descriptors, so that one limit holds for all of them."""
    return (
        (_LOAD, 0, 0, _ARGUMENTS_AT),
        (_IF_ANY_BIT, 2, 0, _CLONE_NEW_ANYTHING),
        (_AND, 0, 0, _CLONE_THREAD | _CLONE_FILES),
        (_IF_EQUAL, 1, 0, _CLONE_THREAD | _CLONE_FILES),
        *fail(errno.EPERM),
        *allow(),
    )


def _ranges(actions: Mapping[int, _Block], otherwise: _Block) -> list[tuple[int, _Block]]:
    """Return (first number, block) for each run of numbers that share a block, from 0 on."""
    runs: list[tuple[int, _Block]] = []
    for first in sorted({0, *actions, *(number + 1 for number in actions)}):
        block = actions.get(first, otherwise)
        if not runs or runs[-1][1] != block:
            runs.append((first, block))
    return runs


def _search(runs: list[tuple[int, _Block]]) -> list[_Instruction]:
    """Return a binary search over `runs`: when a filter is installed, it is run for each number."""
    if len(runs) == 1:
        return list(runs[0][1])
    middle = len(runs) // 2
    low, high = _search(runs[:middle]), _search(runs[middle:])
    if len(low) <= _FAR:
        return [(_IF_AT_LEAST, len(low), 0, runs[middle][0]), *low, *high]
    return [(_IF_AT_LEAST, 0, 1, runs[middle][0]), (_JUMP, 0, 0, len(low)), *low, *high]
