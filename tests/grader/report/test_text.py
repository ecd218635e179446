"""What the terminal shows, in colour or not, wide or narrow."""

import io

import pytest
from rich.console import Console

from grader.record.cause import Cause
from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.text import ROWS, UNREAD, print_check, print_class_table


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=80, color_system=None)


def printed(console: Console) -> str:
    return console.file.getvalue()


def test_a_student_reads_every_check_with_message_and_hint_behind_a_gutter(console, make):
    print_check(console, make())
    assert printed(console) == (
        "distances  3.5 / 5\n"
        "  ✓ passed      1 / 1  Distances have one row per test point.\n"
        "  ◐ in part   2.5 / 4  Distances are right on random data.\n"
        "\n"
        "predict_labels  0 / 5\n"
        "  ✗ failed      0 / 3  A tie goes to the smaller label.\n"
        "  │ predict_labels: differs in 2 of 10 places\n"
        "  │ first at index 3\n"
        "  │ hint: count the votes per label, then take the first of the largest.\n"
        "  T timeout     0 / 2  Every k up to N works.\n"
        "  │ no answer in 10 s\n"
        "\n"
        "3.5 of 10 points\n"
        "Next: Distances are right on random data. (distances)\n"
    )


def test_the_cause_is_said_once_at_the_exercise_and_checks_keep_what_they_saw(console, make):
    told = "count the votes per label, then take the first of the largest."
    cause = Cause(kind="mistake", confidence="proven", text=told, place="line 54")
    print_check(console, make(causes={"predict_labels": cause}))
    assert (
        "predict_labels  0 / 5\n"
        "  hint: count the votes per label, then take the first of the largest.\n"
        "  look at: line 54\n"
        "  ✗ failed      0 / 3  A tie goes to the smaller label.\n"
        "  │ predict_labels: differs in 2 of 10 places\n"
        "  │ first at index 3\n"
        "  T timeout     0 / 2  Every k up to N works.\n"
    ) in printed(console)


def test_a_student_reads_notes(console, make):
    print_check(console, make(notes=["cell 2 was left out"]))
    assert "note: cell 2 was left out\n" in printed(console)


def test_full_marks_leave_nothing_to_do(console, make):
    checks = [Check("a", "A.", "f", "public", 2)]
    print_check(console, make(checks=checks, outcomes=[CheckOutcome("a", Outcome.PASSED)]))
    assert printed(console).endswith("2 of 2 points\n")


def test_a_class_is_a_table_with_a_legend(console, make, sum_up):
    print_class_table(console, sum_up(make("zoe", notes=["x"]), make("adam", outcomes=[])))
    lines = [" ".join(line.split()) for line in printed(console).splitlines()]
    assert "│ zoe │ 3.5 / 10 │ 3.5 │ 0 │ ✓2 ✗1 T1 │ 1 │" in lines
    assert "│ adam │ 0 / 10 │ 0 │ 0 │ ○4 │ │" in lines
    assert "1 distances (5)" in lines
    assert "✓ passed ✗ failed T timeout ○ not run" in lines


def test_what_could_not_be_read_is_told_below_the_table(console, make, make_unread, sum_up):
    reason = "no knn.py or knn.ipynb here"
    unread = [make_unread(f"s{n:03}", reason) for n in range(UNREAD + 2)]
    print_class_table(console, sum_up(make("zoe"), *unread))
    assert f"  ○ s000: {reason}\n" in printed(console)
    assert printed(console).count(reason) == UNREAD
    assert "zoe:" not in printed(console)
    assert "2 more, of which no check was run" in printed(console)


def test_a_large_class_is_cut_and_the_cut_is_said(console, make, sum_up):
    print_class_table(console, sum_up(*(make(f"s{n:03}") for n in range(ROWS + 3))))
    assert f" s{ROWS - 1} " in printed(console)
    assert f" s{ROWS} " not in printed(console)
    assert "3 more submissions are not shown here" in printed(console)


@pytest.mark.parametrize("width", [80, 30, 10])
def test_no_line_is_wider_than_the_terminal_unless_nothing_fits(make, width):
    console = Console(file=io.StringIO(), width=width, color_system=None)
    print_check(console, make())
    assert max(map(len, printed(console).splitlines())) <= max(width, 45)


def test_a_terminal_without_unicode_gets_ascii(make, sum_up):
    raw = io.BytesIO()
    with io.TextIOWrapper(raw, encoding="ascii") as file:
        console = Console(file=file, width=80, color_system=None)
        print_check(console, make())
        print_class_table(console, sum_up(make()))
        file.flush()
        text = raw.getvalue().decode("ascii")
    assert "  + passed      1 / 1  Distances" in text
    assert "  | first at index 3" in text
