"""Run Python as on a system that lacks what Linux has: lacking.py SYSTEM (-m MODULE | FILE) ...

What Windows or macOS lacks is taken away from the standard library, before anything else is
imported. On "windows", text files that name no newline get "\\r\\n", too; and on both, a file that
is opened as text by `grader` without naming an encoding is an error.
"""

import builtins
import importlib
import io
import re
import runpy
import subprocess
import sys
import types
import warnings
from typing import Any

_MODULES = {
    "windows": "crypt fcntl grp nis pty pwd readline resource spwd syslog termios tty",
    "macos": "spwd",
}
# Two stay that libraries call where `sys.platform` is "linux": os.uname (numpy) and os.sysconf
# (asyncio).
_OF_OS_WINDOWS = """
    chown chroot ctermid environb fchdir fchmod fchown fdatasync fork forkpty fpathconf fstatvfs
    fwalk get_blocking getegid getenvb geteuid getgid getgrouplist getgroups getloadavg getpgid
    getpgrp getpriority getsid getuid initgroups killpg lchown lockf login_tty major makedev minor
    mkfifo mknod nice openpty pathconf posix_spawn posix_spawnp pread preadv pwrite pwritev readv
    register_at_fork sched_yield sendfile set_blocking setegid seteuid setgid setgroups setpgid
    setpgrp setpriority setregid setreuid setsid setuid statvfs sync tcgetpgrp tcsetpgrp
    ttyname wait wait3 wait4 writev
    O_ACCMODE O_ASYNC O_CLOEXEC O_DIRECTORY O_DSYNC O_NDELAY O_NOCTTY O_NOFOLLOW O_NONBLOCK O_SYNC
    P_ALL P_PGID P_PID PRIO_.* RTLD_.* SCHED_.* SEEK_DATA SEEK_HOLE
    WCONTINUED WEXITED WEXITSTATUS WIF.* WNOHANG WNOWAIT WSTOPPED WSTOPSIG WTERMSIG WUNTRACED
"""
_OF_OS_BOTH = """
    copy_file_range eventfd.* getrandom getresgid getresuid getxattr listxattr memfd_create
    pidfd_open pipe2 posix_fadvise posix_fallocate removexattr sched_[gs]et.* setns setresgid
    setresuid setxattr splice unshare waitid
    EFD_.* GRND_.* MFD_.* O_DIRECT O_LARGEFILE O_NOATIME O_PATH O_RSYNC O_TMPFILE P_PIDFD
"""
_OF_OTHERS_BOTH = {
    "select": "epoll EPOLL.*",
    "signal": "pidfd_send_signal sigtimedwait sigwaitinfo SIGPWR SIGRTMAX SIGRTMIN SIGSTKFLT",
    "socket": "AF_NETLINK AF_PACKET AF_VSOCK MSG_CMSG_CLOEXEC SOCK_CLOEXEC SOCK_NONBLOCK "
    "SOCK_SEQPACKET SO_PASSCRED SO_PEERCRED",
    "time": "CLOCK_BOOTTIME CLOCK_TAI pthread_getcpuclockid",
}
_OF_OTHERS_WINDOWS = {
    "mmap": "MADV_.* MAP_.* PROT_.*",
    "select": "poll POLL.*",
    "signal": "alarm getitimer pause pthread_kill pthread_sigmask setitimer sigpending sigwait "
    "ITIMER_.* SIGALRM SIGBUS SIGCHLD SIGCONT SIGHUP SIGKILL SIGPIPE SIGQUIT SIGSTOP SIGSYS "
    "SIGTSTP SIGTTIN SIGTTOU SIGUSR. SIGXCPU SIGXFSZ SIG_BLOCK SIG_SETMASK SIG_UNBLOCK",
    "socket": "AF_UNIX CMSG_LEN CMSG_SPACE MSG_DONTWAIT MSG_NOSIGNAL SCM_RIGHTS recv_fds send_fds "
    "sethostname",
    "time": "CLOCK_.* clock_.* tzset",
}


def take_away(system: str) -> None:
    """Make this process lack what `system` lacks."""
    for name in ("os", "signal"):  # this system's `subprocess` needs what another's does without
        of_subprocess = types.ModuleType(name)
        vars(of_subprocess).update(vars(importlib.import_module(name)))
        setattr(subprocess, name, of_subprocess)
    for name in _MODULES[system].split():
        sys.modules[name] = None  # type: ignore[assignment]  # so it cannot be imported
    names = {"os": _OF_OS_BOTH, **_OF_OTHERS_BOTH}
    if system == "windows":
        for module, more in {"os": _OF_OS_WINDOWS, **_OF_OTHERS_WINDOWS}.items():
            names[module] = f"{names.get(module, '')} {more}"
        io.open = builtins.open = _open_on_windows  # type: ignore[assignment]
    for module, patterns in names.items():
        lacking = re.compile("|".join(patterns.split()))
        found = importlib.import_module(module)
        for name in [name for name in vars(found) if lacking.fullmatch(name)]:
            delattr(found, name)


def _open_on_windows(
    file: Any, mode: str = "r", buffering: int = -1, encoding: str | None = None,
    errors: str | None = None, newline: str | None = None, *more: Any, **named: Any,
) -> Any:  # fmt: skip
    if "b" not in mode and "r" not in mode and newline is None:
        newline = "\r\n"
    encoding = io.text_encoding(encoding) if "b" not in mode else encoding
    return _open(file, mode, buffering, encoding, errors, newline, *more, **named)


_open = io.open

if __name__ == "__main__":
    system, *words = sys.argv[1:]
    warnings.filterwarnings("error", category=EncodingWarning, module=r"grader(\.|$)|__main__$")
    take_away(system)
    if words[0] == "-m":
        sys.argv = words[1:]
        runpy.run_module(words[1], run_name="__main__", alter_sys=True)
    else:
        sys.argv = words
        runpy.run_path(words[0], run_name="__main__")
