"""Reports appear whole or not at all, and the log loses nothing that it took."""

import signal
import subprocess
import sys

import pytest

from grader.errors import ReportError
from grader.report.formats import OF_CLASS, OF_SUBMISSION, File, usual
from grader.report.json import load_record, record_json
from grader.report.log import append_record, each_record
from grader.report.write import own_folder, write_class, write_submission


def logged(out):
    return list(each_record(out))


def files_of(table) -> list[str]:
    return sorted(row.name for row in usual(table) if isinstance(row, File))


def names(folder) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_a_submission_gets_a_folder_with_its_record_and_its_page(make, tmp_path):
    folder = write_submission(tmp_path / "out", make("zoe"))
    assert folder == tmp_path / "out" / "zoe"
    assert names(folder) == files_of(OF_SUBMISSION)
    assert load_record((folder / "record.json").read_bytes()) == make("zoe")
    assert "zoe" in (folder / "report.html").read_text("utf-8")


def test_a_second_report_replaces_the_first(make, tmp_path):
    write_submission(tmp_path, make("zoe"))
    folder = write_submission(tmp_path, make("zoe", notes=["second"]))
    assert load_record((folder / "record.json").read_bytes()).notes == ["second"]
    assert names(folder) == files_of(OF_SUBMISSION)


def test_a_class_gets_a_table_and_a_page(make, sum_up, tmp_path):
    write_class(tmp_path, sum_up(make("zoe"), make("adam")))
    assert names(tmp_path) == files_of(OF_CLASS)
    assert len((tmp_path / "grades.csv").read_text("utf-8").splitlines()) == 3
    assert "adam/report.html" in (tmp_path / "index.html").read_text("utf-8")


@pytest.mark.parametrize(
    "submission", ["../zoe", "/etc", "", ".", "..", "a/b", "-x", "z" * 65, "index.html", "a\n"]
)
def test_an_id_that_is_no_folder_of_its_own_is_refused(make, tmp_path, submission):
    with pytest.raises(ReportError, match="not a name for the folder of a report"):
        write_submission(tmp_path / "out", make(submission))
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize("submission", ["zoe", "s1234567", "a.b+c@d-e_f", "z" * 64])
def test_an_ordinary_id_is_accepted(make, tmp_path, submission):
    assert write_submission(tmp_path, make(submission)).name == submission


def test_a_report_that_cannot_be_put_in_place_leaves_no_part_behind(make, sum_up, tmp_path):
    (tmp_path / "grades.csv").mkdir()
    with pytest.raises(ReportError, match="cannot be written"):
        write_class(tmp_path, sum_up(make()))
    assert names(tmp_path) == ["grades.csv"]


def test_the_log_gives_back_what_it_took_in_order(make, tmp_path):
    records = [make("zoe"), make("adam", notes=["x"]), make("mia", outcomes=[])]
    for record in records:
        append_record(tmp_path / "out", record)
    assert logged(tmp_path / "out") == records


def test_a_log_that_does_not_exist_holds_nothing(tmp_path):
    assert logged(tmp_path) == []


def test_a_submission_graded_again_counts_once_with_its_last_record(make, tmp_path):
    for record in (make("zoe"), make("adam"), make("zoe", notes=["again"])):
        append_record(tmp_path, record)
    kept = list(each_record(tmp_path))
    assert [record.submission for record in kept] == ["adam", "zoe"]
    assert kept[1].notes == ["again"]


@pytest.mark.parametrize("left", [1, 50, -1])
def test_a_torn_last_line_is_dropped_and_the_next_record_is_whole(make, tmp_path, left):
    append_record(tmp_path, make("zoe"))
    log = tmp_path / "records.jsonl"
    whole = log.read_bytes()
    log.write_bytes(whole + whole[:left])  # as a crash within a write leaves it
    assert [record.submission for record in logged(tmp_path)] == ["zoe"]
    append_record(tmp_path, make("adam"))
    assert [record.submission for record in logged(tmp_path)] == ["zoe", "adam"]


def test_a_log_of_nothing_but_a_torn_line_starts_anew(make, tmp_path):
    (tmp_path / "records.jsonl").write_bytes(b'{"schema')
    append_record(tmp_path, make("zoe"))
    assert logged(tmp_path) == [make("zoe")]


def test_a_damaged_line_in_the_middle_is_named_and_not_skipped(make, tmp_path):
    append_record(tmp_path, make("zoe"))
    with (tmp_path / "records.jsonl").open("ab") as log:
        log.write(b'{"schema": 3}\n')
    append_record(tmp_path, make("adam"))
    with pytest.raises(ReportError, match=r"records\.jsonl, line 2: this is not a record"):
        logged(tmp_path)


WRITER = """
import itertools, sys
from pathlib import Path
import msgspec
from grader.report.json import load_record
from grader.report.log import append_record

record = load_record(sys.stdin.buffer.read())
for n in itertools.count():
    append_record(Path(sys.argv[1]), msgspec.structs.replace(record, submission=f"s{n}"))
    print(n, flush=True)
"""


@pytest.mark.processes
def test_killed_at_any_moment_the_log_holds_every_record_that_was_added(make, tmp_path):
    command = [sys.executable, "-c", WRITER, str(tmp_path)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as writer:
        writer.stdin.write(record_json(make(notes=["x" * 10_000])))
        writer.stdin.close()
        added = [int(writer.stdout.readline()) for _ in range(20)]
        writer.send_signal(signal.SIGKILL)
        added += map(int, writer.stdout.read().splitlines())
    kept = {record.submission for record in logged(tmp_path)}
    assert {f"s{n}" for n in added} <= kept


def test_a_folder_that_cannot_be_written_is_named(make, sum_up, as_ordinary_user):
    with as_ordinary_user() as closed:
        closed.chmod(0o500)
        for write in (
            lambda: own_folder(closed).__enter__(),
            lambda: append_record(closed, make("zoe")),
            lambda: write_submission(closed, make("zoe")),
            lambda: write_class(closed, sum_up(make("zoe"))),
        ):
            with pytest.raises(ReportError, match=rf"^{closed}\S*: cannot be written"):
                write()
