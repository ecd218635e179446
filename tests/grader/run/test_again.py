"""A class is graded again: whose points moved is told, and nothing that was graded is lost."""

import csv
import json
import shutil
import zipfile
from pathlib import Path

import pytest

HALF = "import numpy as np\n\n\ndef double(x):\n    return 2 * np.asarray(x)\n"


@pytest.fixture
def again(grader, tiny, tmp_path):
    """Grade paths into one folder of reports; called again, again."""

    def run(*paths, course=tiny, **options):
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        return grader(
            "grade", *paths, "--assignment", "tiny", "--course", course, "--out", tmp_path / "out",
            "--isolation", "split", *words,
        )  # fmt: skip

    return run


@pytest.fixture
def out(tmp_path) -> Path:
    return tmp_path / "out"


def write(root: Path, **texts: str) -> Path:
    for name, text in texts.items():
        (root / name).mkdir(parents=True, exist_ok=True)
        (root / name / "tiny.py").write_text(text)
    return root


def rows(out: Path, name: str = "grades.csv") -> list[dict[str, str]]:
    return list(csv.DictReader((out / name).read_text("utf-8-sig").splitlines()))


def lines(out: Path) -> list[dict]:
    return [json.loads(line) for line in (out / "records.jsonl").read_text().splitlines()]


def test_points_that_moved_are_told_on_the_terminal_the_page_and_in_a_table(
    again, out, tiny, tmp_path, right_text
):
    submitted = write(tmp_path / "class", ann=right_text, bob=HALF)
    assert again(submitted).returncode == 0
    assert "moved:" not in again(submitted).stdout
    course = tmp_path / "course"
    shutil.copytree(tiny, course)
    suite = course / "assignments" / "tiny" / "public" / "test_tiny.py"
    suite.write_text(suite.read_text().replace("[2.0, 4.0]", "[2.0, 5.0]"))
    done = again(submitted, course=course)
    assert done.returncode == 0, done.stderr
    assert "moved: ann: 10 -> 9 (graded again; public/test_two_is_twice_one 1 -> 0)" in done.stdout
    assert "moved: bob: 3 -> 2" in done.stdout
    ann, bob = rows(out, "changes.csv")
    assert (ann["submission"], ann["before"], ann["after"]) == ("ann", "10", "9")
    assert (bob["check"], bob["check_before"], bob["check_after"], bob["why"]) == (
        "public/test_two_is_twice_one", "1", "0", "graded again",
    )  # fmt: skip
    page = (out / "index.html").read_text()
    assert "Changed since the last run" in page
    assert len(lines(out)) == 4
    write(submitted, bob=right_text)
    done = again(submitted, course=course)
    assert "moved: bob: 2 -> 9 (handed in again;" in done.stdout
    assert "moved: ann" not in done.stdout
    assert {row["submission"] for row in rows(out, "changes.csv")} == {"ann", "bob"}
    assert [line["attempt"] for line in lines(out) if line["submission"] == "bob"] == [1, 1, 2]


def test_a_resubmission_of_canvas_replaces_what_it_replaces(again, out, tmp_path, right_text):
    for folder, name, text in (
        ("first", "ann_1_2_tiny.py", right_text),
        ("first", "bob_3_41_tiny.py", "x = 1\n"),
        ("second", "ann_1_2_tiny.py", right_text),
        ("second", "bob_3_77_tiny-1.py", right_text),
    ):
        (tmp_path / folder).mkdir(exist_ok=True)
        (tmp_path / folder / name).write_text(text)
    again(tmp_path / "first")
    done = again(tmp_path / "second")
    assert "moved: bob_3 (bob): 0 -> 10 (handed in again" in done.stdout
    assert {row["submission"]: row["earned"] for row in rows(out)} == {"ann_1": "10", "bob_3": "10"}
    (last,) = (line for line in lines(out)[-1:])
    assert (last["attempt"], last["student"]["name"]) == (2, "bob")
    assert last["source"] == "../second/bob_3_77_tiny-1.py"


def test_a_row_whose_file_is_gone_is_gone_from_the_class_and_kept_in_the_log(
    again, out, tmp_path, right_text
):
    submitted = write(tmp_path / "class", ann=right_text, bob=HALF)
    other = write(tmp_path / "later", eve=right_text, dan=right_text)
    again(submitted)
    shutil.rmtree(submitted / "bob")
    done = again(submitted)
    assert [row["submission"] for row in rows(out)] == ["ann"]
    assert "left aside: bob: gone; its last grade is in records.jsonl" in done.stderr
    assert {line["submission"] for line in lines(out)} == {"ann", "bob"}
    done = again(other)  # elsewhere: ann may be there still
    assert [row["submission"] for row in rows(out)] == ["ann", "dan", "eve"]
    assert "left aside: ann: graded before, and not handed in now" in done.stderr
    write(submitted, bob=HALF)
    assert "2 kept from before" in again(submitted).stdout
    assert [row["submission"] for row in rows(out)] == ["ann", "bob", "dan", "eve"]


