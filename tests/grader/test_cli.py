"""The command line says what it can do, and refuses what it cannot in one line."""

import json
import shutil

import pytest

from grader import __version__

COMMANDS = ["generate", "check", "grade", "report", "formats", "audit", "selftest", "new", "demo"]


def test_the_help_names_every_command_and_every_exit_code(grader):
    told = grader("--help").stdout
    assert all(f"{command} " in told for command in COMMANDS)
    assert all(f"{code} " in told[told.index("Exit codes:") :] for code in range(4))


@pytest.mark.parametrize("command", COMMANDS)
def test_the_help_of_a_command_brackets_what_may_be_left_out_once(grader, command):
    done = grader(command, "--help")
    assert done.returncode == 0
    assert "[[" not in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ["generate", "--out", "tiny.py"],
        ["grade", "tiny.py", "--assignment", "tiny", "--out", "tiny.py"],
        ["demo", "--out", "tiny.py"],
        ["check", "nowhere.py"],
    ],
)
def test_a_file_for_a_folder_and_a_file_that_is_nowhere_are_wrong_use(grader, tmp_path, words):
    (tmp_path / "tiny.py").touch()
    done = grader(*words, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.splitlines()) == 1
    assert done.stderr.strip().endswith(
        ("is a file; name a folder", "no such file or folder; check the path")
    )


def test_the_version_is_printed_alone(grader):
    done = grader("--version")
    assert (done.returncode, done.stdout) == (0, f"nablagrade {__version__}\n")


def test_a_new_course_is_sound_and_a_copy_of_its_assignment_is_too(grader, tmp_path):
    first = tmp_path / "first"
    assert grader("new", first).returncode == 0
    copied = ["--from", "stats", "--name", "spread", "--course", first]
    assert grader("new", tmp_path / "second", *copied).returncode == 0
    done = grader("audit", "--course", tmp_path / "second")
    assert done.stdout.startswith("spread\n"), done.stderr
    assert done.stdout.endswith("sound\n")


def test_a_copy_of_no_assignment_is_refused_and_nothing_written(grader, tiny, tmp_path):
    done = grader("new", tmp_path / "mine", "--from", "tony", "--course", tiny)
    assert done.returncode == 2
    assert "did you mean 'tiny'?" in done.stderr
    assert not (tmp_path / "mine").exists()


@pytest.mark.parametrize("words", [["audit"], ["generate", "--out", "out"]])
def test_a_course_without_an_assignment_is_not_sound(grader, tmp_path, words):
    (tmp_path / "assignments").mkdir()
    (tmp_path / "reference").mkdir()
    done = grader(*words, "--course", tmp_path, cwd=tmp_path)
    assert done.returncode == 2
    assert "there is no assignment" in done.stderr
    assert "sound" not in done.stdout


def test_a_program_gets_one_object_on_a_class_or_nothing(grader, tiny, right_text, tmp_path):
    students = tmp_path / "class"
    students.mkdir()
    for name, text in {"ada.py": right_text, "bob.docx": "", "eve.ipynb": "<html>"}.items():
        (students / name).write_text(text)
    words = ["grade", students, "--assignment", "tiny", "--course", tiny, "--isolation", "split"]
    done = grader(*words, "--out", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    assert {one["submission"]: one["earned"] for one in told["submissions"]} == {
        "ada": 10,
        "eve": 0,
    }
    assert [one["path"] for one in told["left_aside"]] == ["bob.docx"]
    assert told == json.loads((tmp_path / "out/class.json").read_text())
    again = grader(*words, "--out", tmp_path / "out", "--quiet")
    assert (again.stdout, again.stderr) == ("", done.stderr)
    assert (again.returncode, done.returncode) == (4, 4)  # of eve's, no check was run


def test_grading_says_which_files_of_a_class_it_left_aside(grader, tiny, right_text, tmp_path):
    students = tmp_path / "class"
    students.mkdir()
    for name in ("ada.py", "bob.py", "eve.docx"):
        (students / name).write_text(right_text)
    where = ["--assignment", "tiny", "--course", tiny, "--out", tmp_path / "out"]
    done = grader("grade", students, *where, "--isolation", "split")
    assert done.returncode == 0
    assert done.stderr.startswith("grader: left aside: eve.docx: not a .py, .ipynb, .zip")
    shutil.rmtree(tmp_path / "out")
    (students / "eve.docx").unlink()
    assert grader("grade", students, *where, "--isolation", "split").stderr == ""
