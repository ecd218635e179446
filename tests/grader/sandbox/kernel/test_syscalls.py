"""Errors keep the kernel's number, and no file descriptor survives unasked."""

import errno
import os
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox.kernel import syscalls

CLOSE = """
import os
from grader.sandbox.kernel import syscalls

kept = [os.dup(1) for _ in range(3)]
other = os.dup(1)
syscalls.close_fds({1, *kept[:2]})
os.set_inheritable(1, True)
for fd in (0, 1, 2, *kept, other):
    try:
        os.fstat(fd)
    except OSError:
        continue
    os.write(1, str([0, 1, 2, *kept, other].index(fd)).encode())
os._exit(0)
"""


def test_a_failing_call_raises_the_kernels_error() -> None:
    with pytest.raises(OSError, match="Bad file descriptor") as info:
        syscalls.call("close", 1 << 20)
    assert info.value.errno == errno.EBADF


def test_a_call_that_the_machine_has_not_is_not_made() -> None:
    with pytest.raises(OSError, match="frobnicate: not known on") as info:
        syscalls.call("frobnicate")
    assert info.value.errno == errno.ENOSYS


def test_whole_registers_are_passed_and_returned(tmp_path: Path) -> None:
    with (tmp_path / "sparse").open("wb") as file:
        assert syscalls.call("lseek", file.fileno(), 1 << 40, os.SEEK_SET) == 1 << 40
        assert file.tell() == 1 << 40


def test_all_but_the_kept_descriptors_are_closed(run_python: Callable[..., str]) -> None:
    assert run_python(CLOSE) == "134"
