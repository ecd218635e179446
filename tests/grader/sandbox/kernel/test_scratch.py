"""A scratch folder on the host: empty and with its links for each worker, and measured."""

import os
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox.kernel.scratch import MOST_FILES, HostScratch

MIB = 1 << 20


@pytest.fixture
def scratch(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    return HostScratch(str(run), 2, {"data": "/somewhere/data"})


def test_each_worker_finds_nothing_but_the_links(scratch):
    for _ in range(2):
        folder = Path(scratch.path)
        assert os.listdir(folder) == ["data"]
        assert os.readlink(folder / "data") == "/somewhere/data"
        (folder / "data").unlink()
        (folder / "file").touch()
        scratch.renew()
    scratch.remove()
    assert not folder.exists()


def test_only_what_is_beyond_its_size_or_number_is_too_much(scratch):
    folder = Path(scratch.path)
    (folder / "half").write_bytes(os.urandom(MIB))
    assert not scratch.is_over_full()
    (folder / "more").write_bytes(os.urandom(MIB + 4096))
    assert scratch.is_over_full()
    scratch.renew()
    assert not scratch.is_over_full()
    for name in range(MOST_FILES):
        (folder / str(name)).touch()
    assert scratch.is_over_full()  # with the link


def test_a_disk_without_room_is_nobodys_fault(scratch, tmp_path):
    larger = HostScratch(str(tmp_path), 1 << 40, {})
    with pytest.raises(SandboxError, match="there is no room for scratch folders; make some"):
        larger.is_over_full()
    assert not scratch.is_over_full()
