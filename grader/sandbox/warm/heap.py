"""The memory of a warm process, laid out so that its forks share it for as long as they can.

A process with torch imported has some 250 MB of heap: 64,000 small pages, or 125 huge ones. A
fork of it takes about 1 ms instead of 5, and its child ends sooner and faults less. But only
whole pieces of 2 MiB become huge pages, and a fork's first write into one makes 512 small ones of
it, for which all forks of that fork pay. So the heap must be in one piece, and new objects must
not come to lie in the gaps that old ones left all over it.

Huge pages need Linux 6.1 or later; where the kernel declines, nothing is lost.
"""

import contextlib
import ctypes
import functools
import gc
import os
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence

from grader.sandbox.kernel import syscalls

_M_TRIM_THRESHOLD, _M_MMAP_THRESHOLD = -1, -3  # of glibc's malloc.h
_KEPT = 1 << 30  # bytes at the end of the heap that stay, though free
_ONE_PIECE = 32 << 20  # bytes; what is larger is mapped by itself, and given back when freed
_RAW = 0  # PYMEM_DOMAIN_RAW: Python's name for malloc
_LARGEST_OF_PYTHON = 512  # bytes; it asks malloc for what is larger
_GAPS = [*(1 << power for power in range(20, 9, -1)), *range(1008, 15, -16)]  # bytes
_COLLAPSE = 25  # MADV_COLLAPSE
_HUGE = 2 << 20
_kept: list[object] = []  # for ever: what is freed leaves a gap


class _Allocator(ctypes.Structure):
    """PyMemAllocatorEx of Python's C API."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("ctx", "malloc", "calloc", "realloc", "free")]


class _ArenaAllocator(ctypes.Structure):
    """PyObjectArenaAllocator of Python's C API."""

    _fields_ = [(name, ctypes.c_void_p) for name in ("ctx", "alloc", "free")]


_usual = _ArenaAllocator()  # of the megabytes in which Python makes objects: mmap and munmap
ctypes.pythonapi.PyObject_GetArenaAllocator(ctypes.byref(_usual))


def gather() -> None:
    """Let Python take its memory from malloc's heap until `settle`; call it before imports.

    By itself, it maps a megabyte here and there between the libraries.
    """
    libc = ctypes.CDLL(None)
    if not hasattr(libc, "mallopt"):  # not glibc; its heap may be in pieces anyway
        return
    libc.mallopt(_M_MMAP_THRESHOLD, _ONE_PIECE)
    libc.mallopt(_M_TRIM_THRESHOLD, _KEPT)
    raw = _Allocator()
    ctypes.pythonapi.PyMem_GetAllocator(_RAW, ctypes.byref(raw))
    # munmap would not do, nor would free, for what was mapped before; imports free little
    no_op = ctypes.cast(ctypes.pythonapi.Py_IsInitialized, ctypes.c_void_p)
    gathered = _ArenaAllocator(raw.ctx, raw.malloc, no_op)
    ctypes.pythonapi.PyObject_SetArenaAllocator(ctypes.byref(gathered))


def settle(proc: int) -> None:
    """Call it in a process that has called `gather`, or was forked from one, before its forks.

    Args:
        proc: file descriptor of /proc.
    """
    sys._clear_type_cache()  # or forks would replace its entries, and write to names all over
    # munmap declines to free what was gathered, which forks go on sharing
    ctypes.pythonapi.PyObject_SetArenaAllocator(ctypes.byref(_usual))
    gc.freeze()  # no collection writes into the pages that forks share
    gc.collect()  # frees what Python keeps of small objects for the next ones
    gc.enable()
    if sys.platform == "linux":
        _fill_gaps(list(_own_memory(proc)))
        _collapse(_own_memory(proc))


def _fill_gaps(memory: Sequence[tuple[int, int]]) -> None:
    """Let what is allocated from now on lie together, outside of this memory."""
    _kept.append(memory)
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_size_t, [ctypes.c_size_t]
    for size in _GAPS:
        while _lies_in(memory, libc.malloc(size)):
            pass
    sizes = range(_LARGEST_OF_PYTHON, sys.getsizeof(b""), -16)
    fillings: list[Callable[[], object]] = [
        *(functools.partial(bytes, size - sys.getsizeof(b"")) for size in sizes),
        complex,  # 32 bytes
        object,  # 16
    ]
    for fill in fillings:
        while _lies_in(memory, id(filling := fill())):
            _kept.append(filling)


def _lies_in(memory: Sequence[tuple[int, int]], address: int) -> bool:
    return any(start <= address < end for start, end in memory)


def _collapse(memory: Iterable[tuple[int, int]]) -> None:
    """Ask for huge pages."""
    for start, end in memory:
        first = -(-start // _HUGE) * _HUGE
        for address in range(first, end - _HUGE + 1, _HUGE):
            with contextlib.suppress(OSError):  # a range that is not in memory as a whole
                syscalls.call("madvise", address, _HUGE, _COLLAPSE)


def _own_memory(proc: int) -> Iterator[tuple[int, int]]:
    """Yield start and end of the heap and of what was mapped without a file."""
    with open(os.open("self/maps", os.O_RDONLY, dir_fd=proc)) as maps:
        lines = maps.read().splitlines()
    for line in lines:
        addresses, rights, *_, name = [*line.split(maxsplit=5), ""][:6]
        if rights.startswith("rw-p") and name in ("", "[heap]"):
            start, _, end = addresses.partition("-")
            yield int(start, 16), int(end, 16)
