"""The memory of a warm process, laid out so that its forks share it for as long as they can.

Runs in: the warm worker and the warm judge.

A process with torch imported has some 250 MB of heap: 64,000 small pages, or 125 huge ones. With
huge ones a fork takes about 1 ms instead of 5, and its child ends sooner and faults less. But only
a whole piece of 2 MiB becomes a huge page, and the first write of a fork into one splits it into
512 small ones, for which all forks of that fork pay. So new objects must
not come to lie in the gaps that old ones have left all over the heap.
"""

import contextlib
import ctypes
import functools
import os
import sys
from collections.abc import Callable, Iterator, Sequence

from grader.sandbox.kernel import syscalls

_LARGEST_OF_PYTHON = 512  # bytes; Python asks malloc for anything larger
_GAPS = [*(1 << power for power in range(20, 9, -1)), *range(1008, 15, -16)]  # bytes
_MOST_FILLED = 64 << 20  # bytes; with glibc's malloc, 2 MB are enough
_COLLAPSE = 25  # MADV_COLLAPSE, from Linux 6.1
_HUGE = 2 << 20  # bytes
_kept: list[object] = []  # for ever, because what is freed leaves a gap


def fill_gaps(proc: int) -> None:
    """Let what is allocated from now on lie together, outside of the memory that is there now."""
    memory = list(_own_memory(proc))
    _kept.append(memory)
    left = _MOST_FILLED
    for size, allocate in _fillings():
        while left > 0 and _lies_in(memory, allocate()):
            left -= size


def use_huge_pages(proc: int) -> None:
    """Ask the kernel for huge pages in the place of small ones."""
    for start, end in _own_memory(proc):
        first = -(-start // _HUGE) * _HUGE
        for address in range(first, end - _HUGE + 1, _HUGE):
            with contextlib.suppress(OSError):  # this piece is not in memory as a whole
                syscalls.call("madvise", address, _HUGE, _COLLAPSE)


def _fillings() -> Iterator[tuple[int, Callable[[], int]]]:
    """Yield sizes, and what allocates so many bytes for ever and returns their address."""
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_size_t, [ctypes.c_size_t]
    for size in _GAPS:
        yield size, functools.partial(libc.malloc, size)
    empty = sys.getsizeof(b"")
    for size in range(_LARGEST_OF_PYTHON, empty, -16):
        yield size, functools.partial(_keep, functools.partial(bytes, size - empty))
    for kind in (complex, object):  # 32 and 16 bytes
        yield sys.getsizeof(kind()), functools.partial(_keep, kind)


def _keep(make: Callable[[], object]) -> int:
    """Return the address of a new object that is never freed."""
    _kept.append(filling := make())
    return id(filling)


def _lies_in(memory: Sequence[tuple[int, int]], address: int) -> bool:
    return any(start <= address < end for start, end in memory)


def _own_memory(proc: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of the heap, and of all private memory that no file is mapped to."""
    with open(os.open("self/maps", os.O_RDONLY, dir_fd=proc)) as maps:
        lines = maps.read().splitlines()
    for line in lines:
        addresses, rights, *_, name = [*line.split(maxsplit=5), ""][:6]
        if rights.startswith("rw-p") and name in ("", "[heap]"):
            start, _, end = addresses.partition("-")
            yield int(start, 16), int(end, 16)
