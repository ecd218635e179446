"""Without what only Linux has, everything works but grading others; lacking.py takes it."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

HERE = Path(__file__).parent
COMMANDS = ["generate", "check", "grade", "audit", "selftest", "demo"]
SYSTEMS = ["windows", "macos"]
HELP = """
import sys
from grader.cli import app

for command in sys.argv[1:]:
    app([*command.split(), "--help"], prog_name="grader", standalone_mode=False)
"""


def run(system: str, *words: str | Path) -> subprocess.CompletedProcess[str]:
    """Run Python as on a system, where a console knows no character beyond Western Europe's."""
    return subprocess.run(
        [sys.executable, "-X", "warn_default_encoding", HERE / "lacking.py", system, *words],
        env={**os.environ, "COLUMNS": "120", "PYTHONIOENCODING": "cp1252"},
        capture_output=True,
        encoding="cp1252",
        timeout=120,
    )


def check(grader_words: list[str | Path], folder: Path, system: str = "") -> tuple[int, list[str]]:
    """Return exit code and lines of `grader check`, if wanted as on a system, its children too."""
    path = folder / f"path_{system}"
    path.mkdir(exist_ok=True)
    takes = f"import sys\nsys.path.insert(0, {str(HERE)!r})\nimport lacking\n"
    text = f"{takes}lacking.take_away({system!r})\ndel sys.path[0]\n" if system else ""
    (path / "sitecustomize.py").write_text(text)
    environment = {"COLUMNS": "100", "PYTHONIOENCODING": "utf-8", "PYTHONPATH": str(path)}
    done = subprocess.run(
        [sys.executable, "-m", "grader.cli", *grader_words],
        env={**os.environ, **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=120,
    )
    assert not done.stderr, done.stderr
    return done.returncode, done.stdout.splitlines()


def files(folder: Path) -> dict[str, bytes]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in paths}


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_command_line_and_each_command_explain_themselves(tmp_path, system):
    (tmp_path / "help.py").write_text(HELP)
    done = run(system, tmp_path / "help.py", "", *COMMANDS)
    assert done.returncode == 0, done.stderr
    assert all(f"Usage: grader {command} [OPTIONS]" in done.stdout for command in COMMANDS)
    assert "Usage: grader [OPTIONS] COMMAND" in done.stdout


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_handout_is_the_same_to_the_byte(grader, tiny, tmp_path, system):
    words = ["generate", "--solutions", "--course", tiny, "--out"]
    assert grader(*words, tmp_path / "linux").returncode == 0
    done = run(system, "-m", "grader.cli", *words, tmp_path / system)
    assert done.returncode == 0, done.stderr
    assert len(files(tmp_path / "linux")) > 5
    assert files(tmp_path / system) == files(tmp_path / "linux")


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_file_is_read_and_a_record_written_and_shown(grader, tiny, tmp_path, system):
    assert grader("generate", "--course", tiny, "--out", tmp_path).returncode == 0
    (tmp_path / "tiny" / "tiny.py").touch()
    done = run(system, HERE / "without_a_worker.py", tmp_path / "tiny", tmp_path / "out")
    assert done.returncode == 0, done.stderr
    first, *shown, last = done.stdout.splitlines()
    assert first == "3 to write in tiny.py"
    assert any(r"\u03bb differs" in line for line in shown)
    assert last == "needs Linux: []"
    table = (tmp_path / "out" / "grades.csv").read_text("utf-8")
    assert ",0,2," in table.splitlines()[1]


@pytest.mark.parametrize("body", ["return 3 * np.asarray(x)", "import os; os._exit(4)"])
def test_a_file_is_checked_word_for_word_as_on_linux(grader, tiny, right_text, tmp_path, body):
    assert grader("generate", "--course", tiny, "--out", tmp_path).returncode == 0
    file = tmp_path / "tiny" / "tiny.py"
    file.write_text(right_text.replace("return 2 * np.asarray(x)", body))
    code, lines = check(["check", file], tmp_path)
    assert code == 1
    for system in SYSTEMS:
        own, told = check(["check", file], tmp_path, system)
        assert own == code
        assert told == [*lines, told[-1]]
        assert told[-1].startswith("isolation: own process (missing: sandbox - this system has")


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_work_of_others_is_refused(tiny, tmp_path, system):
    (tmp_path / "tiny.py").touch()
    words = ["grade", tmp_path / "tiny.py", "--assignment", "tiny", "--course", tiny]
    done = run(system, "-m", "grader.cli", *words, "--out", tmp_path / "out")
    assert done.returncode == 3
    assert "this system has no sandbox for the code of others" in done.stderr


@pytest.mark.parametrize(
    ("system", "text", "error"),
    [
        ("windows", "import fcntl", "ModuleNotFoundError"),
        ("windows", "import os; os.fork()", "AttributeError"),
        ("windows", "import os; os.O_NOFOLLOW", "AttributeError"),
        ("windows", "import select; select.poll()", "AttributeError"),
        ("windows", "from socket import AF_UNIX", "ImportError"),
        ("windows", "import socket; socket.send_fds", "AttributeError"),
        ("windows", "import signal; signal.SIGKILL", "AttributeError"),
        ("macos", "import os; os.memfd_create('a')", "AttributeError"),
        ("macos", "import socket; socket.SOCK_SEQPACKET", "AttributeError"),
        ("macos", "import signal; signal.pidfd_send_signal", "AttributeError"),
        ("macos", "import os; os.fork", ""),
        ("windows", "open('a.txt', 'w').write('a')", "EncodingWarning"),
        ("windows", "import pathlib; pathlib.Path('a').read_text()", "EncodingWarning"),
        ("windows", "import os; os.listdir()", ""),
    ],
)
def test_what_a_system_lacks_is_missed(tmp_path, system, text, error):
    (tmp_path / "one.py").write_text(text)
    done = run(system, tmp_path / "one.py")
    assert done.returncode == bool(error)
    assert done.stderr.rstrip().rpartition("\n")[2].startswith(error)


def test_a_line_ends_as_on_windows(tmp_path):
    text = "import pathlib; pathlib.Path('{}').write_text('a\\nb', encoding='utf-8')"
    (tmp_path / "one.py").write_text(text.format(tmp_path / "out"))
    assert run("windows", tmp_path / "one.py").returncode == 0
    assert (tmp_path / "out").read_bytes() == b"a\r\nb"
