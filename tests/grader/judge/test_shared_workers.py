"""A worker that serves one check after another answers each as a new one would.

Most submissions of these tests may leave a trace, so that a real run gives each check a new worker.
Here they have to share. The second check passes if it finds what the first one has left: only then,
because a check that does not pass is asked again in a new worker.
"""

from textwrap import dedent

import pytest

GAINS = """
    @points(1)
    def test_first(submission):
        '''First.'''
        assert submission.f(1) == 1
    @points(1)
    def test_second(submission):
        '''Second.'''
        assert submission.f(2) == 3
    """
KEEPS = {
    "a global": "kept = 0\ndef f(x):\n  global kept\n  kept += x\n  return kept",
    "a default": "def f(x, kept=np.zeros(1)):\n  kept += x\n  return int(kept[0])",
    "a default by its name": """
        def f(x, kept=[0]):
            f.__defaults__[0][:] = [kept[0] + x]
            return kept[0]
        """,
    "a closure": """
        def make():
            kept = 0
            def f(x):
                nonlocal kept
                kept += x
                return kept
            return f
        f = make()
        """,
    "a class by its object": """
        class A:
            kept = 0
            def add(self, x):
                type(self).kept += x
                return self.kept
        def f(x): return A().add(x)
        """,
    "a function": "def f(x):\n  f.kept = getattr(f, 'kept', 0) + x\n  return f.kept",
    "an array of the module": """
        KEPT = np.zeros(1)
        def f(x):
            np.add.at(KEPT, 0, x)
            return int(KEPT[0])
        """,
    "a generator": """
        def adding():
            kept = 0
            while True: kept += yield kept
        kept = adding()
        next(kept)
        def f(x): return kept.send(x)
        """,
    "a cache": """
        @functools.lru_cache
        def kept(): return []
        def f(x):
            kept().append(x)
            return sum(kept())
        """,
    "a module beside it": "import tools\ndef f(x): return tools.add(x)",
    "a package beside it": "def f(x):\n  from own.tools import add\n  return add(x)",
    "memory that nobody has set": """
        def f(x):
            found = np.empty(100)
            kept = np.full(100, 5.0)
            return 3 if (found == 5).all() else x
        """,
}
TOOLS = "kept = 0\ndef add(x):\n  global kept\n  kept += x\n  return kept"

SEES = """
    seen = []
    @points(1)
    def test_first(submission):
        '''First.'''
        seen.append(submission.state())
        submission.change()
    @points(1)
    def test_second(submission):
        '''Second.'''
        assert submission.state() != seen.pop()
    """
CHANGES = {
    "Python's generator": ("random.random()", "random.seed(5)"),
    "numpy's generator": ("np.random.rand()", "np.random.seed(5)"),
    "a number that numpy keeps": ("np.random.randn()", "np.random.randn()"),
    "numpy's errors": ("sorted(np.geterr().items())", "np.seterr(all='raise')"),
    "how numpy prints": ("str(np.ones(1) / 3)", "np.set_printoptions(precision=2)"),
    "warnings": ("str(warnings.filters)", "warnings.simplefilter('error')"),
}

# What is kept in a library tells how often this process has executed the submission.
COUNTS = "NUMBER = np.linalg.kept = getattr(np.linalg, 'kept', 0) + 1"


def ends(outcomes):
    return [outcome.outcome.value for outcome in outcomes]


def text_of(text):
    return f"import functools, random, warnings\nimport numpy as np\n{dedent(text)}"


@pytest.mark.parametrize("what", KEEPS)
def test_what_a_check_leaves_in_the_submission_is_gone_for_the_next(course, judge, what):
    course.write(GAINS)
    outcomes = judge(text_of(KEEPS[what]), shared=True, tools=TOOLS, own__tools=TOOLS)
    assert ends(outcomes) == ["passed", "failed"]


@pytest.mark.parametrize("what", CHANGES)
def test_what_a_check_sets_is_set_back_for_the_next(course, judge, what):
    course.write(SEES)
    state, change = CHANGES[what]
    text = f"def state(): return {state}\ndef change(): {change}"
    assert ends(judge(text_of(text), shared=True)) == ["passed", "failed"]


@pytest.mark.parametrize(("shared", "number"), [(True, 2), (False, 1)])
def test_a_worker_serves_several_checks_or_one(course, judge, shared, number):
    course.write(
        f"""
        @points(1)
        def test_first(submission):
            '''First.'''
            assert submission.NUMBER == 1
        @points(1)
        def test_second(submission):
            '''Second.'''
            assert submission.NUMBER == {number}
        """
    )
    assert ends(judge(text_of(COUNTS), shared=shared)) == ["passed", "passed"]


