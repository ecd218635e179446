"""`grader report` makes every format of the records that are kept, and changes no grade."""

import pytest
from junitparser import JUnitXml

from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import Digests, Record, make_record
from grader.report.log import append_record, write_gone

pytestmark = pytest.mark.processes


def record(submission: str, share: float) -> Record:
    return make_record(
        assignment="knn",
        submission=submission,
        seed=7,
        exercises=["distances"],
        checks=[Check("hidden/test_far", "Far is far.", "distances", "hidden", 10)],
        outcomes=[CheckOutcome("hidden/test_far", Outcome.PASSED, share=share)],
        notes=[],
        sandbox={"level": "confined"},
        versions={},
        digests=Digests("ab" * 32, "cd" * 32),
        seconds=1.0,
    )


@pytest.fixture
def kept(tmp_path):
    """A folder with the records of submissions that earned these shares."""

    def keep(**shares: float):
        for submission, share in shares.items():
            append_record(tmp_path / "kept", record(submission, share))
        return tmp_path / "kept"

    return keep


def files(folder) -> set[str]:
    names = (str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_file())
    return {name for name in names if not name.startswith(".")}


def test_what_the_class_got_is_printed_and_nothing_is_written(grader, kept):
    folder = kept(ada=0.5, bob=1)
    done = grader("report", folder)
    assert (done.returncode, done.stderr) == (0, "")
    assert files(folder) == {"records.jsonl"}
    assert "5 / 10" in done.stdout


def test_a_format_is_written_for_each_submission_and_nothing_else(grader, kept):
    folder = kept(ada=0.5, bob=1)
    done = grader("report", folder, "--format", "junit", "--format", "page")
    assert done.returncode == 0, done.stderr
    of_each = {f"{name}/{file}" for name in ("ada", "bob") for file in ("junit.xml", "report.html")}
    assert files(folder) == {"records.jsonl", *of_each}


def test_who_is_gone_from_the_class_is_in_no_report(grader, kept):
    folder = kept(ada=0.5, bob=1)
    write_gone(folder, {"ada"})
    told = grader("report", folder, "--format", "csv", "--out", "-", "--fail-under", "60")
    assert (told.returncode, len(told.stdout.splitlines())) == (0, 2)
    assert grader("report", folder, "--format", "junit").returncode == 0
    assert not (folder / "ada").exists()
    write_gone(folder, {"ada", "bob"})
    done = grader("report", folder, "--format", "csv", "--out", "-")
    assert (done.returncode, done.stdout) == (2, "")


def test_a_format_for_the_terminal_names_each_submission(grader, kept):
    told = grader("report", kept(ada=0.5, bob=1), "--format", "text").stdout
    assert told.index("ada") < told.index("5 of 10 points") < told.index("bob")


def test_one_report_goes_where_it_is_asked_for(grader, kept, tmp_path):
    folder = kept(ada=0.5)
    out = tmp_path / "reports" / "junit.xml"
    assert grader("report", folder, "--format", "junit", "--out", out).returncode == 0
    assert len(list(JUnitXml.fromfile(str(out)))) == 1
    told = grader("report", folder, "--format", "csv", "--out", "-").stdout
    assert told.startswith("\ufeffsubmission,name,email,earned")
    assert files(folder) == {"records.jsonl"}


def test_a_report_for_a_link_goes_on_in_the_file_behind_it(grader, kept, tmp_path):
    log = tmp_path / "log"
    log.write_text("before\n")
    link = tmp_path / "link"
    link.symlink_to(log)
    assert grader("report", kept(ada=1), "--format", "csv", "--out", link).returncode == 0
    assert link.is_symlink()
    before, header, _ = log.read_text().splitlines()
    assert (before, header.split(",")[0]) == ("before", "\ufeffsubmission")


@pytest.mark.parametrize(("family", "format"), [("xunit1", "junit-xunit1"), ("xunit2", "junit")])
def test_the_family_of_junit_can_be_named_as_pytest_names_it(grader, kept, family, format):
    folder = kept(ada=0.5)
    assert grader("report", folder, "--format", "junit", "--junit-family", family).returncode == 0
    assert files(folder) == {"records.jsonl", f"ada/{format}.xml"}


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (["--format", "junot"], "no such format; see `grader formats`; did you mean 'junit'?"),
        (["--out", "x"], "--out takes one report that is a file; name it with --format"),
        (["--format", "csv"], "name another file with --out"),
        (["--out", "x", "--format", "text"], "--out takes one report that is a file"),
        (["--out", "x", "--format", "junit"], "holds several submissions; without --out"),
        (["--out", "x", "--format", "junit", "--format", "csv"], "--out takes one report"),
    ],
)
def test_what_cannot_be_one_file_is_wrong_use_and_writes_nothing(grader, kept, words, told):
    folder = kept(ada=0.5, bob=1)
    done = grader("report", folder, *words, cwd=folder)
    assert done.returncode == 2
    assert told in done.stderr
    assert files(folder) == {"records.jsonl"}


def test_a_folder_without_records_is_wrong_use(grader, tmp_path):
    for n, prepare in enumerate((lambda folder: None, lambda f: (f / "records.jsonl").touch())):
        folder = tmp_path / str(n)
        folder.mkdir()
        prepare(folder)
        done = grader("report", folder, "--fail-under", "0")
        assert done.returncode == 2
        assert "records.jsonl" in done.stderr


@pytest.mark.parametrize(("percent", "code"), [("0", 0), ("57", 0), ("58", 1), ("100", 1)])
def test_a_submission_below_the_bar_ends_with_1_and_is_named(grader, kept, percent, code):
    done = grader("report", kept(ada=0.57, bob=1), "--fail-under", percent)
    assert done.returncode == code
    assert done.stderr == (f"grader: ada: 57 %, less than {percent} %\n" if code else "")


@pytest.mark.parametrize("percent", ["-1", "101", "nan", "60.5"])
def test_a_bar_that_is_no_whole_percent_is_refused(grader, kept, percent):
    assert grader("report", kept(ada=1), f"--fail-under={percent}").returncode == 2


def test_grading_ends_with_1_below_the_bar(grader, tiny, tmp_path):
    (tmp_path / "tiny.py").write_text("def double(x):\n    return 2 * x\n")
    where = [
        "--assignment",
        "tiny",
        "--course",
        tiny,
        "--isolation",
        "split",
        "--out",
        tmp_path / "o",
    ]
    assert grader("grade", tmp_path / "tiny.py", *where).returncode == 0
    done = grader("grade", tmp_path / "tiny.py", *where, "--fail-under", "60")
    assert done.returncode == 1
    assert "%, less than 60 %" in done.stderr


def test_the_formats_are_listed_with_who_may_read_them(grader):
    done = grader("formats")
    lines = {line.split()[0]: line.split() for line in done.stdout.splitlines() if line.split()}
    assert done.returncode == 0
    assert lines["junit"][1:3] == ["junit.xml", "student"]
    assert lines["csv"][1:3] == ["grades.csv", "staff"]
