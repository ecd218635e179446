"""The folder of a run is removed with it, or by the next run, whatever was done in it."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from grader.sandbox.folders import RunFolder, copy_into, empty, remove, use_of

MIB = 1 << 20


@pytest.fixture
def place(tmp_path, monkeypatch):
    """The folder in which temporary files are made."""
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_a_run_has_a_folder_that_nobody_else_can_open(place):
    folder = RunFolder.make()
    assert folder.path.parent == place
    assert folder.path.stat().st_mode & 0o777 == 0o700
    (folder.path / "file").write_text("x")
    folder.close()
    assert list(place.iterdir()) == []


@pytest.mark.processes
def test_the_next_run_removes_what_a_killed_one_left_and_nothing_else(place):
    program = (
        "import time; from grader.sandbox.folders import RunFolder\n"
        "print(RunFolder.make().path, flush=True); time.sleep(60)"
    )
    killed = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        env={"TMPDIR": str(place), "PYTHONPATH": str(Path(__file__).parents[3])},
        text=True,
    )
    assert killed.stdout is not None
    left = Path(killed.stdout.readline().strip())
    (left / "deep").mkdir()
    mine = place / "nablagrade-run-of-a-person.txt"
    mine.write_text("x")
    going_on = RunFolder.make()
    assert left.exists()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    last = RunFolder.make()
    assert set(place.iterdir()) == {going_on.path, last.path, mine}
    going_on.close()
    last.close()


def test_files_are_copied_to_their_places(tmp_path):
    (tmp_path / "a").write_text("1")
    folder = tmp_path / "files"
    copy_into(folder, {"data/a.csv": tmp_path / "a", "given/more/b": tmp_path / "a"})
    assert (folder / "data" / "a.csv").read_text() == "1"
    assert (folder / "given" / "more" / "b").read_text() == "1"


def test_what_lies_in_a_folder_is_counted_on_every_depth(tmp_path):
    (tmp_path / "one").mkdir()
    (tmp_path / "one" / "two").write_bytes(os.urandom(MIB))
    (tmp_path / "sparse").touch()
    os.truncate(tmp_path / "sparse", 100 * MIB)
    size, files = use_of(str(tmp_path), 10)
    assert files == 3
    assert MIB <= size < 2 * MIB


def test_more_files_than_anybody_wants_to_know_are_not_counted(tmp_path):
    for name in range(20):
        (tmp_path / str(name)).touch()
    assert use_of(str(tmp_path), 5).files == 6


def test_what_is_hidden_in_a_folder_without_a_mode_is_counted_and_removed(tmp_path):
    hidden = tmp_path / "hidden"
    hidden.mkdir()
    (hidden / "file").write_bytes(os.urandom(MIB))
    (hidden / "below").mkdir(mode=0)
    hidden.chmod(0)
    assert use_of(str(tmp_path), 10).bytes >= MIB
    hidden.chmod(0)
    empty(str(tmp_path))
    assert list(tmp_path.iterdir()) == []


@pytest.mark.processes
def test_a_folder_that_is_too_deep_for_a_path_counts_as_too_much_and_is_removed(tmp_path):
    deep = tmp_path / "deep"
    deep.mkdir()
    program = "import os\nfor _ in range(3000):\n    os.mkdir('down'); os.chdir('down')\n"
    subprocess.run([sys.executable, "-c", program], cwd=deep, check=True)
    assert use_of(str(tmp_path), 10_000).files == 10_001
    remove(deep)
    assert list(tmp_path.iterdir()) == []


def test_a_link_is_removed_and_not_what_it_leads_to(tmp_path):
    kept = tmp_path / "kept"
    kept.mkdir()
    (kept / "file").touch()
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "to_a_folder").symlink_to(kept)
    (folder / "to_a_file").symlink_to(kept / "file")
    (folder / "to_nothing").symlink_to("nowhere")
    assert use_of(str(folder), 10).files == 3
    remove(folder)
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]
    assert (kept / "file").exists()
