"""Lets the file that it prints to grow by every call, touches it all, and turns its flags about."""

import fcntl
import mmap
import os
import signal

_MOST = 80 << 20  # the limit is 64 MiB
_STEP = 1 << 20


def _prove(how):
    with open(
        os.path.join(os.environ.get("ATTACK_DROP"), "output_past_its_limit.txt"), "a"
    ) as proof:
        proof.write(f"{how}: {os.fstat(1).st_size}\n")


def _by_writing():
    os.lseek(1, 0, os.SEEK_SET)
    for _ in range(_MOST // _STEP):
        os.write(2, b"ATTACK-LEAK\n" * (_STEP // 12))


def _by_flags():
    for flags in (os.O_APPEND, os.O_NONBLOCK, os.O_DIRECT, os.O_ASYNC, os.O_RDONLY):
        fcntl.fcntl(1, fcntl.F_SETFL, flags)
        os.lseek(2, -1, os.SEEK_END)
        os.write(2, b"x")


_WAYS = {
    "writing": _by_writing,
    "seeking": lambda: os.pwrite(1, b"x", _MOST),
    "truncating": lambda: os.ftruncate(1, _MOST),
    "allocating": lambda: os.posix_fallocate(1, 0, _MOST),
    "mapping": lambda: mmap.mmap(1, _MOST).write(b"x" * _MOST),
    "sealing": lambda: fcntl.fcntl(1, 1033, 0x1F),
    "flags": _by_flags,
    "modes": lambda: os.fchmod(1, 0),
    "holes": lambda: os.ftruncate(1, 0) or os.ftruncate(1, 64 << 20),
}


def softmax_loss(W, X, y, reg):
    for how, grow in _WAYS.items():
        try:
            grow()
        except (OSError, ValueError):
            pass
        if os.fstat(1).st_size > _MOST - _STEP:
            _prove(how)
    return 0.0, W * 0


def numeric_gradient(f, x, h=1e-5):
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    os.pwrite(1, b"x", _MOST)
    _prove("the signal")
    return x * 0


class KNearestNeighbor:
    def train(self, X, y):
        os.close(1)
        os.close(2)
        print("ATTACK-LEAK" * 100_000, flush=True)
