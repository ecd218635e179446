"""A suite run from end to end: every way in which a check of a submission can end."""

import textwrap
import time

import pytest

from grader.judge.blame import CheckFault
from grader.judge.diagnose import DeclaredMistake
from grader.record.check import Outcome


def ends(outcomes):
    return {outcome.id.partition("/")[2]: outcome.outcome.value for outcome in outcomes}


def test_a_check_passes_when_nothing_is_wrong(course, judge):
    course.write('''
        @points(1)
        def test_f(submission, reference, rng, close):
            """Doubles."""
            x = rng.normal(size=5)
            close(submission.f(x), reference.f(x))
        ''')
    (outcome,) = judge("def f(x): return x + x")
    assert (outcome.outcome, outcome.share, outcome.message) == (Outcome.PASSED, 1.0, "")
    (outcome,) = judge("def f(x): return 3 * x")
    assert outcome.outcome == Outcome.FAILED
    assert outcome.message == "result equals the right one times 1.5"


def test_every_ending_has_its_outcome(course, judge):
    course.write('''
        @points(1)
        def test_passed(submission):
            """Passed."""
            assert submission.one() == 1
        @points(1)
        def test_failed(submission):
            """Failed."""
            assert submission.one() == 2
        @points(1)
        def test_unusable(submission):
            """Unusable."""
            loss, gradient = submission.nothing()
        @points(1)
        def test_error(submission):
            """Error."""
            submission.raises()
        @points(1)
        def test_not_written(submission):
            """Not written."""
            submission.starter()
        @points(1)
        def test_not_defined(submission):
            """Not defined."""
            submission.absent()
        @points(1)
        def test_timeout(submission):
            """Timeout."""
            submission.loop()
        @points(1)
        def test_crashed(submission):
            """Crashed."""
            submission.leave()
        @points(1)
        def test_memory(submission):
            """Memory."""
            submission.grow()
        @points(1)
        def test_passed_after_all(submission):
            """Still going."""
            assert submission.one() == 1
        ''')
    outcomes = judge(
        """\
        import os
        def one(): return 1
        def nothing(): return None
        def raises(): return {}["secret"]
        def starter(): raise NotImplementedError("starter is not written yet")
        def loop():
            while True: pass
        def leave(): os._exit(3)
        def grow(): return len(bytearray(1 << 30))
        """,
        cpu_seconds=1,
        memory_mb=256,
    )
    assert ends(outcomes) == {
        "test_passed": "passed",
        "test_failed": "failed",
        "test_unusable": "failed",
        "test_error": "error",
        "test_not_written": "error",
        "test_not_defined": "failed",
        "test_timeout": "timeout",
        "test_crashed": "crashed",
        "test_memory": "memory",
        "test_passed_after_all": "passed",
    }
    told = {outcome.id.removeprefix("hidden/test_"): outcome.message for outcome in outcomes}
    assert told["failed"] == "the answer is wrong"
    assert told["unusable"] == (
        "the answer could not be used (expected 2 values); the last answer: nothing gave None"
    )
    assert told["error"] == "KeyError at line 4 of answer.py"
    assert told["not_written"].startswith("not written yet (NotImplementedError at line 5")
    assert told["not_defined"].startswith("answer.py does not define absent")
    assert "exit code 3" in told["crashed"]
    assert "memory" in told["memory"]


def test_a_public_check_shows_what_a_hidden_one_does_not(course, judge):
    course.suites = ("public", "hidden")
    for suite in course.suites:
        course.write(
            '''
            @points(1)
            def test_value(submission, close):
                """Value."""
                close(submission.f(), 8128.5, name="loss")
            @points(1)
            def test_assert(submission):
                """Assert."""
                assert submission.f() == 8128.5, "hint: the sum"
            @points(1)
            def test_error(submission):
                """Error."""
                submission.g(8128.5)
            ''',
            f"{suite}/test_tiny.py",
        )
    outcomes = judge("def f(): return 496.25\ndef g(x): raise ValueError(f'got {x}')")
    public = " ".join(o.message + o.hint for o in outcomes if o.id.startswith("public"))
    hidden = " ".join(o.message + o.hint for o in outcomes if o.id.startswith("hidden"))
    for number in ("496.25", "8128.5"):
        assert number in public
        assert number not in hidden
    assert "the sum" in hidden


