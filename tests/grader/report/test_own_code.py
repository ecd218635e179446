"""A student sees their own code of what lost points, with the line marked."""

import lxml.html
import msgspec
import pytest

from grader.record.cause import Cause
from grader.record.check import CheckOutcome, Outcome
from grader.record.excerpt import Excerpt
from grader.report.own_code import own_code
from grader.report.place import Place
from grader.report.student_page import student_page

SHORT = Excerpt("f", "knn.py", 10, "def f(x):\n    y = <x>\n    return y")
LONG = Excerpt("f", "knn.ipynb", 1, "\n".join(f"line {n}" for n in range(1, 101)), cell=3)


def test_short_code_is_shown_whole_with_its_numbers_and_the_line_marked():
    code = own_code(SHORT, [Place("knn.py", 11), None])
    assert code.place == "lines 10 to 12 of knn.py"
    assert code.numbers == "10\n11\n12"
    assert code.pieces == [
        ("def f(x):", False),
        ("    y = &lt;x&gt;", True),
        ("    return y", False),
    ]


def test_of_long_code_only_what_lies_around_the_marks_is_shown():
    code = own_code(LONG, [Place("knn.ipynb", 50, 3), Place("knn.ipynb", 52, 3)])
    assert code.place == "cell 3, lines 42 to 60 of knn.ipynb"
    assert [text for text, is_marked in code.pieces if is_marked] == ["line 50", "line 52"]


@pytest.mark.parametrize(
    "place",
    [Place("other.py", 11), Place("knn.py", 11, 2), Place("knn.py", 9), Place("knn.py", 13), None],
)
def test_a_line_elsewhere_marks_nothing(place):
    assert not own_code(SHORT, [place]).has_marks


def page_of(make, message, cause=None):
    outcomes = [CheckOutcome("public/test_shape", Outcome.ERROR, message=message)]
    record = make(outcomes=outcomes, causes={"distances": cause} if cause else {})
    code = Excerpt("distances", "knn.py", 10, "def distances(X):\n    y = X\n    return y")
    return lxml.html.fromstring(student_page(msgspec.structs.replace(record, code=[code])))


def test_a_line_that_raised_is_marked_and_its_code_is_open(make):
    page = page_of(make, "ValueError: bad\n  line 11 of knn.py, in distances")
    (own,) = page.xpath("//details[.//mark]")
    assert own.get("open") is not None
    assert [mark.text for mark in own.iter("mark")] == ["    y = X"]
    numbers, code = own.iter("pre")
    # A browser leaves out the first line end of <pre>, so that a blank first line would be lost.
    assert code.text_content() == "\ndef distances(X):\n    y = X\n    return y"
    assert numbers.text_content().split() == ["10", "11", "12"]


def test_the_line_of_a_cause_is_marked_too(make):
    cause = Cause(kind="unknown", confidence="likely", place="line 12 of knn.py")
    page = page_of(make, "dW is wrong in every entry", cause)
    assert [mark.text for mark in page.iter("mark")] == ["    return y"]


def test_code_without_a_mark_is_folded(make):
    page = page_of(make, "dW is wrong in every entry")
    (own,) = page.xpath("//details[.//pre]")
    assert own.get("open") is None
    assert own.find("summary").text == "Your code: lines 10 to 12 of knn.py"
