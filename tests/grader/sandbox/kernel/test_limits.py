"""Limits are lowered, never raised, and memory counts from what is mapped already."""

from collections.abc import Callable

LIMIT = """
import os, resource, sys
from grader.sandbox.kernel.limits import limiting
from grader.sandbox.kernel.policy import WorkerLimits

ballast = bytearray(600 << 20)
resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20))
limits = WorkerLimits(memory_mb=200, cpu_seconds=7, open_files=100)
for limit in limiting(limits, 3, os.open("/proc", os.O_RDONLY), "own" in sys.argv):
    limit()
print([resource.getrlimit(getattr(resource, f"RLIMIT_{name}")) for name in (
    "CPU", "FSIZE", "NOFILE", "CORE", "MEMLOCK", "MSGQUEUE")])
bytearray(100 << 20)
try:
    bytearray(300 << 20)
except MemoryError:
    print("MemoryError")
print(resource.getrlimit(resource.RLIMIT_NPROC)[0] == 256)
"""


def test_memory_counts_from_what_is_mapped_and_a_lower_limit_stays(
    run_python: Callable[..., str],
) -> None:
    values, memory, threads = run_python(LIMIT).splitlines()
    megabytes = 3 << 20
    assert values == str([(7, 8), (megabytes,) * 2, (20, 20), (0, 0), (0, 0), (0, 0)])
    assert memory == "MemoryError"
    assert threads == "False"


def test_threads_are_limited_in_an_own_user_namespace(run_python: Callable[..., str]) -> None:
    assert run_python(LIMIT, "own").splitlines()[-1] == "True"
