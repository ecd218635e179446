"""System calls that the standard library does not offer, through ctypes.

Runs in: the warm worker, the warm judge, the judge, the supervisor and the worker.

A failure is an OSError with the kernel's errno. Importable anywhere; works on Linux, x86_64
and aarch64.
"""

import ctypes
import errno
import functools
import os
import platform
import sys
from collections.abc import Callable, Collection
from typing import Any

Call = Callable[[], object]

PR_SET_PDEATHSIG = 1
PR_GET_DUMPABLE = 3
PR_SET_DUMPABLE = 4
PR_SET_SECCOMP = 22
PR_CAPBSET_DROP = 24
PR_SET_CHILD_SUBREAPER = 36
PR_SET_NO_NEW_PRIVS = 38
PR_CAP_AMBIENT = 47
PR_CAP_AMBIENT_CLEAR_ALL = 4

_COLUMNS = {"x86_64": 1, "aarch64": 2}

# Each call's name, its number on x86_64 (asm/unistd_64.h) and on aarch64 (asm-generic/unistd.h);
# "-" where the machine has no such call.
_TABLE = """
    accept 43 202; accept4 288 242; access 21 -; add_key 248 217; alarm 37 -; arch_prctl 158 -;
    bind 49 200; bpf 321 280; brk 12 214; capset 126 91; chdir 80 49; chmod 90 -; chown 92 -;
    chroot 161 51; clock_getres 229 114; clock_gettime 228 113; clock_nanosleep 230 115;
    clone 56 220; clone3 435 435; close 3 57; close_range 436 436; connect 42 203; creat 85 -;
    dup 32 23; dup2 33 -; dup3 292 24; epoll_create 213 -; epoll_create1 291 20;
    epoll_ctl 233 21; epoll_pwait 281 22; epoll_wait 232 -; eventfd 284 -; eventfd2 290 19;
    execve 59 221; execveat 322 281; exit 60 93; exit_group 231 94; faccessat 269 48;
    faccessat2 439 439; fadvise64 221 223; fallocate 285 47; fanotify_init 300 262; fchdir 81 50;
    fchmod 91 52; fchmodat 268 53; fchmodat2 452 452; fchown 93 55; fchownat 260 54; fcntl 72 25;
    fdatasync 75 83; fgetxattr 193 10; flistxattr 196 13; flock 73 32; fork 57 -;
    fsconfig 431 431; fsetxattr 190 7; fsmount 432 432; fsopen 430 430; fstat 5 80;
    fstatfs 138 44; fsync 74 82; ftruncate 77 46; futex 202 98; futimesat 261 -;
    get_mempolicy 239 236; getcpu 309 168; getcwd 79 17; getdents 78 -; getdents64 217 61;
    getegid 108 177; geteuid 107 175; getgid 104 176; getgroups 115 158; getitimer 36 102;
    getpgid 121 155; getpgrp 111 -; getpid 39 172; getppid 110 173; getpriority 140 141;
    getrandom 318 278; getresgid 120 150; getresuid 118 148; getrlimit 97 163; getrusage 98 165;
    getsid 124 156; gettid 186 178; gettimeofday 96 169; getuid 102 174; getxattr 191 8;
    inotify_add_watch 254 27; inotify_init 253 -; inotify_init1 294 26; io_uring_enter 426 426;
    io_uring_register 427 427; io_uring_setup 425 425; ioctl 16 29; ioprio_set 251 30;
    kcmp 312 272; keyctl 250 219; kill 62 129; landlock_add_rule 445 445;
    landlock_create_ruleset 444 444; landlock_restrict_self 446 446; lchown 94 -;
    lgetxattr 192 9; link 86 -; linkat 265 37; listen 50 201; listxattr 194 11;
    llistxattr 195 12; lseek 8 62; lsetxattr 189 6; lstat 6 -; madvise 28 233;
    membarrier 324 283; memfd_create 319 279; memfd_secret 447 447; mkdir 83 -; mkdirat 258 34;
    mknod 133 -; mknodat 259 33; mlock 149 228; mlock2 325 284; mlockall 151 230; mmap 9 222;
    mount 165 40; mount_setattr 442 442; move_mount 429 429; mprotect 10 226; mq_open 240 180;
    mremap 25 216; msgctl 71 187; msgget 68 186; msgrcv 70 188; msgsnd 69 189; msync 26 227;
    munmap 11 215; name_to_handle_at 303 264; nanosleep 35 101; newfstatat 262 79; open 2 -;
    open_by_handle_at 304 265; open_tree 428 428; openat 257 56; pause 34 -;
    perf_event_open 298 241; personality 135 92; pidfd_getfd 438 438; pidfd_open 434 434;
    pidfd_send_signal 424 424; pipe 22 -; pipe2 293 59; pivot_root 155 41; poll 7 -;
    ppoll 271 73; prctl 157 167; pread64 17 67; preadv 295 69; preadv2 327 286;
    prlimit64 302 261; process_vm_readv 310 270; process_vm_writev 311 271; pselect6 270 72;
    ptrace 101 117; pwrite64 18 68; pwritev 296 70; pwritev2 328 287; read 0 63; readlink 89 -;
    readlinkat 267 78; readv 19 65; recvfrom 45 207; recvmmsg 299 243; recvmsg 47 212;
    rename 82 -; renameat 264 38; renameat2 316 276; request_key 249 218;
    restart_syscall 219 128; rmdir 84 -; rseq 334 293; rt_sigaction 13 134;
    rt_sigpending 127 136; rt_sigprocmask 14 135; rt_sigqueueinfo 129 138; rt_sigreturn 15 139;
    rt_sigsuspend 130 133; rt_sigtimedwait 128 137; rt_tgsigqueueinfo 297 240;
    sched_get_priority_max 146 125; sched_get_priority_min 147 126; sched_getaffinity 204 123;
    sched_getparam 143 121; sched_getscheduler 145 120; sched_setaffinity 203 122;
    sched_setattr 314 274; sched_setparam 142 118; sched_setscheduler 144 119;
    sched_yield 24 124; seccomp 317 277; select 23 -; semctl 66 191; semget 64 190; semop 65 193;
    semtimedop 220 192; sendmmsg 307 269; sendmsg 46 211; sendto 44 206; set_robust_list 273 99;
    set_tid_address 218 96; setgid 106 144; setgroups 116 159; setitimer 38 103; setns 308 268;
    setpgid 109 154; setpriority 141 140; setresgid 119 149; setresuid 117 147; setsid 112 157;
    setsockopt 54 208; setuid 105 146; setxattr 188 5; shmat 30 196; shmctl 31 195; shmdt 67 197;
    shmget 29 194; sigaltstack 131 132; socket 41 198; socketpair 53 199; stat 4 -;
    statfs 137 43; statx 332 291; symlink 88 -; symlinkat 266 36; sysinfo 99 179; syslog 103 116;
    tgkill 234 131; time 201 -; timerfd_create 283 85; timerfd_gettime 287 87;
    timerfd_settime 286 86; times 100 153; tkill 200 130; truncate 76 45; umask 95 166;
    umount2 166 39; uname 63 160; unlink 87 -; unlinkat 263 35; unshare 272 97;
    userfaultfd 323 282; utime 132 -; utimensat 280 88; utimes 235 -; vfork 58 -; wait4 61 260;
    waitid 247 95; write 1 64; writev 20 66;
"""


