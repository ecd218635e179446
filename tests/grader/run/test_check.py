"""A student checks the own file in the handout's folder, with the public suite alone."""

import os
import subprocess
import sys

import pytest

from grader.report.json import load_record


@pytest.fixture
def handout(grader, tiny, tmp_path):
    done = grader("generate", "tiny", "--course", tiny, "--out", tmp_path)
    assert done.returncode == 0, done.stderr
    return tmp_path / "tiny"


def test_the_untouched_starter_is_told_what_to_write_first(grader, handout):
    done = grader("check", handout / "tiny.py")
    assert done.returncode == 1
    assert "Twice (1, 2) is (2, 4)." in done.stdout
    assert "not written yet" in done.stdout
    assert "0 of 2 points" in done.stdout


def test_a_right_file_passes(grader, handout, right_text):
    (handout / "tiny.py").write_text(right_text)
    done = grader("check", cwd=handout)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "2 of 2 points" in done.stdout


def test_a_wrong_answer_shows_expected_and_got(grader, handout, right_text):
    (handout / "tiny.py").write_text(right_text.replace("return 2 *", "return 3 *"))
    done = grader("check", cwd=handout)
    assert done.returncode == 1
    assert "times 1.5" in done.stdout
    assert "got 3.0, expected 2.0" in done.stdout


def test_an_exception_shows_the_students_own_lines(grader, handout, right_text):
    text = right_text.replace("    return 2 * np.asarray(x)", '    raise ValueError("too hot")')
    (handout / "tiny.py").write_text(text)
    done = grader("check", cwd=handout)
    line = text.splitlines().index('    raise ValueError("too hot")') + 1
    assert "ValueError: too hot" in done.stdout
    assert f"line {line} of tiny.py, in double" in done.stdout


def test_the_file_changed_last_is_checked(grader, handout, right_text):
    (handout / "tiny.py").write_text(right_text)
    assert "2 of 2 points" in grader("check", cwd=handout).stdout


@pytest.mark.parametrize(("text", "code", "earned"), [("right", 0, 2), ("", 1, 0)])
def test_a_program_gets_the_record_alone_or_nothing(
    grader, handout, right_text, text, code, earned
):
    if text:
        (handout / "tiny.py").write_text(right_text)
    done = grader("check", "--json", handout / "tiny.py")
    assert (done.returncode, done.stderr) == (code, "")
    assert load_record(done.stdout.encode()).earned == earned
    done = grader("check", "--quiet", handout / "tiny.py")
    assert (done.returncode, done.stdout, done.stderr) == (code, "", "")


def test_what_cannot_be_checked_is_an_error_and_no_object(grader, handout):
    (handout / "tiny.ipynb").write_text("<html>")
    done = grader("check", "--json", handout / "tiny.ipynb")
    assert (done.returncode, done.stdout) == (2, "")
    assert len(done.stderr.splitlines()) == 1


def test_a_changed_suite_is_named_and_what_to_do(grader, handout, right_text):
    (handout / "tiny.py").write_text(right_text)
    suite = handout / "public/test_tiny.py"
    suite.write_text(suite.read_text().replace("points(1)", "points(2)"))
    done = grader("check", cwd=handout)
    assert (
        "note: not as handed out, so checks may tell you wrong: public/test_tiny.py" in done.stdout
    )
    suite.write_text("def (")
    done = grader("check", cwd=handout)
    assert done.returncode == 2
    assert "not as handed out" in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_a_handout_holds_nothing_hidden(handout):
    names = {str(path.relative_to(handout)) for path in handout.rglob("*")}
    assert names == {
        "README.md", "assignment.toml", "public", "public/test_tiny.py", "tiny.ipynb", "tiny.py",
    }  # fmt: skip


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such terminals")
def test_a_terminal_shows_the_first_failure_while_the_checks_run(handout):
    ours, theirs = os.openpty()
    command = [sys.executable, "-m", "grader.cli", "check", str(handout / "tiny.py")]
    environment = {**os.environ, "COLUMNS": "100", "TERM": "xterm"}
    done = subprocess.run(
        command, stdout=subprocess.DEVNULL, stderr=theirs, env=environment, timeout=60
    )
    os.close(theirs)
    told = os.read(ours, 1 << 16).decode()
    os.close(ours)
    assert done.returncode == 1
    assert told.index("starting") < told.index("not written yet")