def test_a_check_that_fails_is_asked_again_in_a_new_worker_which_counts(course, judge):
    course.write(
        """
        @points(1)
        def test_first(submission, rng):
            '''First.'''
            assert submission.NUMBER == 1
        @points(1)
        def test_second(submission):
            '''Second.'''
            assert submission.NUMBER == 1, f"it is {submission.NUMBER}"
        @points(1)
        def test_third(submission):
            '''Third.'''
            assert submission.NUMBER == 2
        @points(1)
        def test_fourth(submission):
            '''Fourth.'''
            assert submission.NUMBER == 3
        @points(1)
        def test_fifth(submission):
            '''Fifth.'''
            assert submission.NUMBER == 1
        """
    )
    assert ends(judge(text_of(COUNTS), shared=True)) == [
        "passed",  # in a new worker
        "passed",  # in a used one it fails, and then in a new one it does not
        "passed",  # in that one, as its second check
        "passed",  # as its third
        "passed",  # in another new one
    ]


def test_the_second_run_of_a_check_starts_as_the_first(course, judge):
    course.write(
        """
        import random
        drawn = []
        @points(1)
        def test_first(submission, rng):
            '''First.'''
            assert submission.NUMBER == 1
        @points(1)
        def test_second(submission, rng):
            '''Second.'''
            drawn.append((random.random(), np.random.rand(), rng.random()))
            assert submission.NUMBER == 1
        @points(1)
        def test_third(submission):
            '''Third.'''
            assert drawn[0] == drawn[1]
            assert len(drawn) == 3 and drawn[2] != drawn[1]  # again, with other numbers
        """
    )
    assert ends(judge(text_of(COUNTS), shared=True)) == ["passed"] * 3


ENDINGS = {
    "crash": ("crashed", "os._exit(3)"),
    "timeout": ("timeout", "time.sleep(60)"),
    "memory": ("memory", "np.ones(1 << 40)"),
    "error": ("error", "{}['x']"),
}


@pytest.mark.parametrize("what", ENDINGS)
def test_what_ends_a_worker_costs_that_check_only(course, judge, what):
    course.write(
        """
        @points(1)
        def test_first(submission):
            '''First.'''
            assert submission.one() == 1
        @points(1)
        def test_bad(submission):
            '''Bad.'''
            submission.bad()
        @points(1)
        def test_last(submission):
            '''Last.'''
            assert submission.one() == 1
        """
    )
    outcome, does = ENDINGS[what]
    text = f"import os, time\nimport numpy as np\ndef one(): return 1\ndef bad(): {does}"
    assert ends(judge(text, shared=True, check_seconds=0.5)) == ["passed", outcome, "passed"]


@pytest.mark.parametrize("what", ["crash", "timeout"])
def test_what_ends_a_used_worker_only_costs_nothing(course, judge, what):
    course.write(
        """
        @points(1)
        @pytest.mark.parametrize("n", range(2))
        def test_f(submission, n):
            '''F.'''
            with pytest.raises(Exception):
                submission.f()
        @points(1)
        def test_one(submission):
            '''One.'''
            assert submission.one() == 1
        """
    )
    text = f"""
        np.linalg.kept = getattr(np.linalg, "kept", 0) + 1
        def one(): return 1
        def f():
            import os, time
            if np.linalg.kept > 1: {ENDINGS[what][1]}
            raise ValueError
        """
    assert ends(judge(text_of(text), shared=True, check_seconds=0.5)) == ["passed", "passed"]


def test_an_error_that_a_used_worker_only_has_cannot_pass_a_check(course, judge):
    course.write(
        """
        @points(1)
        def test_first(submission):
            '''First.'''
            assert submission.one() == 1
        @points(1)
        def test_refuses(submission):
            '''Refuses.'''
            with pytest.raises(Exception):
                submission.f()
        """
    )
    text = """
        np.linalg.kept = getattr(np.linalg, "kept", 0) + 1
        def one(): return 1
        def f():
            if np.linalg.kept > 1: raise MemoryError
        """
    assert ends(judge(text_of(text), shared=True)) == ["passed", "failed"]


def test_a_worker_that_has_computed_for_half_of_its_time_serves_no_other_check(course, judge):
    course.write(
        """
        numbers = []
        @points(1)
        @pytest.mark.parametrize("n", range(4))
        def test_f(submission, n):
            '''F.'''
            submission.f()
            numbers.append(submission.NUMBER)
        @points(1)
        def test_numbers():
            '''Numbers.'''
            assert max(numbers) < 4
        """
    )
    text = f"import time\n{COUNTS}\ndef f(): time.sleep(0.4)"
    assert ends(judge(text_of(text), shared=True, cpu_seconds=1)) == ["passed", "passed"]


def test_a_check_shows_no_more_than_its_own_output(course, judge):
    course.suites = ("public",)
    course.write(
        """
        @points(1)
        def test_first(submission):
            '''First.'''
            submission.f("earlier")
        @points(1)
        def test_second(submission):
            '''Second.'''
            submission.f("later")
            assert submission.f("last") == 1
        """,
        "public/test_tiny.py",
    )
    _, second = judge("def f(x): print(x)", shared=True)
    assert "later\n  last" in second.message
    assert "earlier" not in second.message
