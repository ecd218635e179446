"""What many checks have in common is said once; a wrong answer has a cause of its own."""

import io

import pytest
from rich.console import Console

from grader.record.check import Check, CheckOutcome, Outcome
from grader.record.record import Digests, Record, make_record
from grader.report.causes import folded, shared_causes
from grader.report.text import print_check

NP = "np is not imported: write `import numpy as np` at the top"


def record(*outcomes: tuple[str, Outcome, str, str]) -> Record:
    """Return a record with a check for each (exercise, outcome, message, hint)."""
    checks = [
        Check(f"public/{n}", f"Title {n}.", o[0], "public", 1) for n, o in enumerate(outcomes)
    ]
    ended = [
        CheckOutcome(check.id, how, message=message, hint=hint)
        for check, (_, how, message, hint) in zip(checks, outcomes, strict=True)
    ]
    return make_record(
        assignment="knn", submission="s", seed=1, checks=checks, outcomes=ended, notes=[],
        exercises=list(dict.fromkeys(one[0] for one in outcomes)), sandbox={"level": "split"},
        versions={}, digests=Digests("", ""), seconds=1.0,
    )  # fmt: skip


def test_a_missing_import_is_one_reason():
    made = record(
        ("f", Outcome.FAILED, "knn.py does not define f", NP),
        ("g", Outcome.ERROR, "NameError: name 'np' is not defined\n  line 3 of knn.py, in g", NP),
        ("h", Outcome.PASSED, "", ""),
    )
    (cause,) = shared_causes(made)
    assert (cause.text, cause.checks) == (NP, ("public/0", "public/1"))


def test_an_error_at_one_line_is_one_reason_and_at_two_lines_is_none():
    error = "ValueError: bad\n  line 9 of knn.py, in f\n  line 3 of knn.py, in helper"
    other = error.replace("line 9", "line 7")
    assert (
        len(shared_causes(record(("f", Outcome.ERROR, error, ""), ("g", Outcome.ERROR, other, ""))))
        == 1
    )
    other = error.replace("line 3", "line 4")
    assert (
        shared_causes(record(("f", Outcome.ERROR, error, ""), ("g", Outcome.ERROR, other, "")))
        == []
    )


@pytest.mark.parametrize("message", ["loss is not right", "not written yet (NotImplementedError)"])
def test_wrong_answers_and_unwritten_parts_have_no_common_reason(message):
    made = record(("f", Outcome.FAILED, message, ""), ("g", Outcome.FAILED, message, ""))
    assert shared_causes(made) == []


def test_what_is_not_written_takes_one_line_and_a_reason_stands_on_top():
    made = record(
        ("f", Outcome.FAILED, "knn.py does not define f", NP),
        ("g", Outcome.FAILED, "knn.py does not define g", NP),
        ("h", Outcome.ERROR, "not written yet (NotImplementedError at line 3)", ""),
        ("h", Outcome.ERROR, "not written yet (NotImplementedError at line 3)", ""),
    )
    console = Console(file=io.StringIO(), width=100, record=True)
    print_check(console, made)
    lines = console.export_text().splitlines()
    assert lines[0] == f"one reason for 2 checks: {NP}"
    assert lines[2:5] == [
        "f  0 / 1  ✗ for the reason on top",
        "g  0 / 1  ✗ for the reason on top",
        "h  0 / 2  ! not written yet",
    ]


def test_an_exercise_that_is_partly_right_is_told_whole():
    made = record(("f", Outcome.PASSED, "", ""), ("f", Outcome.ERROR, "not written yet", ""))
    assert folded(made.checks, []) == ""
