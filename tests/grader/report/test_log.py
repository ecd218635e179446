"""The log is kept clean, and knows what moved and what is gone."""

import msgspec
import pytest

from grader.errors import UsageError
from grader.record.check import CheckOutcome, Outcome
from grader.report.log import (
    append_record,
    each_record,
    last_changes,
    read_gone,
    require_own_log,
    write_gone,
)

PASSED = [CheckOutcome("hidden/test_ties", Outcome.PASSED)]


def ids(out) -> list[str]:
    return [record.submission for record in each_record(out)]


@pytest.mark.parametrize(
    "garbage", [b"\0\0\0\n", b"{}\n", b"<<<<<<< HEAD\n", b'{"schema": 3}\n', b"\n"]
)
def test_lines_that_are_no_records_are_kept_beside(make, tmp_path, garbage):
    append_record(tmp_path, make("zoe"))
    with (tmp_path / "records.jsonl").open("ab") as log:
        log.write(garbage)
    append_record(tmp_path, make("adam"))
    assert require_own_log(tmp_path, "knn") == 1
    assert ids(tmp_path) == ["zoe", "adam"]
    assert (tmp_path / "records.rejected.jsonl").read_bytes() == garbage
    assert require_own_log(tmp_path, "knn") == 0


def test_a_log_without_garbage_is_left_alone(make, tmp_path):
    append_record(tmp_path, make("zoe"))
    before = (tmp_path / "records.jsonl").stat()
    assert require_own_log(tmp_path, "knn") == 0
    after = (tmp_path / "records.jsonl").stat()  # when it was read last may differ
    assert (after.st_ino, after.st_mtime_ns) == (before.st_ino, before.st_mtime_ns)
    assert not (tmp_path / "records.rejected.jsonl").exists()


def test_a_record_of_an_unknown_format_is_kept_beside(make, tmp_path):
    append_record(tmp_path, msgspec.structs.replace(make("zoe"), schema="nablagrade/record/v0"))
    assert require_own_log(tmp_path, "knn") == 1


def test_a_log_with_a_record_of_a_newer_grader_stays_as_it_is_and_the_line_is_named(make, tmp_path):
    append_record(tmp_path, make("adam"))
    append_record(tmp_path, msgspec.structs.replace(make("zoe"), schema="nablagrade/record/v2"))
    before = (tmp_path / "records.jsonl").read_bytes()
    told = r"records.jsonl, line 2: a newer grader made this record .*v2.*; update nablagrade"
    with pytest.raises(UsageError, match=told):
        require_own_log(tmp_path, "knn")
    with pytest.raises(UsageError, match=told):
        ids(tmp_path)
    assert (tmp_path / "records.jsonl").read_bytes() == before
    assert not (tmp_path / "records.rejected.jsonl").exists()


def test_records_of_another_assignment_are_refused(make, tmp_path):
    append_record(tmp_path, make("zoe"))
    with pytest.raises(UsageError, match="holds records of knn; name another folder with --out"):
        require_own_log(tmp_path, "linear")
    assert ids(tmp_path) == ["zoe"]


def test_the_last_two_records_of_a_submission_tell_what_moved(make, tmp_path):
    append_record(tmp_path, make("zoe", outcomes=[]))
    append_record(tmp_path, make("zoe"))
    append_record(tmp_path, make("adam"))
    append_record(tmp_path, make("mia"))
    append_record(tmp_path, make("mia"))
    append_record(tmp_path, make("zoe", outcomes=PASSED))
    (moved,) = last_changes(tmp_path)
    assert (moved.submission, moved.before, moved.after) == ("zoe", 3.5, 3)
    assert last_changes(tmp_path, gone={"zoe"}) == []


def test_what_is_gone_is_passed_over_and_stays_in_the_log(make, tmp_path):
    append_record(tmp_path, make("zoe"))
    append_record(tmp_path, make("adam"))
    write_gone(tmp_path, {"zoe"})
    assert read_gone(tmp_path) == {"zoe"}
    assert [one.submission for one in each_record(tmp_path, read_gone(tmp_path))] == ["adam"]
    assert ids(tmp_path) == ["zoe", "adam"]


@pytest.mark.parametrize("content", [b"", b"{", b"[1]", b"\0"])
def test_a_damaged_list_of_what_is_gone_is_empty(tmp_path, content):
    (tmp_path / "gone.json").write_bytes(content)
    assert read_gone(tmp_path) == set()
