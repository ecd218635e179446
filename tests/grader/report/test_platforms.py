"""What platforms of courses read of a result: the fields, types and sizes that they take."""

import base64
import json

import jsonschema
import pytest
from ansi2html import Ansi2HTMLConverter

from grader.record.check import Check, CheckOutcome, Outcome
from grader.report.platforms import (
    classroom50_result,
    classroom_result,
    coursera_feedback,
    gradescope_results,
    prairielearn_results,
)

MEBIBYTE = 1_048_576  # PrairieLearn drops a larger file as a whole
HOSTILE = "<script>x</script>\x1b[31m</code></pre><img src=x>\nok"


@pytest.fixture
def hostile(make):
    outcome = CheckOutcome("hidden/test_k", Outcome.ERROR, message=HOSTILE, hint=HOSTILE)
    return make(outcomes=[outcome], notes=[HOSTILE])


WHOLE = {"type": "integer", "minimum": 0}
CLASSROOM_50 = {  # schemas/result-v1.schema.json without who and when, which its runner knows
    "type": "object",
    "additionalProperties": False,
    "required": ["schema", "score", "max-score", "tests"],
    "properties": {
        "schema": {"const": "classroom50/result/v1"},
        "score": WHOLE,
        "max-score": WHOLE,
        "tests": {
            "type": "array",
            "items": {
                "type": "object",
                "required": ["test-name", "passed", "score", "max-score"],
                "properties": {
                    "test-name": {"type": "string", "minLength": 1},
                    "passed": {"type": "boolean"},
                    "score": WHOLE,
                    "max-score": WHOLE,
                },
            },
        },
    },
}


def many(make, n: int, message: str):
    checks = [Check(f"hidden/test_{i}", "It works.", "f", "hidden", 1) for i in range(n)]
    outcomes = [CheckOutcome(c.id, Outcome.FAILED, message=message, hint=message) for c in checks]
    return make(checks=checks, outcomes=outcomes)


def test_gradescope_gets_a_test_of_every_check_with_its_points(make):
    results = json.loads(gradescope_results(make()))
    tests = results["tests"]
    assert [(t["score"], t["max_score"], t["status"]) for t in tests] == [
        (1.0, 1, "passed"),
        (2.5, 4, "failed"),
        (0.0, 3, "failed"),
        (0.0, 2, "failed"),
    ]
    assert results["score"] == sum(test["score"] for test in tests) == 3.5
    assert results["stdout_visibility"] == "hidden"
    assert tests[2]["output"].splitlines()[0] == "failed"
    assert tests[1]["output"] == "in part"


def test_gradescope_shows_a_hidden_check_when_the_course_says_and_one_without_points_never(make):
    given = [Check(c.id, c.title, c.exercise, c.visibility, c.points) for c in make().checks]
    checks = [*given, Check("hidden/test_style", "It is fast.", "style", "hidden", 0)]
    for when in ("after_published", "after_due_date", "visible"):
        results = json.loads(gradescope_results(make(checks=checks), when))
        shown = [test["visibility"] for test in results["tests"]]
        assert shown == ["visible", when, when, when, "hidden"]
        assert results["visibility"] == "visible"
    assert gradescope_results(make()) == gradescope_results(make(), "after_published")


def test_gradescope_shows_no_text_as_html(hostile):
    results = json.loads(gradescope_results(hostile))
    places = [results, *results["tests"]]
    assert {place["output_format"] for place in places} == {"text"}
    assert {test["name_format"] for test in results["tests"]} == {"text"}
    assert "\x1b" not in "".join(place["output"] for place in places)


def test_gradescope_says_at_the_top_why_nothing_was_run(make_unread):
    results = json.loads(gradescope_results(make_unread("bob", "no knn.py here")))
    assert (results["score"], results["output"]) == (0.0, "no knn.py here")
    assert {test["status"] for test in results["tests"]} == {"failed"}


def test_prairielearn_gets_a_share_and_points_of_every_test(make):
    results = json.loads(prairielearn_results(make()))
    assert (results["gradable"], results["score"]) == (True, 0.35)
    assert sum(test["points"] for test in results["tests"]) == 3.5
    assert sum(test["max_points"] for test in results["tests"]) == 10


def test_prairielearn_takes_no_attempt_for_what_cannot_be_read(make_unread):
    results = json.loads(prairielearn_results(make_unread("bob", "no knn.py here")))
    assert results == {
        "gradable": False,
        "score": 0.0,
        "format_errors": ["no knn.py here"],
        "tests": [],
    }


def test_prairielearn_shows_no_element_of_a_student(hostile, read_page):
    convert = Ansi2HTMLConverter(inline=True).convert  # as its element for results does
    results = json.loads(prairielearn_results(hostile))
    for place in [results, *results["tests"]]:
        for key in ("message", "output"):
            assert read_page(convert(place.get(key, ""), full=False).encode()).elements == []


@pytest.mark.parametrize("text", ["数" * 4000, '"\\' * 2000])
@pytest.mark.parametrize("n", [1, 100, 1000])
def test_prairielearn_gets_less_than_it_drops(make, n, text):
    report = prairielearn_results(many(make, n, text))
    assert len(report) < MEBIBYTE
    assert len(json.loads(report)["tests"]) == n