def test_partial_credit_is_a_share_of_the_points(course, judge):
    course.write('''
        @points(5)
        def test_accuracy(submission, credit):
            """Accurate."""
            credit(submission.accuracy(), 0.8, 0.95)
        ''')

    def judged(accuracy):
        (outcome,) = judge(f"def accuracy(): return {accuracy}")
        return outcome.outcome, outcome.share

    assert judged(0.875) == (Outcome.PASSED, pytest.approx(0.5))
    assert judged(0.99) == (Outcome.PASSED, 1.0)
    assert judged(0.8)[0] == Outcome.FAILED
    assert judged("float('nan')")[0] == Outcome.FAILED
    assert judged("None")[0] == Outcome.FAILED


def test_credit_is_lost_with_what_fails_after_it(course, judge):
    course.write('''
        @points(5)
        def test_accuracy(submission, credit):
            """Accurate."""
            credit(submission.f(), 0.0, 1.0)
            assert submission.f() == 2
        ''')
    (outcome,) = judge("def f(): return 0.5")
    assert outcome.outcome == Outcome.FAILED


def test_a_check_counts_only_if_all_its_parameters_pass(course, judge):
    course.write('''
        @points(1)
        @pytest.mark.parametrize("n", [0, 1, 2])
        def test_all(submission, n):
            """All."""
            assert submission.f(n) == n, f"hint: {n}"
        ''')
    assert [o.outcome.value for o in judge("def f(n): return n")] == ["passed"]
    (outcome,) = judge("def f(n): return min(n, 1)")
    assert (outcome.outcome, outcome.hint) == (Outcome.FAILED, "2")
    (outcome,) = judge("def f(n): return n if n == 1 else 9")
    assert outcome.hint == "0"  # of the first that fails


def test_of_several_parameters_with_credit_the_least_counts(course, judge):
    course.write('''
        @points(1)
        @pytest.mark.parametrize("n", [1, 2, 3])
        def test_all(submission, credit, n):
            """All."""
            credit(submission.f(n), 0.0, 1.0)
        ''')
    (outcome,) = judge("def f(n): return [1.0, 0.25, 0.75][n - 1]")
    assert outcome.share == 0.25


def test_every_check_has_a_submission_of_its_own(course, judge):
    course.write('''
        @points(1)
        @pytest.mark.parametrize("n", [1, 2])
        def test_one(submission, n):
            """One."""
            assert submission.count() == 1
        @points(1)
        def test_two(submission):
            """Two."""
            assert submission.count() == 1
        ''')
    outcomes = judge("n = [0]\ndef count():\n    n[0] += 1\n    return n[0]")
    assert set(ends(outcomes).values()) == {"passed"}


def test_outcomes_are_told_one_by_one_in_order(course, judge):
    course.write('''
        @points(1)
        def test_b(submission):
            """B."""
        @points(1)
        def test_a(submission):
            """A."""
        ''')
    assert [outcome.id for outcome in judge("")] == ["hidden/test_b", "hidden/test_a"]


@pytest.mark.parametrize(
    ("text", "outcome"),
    [("while True: pass", "timeout"), ("import os\nos._exit(0)", "crashed")],
)
def test_a_submission_that_cannot_be_imported_is_tried_once(course, judge, text, outcome):
    course.write('''
        @points(1)
        @pytest.mark.parametrize("n", range(5))
        def test_a(submission, n):
            """A."""
            submission.f()
        @points(1)
        def test_b(submission):
            """B."""
            submission.f()
        ''')
    started = time.monotonic()
    outcomes = judge(text, check_seconds=0.5, cpu_seconds=1)
    assert time.monotonic() - started < 5
    assert ends(outcomes) == {"test_a": outcome, "test_b": outcome}
    assert all("while it was imported" in outcome.message for outcome in outcomes)


def test_a_broken_top_level_statement_costs_only_what_needs_it(course, judge):
    course.write('''
        @points(1)
        def test_a(submission):
            """A."""
            assert submission.f() == 1
        @points(1)
        def test_b(submission):
            """B."""
            assert submission.g() == 1
        ''')
    outcomes = judge("def f(): return 1\n@no_such_decorator\ndef g(): return 1")
    assert ends(outcomes) == {"test_a": "passed", "test_b": "failed"}


