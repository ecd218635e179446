"""What is known of an exercise that lost points: every question, answer and ending of its checks.

Runs in: the judge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from grader.judge.conversation import Event
from grader.judge.verdict import Place, Verdict
from grader.record.check import Check, Outcome
from grader.sandbox.workers import Workers

Load = Callable[[str | None, Mapping[str, str]], None]


class Compared(NamedTuple):
    """What a check has compared."""

    actual: Any
    expected: Any
    tol: float
    name: str  # what the student knows it as


@dataclass(frozen=True)
class Seen:
    """One test of a check, which has ended."""

    check: Check
    test: str  # the name of the check and the parameters of this case
    verdict: Verdict
    error: BaseException | None  # what ended it, if it lost points
    events: Sequence[Event]  # the questions and the submission's answers; none if they grew large
    names: Mapping[int, str]  # what the numbers of functions and classes in them stand for
    compared: Sequence[Compared] = ()
    shows: bool = True  # students may see an example that is made of its calls

    @property
    def lost(self) -> bool:
        return self.verdict.outcome is not Outcome.PASSED


@dataclass(frozen=True)
class Evidence:
    """All tests of one exercise that ran, those that passed too."""

    exercise: str
    seen: Sequence[Seen]
    again: Callable[[Seen, int], Seen]  # runs a test the n-th time more, with other inputs
    session: Workers  # starts more workers for the submission, within its time
    place: Place  # says where the student finds a line
    text: str = ""  # the submission, as it was graded
    module: str = ""  # its name
    # Lets workers run a text in place of the submission, None for its own, and modules beside it.
    load: Load = lambda _, __: None

    @property
    def lost(self) -> list[Seen]:
        return [one for one in self.seen if one.lost]

    @property
    def passed(self) -> list[Seen]:
        return [one for one in self.seen if not one.lost]
