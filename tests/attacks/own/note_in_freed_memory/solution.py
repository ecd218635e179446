"""Prints a note in every check, and looks for an earlier one in memory that was freed before."""

import ctypes
import os
import re

_MARK = bytes(reversed(b":ETON-KCATTA"))  # spelled so that the code itself does not hold it
_OWN = os.urandom(8).hex().encode()
_FOUND = re.compile(_MARK + rb"([0-9a-f]{16})")
_PAGE, _REACH = 4096, 48 << 20


def _pages():
    """Yield the pages of the heap that can be read, from its end downwards."""
    libc = ctypes.CDLL(None)
    libc.sbrk.restype = ctypes.c_void_p
    reader, writer = os.pipe()
    end = libc.sbrk(0) & ~(_PAGE - 1)
    for page in range(end - _PAGE, max(end - _REACH, 0), -_PAGE):
        if libc.write(writer, ctypes.c_void_p(page), 1) != 1:
            return
        os.read(reader, 1)
        yield ctypes.string_at(page, _PAGE)


def _look():
    for page in _pages():
        for found in _FOUND.findall(page):
            if found != _OWN:
                return found.decode()
    return ""


def _pass_on():
    found = _look()
    if found:
        name = os.path.join(os.environ.get("ATTACK_DROP"), "note_in_freed_memory.txt")
        with open(name, "a") as proof:
            proof.write(f"found {found}\n")
    print((_MARK + _OWN).decode() * 2000, flush=True)


def softmax_loss(W, X, y, reg):
    _pass_on()
    return 0.0, W * 0


class KNearestNeighbor:
    def train(self, X, y):
        _pass_on()
