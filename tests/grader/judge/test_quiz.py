"""The answers of a quiz are read as a person reads them, and a message says what was found."""

import numpy as np
import pytest

from grader.judge.blame import CheckFault
from grader.judge.failures import Mismatch
from grader.judge.quiz import require_answers
from grader.record.check import Outcome

RIGHT = {"slope": "a", "rate": "c"}


def refused(given, right=RIGHT, **options):
    with pytest.raises(Mismatch) as caught:
        require_answers(given, right, name="ANSWERS", **options)
    return caught.value


@pytest.mark.parametrize(
    "answer",
    [
        "a",
        "A",
        " a ",
        "(a)",
        "(A)",
        "a)",
        "A)",
        "[a]",
        "a.",
        "a:",
        "'a'",
        "a\n",
        "\N{FULLWIDTH LATIN CAPITAL LETTER A}",
        "ⓐ",
    ],
)
def test_a_letter_counts_however_it_is_written(answer):
    require_answers({"slope": answer, "rate": "c"}, RIGHT, name="ANSWERS")
    require_answers({"slope": answer, "rate": "c"}, RIGHT, name="ANSWERS", letters="abcd")


@pytest.mark.parametrize("answer", [12, 12.0, "12", " 12 ", np.float32(12), np.array(12)])
def test_a_number_counts_as_a_number_or_as_text(answer):
    require_answers({"channels": answer}, {"channels": 12}, name="ANSWERS")
    assert refused({"channels": answer}, {"channels": 13}).safe == "1 of 1 answers is not right"


@pytest.mark.parametrize("answer", ["b", "B)", "z", "1"])
def test_a_wrong_letter_is_wrong_and_its_question_is_named(answer):
    error = refused({"slope": answer, "rate": "c"})
    assert (error.safe, error.hint) == ("1 of 2 answers is not right", "think again about slope")
    assert refused({"slope": answer, "rate": "b"}).hint == "think again about slope, rate"
    assert refused({"slope": answer, "rate": "c"}, hint="one is wrong").hint == "one is wrong"


@pytest.mark.parametrize(
    ("answer", "found"),
    [
        ("", "a text of 0 characters"),
        ("ab", "a text of 2 characters"),
        ("the first", "a text of 9 characters"),
        (1, "an int"),
        (True, "a bool"),
        (["a"], "a list (a str)"),
        (b"a", "a bytes"),
    ],
)
def test_what_is_no_letter_is_told_as_what_it_is(answer, found):
    error = refused({"slope": answer, "rate": "c"})
    assert error.safe == f"the answer to slope is {found}, expected a letter"
    assert error.detail == f"found {answer!r}"


@pytest.mark.parametrize("answer", ["twelve", "", True, 1j, [12], {}, 10**1200])
def test_what_is_no_number_is_told_as_what_it_is(answer):
    assert "expected a number" in refused({"channels": answer}, {"channels": 12}).safe


@pytest.mark.parametrize("answer", [float("nan"), float("inf"), "nan", 12.001])
def test_another_number_is_wrong(answer):
    assert "not right" in refused({"channels": answer}, {"channels": 12}).safe


def test_what_is_not_answered_is_listed():
    for given in ({"slope": None, "rate": "c"}, {"rate": "c"}):
        assert refused(given).safe == "not answered: slope"
    assert refused({}).safe == "not written yet: slope, rate"
    many = {f"q{number}": None for number in range(8)}
    assert refused(many, {}, letters="ab").safe == "not written yet: q0, q1, q2, q3, q4 and 3 more"


def test_letters_ask_for_an_answer_to_every_question_of_the_dict():
    given = {"slope": "a", "rate": "C", "other": "B"}
    require_answers(given, RIGHT, name="ANSWERS", letters="abc")
    assert refused(given, {}, letters="ab").safe == (
        "the answer to rate is the letter c, expected one of the letters a, b"
    )


@pytest.mark.parametrize("given", [None, [], "abc", 3, {"slope"}])
def test_what_is_no_dict_is_told(given):
    assert "expected a dict" in refused(given).safe


QUIZ = '''
    @points(1)
    def test_quiz(answers):
        """A quiz."""
        answers({questions}, name="QUIZ")
    '''


@pytest.fixture
def quiz(course, judge):
    """Return a function that judges a submission by a quiz of one check."""
    course.reference = 'QUIZ = {"slope": "a", "rate": "c"}'

    def quiz(text, questions, visibility="hidden"):
        course.suites = (visibility,)
        course.write(QUIZ.format(questions=questions), f"{visibility}/test_tiny.py")
        return judge(text)[0]

    return quiz


def test_the_fixture_asks_the_reference_in_a_hidden_check(quiz):
    assert quiz("QUIZ = {'slope': '(A)', 'rate': 'b'}", ["slope"]).outcome == Outcome.PASSED
    outcome = quiz("QUIZ = {'slope': '(A)', 'rate': 'b'}", ["slope", "rate"])
    assert (outcome.outcome, outcome.hint) == (Outcome.FAILED, "think again about rate")
    assert quiz("", ["slope"]).message == "answer.py does not define QUIZ"


def test_the_fixture_is_given_the_right_answers_in_a_public_check(quiz):
    text = "QUIZ = {'slope': 'the a', 'rate': 'b'}"
    assert quiz(text, {"rate": "b"}, "public").outcome == Outcome.PASSED
    assert "found 'the a'" in quiz(text, {"slope": "a"}, "public").message


def test_a_question_that_there_is_not_is_the_checks_fault(quiz):
    with pytest.raises(CheckFault, match="no question 'slop'; did you mean 'slope'"):
        quiz("QUIZ = {}", ["slop"])
    with pytest.raises(CheckFault, match="a public check gives the right ones"):
        quiz("QUIZ = {}", ["slope"], "public")


def test_keys_that_are_no_text_are_listed_too():
    assert refused({3: None, (1, 2): None}, {}, letters="ab").safe == "not written yet: 3, (1, 2)"
