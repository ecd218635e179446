"""A message says where the student's code raised, and a repository where that file lies."""

import pytest

from grader.record.check import CheckOutcome, Outcome
from grader.report.place import Place, place_of, placed_in


@pytest.mark.parametrize(
    ("message", "place"),
    [
        ("ValueError: k\n  line 12 of knn.py, in predict", Place("knn.py", 12)),
        ("E: k\n  line 2 of knn.py, in f\n  line 5 of my tools.py, in g", Place("my tools.py", 5)),
        ("E: k\n  cell 3, line 4 of knn.ipynb, in <lambda>", Place("knn.ipynb", 4, 3)),
        ("ValueError at line 12 of knn.py", Place("knn.py", 12)),
        ("no answer in 10 s, at cell 3, line 4 of knn.ipynb", Place("knn.ipynb", 4, 3)),
        ("not written yet (NotImplementedError at line 5 of a (1).py)", Place("a (1).py", 5)),
        ("differs in 2 of 10 places\nfirst at index 3", None),
        ("E: line 12 of knn.py, in f", None),
        ("", None),
    ],
)
def test_the_last_step_is_where_it_raised(message, place):
    assert place_of(message) == place


def test_a_hidden_checks_line_is_placed_too(make):
    message = "not written yet (NotImplementedError at line 5 of knn.py)"
    record = make(outcomes=[CheckOutcome("hidden/test_k", Outcome.ERROR, message=message)])
    assert placed_in(record, "hw1").checks[3].message == (
        "not written yet (NotImplementedError at line 5 of hw1/knn.py)"
    )


def test_every_step_is_placed_in_the_folder_and_nothing_else_changes(make):
    message = "E: line 1 of a.py\n  line 2 of knn.py, in f\n  cell 3, line 4 of knn.ipynb, in g"
    record = make(outcomes=[CheckOutcome("hidden/test_k", Outcome.ERROR, message=message)])
    placed = placed_in(record, r"hw\1")
    assert placed.checks[3].message == (
        "E: line 1 of a.py\n"
        "  line 2 of hw\\1/knn.py, in f\n"
        "  cell 3, line 4 of hw\\1/knn.ipynb, in g"
    )
    assert placed.checks[:3] == record.checks[:3]
    assert placed.earned == record.earned
