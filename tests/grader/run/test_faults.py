"""Faults of ours: killed, full, read-only, gone. None becomes a grade, nothing done is lost.

NABLAGRADE_KILLS says how often the grader is killed at random, NABLAGRADE_LEVEL at which level of
isolation; else it is the strongest that works here.
"""

import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import time
from collections import Counter
from pathlib import Path

import pytest

from grader.sandbox.kernel.syscalls import PR_SET_CHILD_SUBREAPER, prctl
from grader.sandbox.level import probe

KILLS = int(os.environ.get("NABLAGRADE_KILLS", "6"))
LEVEL = os.environ.get("NABLAGRADE_LEVEL", "")
CLASS = 40
AT_LEVEL = """
import sys
from grader import cli
from grader.engine import isolation
from grader.sandbox.level import Isolation, probe
level = sys.argv.pop(1)
isolation.probe = lambda: Isolation(level, {}) if level else probe()
cli.main()
"""


CLOCKS_JUMP = """
import itertools, threading, time
from grader import cli
real, jumps = time.monotonic, itertools.count()
passed = [0.0]
def sleep_for_an_hour():
    for _ in range(5):
        threading.Event().wait(0.3)
        passed[0] += 3600
threading.Thread(target=sleep_for_an_hour, daemon=True).start()
time.monotonic = lambda: real() + passed[0]
time.time = lambda: (-1) ** next(jumps) * 1e9  # before and after 1970 in turn
cli.main()
"""


def command(folder, tiny, out):
    words = ["grade", folder, "--assignment", "tiny", "--course", tiny, "--out", out]
    options = ["--isolation", "split", "--jobs", "2"]  # split, or stronger
    return [sys.executable, "-c", AT_LEVEL, LEVEL, *map(str, words), *options]


@pytest.fixture
def many(tmp_path, right_text):
    folder = tmp_path / "class"
    for number in range(CLASS):
        file = folder / f"student{number:02}" / "tiny.py"
        file.parent.mkdir(parents=True)
        file.write_text(f"# {number}\n{right_text}")
    return folder


