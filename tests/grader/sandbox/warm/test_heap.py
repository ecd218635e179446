"""How memory is laid out changes how fast a fork is, not what memory holds."""

import os
import subprocess
import sys

import pytest

from grader.sandbox.warm.heap import _own_memory

MAPS = """\
55d00000-55e00000 rw-p 00000000 00:00 0                                  [heap]
7f000000-7f100000 rw-p 00000000 00:00 0
7f200000-7f300000 r--p 00000000 00:00 0
7f400000-7f500000 rw-p 00000000 08:01 5                                  /usr/lib/a name.so
7f600000-7f700000 rw-s 00000000 00:00 0                                  /dev/zero (deleted)
7f800000-7f900000 rw-p 00000000 00:00 0                                  [stack]
"""
WARM = """
import gc, os
from grader.sandbox.warm import tricks
early = [bytes([i % 256]) * 1000 for i in range(20_000)] + [[i] for i in range(100_000)]
for trick in tricks.BEFORE_IMPORTS.values():
    trick()
late = [bytes([i % 256]) * 1000 for i in range(20_000)] + [[i] for i in range(100_000)]
"""
SETTLE = """
for trick in tricks.BEFORE_FORKS.values():
    trick(os.open("/proc", os.O_RDONLY))
"""


def run(code):
    done = subprocess.run([sys.executable, "-c", WARM + code], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
    return done.stdout


def test_only_private_writable_memory_without_a_file_is_chosen(tmp_path):
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "maps").write_text(MAPS)
    proc = os.open(tmp_path, os.O_RDONLY)
    assert list(_own_memory(proc)) == [(0x55D00000, 0x55E00000), (0x7F000000, 0x7F100000)]


reads_proc = pytest.mark.skipif(sys.platform != "linux", reason="it reads /proc")


@reads_proc
def test_a_process_and_its_forks_go_on_as_before():
    told = run(f"""{SETTLE}
for _ in range(2):
    if os.fork() == 0:
        os._exit(early[30_000] != [10_000] or late[30_000] != [10_000])
    assert os.wait()[1] == 0 and gc.isenabled()
    assert early == late and early[:20_000] == [bytes([i % 256]) * 1000 for i in range(20_000)]
    for some in (early, late):  # whole arenas become free
        some.clear()
        some.extend(bytes([i % 256]) * 1000 for i in range(20_000))
        some.extend([i] for i in range(100_000))
print(len(early))
""")
    assert told == "120000\n"


@reads_proc
def test_memory_that_a_process_frees_is_used_again():
    told = run(f"""{SETTLE}
import resource
def peak_after(times):
    for _ in range(times):
        [[i] for i in range(300_000)]  # some 20 MB
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
first = peak_after(1)
print((peak_after(20) - first) >> 10)
""")
    assert int(told) < 20


@reads_proc
def test_new_objects_lie_in_no_gap_between_old_ones():
    gaps = "del early[::50], late[::50]\n"
    pages_shared = """
old = {id(item) >> 12 for item in early + late}
new = [[i] for i in range(1000)] + [bytes(n % 400) for n in range(1000)]
print(len({id(item) >> 12 for item in new} & old))
"""
    assert int(run(gaps + pages_shared)) > 500
    assert int(run(gaps + SETTLE + pages_shared)) < 50
