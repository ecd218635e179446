"""The zip for Gradescope grades a submission where and as Gradescope runs it."""

import io
import json
import os
import re
import shutil
import subprocess
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from grader.course.course import Course
from grader.errors import GraderError
from grader.run.export import gradescope_zip, memory_needed, requirements
from grader.run.gradescope import ROOT, Settings, graded, scaled

HALF = "def double(x):\n    return 2 * x\n"
SETTINGS = Settings("tiny", isolation="split")


@pytest.fixture(scope="module")
def packed(tiny) -> bytes:
    return gradescope_zip(Course(tiny).assignment("tiny"), SETTINGS)


def test_the_zip_holds_what_gradescope_runs_at_its_top(packed, tiny):
    archive = zipfile.ZipFile(io.BytesIO(packed))
    names = archive.namelist()
    for name in ("setup.sh", "run_autograder"):
        text = archive.read(name)
        assert text.startswith(b"#!/usr/bin/env bash\n")
        assert b"\r" not in text
        assert archive.getinfo(name).external_attr >> 16 == 0o100755
        subprocess.run(["bash", "-n"], input=text, check=True)
    assert {name.partition("/")[0] for name in names if "/" in name} == {"course", "nablagrade"}
    assert "course/assignments/tiny/hidden/test_tiny.py" in names
    assert "nablagrade/grader/report/templates/student.html" in names
    assert not [name for name in names if "__pycache__" in name or name.endswith(".pyc")]
    assert len(names) == len(set(names))


def test_the_same_course_gives_the_same_bytes(packed, tiny):
    assert gradescope_zip(Course(tiny).assignment("tiny"), SETTINGS) == packed


def test_the_zip_brings_the_packages_that_are_here_and_torch_for_processors(tiny):
    course = Course(Path(__file__).parents[3])
    fgsm = course.assignment("fgsm")
    needs = requirements(fgsm)
    pinned = [need for need in needs if "==" in need]
    assert {need.partition("==")[0] for need in pinned} == {"numpy", "torch"} & {*fgsm.imports}
    assert not [need for need in needs if "extra" in need or "+" in need]
    assert {"filelock", "junitparser", "pytest"} <= {re.split(r"\W", need)[0] for need in needs}
    archive = zipfile.ZipFile(io.BytesIO(gradescope_zip(fgsm, Settings("fgsm"))))
    setup = archive.read("setup.sh").decode()
    assert re.search(r'^uv pip install --torch-backend cpu "torch==[\d.]+"$', setup, re.M)
    assert "torch" not in archive.read("requirements.txt").decode()
    without = io.BytesIO(gradescope_zip(Course(tiny).assignment("tiny"), SETTINGS))
    assert b"torch" not in zipfile.ZipFile(without).read("setup.sh")
    assert (memory_needed(fgsm), memory_needed(Course(tiny).assignment("tiny"))) == (
        "at least 1.5 GB",
        "0.75 GB, the default",
    )


@pytest.mark.parametrize(
    ("settings", "check", "submission"),
    [
        (Settings("tiny"), 2, 270),  # half a core; half of ten minutes less one
        (Settings("tiny", cpus=1, minutes=20), 1, 300),
        (Settings("tiny", cpus=4, minutes=40), 1, 300),
        (Settings("tiny", cpus=0.25, minutes=40), 4, 1170),
        (Settings("tiny", minutes=1), 2, 30),
    ],
)
def test_limits_fit_a_part_of_a_core_and_end_before_gradescope_does(
    tiny, settings, check, submission
):
    assignment = Course(tiny).assignment("tiny")
    assert (assignment.limits.check_seconds, assignment.limits.submission_seconds) == (1, 300)
    limits = scaled(assignment, settings).limits
    assert (limits.check_seconds, limits.submission_seconds) == (check, submission)
    assert limits.memory_mb == assignment.limits.memory_mb


@pytest.fixture(scope="module")
def autograder(packed):
    """The folder /autograder as Gradescope's image has it, with an environment like setup.sh's."""
    if os.geteuid() != 0:
        pytest.skip("only root may make /autograder, where Gradescope runs everything")
    if ROOT.exists():
        pytest.skip(f"{ROOT} is there already, and may be somebody's")
    try:
        (ROOT / "results").mkdir(parents=True)
        zipfile.ZipFile(io.BytesIO(packed)).extractall(ROOT / "source")
        run = ROOT / "run_autograder"
        shutil.copy(ROOT / "source/run_autograder", run)
        run.chmod(0o755)
        venv.create(ROOT / "python", symlinks=True)
        (own,) = (ROOT / "python/lib").glob("python*/site-packages")
        shutil.copytree(ROOT / "source/nablagrade/grader", own / "grader")
        # The packages are found where they are; the grader that is installed there is not.
        (own / "packages.pth").write_text(sysconfig.get_path("purelib"))
        yield ROOT
    finally:
        shutil.rmtree(ROOT)