def test_expected_exceptions_are_expected(course, judge):
    course.write('''
        @points(1)
        def test_raises(submission):
            """Raises."""
            with pytest.raises(ValueError):
                submission.f(-1)
        ''')
    texts = {
        "def f(x): raise ValueError('x must be positive')": "passed",
        "class Own(ValueError): pass\ndef f(x): raise Own": "passed",
        "def f(x): raise TypeError": "error",
        "def f(x): return x": "failed",
        "import os\ndef f(x): os._exit(0)": "crashed",
        "": "failed",
    }
    assert {text: judge(text)[0].outcome.value for text in texts} == texts


@pytest.mark.parametrize("visibility", ["public", "hidden"])
def test_a_method_that_is_missing_is_named_as_a_function_is(course, judge, visibility):
    course.exercises = ("Net.predict",)
    course.suites = (visibility,)
    text = '''
        @points(1, "Net.predict")
        def test_predicts(submission):
            """Predicts."""
            assert submission.Net().predict(3) == 6
        '''
    course.write(text, f"{visibility}/test_tiny.py")
    (outcome,) = judge("class Net: pass")
    told = (outcome.outcome, outcome.message, outcome.hint)
    assert told == (Outcome.FAILED, "Net has no method predict", "")
    note = "cell 3 was left out, with def predict: it is no Python"
    (outcome,) = judge("class Net: pass", left_out=(note,))
    assert outcome.hint == note


@pytest.mark.parametrize(
    "body",
    [
        "undefined_name",
        "np.ones(2) @ np.ones(3)",
        "submission.f(object())",
        "pytest.skip('not today')",
        "close(1.0, object())",
        "credit(0.5, 1.0, 0.0)",
        "data('no_such_data')",
        "close(submission.f(1), 1, nmae='x')",
        "credit(submission.f(1), 0)",
        "gradcheck(submission.f, (1.0,), 0.0, pickk=submission.f(1))",
        "data(submission.f(1), 2)",
    ],
)
def test_a_check_that_breaks_by_itself_is_our_fault_and_gives_no_outcome(course, judge, body):
    course.write(f'''
        @points(1)
        def test_x(submission, close, credit, data, gradcheck):
            """X."""
            {body}
        ''')
    with pytest.raises(CheckFault, match="hidden/test_x"):
        judge("def f(x): return 1")


@pytest.mark.parametrize(
    "mark", ["@pytest.mark.skip(reason='broken')", "@pytest.mark.usefixtures('no_such_fixture')"]
)
def test_a_check_that_cannot_run_is_our_fault(course, judge, mark):
    course.write(f'''
        @points(1)
        {mark}
        def test_x(submission):
            """X."""
        ''')
    with pytest.raises(CheckFault):
        judge("")


def test_the_outcomes_before_a_fault_are_told(course, judge):
    course.write('''
        @points(1)
        def test_a(submission):
            """A."""
            assert submission.f() == 1
        @points(1)
        def test_b(submission):
            """B."""
            undefined_name
        ''')
    with pytest.raises(CheckFault, match="hidden/test_b: NameError"):
        judge("def f(): return 1")


def test_fixtures_of_the_course_are_torn_down_before_the_next_check(course, judge):
    course.write('''
        events = []
        @pytest.fixture
        def thing():
            events.append("made")
            yield 1
            events.append("gone")
        @points(1)
        @pytest.mark.parametrize("n", [1, 2])
        def test_a(submission, thing, n):
            """A."""
            assert events == ["made", "gone"] * (n - 1) + ["made"]
        @points(1)
        def test_b(submission):
            """B."""
            assert events == ["made", "gone"] * 2
        ''')
    assert set(ends(judge("")).values()) == {"passed"}


def test_a_missing_name_has_the_note_on_its_definition_as_a_hint(course, judge):
    course.write('''
        @points(1)
        def test_f(submission):
            """Not defined."""
            submission.f()
        @points(1)
        def test_g(submission):
            """Uses f."""
            submission.g()
        @points(1)
        def test_h(submission):
            """Uses what was imported."""
            submission.h()
        @points(1)
        def test_slow(submission):
            """Nothing is missing."""
            submission.slow()
        ''')
    note = "line 9: Missing parentheses in call to 'print'; left out: `def f(x):`"
    text = """
        import missing_package as package
        def g(): f()
        def h(): package.run()
        def slow():
            while True: pass
        """
    other = "line 5: invalid syntax; left out: `def ff(x):`"
    f, g, h, slow = judge(textwrap.dedent(text), left_out=(other, note))
    assert f.hint == note
    assert g.hint == note
    assert "missing_package is not allowed" in h.hint
    assert slow.hint == ""


