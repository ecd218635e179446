"""What a submission's import statements find: allowed, tolerated, beside it, or not allowed."""

from textwrap import dedent

import pytest

from grader.judge.conversation import Conversation
from grader.judge.failures import StudentError
from grader.judge.proxy import SubmissionProxy
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.level import probe
from grader.sandbox.terms import Terms
from grader.sandbox.wire.messages import Sources


@pytest.fixture(scope="module")
def warm_worker():
    warm_worker = WarmWorker.start(["numpy"], probe().level)
    warm_worker.wait_ready()
    yield warm_worker
    warm_worker.close()


@pytest.fixture
def talk_with(warm_worker):
    """Return a function that starts a submission under numpy's policy."""
    opened = []

    def talk_with(text, **modules):
        sources = Sources(
            name="answer",
            text=dedent(text),
            modules=modules,
            terms=Terms(imports=("numpy",), tolerated=("matplotlib", "past", "tqdm")),
        )
        session = Session(warm_worker.open(), sources)
        talk = Conversation(session, "answer.py", 10)
        opened.append((talk, session))
        return talk

    yield talk_with
    for talk, session in opened:
        talk.close()
        session.close()


def test_allowed_packages_and_the_standard_library_are_found(talk_with):
    answer = SubmissionProxy(
        talk_with("""
        import numpy as np
        from collections import Counter
        def f(): return float(np.ones(3).sum()), Counter("aab")["a"]
        """)
    )
    assert answer.f() == (3.0, 2)


@pytest.mark.parametrize("statement", ["import torch", "from scipy import stats", "import msgpack"])
def test_another_package_is_not_allowed_and_the_message_says_what_is(talk_with, statement):
    answer = SubmissionProxy(talk_with(f"def f():\n    {statement}\n"))
    with pytest.raises(ImportError, match="is not allowed in this assignment, which may import"):
        answer.f()


def test_at_the_top_of_a_file_it_costs_its_own_line_only(talk_with):
    talk = talk_with("import torch\ndef f(): return 1\n")
    assert SubmissionProxy(talk).f() == 1
    ((line, text),) = talk.faults
    assert line == 1
    assert "torch is not allowed" in text


def test_packages_look_for_others_as_ever(talk_with):
    answer = SubmissionProxy(
        talk_with("import importlib.util\ndef f(): return importlib.util.find_spec('torch')")
    )
    with pytest.raises(StudentError):  # in the student's own file it is an import like any
        answer.f()
    answer = SubmissionProxy(
        talk_with("import numpy.testing\ndef f(): return numpy.testing.__name__")
    )
    assert answer.f() == "numpy.testing"  # which looks for pytest, and lives without


def test_tolerated_packages_do_nothing(talk_with):
    answer = SubmissionProxy(
        talk_with("""
        import matplotlib.pyplot as plt
        from tqdm import tqdm as tqdm_
        from tqdm.notebook import trange
        import tqdm.auto
        from past.builtins import xrange
        def f():
            figure, axes = plt.subplots(1, 2)
            with plt.style.context("ggplot"):
                plt.subplot(2, 2, 1).set_title("loss")
            plt.plot([1, 2])[0].set_label("x")
            with tqdm.auto.tqdm(total=3) as bar:
                bar.update(2)
            return [2 * i for i in tqdm_(xrange(3))] + list(trange(2)) + [bar.n]
        """)
    )
    assert answer.f() == [0, 2, 4, 0, 1, 2]


def test_what_only_a_notebook_has_is_a_stand_in_in_every_assignment(talk_with):
    answer = SubmissionProxy(
        talk_with("""
        import IPython
        from IPython import get_ipython
        from IPython.display import HTML, Image, clear_output, display
        from ipywidgets import interact
        import marimo as mo
        def f():
            clear_output(wait=True)
            display(HTML("<b>"), Image("a.png"))
            IPython.display.Audio([1, 2], rate=3)
            get_ipython().run_line_magic("matplotlib", "inline")
            mo.md("text")
            return 3
        @interact(x=(0, 3))
        def g(x):
            return x
        """)
    )
    assert (answer.f(), answer.g(4)) == (3, 4)


def test_modules_beside_the_submission_are_found_before_all(talk_with):
    talk = talk_with("import helpers\ndef f(): return helpers.two()", helpers="def two(): return 2")
    assert SubmissionProxy(talk).f() == 2
