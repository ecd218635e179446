"""Reports share one vocabulary, and say truthfully how a submission was isolated."""

import pytest

from grader.record.check import Outcome
from grader.report.words import (
    IN_PART,
    SIGNS,
    isolation_line,
    number,
    percent,
    problem,
    sign,
    sign_counts,
)


@pytest.mark.parametrize("part", ["word", "symbol", "ascii"])
def test_every_outcome_has_a_sign_of_its_own(part):
    assert set(SIGNS) == set(Outcome)
    signs = [getattr(mark, part) for mark in (*SIGNS.values(), IN_PART)]
    assert len(set(signs)) == len(signs)


def test_the_word_of_an_outcome_is_its_name():
    assert {outcome.value for outcome in Outcome} == {mark.word for mark in SIGNS.values()}


def test_a_check_passed_with_a_part_of_its_points_has_its_own_sign(make):
    record = make()
    assert [sign(check).word for check in record.checks] == [
        "passed",
        "in part",
        "failed",
        "timeout",
    ]
    assert [mark.word for mark in sign_counts(record)] == ["passed", "in part", "failed", "timeout"]


@pytest.mark.parametrize(
    ("points", "text"), [(3.0, "3"), (2.5, "2.5"), (0.25, "0.25"), (0, "0"), (100, "100")]
)
def test_points_are_written_as_people_write_them(points, text):
    assert number(points) == text


@pytest.mark.parametrize(
    ("earned", "possible", "whole"),
    [(0, 8, 0), (8, 8, 100), (999.99, 1000, 99), (0.57, 1, 57), (0, 0, 0)],
)
def test_only_full_marks_are_a_hundred_percent(earned, possible, whole):
    assert percent(earned, possible) == whole


def test_right_and_wrong_answers_are_no_problem_and_everything_else_is():
    assert problem({Outcome.PASSED: 3, Outcome.FAILED: 2}) == ""
    assert problem({Outcome.PASSED: 3, Outcome.TIMEOUT: 2, Outcome.NOT_RUN: 1}) == (
        "2 timeout, 1 not run"
    )


@pytest.mark.parametrize(
    ("sandbox", "line"),
    [
        (
            {
                "level": "confined",
                "landlock": "on (abi 4)",
                "seccomp": "on",
                "namespaces": "EPERM",
            },
            "isolation: confined (landlock 4, seccomp; missing: namespaces - EPERM)",
        ),
        ({"level": "isolated", "namespaces": "on"}, "isolation: isolated (namespaces)"),
        (
            {"level": "split", "landlock": "off", "seccomp": "one of its calls failed"},
            "isolation: split (missing: landlock - off, seccomp - one of its calls failed)",
        ),
        ({}, "isolation: not recorded"),
    ],
)
def test_the_isolation_line_names_each_layer_and_what_is_missing(sandbox, line):
    assert isolation_line(sandbox) == line