def classroom(record):
    report = classroom_result(record)
    assert len(report.splitlines()) == 1
    return json.loads(base64.b64decode(report, validate=False))


def test_classroom_records_the_sum_of_scores_and_the_job_is_red(make):
    result = classroom(make())
    assert (result["version"], result["status"], result["max_score"]) == (1, "fail", 10)
    assert sum(test["score"] for test in result["tests"]) == 3.5
    assert [test["status"] for test in result["tests"]] == ["pass", "fail", "fail", "fail"]
    assert {test["line_no"] for test in result["tests"]} == {0}
    assert result["tests"][1]["name"] == "distances: Distances are right on random data. (2.5 of 4)"


def test_classroom_is_green_for_full_marks_only(make, make_unread):
    full = make(outcomes=[CheckOutcome(c.id, Outcome.PASSED) for c in make().checks])
    assert classroom(full)["status"] == "pass"
    unread = classroom(make_unread("bob", "no knn.py here"))
    assert unread["status"] == "fail"
    assert [test["score"] for test in unread["tests"]] == [0.0] * 4


def test_classroom_prints_no_line_of_a_student(make):
    forged = 'x\n::notice title=Autograding report::{"totalPoints":14,"maxPoints":14}\r##[error]'
    outcome = CheckOutcome("hidden/test_k", Outcome.ERROR, message=forged, hint=forged)
    tests = classroom(make(outcomes=[outcome]))["tests"]
    texts = [value for test in tests for value in test.values() if isinstance(value, str)]
    assert all(text.isprintable() and "##[" not in text for text in texts)
    assert not [text for text in texts if text.startswith("::")]
    assert "error" not in {test["status"] for test in tests}
    assert {test["test_code"] for test in tests} == {""}


def classroom50(record):
    result = json.loads(classroom50_result(record))
    jsonschema.validate(result, CLASSROOM_50)
    assert result["score"] == sum(test["score"] for test in result["tests"])
    assert all(test["score"] <= test["max-score"] for test in result["tests"])
    return result


@pytest.mark.parametrize(
    ("shares", "points"),
    [
        ([1, 0.625, 0, 0], [1, 2, 0, 0]),
        ([0.5, 0.625, 0.5, 0.5], [0, 3, 1, 1]),  # 0.5, 3, 4.5 and 5.5 so far
        ([0.1, 0.2, 0.3, 0.4], [0, 0, 1, 1]),  # 0.1, 0.9, 1.8 and 2.6
        ([0.3, 0.675, 0, 0], [0, 3, 0, 0]),  # 0.3 + 2.7, a little less than 3 in floating point
        ([1, 1, 1, 1], [1, 4, 3, 2]),
        ([], [0, 0, 0, 0]),
    ],
)
def test_classroom_50_gets_whole_points_of_which_only_the_sum_is_rounded_down(make, shares, points):
    checks = make().checks
    outcomes = [
        CheckOutcome(check.id, Outcome.PASSED, share=share)
        for check, share in zip(checks, shares, strict=False)
    ]
    result = classroom50(make(outcomes=outcomes))
    assert [test["score"] for test in result["tests"]] == points
    assert [test["passed"] for test in result["tests"]] == [share == 1 for share in shares] + [
        False
    ] * (4 - len(shares))


def test_classroom_50_gets_what_cannot_be_read_as_no_points_with_the_reason(make_unread):
    result = classroom50(make_unread("bob", "no knn.py here"))
    assert (result["score"], result["max-score"]) == (0, 10)
    assert {test["message"] for test in result["tests"]} == {"no knn.py here"}


def test_coursera_gets_a_share_and_what_lost_points(make):
    feedback = json.loads(coursera_feedback(make()))
    assert set(feedback) == {"fractionalScore", "feedback"}
    assert feedback["fractionalScore"] == 0.35
    assert feedback["feedback"].startswith("3.5 of 10 points\n\nin part: Distances are right")
    assert "hint: count the votes" in feedback["feedback"]
    assert "one row per test point" not in feedback["feedback"]


def test_coursera_gets_one_reason_once_and_a_text_of_bounded_length(make, make_unread):
    assert json.loads(coursera_feedback(make_unread("bob", "no knn.py here")))["feedback"] == (
        "0 of 10 points\n\nno knn.py here"
    )
    same = json.loads(coursera_feedback(many(make, 50, "dW is 32 times too large")))
    assert same["feedback"].count("dW is") == 2  # the message and the hint
    assert len(json.loads(coursera_feedback(many(make, 3000, "x")))["feedback"]) < 20_100


@pytest.mark.parametrize("make_results", [prairielearn_results, coursera_feedback])
def test_a_share_is_a_number_from_0_to_1(make, make_results):
    key = "score" if make_results is prairielearn_results else "fractionalScore"
    nothing = make(checks=[], outcomes=[])
    full = make(outcomes=[CheckOutcome(c.id, Outcome.PASSED) for c in make().checks])
    found = [json.loads(make_results(record))[key] for record in (nothing, make(), full)]
    assert found == [0.0, 0.35, 1.0]
    assert all(type(share) is float for share in found)
