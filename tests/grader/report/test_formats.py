"""Every format of the table makes what its golden file holds, and keeps secrets from students."""

from pathlib import Path

import pytest

from grader.errors import UsageError
from grader.record.identity import is_id
from grader.report.formats import OF_CLASS, OF_SUBMISSION, Chosen, File, Screen, choose

GOLDEN = Path(__file__).parents[2] / "golden" / "report"


@pytest.fixture(params=(*OF_SUBMISSION, *OF_CLASS), ids=lambda row: row.name)
def row(request) -> File | Screen:
    return request.param


@pytest.fixture
def report(row, render, sample_class, sample_summary) -> bytes:
    return render(row, sample_class[0] if row in OF_SUBMISSION else sample_summary)


def test_a_format_makes_its_golden_file(row, report, tmp_path):
    made = tmp_path / row.name
    made.write_bytes(report)
    golden = GOLDEN / row.name
    assert golden.exists(), f"read {made}, and if it is right, copy it to {golden}"
    assert report == golden.read_bytes(), f"compare {made} with {golden}"


def test_there_is_no_golden_file_without_its_format():
    assert {path.name for path in GOLDEN.iterdir()} == {r.name for r in (*OF_SUBMISSION, *OF_CLASS)}


def test_a_student_reads_neither_the_seed_nor_a_digest(row, report, sample_class):
    record = sample_class[0]
    secrets = [str(record.seed), record.digests.suite, record.digests.submission]
    told = [secret for secret in secrets if secret.encode() in report]
    assert told == [] or row.reader == "staff"


def test_staff_read_the_seed_in_the_record(render, sample_class):
    (row,) = (row for row in OF_SUBMISSION if row.name == "record.json")
    assert row.reader == "staff"
    assert str(sample_class[0].seed).encode() in render(row, sample_class[0])


@pytest.mark.parametrize("row", OF_CLASS, ids=lambda row: row.name)
def test_no_submission_has_a_folder_called_like_a_report_on_the_class(row):
    assert not is_id(row.name), "give it one of the ENDINGS of grader/record/files.py"


def test_every_format_has_a_name_of_its_own_and_says_what_it_is_for():
    rows = (*OF_SUBMISSION, *OF_CLASS)
    assert len({row.format for row in rows} - {""}) == len(rows)
    assert all(row.about for row in rows)


def test_a_format_is_chosen_by_its_name():
    assert choose(["junit", "csv"]) == Chosen((OF_SUBMISSION[3],), (OF_CLASS[0],))
    with pytest.raises(UsageError, match=r"no such format; see .* did you mean 'junit'\?"):
        choose(["csv", "junits"])
