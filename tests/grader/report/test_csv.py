"""The grade table opens in a spreadsheet as what it says."""

import csv
import io

from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.csv import grades_csv


def rows(table: bytes) -> list[list[str]]:
    return list(csv.reader(io.StringIO(table.decode())))


def test_there_is_a_row_per_record_by_submission_and_a_column_per_exercise(make, sum_up):
    table = rows(grades_csv(sum_up(make("zoe"), make("adam", outcomes=[]))))
    assert table == [
        [
            *("submission", "earned", "possible", "percent"),
            *("distances", "predict_labels"),
            *("notes", "problem"),
        ],
        ["adam", "0", "10", "0.0", "0", "0", "", "4 not run"],
        ["zoe", "3.5", "10", "35.0", "3.5", "0", "", "1 timeout"],
    ]


def test_notes_share_one_cell_and_quotes_commas_and_newlines_stay_in_it(make, sum_up):
    table = rows(grades_csv(sum_up(make(notes=['cell 3: "x, y"', "two\nlines"]))))
    assert table[1][-2] == 'cell 3: "x, y"; two lines'


def test_an_exercise_that_a_record_lacks_is_blank_and_not_zero(make, sum_up):
    other = make("new", checks=[Check("c", "C.", "conv", "hidden", 2)], outcomes=[])
    table = rows(grades_csv(sum_up(make("old"), other)))
    assert table[0][4:7] == ["distances", "predict_labels", "conv"]
    assert table[1][4:7] == ["", "", "0"]
    assert table[2][4:7] == ["3.5", "0", ""]


def test_an_assignment_worth_nothing_has_no_percent(make, sum_up):
    checks = [Check("a", "A.", "f", "public", 0)]
    outcomes = [CheckOutcome("a", Outcome.PASSED)]
    assert rows(grades_csv(sum_up(make(checks=checks, outcomes=outcomes))))[1][1:4] == [
        "0",
        "0",
        "",
    ]


def test_no_records_give_a_table_with_a_header_alone(sum_up):
    assert grades_csv(sum_up()) == b"submission,earned,possible,percent,notes,problem\n"
