"""Whatever is handed in or asked for wrongly ends as one line: what, where, what to do."""

import json
import shutil

import pytest


def grade(grader, tiny, out, *paths):
    return grader(
        "grade",
        *paths,
        "--assignment",
        "tiny",
        "--course",
        tiny,
        "--out",
        out,
        "--isolation",
        "split",
    )


def test_the_rest_of_a_class_is_graded_beside_every_kind_of_broken_submission(
    grader, tiny, right_text, tmp_path
):
    broken = {
        "nothing": None,
        "two": {"a.py": b"x = 1\n", "b.py": b"y = 1\n"},
        "encoding": {"tiny.py": b"# caf\xe9\n" + right_text.encode()},
        "notebook": {"tiny.ipynb": b"{not json"},
        "renamed": {"bad.ipynb": b"{not json"},
        "archive": {"tiny.zip": b"no archive"},
    }
    folder = tmp_path / "in"
    for name, content in broken.items():
        (folder / name).mkdir(parents=True)
        for file, data in (content or {}).items():
            (folder / name / file).write_bytes(data)
    (folder / "right").mkdir()
    (folder / "right" / "tiny.py").write_text(right_text)
    done = grade(grader, tiny, tmp_path / "out", folder)
    assert done.returncode == 4, done.stderr
    records = {
        record["submission"]: record
        for record in map(json.loads, (tmp_path / "out" / "records.jsonl").read_text().splitlines())
    }
    assert records["right"]["earned"] == 10
    assert set(records) == {*broken, "right"}
    for name in broken:
        assert records[name]["earned"] == 0
        (note,) = records[name]["notes"]
        assert "\n" not in note
        assert {check["message"] for check in records[name]["checks"]} == {note}
    assert records["renamed"]["notes"][0].startswith("bad.ipynb: ")
    log = (tmp_path / "out" / "records.jsonl").read_bytes()
    again = grade(grader, tiny, tmp_path / "out", folder)
    assert "7 kept from before" in again.stdout
    assert (tmp_path / "out" / "records.jsonl").read_bytes() == log
    (folder / "two" / "b.py").unlink()
    (folder / "two" / "a.py").write_text(right_text)
    grade(grader, tiny, tmp_path / "out", folder)
    assert json.loads((tmp_path / "out" / "two" / "record.json").read_text())["earned"] == 10


def test_messages_name_the_file_as_the_student_called_it(grader, tiny, tmp_path):
    file = tmp_path / "ada" / "mine.py"
    file.parent.mkdir()
    file.write_text("def double(x):\n    raise KeyError\n")
    assert grade(grader, tiny, tmp_path / "out", file.parent).returncode == 0
    record = json.loads((tmp_path / "out" / "ada" / "record.json").read_text())
    messages = {check["message"] for check in record["checks"]}
    assert "mine.py does not define mean_square" in messages
    assert "KeyError at line 2 of mine.py" in messages


def test_a_function_with_another_signature_is_told_so(grader, tiny, right_text, tmp_path):
    file = tmp_path / "ada" / "tiny.py"
    file.parent.mkdir()
    file.write_text(right_text.replace("def double(x)", "def double(x, y)"))
    assert grade(grader, tiny, tmp_path / "out", file).returncode == 0
    record = json.loads((tmp_path / "out" / "ada" / "record.json").read_text())
    messages = {
        c["message"]
        for c in record["checks"]
        if c["exercise"] == "double" and c["visibility"] == "public"
    }
    assert any("missing 1 required positional argument: 'y'" in message for message in messages)


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["grade", "nowhere.py", "--assignment", "tiny", "--out", "o"], "nowhere.py: no such file"),
        (["grade", ".", "--assignment", "tini", "--out", "o"], "did you mean 'tiny'?"),
        (["grade", ".", "--assignment", "tiny", "--out", "o"], "holds no submission"),
        (["check"], "assignment.toml"),
        (["audit", "tinny"], "did you mean 'tiny'?"),
        (["generate", "tinny", "--out", "o"], "did you mean 'tiny'?"),
    ],
)
def test_wrong_use_is_one_line_and_exit_code_2(grader, tiny, tmp_path, words, told):
    course = [] if words == ["check"] else ["--course", tiny]
    done = grader(*words, *course, cwd=tmp_path)
    assert done.returncode == 2
    assert len(done.stderr.strip().splitlines()) == 1
    assert told in done.stderr


@pytest.mark.parametrize(
    ("file", "old", "new", "told"),
    [
        ("assignment.toml", "title =", "titel =", "did you mean 'title'?"),
        ("assignment.toml", '"double"', '"dubble"', "did you mean 'double'?"),
        ("hidden/test_tiny.py", '"mean_square")', '"mean_sqare")', "did you mean 'mean_square'?"),
        ("hidden/test_tiny.py", "@pytest.mark.points(3)\n", "", "needs @pytest.mark.points"),
        ("hidden/test_tiny.py", "import pytest", "import pytset", "No module named 'pytset'"),
        ("mistakes.toml", "return 2 *", "return 3 *", "squares"),
    ],
)
def test_a_mistake_in_a_course_file_is_one_line_and_exit_code_2(
    grader, tiny, tmp_path, right_text, file, old, new, told
):
    course = tmp_path / "course"
    shutil.copytree(tiny, course)
    path = course / "assignments" / "tiny" / file
    path.write_text(path.read_text().replace(old, new, 1))
    (tmp_path / "tiny.py").write_text(right_text)
    done = grade(grader, course, tmp_path / "out", tmp_path / "tiny.py")
    assert done.returncode == 2, done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert told in done.stderr


def test_a_check_that_breaks_by_itself_gives_no_grade(grader, tiny, tmp_path, right_text):
    course = tmp_path / "course"
    shutil.copytree(tiny, course)
    path = course / "assignments" / "tiny" / "hidden" / "test_tiny.py"
    path.write_text(path.read_text().replace("x = rng.normal(size=7)", "x = rng.normall(size=7)"))
    (tmp_path / "tiny.py").write_text(right_text)
    done = grade(grader, course, tmp_path / "out", tmp_path / "tiny.py")
    assert done.returncode == 2
    assert "hidden/test_value_and_gradient" in done.stderr
    assert (tmp_path / "out" / "records.jsonl").read_text() == ""
