"""Huge pages change how fast a fork is, not what memory holds."""

import subprocess
import sys

from grader.sandbox.hugepages import _own_memory

MAPS = """\
55d00000-55e00000 rw-p 00000000 00:00 0                                  [heap]
7f000000-7f100000 rw-p 00000000 00:00 0
7f200000-7f300000 r--p 00000000 00:00 0
7f400000-7f500000 rw-p 00000000 08:01 5                                  /usr/lib/a name.so
7f600000-7f700000 rw-s 00000000 00:00 0                                  /dev/zero (deleted)
7f800000-7f900000 rw-p 00000000 00:00 0                                  [stack]
"""


def test_only_private_writable_memory_without_a_file_is_chosen():
    assert list(_own_memory(MAPS)) == [(0x55D00000, 0x55E00000), (0x7F000000, 0x7F100000)]


def test_a_process_goes_on_as_before():
    code = (
        "from grader.sandbox.hugepages import collapse_heap; import os; "
        "proc = os.open('/proc', os.O_RDONLY); "
        "data = [bytes([i % 256]) * 1000 for i in range(20_000)]; collapse_heap(proc); "
        "assert all(piece == bytes([i % 256]) * 1000 for i, piece in enumerate(data)); "
        "pid = os.fork(); data.append(1); "
        "os._exit(0) if pid == 0 else print(os.waitpid(pid, 0)[1], len(data))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.stdout == "0 20001\n", done.stderr
