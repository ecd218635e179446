"""What came of one attempt, gathered from what its judge says.

Runs in: the conductor.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import assert_never

import msgspec

from grader.engine.messages import Begun, Broken, Done, Ended, FromJudge, Unread, WasRead, Why
from grader.errors import CourseError, GraderError
from grader.record.cause import Cause, Explained
from grader.record.check import CheckOutcome
from grader.record.excerpt import Excerpt

Hear = Callable[[str, CheckOutcome | None], None]  # id of a check; its outcome, None if it begins


def hear_nothing(check: str, outcome: CheckOutcome | None) -> None:
    """Be told of a check, and do nothing."""


@dataclass
class Judged:
    """The outcomes so far, and what is to be said about the submission."""

    outcomes: list[CheckOutcome] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    causes: dict[str, Cause] = field(default_factory=dict)  # exercise -> why it lost points
    code: list[Excerpt] = field(default_factory=list)  # what was written for each exercise
    unread: str = ""  # why the submission could not be read; "" if it was
    begun: str = ""  # the check that runs
    hear: Hear = hear_nothing

    def take(self, message: FromJudge) -> bool:
        """Note what the judge says, and tell whether it was the last word.

        Raises:
            GraderError: grading failed, and not by the submission's fault.
        """
        match message:
            case WasRead():
                self.notes = message.notes
                self.code = message.code
            case Unread():
                self.unread = message.text
                return True
            case Begun():
                self.begun = message.id
                self.hear(message.id, None)
            case Ended():
                self.begun = ""
                self.outcomes.append(message.outcome)
                self.hear(message.outcome.id, message.outcome)
            case Why():
                self._explain(message.explained)
            case Broken():
                raise (CourseError if message.course else GraderError)(message.text)
            case Done():
                self.notes = [*self.notes, *message.notes]
                return True
            case _:
                assert_never(message)
        return False

    def _explain(self, explained: Explained) -> None:
        self.causes[explained.exercise] = explained.cause
        self.outcomes = [
            msgspec.structs.replace(outcome, hint=explained.hints.get(outcome.id, outcome.hint))
            for outcome in self.outcomes
        ]