def test_two_spellings_of_a_name_are_one_student(again, out, tmp_path, right_text):
    for name, letter in (("first.zip", "\u00eb"), ("second.zip", "e\u0308")):
        with zipfile.ZipFile(tmp_path / name, "w") as archive:
            archive.writestr(f"Zo{letter}/tiny.py", right_text)
            archive.writestr("Bob\x1b[31m/tiny.py", HALF)
        assert again(tmp_path / name).returncode == 0
    assert len(rows(out)) == 2
    assert {row["name"] for row in rows(out)} == {"Bob\\u001b[31m", "Zo\u00eb"}
    assert len(lines(out)) == 2  # each was graded once, and written once


def test_a_roster_gives_names_and_tells_who_is_missing(again, out, tmp_path, right_text):
    submitted = write(tmp_path / "class", ann=right_text, bob=HALF, eve=HALF)
    (tmp_path / "roster.csv").write_text(
        "id,name,login,email\ns1,Ann Lee,ann,ann@uni.edu\ns2,李雷,bob,\ns3,Dan,dan,\n", "utf-8"
    )
    done = again(submitted, roster=tmp_path / "roster.csv")
    assert done.returncode == 0, done.stderr
    assert "handed in nothing: Dan (s3)" in done.stderr
    assert [(row["submission"], row["name"]) for row in rows(out)] == [
        ("eve", "eve"), ("s1", "Ann Lee"), ("s2", "李雷"),
    ]  # fmt: skip
    assert "Ann Lee" in (out / "index.html").read_text("utf-8")
    assert "Ann Lee" in (out / "s1" / "report.html").read_text("utf-8")
    student = json.loads((out / "s1" / "record.json").read_text("utf-8"))["student"]
    assert student == {"id": "s1", "name": "Ann Lee", "email": "ann@uni.edu"}


def test_a_better_name_is_taken_over_without_grading_again(again, out, tmp_path, right_text):
    submitted = write(tmp_path / "class", s1=right_text, s2=HALF)
    again(submitted)
    (tmp_path / "roster.csv").write_text("id,name\ns1,Ann Lee\ns2,s2\n")
    done = again(submitted, roster=tmp_path / "roster.csv")
    assert "0 graded, 2 kept from before" in done.stdout
    assert [row["name"] for row in rows(out)] == ["Ann Lee", "s2"]


def test_garbage_in_the_log_is_set_aside_said_and_graded_again(again, out, tmp_path, right_text):
    submitted = write(tmp_path / "class", ann=right_text, bob=HALF)
    again(submitted)
    first, second = (out / "records.jsonl").read_bytes().splitlines(keepends=True)
    (out / "records.jsonl").write_bytes(first + second[:50] + b"\n")
    done = again(submitted)
    assert done.returncode == 0, done.stderr
    assert "1 graded, 1 kept from before" in done.stdout
    assert "1 line of the log were no records; moved to records.rejected.jsonl" in done.stderr
    assert len(rows(out)) == 2


def test_records_of_another_assignment_are_refused(again, out, tmp_path, right_text):
    submitted = write(tmp_path / "class", ann=right_text)
    again(submitted)
    log = (
        (out / "records.jsonl").read_bytes().replace(b'"assignment":"tiny"', b'"assignment":"knn"')
    )
    (out / "records.jsonl").write_bytes(log)
    done = again(submitted)
    assert done.returncode == 2
    assert "holds records of knn; name another folder with --out" in done.stderr
    assert (out / "records.jsonl").read_bytes() == log


@pytest.mark.parametrize(
    ("name", "text", "code"),
    [
        ("eve/tiny.py", "x = 1\n", 0),
        ("eve/report.pdf", "x", 4),  # could not be graded
        ("eve.rar", "x", 4),  # somebody has to decide
        (".eve/tiny.py", "x", 4),
        ("notes.txt", "x", 0),
    ],
)
def test_the_exit_code_says_that_somebody_has_to_look(
    again, tmp_path, right_text, name, text, code
):
    submitted = write(tmp_path / "class", ann=right_text, bob=HALF)
    (submitted / name).parent.mkdir(exist_ok=True)
    (submitted / name).write_text(text)
    assert again(submitted).returncode == code
    assert again(submitted).returncode == code  # kept from before, and still open