def machine() -> str:
    """Return "x86_64" or "aarch64", or the name of something that is not supported."""
    name, bits = platform.machine(), 8 * ctypes.sizeof(ctypes.c_void_p)
    return name if (sys.platform, bits) == ("linux", 64) else f"{sys.platform} {name} {bits}"


def numbers() -> dict[str, int]:
    """Return the system call numbers of this machine; empty for one that is not supported."""
    return _numbers_of(machine())


@functools.cache
def _numbers_of(name: str) -> dict[str, int]:
    column = _COLUMNS.get(name)
    if column is None:
        return {}
    rows = [row.split() for row in _TABLE.split(";") if row.strip()]
    return {row[0]: int(row[column]) for row in rows if row[column] != "-"}


@functools.cache
def _libc() -> ctypes.CDLL:
    libc = ctypes.CDLL(None, use_errno=True)
    libc.syscall.restype = ctypes.c_long
    return libc


def call(name: str, *args: int | bytes | ctypes.Structure | None) -> int:
    """Make the system call `name`; a structure is passed by reference."""
    return prepared(name, *args)()


def prepared(name: str, *args: int | bytes | ctypes.Structure | None) -> Callable[[], int]:
    """Return a function that makes the system call `name`, with nothing left to look up.

    Raises:
        OSError: the machine has no such call.
    """
    number = numbers().get(name)
    if number is None:
        raise OSError(errno.ENOSYS, f"{name}: not known on {machine()}")
    arguments = [ctypes.c_long(number), *map(_argument, args)]
    return functools.partial(_checked, _libc().syscall, *arguments)


def prctl(option: int, *args: int) -> int:
    padded = [*args, 0, 0, 0, 0][:4]
    return _checked(_libc().prctl, option, *map(_argument, padded))


def prepared_mount(source: str, target: str, kind: str, flags: int, data: str = "") -> Call:
    texts = [text.encode() for text in (source, target, kind)]
    return prepared("mount", *texts, flags, data.encode())


def close_fds(keep: Collection[int]) -> None:
    """Close every file descriptor of this process except those in `keep`."""
    low = 0
    for fd in sorted(keep):
        if low < fd:  # because os.closerange(0, 0) closes every descriptor
            os.closerange(low, fd)
        low = fd + 1
    try:
        call("close_range", low, 2**31 - 1, 0)
    except OSError:  # Linux before 5.9, or another system
        os.closerange(low, os.sysconf("SC_OPEN_MAX"))


def _argument(value: object) -> object:
    if isinstance(value, int):
        return ctypes.c_ulong(value)  # a whole register; ctypes cuts a plain int to 32 bits
    return ctypes.byref(value) if isinstance(value, ctypes.Structure) else value


def _checked(function: Any, *args: object) -> int:
    result: int = function(*args)
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