def stat(pid):
    """Return state and start time of a process, which name it for ever; None if it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return None
    return None if fields[0] == "Z" else fields[19]


def descendants(pid):
    """Return (pid, start time) of every process below `pid`."""
    found = set()
    for task in Path("/proc").glob(f"{pid}/task/*/children"):
        try:
            children = task.read_text().split()
        except OSError:
            continue
        for child in children:
            found |= {(child, stat(child))} | descendants(child)
    return found


def alive(processes):
    return {(pid, start) for pid, start in processes if start is not None and stat(pid) == start}


@pytest.fixture
def orphans():
    """Let what loses its parent become a child of this process; return what there is below it."""
    if sys.platform != "linux":
        pytest.skip("processes are counted by /proc")
    prctl(PR_SET_CHILD_SUBREAPER, 1)
    before = descendants(os.getpid())
    yield lambda: descendants(os.getpid()) - before
    prctl(PR_SET_CHILD_SUBREAPER, 0)


def test_killed_at_random_it_loses_nothing_grades_nothing_twice_and_leaves_nothing(
    many, tiny, tmp_path, orphans
):
    mounts = Path("/proc/self/mountinfo").read_text()
    dice = random.Random(7)
    environment = {**os.environ, "TMPDIR": str(tmp_path / "tmp")}
    (tmp_path / "tmp").mkdir()
    run, done = 0, 0
    for _ in range(KILLS):
        out = tmp_path / f"out{run}"
        process = subprocess.Popen(
            command(many, tiny, out),
            env=environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(dice.uniform(0.5, 4))
        process.send_signal(signal.SIGKILL)
        process.wait()
        until = time.monotonic() + 10  # what was about to fork goes on for a moment
        while alive(orphans()):
            assert time.monotonic() < until, orphans()
            time.sleep(0.05)
        log = out / "records.jsonl"
        lines = log.read_bytes().splitlines(keepends=True) if log.exists() else []
        finished = [line for line in lines if line.endswith(b"\n")]
        assert len(finished) >= done
        done = len(finished)
        if done == CLASS:  # kills of what has nothing left to do show little
            assert_whole(out)
            run, done = run + 1, 0
    out = tmp_path / f"out{run}"
    last = subprocess.run(command(many, tiny, out), env=environment, capture_output=True, text=True)
    assert last.returncode == 0, last.stderr
    assert_whole(out)
    assert Path("/proc/self/mountinfo").read_text() == mounts
    assert list((tmp_path / "tmp").iterdir()) == []
    assert list(out.rglob("*.part")) == []


def assert_whole(out):
    """Everyone has full marks, once, and from a run that was held as it should be."""
    records = [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]
    assert Counter(record["submission"] for record in records) == {
        f"student{number:02}": 1 for number in range(CLASS)
    }
    assert {record["earned"] for record in records} == {10}
    assert {record["sandbox"]["level"] for record in records} == {LEVEL or probe().level}


def children_of(pid: int) -> list[int]:
    """Return the children of a process, the oldest first, whichever thread started them."""
    tasks = Path(f"/proc/{pid}/task").iterdir()
    return sorted(int(child) for task in tasks for child in (task / "children").read_text().split())


@pytest.mark.parametrize("killed", ["warm worker", "warm judge"])
def test_a_dead_warm_process_ends_the_run_with_exit_code_3_and_no_grade_of_0(
    many, tiny, tmp_path, killed
):
    out = tmp_path / "out"
    process = subprocess.Popen(
        command(many, tiny, out), stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
    )
    log = out / "records.jsonl"
    deadline = time.monotonic() + 60
    while not (log.exists() and log.stat().st_size) and time.monotonic() < deadline:
        time.sleep(0.05)
    warm_worker = children_of(process.pid)[0]
    warm_judge = children_of(warm_worker)[0]  # forked before anything else
    os.kill({"warm worker": warm_worker, "warm judge": warm_judge}[killed], signal.SIGKILL)
    _, errors = process.communicate(timeout=60)
    assert process.returncode == 3
    assert "a process of the grader has died" in errors
    assert {json.loads(line)["earned"] for line in log.read_text().splitlines()} == {10}


def test_a_clock_that_jumps_costs_nobody_a_point(many, tiny, tmp_path):
    """One clock back and forth by decades, the other five times by an hour, as after a sleep."""
    words = command(many, tiny, tmp_path / "out")
    words[2:4] = [CLOCKS_JUMP]
    done = subprocess.run(words, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    records = (tmp_path / "out" / "records.jsonl").read_text().splitlines()
    assert [json.loads(record)["earned"] for record in records] == [10] * CLASS


def test_a_full_disk_is_told_and_ends_with_exit_code_3(many, tiny, tmp_path):
    def limit():
        resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, 20_000))
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)

    done = subprocess.run(
        command(many, tiny, tmp_path / "out"), preexec_fn=limit, capture_output=True, text=True
    )
    assert done.returncode == 3
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_output_folder_that_cannot_be_written_is_told_before_anything_is_graded(
    many, tiny, tmp_path
):
    (tmp_path / "file").write_text("a file, not a folder")
    out = tmp_path / "file" / "out"
    done = subprocess.run(command(many, tiny, out), capture_output=True, text=True)
    assert done.returncode == 3
    assert "cannot be written" in done.stderr
    assert "Traceback" not in done.stderr


def test_two_graders_do_not_write_to_one_folder(many, tiny, tmp_path):
    out = tmp_path / "out"
    first = subprocess.Popen(command(many, tiny, out), stdout=subprocess.DEVNULL)
    try:
        while not (out / "records.jsonl").exists():
            time.sleep(0.05)
        second = subprocess.run(command(many, tiny, out), capture_output=True, text=True)
    finally:
        first.kill()
        first.wait()
    assert second.returncode == 2
    assert "another grader writes there" in second.stderr


def test_a_torn_last_line_is_dropped_and_that_submission_is_graded_again(many, tiny, tmp_path):
    out = tmp_path / "out"
    for folder in sorted(many.iterdir())[3:]:
        shutil.rmtree(folder)
    assert subprocess.run(command(many, tiny, out), stdout=subprocess.DEVNULL).returncode == 0
    log = out / "records.jsonl"
    log.write_bytes(log.read_bytes()[:-100])
    done = subprocess.run(command(many, tiny, out), capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "1 graded, 2 kept" in done.stdout
    assert len(log.read_text().splitlines()) == 3
