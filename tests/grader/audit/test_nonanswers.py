"""A reference whose one exercise answers nothing: the rest of it stays, and no check pays."""

import types

import numpy as np
import pytest

from grader.audit.nonanswers import non_answers
from grader.course.source import read_source

REFERENCE = '''"""A reference."""

import numpy as np


def scale(x, by=2.0):
    """Return (by * x, the sum of x)."""
    return by * np.asarray(x), float(np.sum(x))


def move(x):
    """Add 1 to x in place."""
    x += 1


class Counter:
    """Counts."""

    def __init__(self, start=0):
        """Begin."""
        self.total = start

    def add(self, number):
        """Return the new total."""
        self.total += number
        return self.total

    @property
    def half(self):
        """Return half of it."""
        return self.total / 2


def after():
    """Call the others."""
    return scale(1.0)[1]


ANSWERS = {
    "a": 1,  # why
    "b": "x",
}
'''
ALL = ["scale", "move", "Counter.__init__", "Counter.add", "Counter.half", "ANSWERS"]


@pytest.fixture
def made(tmp_path):
    """Return a function: the module in which an exercise answers so."""
    file = tmp_path / "reference.py"
    file.write_text(REFERENCE)
    texts = {(one, words): text for one, words, text in non_answers(read_source(file), ALL)}

    def module(exercise, words):
        made = types.ModuleType("made")
        exec(texts[exercise, words], vars(made))
        return made

    module.exercises = {exercise for exercise, _ in texts}
    return module


def test_what_nobody_reads_and_what_is_decorated_is_left_out(made):
    assert made.exercises == {"scale", "move", "Counter.add", "ANSWERS"}


@pytest.mark.parametrize(
    ("words", "answer"),
    [
        ("None", None),
        ("0", 0.0),
        ("an empty list", []),
        ("its first argument", 3),
        ("all its arguments", (3, 4)),
        ("a number of 1200 digits", 10**1200),
    ],
)
def test_an_answer_is_the_same_whatever_is_asked(made, words, answer):
    assert made("scale", words).scale(3, 4) == answer


def test_an_answer_has_the_shape_of_the_right_one(made):
    x = np.array([1.0, 2.0])
    zeros, zero = made("scale", "zeros of the right shape").scale(x)
    assert (zeros.tolist(), zero) == ([0, 0], 0)
    shorter, none = made("scale", "all but the last row").scale(x, by=3)
    assert (shorter.tolist(), none) == ([3], ())
    longer, pair = made("scale", "the last row twice").scale(x)
    assert (longer.tolist(), pair) == ([2, 4, 4], [3, 3])
    nan, one = made("scale", "NaN of the right shape").scale(x)
    assert np.isnan(nan).all()
    assert np.isnan(one)


def test_the_first_argument_of_a_method_is_not_the_object(made):
    counter = made("Counter.add", "its first argument").Counter(5)
    assert (counter.add(7), counter.total) == (7, 5)


def test_what_answers_by_its_effect_has_none(made):
    x = np.array([1.0])
    with pytest.raises(NotImplementedError):
        made("move", "zeros of the right shape").move(x)
    assert x == [1.0]


def test_what_changes_its_object_or_asks_a_function_has_none(made):
    counter = made("Counter.add", "ones of the right shape").Counter(5)
    with pytest.raises(NotImplementedError):
        counter.add(7)
    assert counter.total == 5
    with pytest.raises(NotImplementedError):
        made("scale", "zeros of the right shape").scale(1.0, by=lambda: 2)


def test_a_refusal_is_no_answer(made):
    assert made("scale", "zeros of the right shape").scale("a text") == 0


def test_the_rest_of_the_reference_stays(made):
    assert made("Counter.add", "None").after() == 1.0
    assert made("Counter.add", "None").Counter(4).half == 2


def test_a_quiz_answers_one_thing_to_all(made):
    assert made("ANSWERS", "a text").ANSWERS == {"a": "answer", "b": "answer"}
