"""The grade table opens in a spreadsheet as what it says."""

import codecs
import csv
import io

from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import HandIn, Student
from grader.report.csv import changes_csv, grades_csv, nbgrader_csv


def rows(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode("utf-8-sig"))))


def test_there_is_a_row_per_record_by_submission_and_a_column_per_exercise(make, sum_up):
    table = rows(grades_csv(sum_up(make("zoe"), make("adam", outcomes=[]))))
    assert table == [
        [
            *("submission", "name", "email", "earned", "possible", "percent"),
            *("distances", "predict_labels"),
            *("notes", "problem"),
        ],
        ["adam", "", "", "0", "10", "0.0", "0", "0", "", "4 not run"],
        ["zoe", "", "", "3.5", "10", "35.0", "3.5", "0", "", "1 timeout"],
    ]


def test_notes_share_one_cell_and_quotes_commas_and_newlines_stay_in_it(make, sum_up):
    table = rows(grades_csv(sum_up(make(notes=['cell 3: "x, y"', "two\nlines"]))))
    assert table[1][-2] == 'cell 3: "x, y"; two lines'


def test_an_exercise_that_a_record_lacks_is_blank_and_not_zero(make, sum_up):
    other = make("new", checks=[Check("c", "C.", "conv", "hidden", 2)], outcomes=[])
    table = rows(grades_csv(sum_up(make("old"), other)))
    assert table[0][6:9] == ["distances", "predict_labels", "conv"]
    assert table[1][6:9] == ["", "", "0"]
    assert table[2][6:9] == ["3.5", "0", ""]


def test_an_assignment_worth_nothing_has_no_percent(make, sum_up):
    checks = [Check("a", "A.", "f", "public", 0)]
    outcomes = [CheckOutcome("a", Outcome.PASSED)]
    assert rows(grades_csv(sum_up(make(checks=checks, outcomes=outcomes))))[1][3:6] == [
        "0",
        "0",
        "",
    ]


def test_no_records_give_a_table_with_a_header_alone(sum_up):
    header = "submission,name,email,earned,possible,percent,notes,problem\n"
    assert grades_csv(sum_up()) == header.encode("utf-8-sig")


def test_a_spreadsheet_shows_names_in_any_script(make, sum_up):
    table = grades_csv(sum_up(make("id-1", hand_in=HandIn(student=Student("id-1", "李雷")))))
    assert table.startswith(codecs.BOM_UTF8)
    assert rows(table)[1][:2] == ["id-1", "李雷"]


def test_each_check_that_moved_has_a_line(sample_summary):
    header, *lines = rows(changes_csv(sample_summary))
    assert header[2:7] == ["before", "after", "check", "check_before", "check_after"]
    assert [line[2:7] for line in lines] == [
        ["6.5", "3.5", "hidden/test_ties", "3", "0"],
        ["6.5", "3.5", "hidden/test_k", "", "0"],
    ]


def test_nbgraders_columns_hold_names_in_two_parts_and_quote_what_nbgrader_would_not(make, sum_up):
    named = [
        make("s1", hand_in=HandIn(student=Student("s1", "Lee, Ann", "ann@uni.edu"))),
        make("s2", hand_in=HandIn(student=Student("s2", "Bo Kim Jr", ""))),
        make("s3"),
    ]
    table = list(csv.DictReader(io.StringIO(nbgrader_csv(sum_up(*named)).decode())))
    assert [(row["last_name"], row["first_name"]) for row in table] == [
        ("Lee", "Ann"),
        ("Jr", "Bo Kim"),
        ("", ""),
    ]
    assert {row["assignment"] for row in table} == {"k-NN"}
    assert [float(row["score"]) for row in table] == [3.5] * 3
    assert table[0]["student_id"] == "s1"
