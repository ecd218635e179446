"""What is known of an exercise that lost points: every question, answer and ending of its checks.

Runs in: the judge.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from grader.judge.conversation import Event
from grader.judge.verdict import Place, Verdict
from grader.record.check import Check, Outcome
from grader.sandbox.workers import Workers


@dataclass(frozen=True)
class Seen:
    """One test of a check, which has ended."""

    check: Check
    test: str  # the name of the check and the parameters of this case
    verdict: Verdict
    error: BaseException | None  # what ended it, if it lost points
    events: Sequence[Event]  # the questions and the submission's answers; none if they grew large
    names: Mapping[int, str]  # what the numbers of functions and classes in them stand for

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

    @property
    def lost(self) -> list[Seen]:
        return [one for one in self.seen if one.lost]