@pytest.fixture
def hand_in(autograder):
    """Grade these files as Gradescope does, and return how that ended with the results, if any."""

    def hand_in(**files: str | bytes):
        metadata = {"id": 12, "created_at": "2026-01-05T12:00:00.1-08:00", "users": []}
        (autograder / "submission_metadata.json").write_text(json.dumps(metadata))
        shutil.rmtree(autograder / "submission", ignore_errors=True)
        (autograder / "submission").mkdir()
        for name, content in files.items():
            data = content.encode() if isinstance(content, str) else content
            (autograder / "submission" / name.replace("__", ".")).write_bytes(data)
        path = autograder / "results/results.json"
        path.unlink(missing_ok=True)
        done = subprocess.run(
            [str(autograder / "run_autograder")], cwd=autograder, capture_output=True, text=True
        )
        return done, json.loads(path.read_text()) if path.exists() else None

    return hand_in


def test_a_submission_is_graded_as_gradescope_runs_it(hand_in, autograder):
    done, found = hand_in(my_work__py=HALF, grader__py="raise SystemExit('mine')")
    assert done.returncode == 0, done.stderr
    assert found["score"] == 3 - 1  # double is right for an array alone
    assert {test["visibility"] for test in found["tests"]} == {"visible", "after_published"}
    assert "seed " in done.stdout
    assert "isolation: " in done.stdout
    assert [path.name for path in (autograder / "results").iterdir()] == ["results.json"]


def test_what_time_ran_out_for_is_reported_beside_what_was_reached(hand_in, autograder):
    slow = (
        "import time\ndef double(x):\n    return 2 * x\ndef mean_square(x):\n    while True: pass\n"
    )
    manifest = autograder / "source/course/assignments/tiny/assignment.toml"
    kept = manifest.read_text()
    manifest.write_text(f"{kept}submission_seconds = 1\n")
    try:
        done, found = hand_in(tiny__py=slow)
    finally:
        manifest.write_text(kept)
    assert done.returncode == 0, done.stderr
    words = [test["output"].split("\n")[0] for test in found["tests"]]
    assert "passed" in words
    assert {"timeout", "not run"} & {*words}
    assert len(words) == 6


def test_a_student_reads_why_nothing_was_graded_and_gets_no_points(hand_in):
    _, found = hand_in()
    assert found["score"] == 0
    assert found["output"] == "no tiny.py or tiny.ipynb here, nothing at all; hand in one of them"
    _, found = hand_in(photo__jpg=b"\xff\xd8")
    assert found["score"] == 0
    assert found["output"].startswith("no tiny.py or tiny.ipynb here, only 'photo.jpg'")
    _, found = hand_in(tiny__ipynb="<!DOCTYPE html>")
    assert found["score"] == 0
    assert "tiny.ipynb: " in found["output"]


def test_text_of_a_student_stands_in_fields_of_text(hand_in):
    hostile = "def double(x):\n    raise ValueError('<script>x</script>\\x1b[31m')\n"
    _, found = hand_in(tiny__py=hostile)
    assert {found["output_format"], *(test["output_format"] for test in found["tests"])} == {"text"}
    assert "<script>" in json.dumps(found["tests"])
    assert "<script>" not in found["output"]
    assert "\x1b" not in "".join(test["output"] for test in found["tests"])


def test_a_fault_of_the_course_gives_nobody_a_zero(hand_in, autograder):
    hidden = autograder / "source/course/assignments/tiny/hidden/test_tiny.py"
    kept = hidden.read_text()
    hidden.write_text(kept + "\nimport no_such_module\n")
    try:
        done, found = hand_in(tiny__py=HALF)
    finally:
        hidden.write_text(kept)
    assert found is None
    assert done.returncode == 2
    assert "no_such_module" in done.stderr


def test_two_pieces_of_work_are_one_students(hand_in):
    done, found = hand_in(tiny__py=HALF, alice__py=HALF, bob__ipynb='{"cells": []}')
    assert (done.returncode, found["score"]) == (0, 2), done.stderr


def test_settings_that_were_spoilt_are_named(tmp_path):
    (tmp_path / "source").mkdir()
    (tmp_path / "source/settings.json").write_text('{"assignment": "tiny", "cpus": -1}')
    with pytest.raises(GraderError, match=r"settings\.json: .*cpus.*; export the assignment again"):
        graded(tmp_path)


def test_the_command_says_what_to_set_on_the_platform(grader, tiny, tmp_path):
    done = grader("export", "gradescope", "tiny", "--course", tiny, cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "  memory   0.75 GB, the default\n" in done.stdout
    assert zipfile.is_zipfile(tmp_path / "tiny-gradescope.zip")
