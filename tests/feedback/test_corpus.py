"""The corpus is what it says it is, and a few of its cases are graded."""

import ast
import sys
from pathlib import Path

import pytest

from grader.course.course import Course
from grader.course.mistakes import load_mistakes, patched
from grader.course.source import parse_source

sys.path.insert(0, str(Path(__file__).parent))

from bench_feedback import reads
from corpus import COURSE, cases, right_functions, says, submission, topics

CHEAP = {  # a case of each kind: a mistake, a part of the formula, two mistakes, a coincidence
    "linear": (1, 11, 20, 41),
    "knn": (11, 18, 22),
}


def plain(text: str, exercise: str) -> str:
    """Return the definition of an exercise, without what does not matter to Python."""
    return ast.dump(ast.parse(parse_source(text, Path("a text")).text(exercise).strip()))


def test_there_are_many_cases_and_two_causes_in_a_third_of_them():
    every = [case for topic in topics() for case in cases(topic)]
    assert len(every) >= 150
    assert sum(case.is_combined for case in every) >= len(every) / 3


@pytest.mark.slow
@pytest.mark.parametrize("topic", topics())
def test_no_case_is_a_listed_mistake_or_the_reference(topic):
    assignment = Course(COURSE).assignment(topic)
    assert assignment.reference_path is not None
    right, every = assignment.reference_path.read_text(), list(cases(topic))
    tried = {case.exercise for case in every}
    known = {plain(right, exercise) for exercise in tried}
    for mistake in load_mistakes(assignment):
        if mistake.exercise in tried:
            known.add(plain(patched(mistake, right), mistake.exercise))
    for case in [*right_functions(topic), *every]:
        assert plain(submission(case), case.exercise) not in known, case.id


def test_words_are_found_in_any_case_and_over_lines():
    assert says("divide.*by n", "Divide\nit by N")
    assert not says("divide.*by n", "by N, divide")


@pytest.mark.processes
@pytest.mark.parametrize("topic", CHEAP)
def test_students_read_the_cause_and_nothing_false(topic):
    for read in reads(topic, CHEAP[topic]):
        assert (read.share, read.false_words) == ("named", []), f"{read.case.id}:\n{read.text}"