def test_a_recognised_mistake_tells_more_than_the_hint_of_the_check(course, judge):
    course.mistakes = [
        DeclaredMistake("tripled", "f", "Twice, not thrice.", "def f(x):\n    return 3 * x\n")
    ]
    course.write('''
        @points(1)
        def test_f(submission, reference, rng, close):
            """Doubles."""
            x = rng.normal(size=5)
            close(submission.f(x), reference.f(x), hint="look at the definition")
        ''')
    (outcome,) = judge("def f(x): return x + x + x")
    assert outcome.hint == "Twice, not thrice."
    (outcome,) = judge("def f(x): return x + 1")
    assert outcome.hint == "look at the definition"


def test_what_was_printed_is_told_where_a_public_check_failed_and_nowhere_else(course, judge):
    course.suites = ("public", "hidden")
    for name in course.suites:
        course.write(
            f'''
            @points(1)
            def test_{name}(submission):
                """Is three."""
                assert submission.f(1) == 3, "not three"
            ''',
            f"{name}/test_{name}.py",
        )
    public, hidden = judge("def f(x):\n    print('x is', x, '\\x1b[31m')\n    return 2 * x")
    assert public.message.endswith("\nyour code printed:\n  x is 1 \\u001b[31m")
    assert hidden.message == "the answer is wrong"
    public, _ = judge("def f(x):\n    print('x' * 10_000)\n    return 2 * x")
    assert public.message.endswith("... (9000 more characters)")
    public, _ = judge("def f(x):\n    print('x is', x)\n    return 3 * x")
    assert public.message == ""


DRAWS = '''
    @points(2)
    def test_drawn(submission, rng):
        """Drawn."""
        x = int(rng.integers(1000))
        assert submission.f(x) == 2 * x, "hint: twice"
'''
RIGHT_ONCE = """
    kept = []
    def f(x):
        kept.append(2 * x)
        return kept[0]
"""


def test_a_check_that_draws_is_run_twice_in_one_worker(course, judge):
    course.write(DRAWS)
    (outcome,) = judge(RIGHT_ONCE)
    assert outcome.outcome == "failed"
    assert outcome.hint.startswith("right when it was called first, and wrong afterwards")
    (outcome,) = judge("def f(x): return 2 * x")
    assert outcome.outcome == "passed"


def test_a_function_that_is_wrong_at_once_is_not_said_to_keep_anything(course, judge):
    course.write(DRAWS)
    (outcome,) = judge("def f(x): return 3 * x")
    assert (outcome.outcome, outcome.hint) == ("failed", "twice")


@pytest.mark.parametrize(
    "change",
    [
        ("(submission, rng)", "(submission)", "int(rng.integers(1000))", "7"),  # nothing is drawn
        ("assert", "credit(1.0, 0.0, 2.0)\n        assert", "rng)", "rng, credit)"),
        ("x = int", "submission.f(0)\n        x = int", "return kept[0]", "return kept[-1]"),
    ],
)
def test_what_is_run_once_or_keeps_nothing_of_use_passes(course, judge, change):
    suite, text = DRAWS, RIGHT_ONCE
    for old, new in zip(change[::2], change[1::2], strict=True):
        suite, text = suite.replace(old, new), text.replace(old, new)
    course.write(suite)
    (outcome,) = judge(text)
    assert outcome.outcome == "passed", outcome


def test_a_second_run_draws_other_numbers(course, judge):
    course.write(DRAWS.replace("assert submission.f(x) == 2 * x", "assert submission.fresh(x)"))
    (outcome,) = judge(
        "seen = []\ndef fresh(x):\n    seen.append(x)\n    return x not in seen[:-1]"
    )
    assert outcome.outcome == "passed"


def test_what_took_long_is_run_once(course, judge):
    course.write(DRAWS)
    (outcome,) = judge(
        RIGHT_ONCE.replace("kept.append", "__import__('time').sleep(0.2)\n        kept.append")
    )
    assert outcome.outcome == "passed"
