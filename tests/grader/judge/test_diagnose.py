"""A submission that answers as a known mistake does gets that mistake's hint, and no other."""

import types

import numpy as np
import pytest

from grader.judge.conversation import Event
from grader.judge.diagnose import Diagnosis, KnownMistake
from grader.judge.failures import SubmissionEnded, student_error
from grader.judge.proxy import Handle
from grader.record.check import Outcome

RIGHT = """
class Net:
    def __init__(self, scale): self.scale = scale
    def loss(self, x): return self.scale * x.mean()
def double(x): return 2 * x
def count(counts): counts["calls"] = counts["calls"] + 1
def half(x):
    if x is None: raise ValueError("x")
    return x / 2
def labels(x): return set(x.tolist())
"""


def module(text):
    made = types.ModuleType("made")
    exec(text, made.__dict__)
    return made


REFERENCE = module(RIGHT)
SQUARES = KnownMistake("double", "not squared", module(RIGHT.replace("2 * x", "x * x")))
SUMS = KnownMistake("Net.loss", "a mean, not a sum", module(RIGHT.replace("x.mean()", "x.sum()")))
NO_CHECK = KnownMistake("half", "check x first", module(RIGHT.replace("if x is None", "if False")))
TWICE = KnownMistake("count", "once only", module(RIGHT.replace('["calls"] + 1', '["calls"] + 2')))
FIRST = KnownMistake("labels", "of all rows", module(RIGHT.replace("x.tolist()", "x[:1].tolist()")))
GIVEN = module("def three(): return 3")
NAMES = {1: "Net", 2: "double", 3: "half", 4: "count", 5: "labels"}
X = np.array([3.0, 5.0])


def call(number, args, result):
    return Event("call", number, (args, {}), result)


def hint(exercise, *events, mistakes=(SQUARES, SUMS, NO_CHECK), reference=REFERENCE):
    return Diagnosis(reference, mistakes, {"models": GIVEN}).hint(events, NAMES, exercise)


def test_the_same_answers_as_a_mistake_get_its_hint():
    assert hint("double", call(2, (X,), X * X)) == "not squared"


def test_what_is_left_in_an_argument_counts_as_an_answer():
    def left(calls):
        return Event("call", 4, (({"calls": 1},), {}), None, (({"calls": calls},), {}))

    assert hint("count", left(3), mistakes=[TWICE]) == "once only"
    assert hint("count", left(4), mistakes=[TWICE]) == ""
    assert hint("count", left(2), mistakes=[TWICE]) == ""


def test_a_set_is_an_answer_that_is_equal_or_not():
    assert hint("labels", call(5, (X,), {3.0}), mistakes=[FIRST]) == "of all rows"
    assert hint("labels", call(5, (X,), {3.0, 5.0}), mistakes=[FIRST]) == ""
    assert hint("labels", call(5, (X,), {5.0}), mistakes=[FIRST]) == ""
    assert hint("labels", call(5, (X,), [3.0]), mistakes=[FIRST]) == ""


def test_right_answers_get_no_hint():
    assert hint("double", call(2, (X,), 2 * X)) == ""


def test_other_wrong_answers_get_no_hint():
    assert hint("double", call(2, (X,), X + 1)) == ""


def test_one_answer_that_differs_rules_a_mistake_out():
    assert hint("double", call(2, (X,), X * X), call(2, (X + 1,), X)) == ""


def test_a_mistake_of_another_exercise_is_not_named():
    assert hint("half", call(2, (X,), X * X)) == ""


def test_an_object_is_made_and_asked_again():
    net = Handle(None, 7, "Net")
    method = Handle(None, 8, "loss")
    events = [
        call(1, (3.0,), net),
        Event("get", 7, ("loss",), method),
        call(8, (X,), 3.0 * X.sum()),
    ]
    assert hint("Net.loss", *events) == "a mean, not a sum"


def test_an_attribute_that_was_set_counts():
    net, method = Handle(None, 7, "Net"), Handle(None, 8, "loss")
    events = [
        call(1, (3.0,), net),
        Event("set", 7, ("scale", 10.0), None),
        Event("get", 7, ("loss",), method),
        call(8, (X,), 10.0 * X.sum()),
    ]
    assert hint("Net.loss", *events) == "a mean, not a sum"


def test_an_exception_of_the_same_kind_counts_as_the_same_answer():
    raised = student_error(["TypeError"], "its own words", [])
    assert hint("half", call(3, (None,), raised)) == "check x first"
    other = student_error(["KeyError"], "its own words", [])
    assert hint("half", call(3, (None,), other)) == ""


@pytest.mark.parametrize("answer", [None, "text", [1], (X,), {"a": 1}, X[:1]])
def test_answers_of_another_kind_are_no_mistake_that_we_know(answer):
    assert hint("double", call(2, (X,), answer)) == ""


def test_given_modules_are_used_as_the_submission_used_them():
    given, three = Handle(None, 9, "module"), Handle(None, 10, "three")
    events = [
        Event("given", 0, ("models",), given),
        Event("get", 9, ("three",), three),
        call(10, (), 3),
        call(2, (X,), X * X),
    ]
    assert hint("double", *events) == "not squared"


def test_nothing_said_is_nothing_known():
    assert hint("double") == ""


ENDLESS = module(RIGHT + "\ndef double(x):\n    while True: pass\n")
ENDLESS_MISTAKE = KnownMistake("double", "it ends", ENDLESS)
HALVED = KnownMistake("half", "halved too often", module(RIGHT.replace("x / 2", "x")))


def test_what_was_not_written_is_not_looked_into():
    asked = []
    tells = module(RIGHT)
    tells.double = asked.append
    unwritten = student_error(["NotImplementedError", "RuntimeError"], "not written yet", [])
    mistake = KnownMistake("double", "a hint", tells)
    assert hint("double", call(2, (X,), unwritten), mistakes=[mistake]) == ""
    assert asked == []
    assert hint("double", call(2, (X,), None), mistakes=[mistake]) == "a hint"
    assert len(asked) == 1


def test_a_search_takes_a_tenth_of_the_time_at_most_and_all_take_no_more_than_there_is():
    diagnosis = Diagnosis(ENDLESS, [SQUARES], {}, seconds=0.2)
    squared = call(2, (X,), X * X)
    assert diagnosis.hint([squared], NAMES, "double") == ""
    diagnosis = Diagnosis(REFERENCE, [ENDLESS_MISTAKE, SQUARES, HALVED], {}, seconds=0.2)
    assert diagnosis.hint([call(3, (X,), X)], NAMES, "half") == "halved too often"
    for _ in range(20):
        assert diagnosis.hint([squared], NAMES, "double") == ""
    assert diagnosis.hint([call(3, (X,), X)], NAMES, "half") == ""


def test_whatever_the_search_raises_there_is_no_hint():
    never_made = call(2, (Handle(None, 99, "object"),), X * X)
    assert hint("double", never_made) == ""
    for error in (ZeroDivisionError, KeyError, SystemExit, SubmissionEnded(Outcome.FAILED, "over")):
        assert hint("double", call(2, (raising(error),), X * X)) == ""


def test_a_mistake_that_gives_an_odd_object_does_not_hide_the_next_one():
    text = (
        RIGHT
        + """
class Network:
    def __array__(self, *args, **kwargs): raise RuntimeError
def double(x): return Network()
"""
    )
    network = KnownMistake("double", "no network", module(text))
    assert hint("double", call(2, (X,), X * X), mistakes=[network, SQUARES]) == "not squared"


def raising(error):
    class Argument:
        def __deepcopy__(self, memo):
            raise error

    return Argument()
