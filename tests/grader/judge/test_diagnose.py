"""A submission that answers as a known mistake does gets that mistake's hint, and no other."""

import types

import numpy as np
import pytest

from grader.judge.conversation import Event
from grader.judge.diagnose import Diagnosis, KnownMistake
from grader.judge.evidence import Evidence, Seen
from grader.judge.failures import StudentError, SubmissionEnded, student_error
from grader.judge.proxy import Handle
from grader.judge.verdict import Verdict
from grader.record.check import Check, Outcome

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
def norm(x):
    x = x * x
    root = 0.5
    total = x.sum()
    return total ** root
"""


def module(text):
    made = types.ModuleType("made")
    exec(text, made.__dict__)
    return made


def mistake(name, exercise, hint, right, wrong):
    text = RIGHT.replace(right, wrong)
    return KnownMistake(name, exercise, hint, text, module(text))


REFERENCE = module(RIGHT)
SQUARES = mistake("squares", "double", "not squared", "2 * x", "x * x")
SUMS = mistake("sums", "Net.loss", "a mean, not a sum", "x.mean()", "x.sum()")
NO_CHECK = mistake("no_check", "half", "check x first", "if x is None", "if False")
TWICE = mistake("twice", "count", "once only", '["calls"] + 1', '["calls"] + 2')
FIRST = mistake("first", "labels", "of all rows", "x.tolist()", "x[:1].tolist()")
GIVEN = module("def three(): return 3")
NAMES = {1: "Net", 2: "double", 3: "half", 4: "count", 5: "labels", 6: "norm"}
X = np.array([3.0, 5.0])


def call(number, args, result):
    return Event("call", number, (args, {}), result)


def seen(*events, name="hidden/test_it", outcome=Outcome.FAILED):
    error = next((e.result for e in events if isinstance(e.result, StudentError)), None)
    check = Check(name, "It works.", "double", "hidden", 1)
    return Seen(check, name, Verdict(outcome), error, events, NAMES)


def evidence(exercise, *tests, again=lambda one, number: one):
    return Evidence(exercise, tests, again, None, "line {1} of {0}".format)


def cause(exercise, *tests, mistakes=(SQUARES, SUMS, NO_CHECK), reference=REFERENCE, **given):
    diagnosis = Diagnosis(reference, mistakes, {"models": GIVEN}, right=RIGHT)
    explained = list(diagnosis.explain([evidence(exercise, *tests, **given)]))
    return explained[0].cause if explained else None


def hint(exercise, *events, **given):
    found = cause(exercise, seen(*events), **given)
    return found.text if found else ""


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


def test_an_exception_is_the_same_answer_if_its_words_are_the_same():
    raised = student_error(["TypeError"], str(of_half_of_none()), [])
    assert hint("half", call(3, (None,), raised)) == "check x first"
    for kind, text in (("TypeError", "its own words"), ("KeyError", raised.text)):
        assert hint("half", call(3, (None,), student_error([kind], text, []))) == ""


def of_half_of_none():
    with pytest.raises(TypeError) as caught:
        NO_CHECK.module.half(None)
    return caught.value


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
ENDLESS_MISTAKE = KnownMistake("endless", "double", "it ends", "", ENDLESS)
HALVED = mistake("halved", "half", "halved too often", "x / 2", "x")


def test_what_was_not_written_is_not_looked_into():
    asked = []
    tells = module(RIGHT)
    tells.double = asked.append
    unwritten = student_error(["NotImplementedError", "RuntimeError"], "not written yet", [])
    asks = KnownMistake("asks", "double", "a hint", "", tells)
    assert hint("double", call(2, (X,), unwritten), mistakes=[asks]) == ""
    assert asked == []
    assert hint("double", call(2, (X,), None), mistakes=[asks]) == "a hint"
    assert len(asked) == 3


def test_a_search_takes_a_tenth_of_the_time_at_most_and_all_take_no_more_than_there_is():
    def told(diagnosis, exercise, *events):
        return [one.cause.text for one in diagnosis.explain([evidence(exercise, seen(*events))])]

    squared, kept = call(2, (X,), X * X), call(3, (X,), X)
    assert told(Diagnosis(ENDLESS, [SQUARES], {}, seconds=0.2), "double", squared) == []
    diagnosis = Diagnosis(REFERENCE, [ENDLESS_MISTAKE, SQUARES, HALVED], {}, seconds=0.2)
    assert told(diagnosis, "half", kept) == ["halved too often"]
    for _ in range(20):
        assert told(diagnosis, "double", squared) == []
    assert told(diagnosis, "half", kept) == []


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
    network = KnownMistake("odd", "double", "no network", text, module(text))
    assert hint("double", call(2, (X,), X * X), mistakes=[network, SQUARES]) == "not squared"


def raising(error):
    class Argument:
        def __deepcopy__(self, memo):
            raise error

    return Argument()


TREBLED = mistake("trebled", "double", "not trebled", "2 * x", "3 * x")
THREES = np.array([3.0, 3.0])  # squared or trebled, they are the same


def test_a_mistake_has_to_explain_the_answers_of_every_check():
    coincides, tells = call(2, (THREES,), 3 * THREES), call(2, (X,), 3 * X)
    tests = seen(coincides), seen(tells, name="hidden/test_other")
    found = cause("double", *tests, mistakes=[SQUARES, TREBLED])
    assert (found.text, found.kind, found.confidence) == ("not trebled", "mistake", "proven")
    assert found.mistakes == ["trebled"]
    assert found.checks == ["hidden/test_it", "hidden/test_other"]


def test_a_mistake_that_a_passed_check_speaks_against_is_not_named():
    coincides = seen(call(2, (THREES,), 3 * THREES))
    passed = seen(call(2, (X,), 2 * X), name="hidden/test_other", outcome=Outcome.PASSED)
    assert cause("double", coincides, mistakes=[SQUARES]).text == "not squared"
    assert cause("double", coincides, passed, mistakes=[SQUARES]) is None


def test_a_passed_check_says_nothing_where_the_reference_answers_otherwise():
    coincides = seen(call(2, (THREES,), 3 * THREES))
    other = seen(call(2, (X,), X + 1), name="hidden/test_other", outcome=Outcome.PASSED)
    assert cause("double", coincides, other, mistakes=[SQUARES]).text == "not squared"


def test_a_coincidence_does_not_survive_other_inputs():
    def again(one, number):
        return seen(call(2, (X * number,), 3 * X * number))

    coincides = seen(call(2, (THREES,), 3 * THREES))
    found = cause("double", coincides, mistakes=[SQUARES, TREBLED], again=again)
    assert found.text == "not trebled"


def test_what_explains_some_checks_is_likely_and_said_of_those():
    squared = seen(call(2, (X,), X * X))
    strange = seen(call(2, (X,), X - 7), name="hidden/test_other")
    found = cause("double", squared, strange)
    assert (found.text, found.confidence) == ("not squared", "likely")
    assert found.checks == ["hidden/test_it"]


NO_ROOT = mistake("no_root", "norm", "take the root", "root = 0.5", "root = 1")
MEAN = mistake("mean", "norm", "add, do not average", "x.sum()", "x.mean()")


def test_two_mistakes_are_put_together_if_no_single_one_explains_the_answers():
    both = seen(call(6, (X,), (X**2).mean()))
    found = cause("norm", both, mistakes=[NO_ROOT, SQUARES, MEAN])
    assert (found.kind, found.confidence) == ("mistakes", "proven")
    assert found.mistakes == ["no_root", "mean"]
    assert found.text == "take the root add, do not average"


def test_parts_of_the_formula_are_compared_before_two_mistakes_are():
    found = cause("double", seen(call(2, (X,), -2 * X), call(2, (X[:1],), -2 * X[:1])))
    assert (found.kind, found.text) == ("formula", "The answer has the wrong sign.")


def test_zeros_are_no_sign_of_any_mistake():
    nothing = mistake("nothing", "double", "do not multiply by 0", "2 * x", "0 * x")
    assert cause("double", seen(call(2, (X,), 0 * X)), mistakes=[nothing]) is None
