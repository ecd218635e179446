"""What a student is told besides the cause: a small example, and the line to look at."""

from dataclasses import dataclass, field
from textwrap import dedent

import pytest

from grader.judge import details
from grader.judge.suite import Attempt, Suite
from grader.record.cause import Cause, Explain

pytestmark = pytest.mark.processes

REFERENCE = """\
import numpy as np

def f(W, X, reg=0.5):
    loss = (X @ W).mean() + reg * np.sum(W**2)
    return float(loss), 2 * reg * W

def g(x):
    return x - x.max()
"""
SUITE = """\
    @points(2)
    def test_loss(submission, reference, rng, close):
        '''The loss is right.'''
        for _ in range(3):
            W, X = rng.normal(size=(4, 3)), rng.normal(size=(6, 4))
            loss, dW = submission.f(W, X, 0.3)
            close(loss, reference.f(W, X, 0.3)[0], name="loss")
            close(dW, reference.f(W, X, 0.3)[1], name="dW")

    @points(1, "g")
    def test_shift(submission, rng, close):
        '''The largest is taken off.'''
        x = rng.normal(size=5)
        call = submission.g.call(x)
        close(call.value, x - x.max(), name="y")
        close(call.args[0], x, name="x")
"""
RIGHT_G = "def g(x):\n    return x - x.max()\n"


@dataclass
class Explaining:
    """Judges submissions of a tiny course, and keeps what is told of their exercises."""

    course: object
    open_session: object
    loaded: list[str | None] = field(default_factory=list)

    def causes(self, text: str, explain: Explain = "full", seconds: float = 60) -> dict[str, Cause]:
        text = dedent(text)
        session = self.open_session(text)
        session.seconds_left = seconds
        sources = session_sources(text)

        def load(other, beside):
            self.loaded.append(other)
            session.load(sources(other or text, beside))

        found: dict[str, Cause] = {}
        problems: list[BaseException] = []
        attempt = Attempt(
            seed=7,
            session=session,
            module="answer",
            file="answer.py",
            place="line {1} of {0}".format,
            worker_seconds=5.0,
            text=lambda: text,
            load=load,
            explain=explain,
        )

        def serve(suite: Suite) -> None:
            try:
                suite.run(
                    attempt,
                    begin=lambda _: None,
                    emit=lambda _: None,
                    tell=lambda told: found.update({told.exercise: told.cause}),
                )
            except BaseException as error:
                problems.append(error)

        self.course.collect(serve)
        assert problems == []
        return found


def session_sources(text):
    from grader.sandbox.terms import Limits, Terms
    from grader.sandbox.wire.messages import Sources

    terms = Terms(imports=("numpy",), limits=Limits(5, memory_mb=512))
    return lambda other, beside: Sources("answer", other, dict(beside), terms)


@pytest.fixture
def explaining(course, open_session, monkeypatch):
    for limit in ("_EXAMPLE_SECONDS", "_LINE_SECONDS", "SEARCH_SECONDS"):  # whatever the load
        monkeypatch.setattr(details, limit, 120.0)
    course.reference = REFERENCE
    course.write(SUITE)
    return Explaining(course, open_session)


def test_one_edit_that_makes_every_check_pass_tells_the_line(explaining):
    causes = explaining.causes(
        """\
        import numpy as np

        def f(W, X, reg=0.5):
            loss = (X @ W).mean() + reg * np.sum(W**2)
            return float(loss), reg * W

        def g(x):
            return x - x.max()
        """
    )
    assert set(causes) == {"f"}
    assert causes["f"].place == "line 5 of answer.py: the factor"
    assert "2" in causes["f"].edit
    assert causes["f"].kind == "formula"
    lines = causes["f"].example.split("\n")
    assert lines[0] == "W = np.array([[1.0]])"
    assert lines[-1] == "f(W, X)  # your dW is 0.5, right is 1.0"


def test_many_edits_that_mend_a_function_are_tried_one_after_the_other(explaining):
    """`-x`, `x * -1`, `0 - x` and more: the worker that finds them ends before the checks run."""
    causes = explaining.causes(
        REFERENCE.replace(
            "    return x - x.max()", "    y = x\n    m = y.max()\n    z = y + m\n    return z"
        )
    )
    assert causes["g"].place.startswith("line 10 of answer.py")


def test_an_argument_that_is_written_to_is_located(explaining):
    causes = explaining.causes(
        REFERENCE.replace("    return x - x.max()", "    x -= x.max()\n    return x")
    )
    assert causes["g"].place == "line 8 of answer.py: the array that is written to"


def test_two_mistakes_are_not_located_in_one_line(explaining):
    causes = explaining.causes(
        REFERENCE.replace("(X @ W).mean()", "(X @ W).sum()").replace("2 * reg * W", "reg * W")
    )
    assert causes["f"].place == ""
    assert causes["f"].example


def test_an_edit_that_never_ends_stops_nothing(explaining):
    causes = explaining.causes(
        """\
        import numpy as np

        def f(W, X, reg=0.5):
            i = 0
            while i < 2:
                i = i + 1
            loss = (X @ W).mean() + reg * np.sum(W**2)
            return float(loss), i * W

        def g(x):
            return x - x.max()
        """
    )
    assert causes["f"].place == "line 8 of answer.py: the factor"


def test_fast_searches_no_line_and_off_nothing(explaining):
    text = REFERENCE.replace("2 * reg * W", "reg * W")
    assert explaining.causes(text, "fast")["f"].place == ""
    assert explaining.causes(text, "off") == {}
    assert explaining.loaded == []


def test_a_right_submission_is_not_searched(explaining):
    assert explaining.causes(REFERENCE) == {}
    assert explaining.loaded == []


def test_the_own_text_is_loaded_again_after_the_search(explaining):
    explaining.causes(REFERENCE.replace("2 * reg * W", "reg * W"))
    assert explaining.loaded[-1] is None


def test_an_exercise_that_is_not_written_yet_has_no_example(explaining):
    text = REFERENCE.replace("    return x - x.max()", "    raise NotImplementedError")
    assert explaining.causes(text) == {}


def test_an_author_can_keep_the_example_back(explaining, course):
    course.write(SUITE.replace("    @points(2)", "    @pytest.mark.example(False)\n    @points(2)"))
    causes = explaining.causes(REFERENCE.replace("2 * reg * W", "reg * W"))
    assert causes["f"].example == ""
    assert causes["f"].place


def test_a_call_that_is_compared_with_nothing_of_the_reference_gives_no_example(explaining, course):
    """Both draws are right where a check asks for a shape alone: no answer is the right one."""
    course.reference = "import numpy as np\ndef f(n):\n    return np.random.normal(size=n)\n"
    course.exercises = ("f",)
    course.write(
        """\
        @points(1)
        def test_mean(submission):
            '''The numbers are many.'''
            assert len(submission.f(5)) == 6
        """
    )
    assert explaining.causes("import numpy as np\ndef f(n):\n    return np.zeros(n)\n") == {}


def test_what_the_submission_keeps_of_hidden_inputs_is_not_in_the_example(explaining):
    """The second call of a worker could answer with the input of the first."""
    causes = explaining.causes(
        """\
        import numpy as np
        kept = []

        def f(W, X, reg=0.5):
            kept.append(float(np.ravel(X)[0]))
            return kept[0], 2 * reg * W

        def g(x):
            return x - x.max()
        """,
        "fast",
    )
    last = causes["f"].example.split("\n")[-1] if "f" in causes else ""
    assert last.startswith("f(W, X)  # your loss is ") or not last
    if last:
        told = float(last.split("your loss is ")[1].split(",")[0])
        assert told == int(told)
