"""Makes system calls that no computation needs, each with arguments that the kernel would take."""

import ctypes
import os

_PAGE = ctypes.create_string_buffer(4096)
_AT = ctypes.addressof(_PAGE)
_CALLS = {  # of x86_64
    "ptrace traceme": (101, 0, 0, 0, 0),
    "process_vm_readv": (310, os.getpid(), _AT, 0, _AT, 0, 0),
    "process_vm_writev": (311, os.getpid(), _AT, 0, _AT, 0, 0),
    "personality": (135, 0xFFFFFFFF),
    "add_key": (248, b"user", b"attack", b"x", 1, -3),
    "request_key": (249, b"user", b"attack", 0, -3),
    "keyctl": (250, 0, -3, 1),
    "inotify_init1": (294, 0),
    "fanotify_init": (300, 0, 0),
    "userfaultfd": (323, 1),
    "io_uring_setup": (425, 1, _AT),
    "bpf": (321, 0, _AT, 72),
    "perf_event_open": (298, _AT, 0, -1, -1, 0),
    "unshare": (272, 0x10000000),
    "setns": (308, 0, 0),
    "chroot": (161, b"/"),
    "mount": (165, b"none", b"/scratch", b"tmpfs", 0, 0),
    "fsopen": (430, b"tmpfs", 0),
    "open_tree": (428, -100, b"/", 1),
    "pidfd_open": (434, os.getpid(), 0),
    "process_madvise": (440, 0, _AT, 0, 4, 0),
    "name_to_handle_at": (303, -100, b"/", _AT, _AT + 64, 0),
    "open_by_handle_at": (304, -100, _AT, 0),
    "seccomp": (317, 2, 0, _AT),
    "landlock_create_ruleset": (444, 0, 0, 1),
    "timer_create": (222, 0, 0, _AT),
    "mlockall": (151, 1),
    "setpriority": (141, 0, 0, 19),
    "sched_setscheduler": (144, 0, 5, _AT),
    "sched_setattr": (314, 0, _AT, 0),
    "ioprio_set": (251, 1, 0, 0),
    "setxattr": (188, b"/scratch", b"user.attack", b"x", 1, 0),
    "mknod": (133, b"/scratch/attack_probe", 0o10600, 0),
    "setsid": (112,),
    "setuid": (105, os.getuid()),
    "setgroups": (116, 0, 0),
    "capset": (126, _AT, _AT),
    "kill": (62, os.getpid(), 0),
    "tkill": (200, os.getpid(), 0),
    "rt_sigqueueinfo": (129, os.getpid(), 0, _AT),
    "prctl dumpable": (157, 4, 1),
    "prctl subreaper": (157, 36, 1),
    "sethostname": (170, os.uname().nodename.encode(), len(os.uname().nodename)),
    "syslog": (103, 10, 0, 0),
    "acct": (163, 0),
    "iopl": (172, 0),
    "modify_ldt": (154, 0, _AT, 16),
    "vmsplice": (278, 0, _AT, 0, 0),
    "move_pages": (279, 0, 0, 0, 0, 0, 0),
    "quotactl": (179, 0, 0, 0, 0),
    "kcmp": (312, os.getpid(), os.getpid(), 0, 0, 0),
}


def softmax_loss(W, X, y, reg):
    libc = ctypes.CDLL(None, use_errno=True)
    did = [name for name, (number, *args) in _CALLS.items() if libc.syscall(number, *args) >= 0]
    if did and os.uname().machine == "x86_64":
        name = os.path.join(os.environ.get("ATTACK_DROP"), "calls_that_nothing_needs.txt")
        with open(name, "a") as proof:
            proof.write(", ".join(did))
    return 0.0, W * 0
