"""The smallest example of what is wrong with an exercise, as lines that students may read.

Runs in: the judge. The submission answers in workers that no input of a hidden check has reached.
"""

import types
from collections.abc import Callable, Iterator, Sequence
from typing import Any

from grader.judge.asked import Asked, parts_compared
from grader.judge.conversation import Conversation
from grader.judge.evidence import Evidence
from grader.judge.failures import Mismatch, StudentError
from grader.judge.proxy import SubmissionProxy
from grader.judge.smallest.call import Call, is_plain
from grader.judge.smallest.differ import Difference, Part, difference, least_error
from grader.judge.smallest.lines import lines_of
from grader.judge.smallest.search import Found, Question, Search
from grader.judge.smallest.secret import MOST_SHOWN, may_be_shown
from grader.record.inert import inert
from grader.sandbox.workers import Workers

_TRIED = 3  # calls of the checks from which a smaller one is searched
_MOST_TEXT = 2000  # characters of an example
_ERROR = 1e-6  # of an answer that a check refused


def example_of(
    evidence: Evidence, calls: Sequence[Asked], reference: types.ModuleType, seconds: float
) -> str:
    """Return the smallest example that students may see, or ""."""
    questions = sorted(
        _questions(calls), key=lambda pair: pair[0].seen.check.visibility, reverse=True
    )
    for asked, question in questions[:_TRIED]:
        function = getattr(reference, asked.name)
        talk = Asking(evidence.session, asked.name, seconds)
        search = Search(question, function, talk, MOST_SHOWN, seconds / _TRIED)
        try:
            found = search.smallest()
        finally:
            talk.close()
        if not found or not _is_open(asked, found.call, calls, evidence.text):
            continue
        if again := _asked_anew(found, question, function, evidence.session, asked.name):
            return inert(lines_of(again, function, asked.name), _MOST_TEXT, keep="\n")
    return ""


class Asking:
    """Puts calls to a function of the submission, in a worker of its own."""

    def __init__(self, session: Workers, name: str, seconds: float) -> None:
        self._talk = Conversation(session, "", seconds, alone=True)
        self._name = name

    def __call__(self, calls: Sequence[Call]) -> Sequence[Any]:
        function = getattr(SubmissionProxy(self._talk), self._name)
        if len(calls) > 1 and not any(call.kwargs for call in calls):
            try:
                answers: list[Any] = function.batch([call.args for call in calls])
            except (StudentError, Mismatch):  # of one of them
                pass
            else:
                return answers
        return [_answer(function, call) for call in calls]

    def close(self) -> None:
        self._talk.close()


def _answer(function: Callable[..., Any], call: Call) -> Any:
    try:
        return function(*call.args, **call.kwargs)
    except StudentError as error:
        return error
    except Mismatch:  # it cannot be sent back
        return None


def _questions(calls: Sequence[Asked]) -> Iterator[tuple[Asked, Question]]:
    """Yield the calls that were answered wrongly, where a check compares with the reference."""
    for asked in calls:
        alike = [other for other in calls if other.name == asked.name]
        if asked.seen.lost and asked.seen.shows and is_plain(asked.call):
            parts = parts_compared(alike)
            if seen := _difference(asked, parts):
                yield asked, Question(asked.call, seen, parts, [other.call for other in alike])


def _difference(asked: Asked, parts: Sequence[Part]) -> Difference | None:
    if isinstance(asked.theirs, StudentError):
        is_why = asked.theirs is asked.seen.error
        return difference(asked.theirs, asked.right, parts, _ERROR) if is_why else None
    if asked.pick is None:
        return difference(asked.theirs, asked.right, parts, _ERROR)
    within = [Part(part.path[1:], part.name) for part in parts if part.path[:1] == (asked.pick,)]
    found = difference(asked.theirs, asked.right[asked.pick], within, _ERROR)
    return found and found._replace(part=Part((asked.pick, *found.part.path), found.part.name))


def _is_open(asked: Asked, call: Call, calls: Sequence[Asked], text: str) -> bool:
    """Tell whether students may see a call: it holds nothing that a hidden check has drawn."""
    hidden = [other.call for other in calls if other.seen.check.visibility == "hidden"]
    return may_be_shown(call, hidden, text)


def _asked_anew(
    found: Found, question: Question, function: Callable[..., Any], session: Workers, name: str
) -> Found | None:
    """Ask once more in a fresh worker, whose answer is the one that is shown."""
    talk = Asking(session, name, seconds=1.0)
    try:
        (theirs,) = talk([found.call])
    finally:
        talk.close()
    right = function(*found.call.args, **found.call.kwargs)
    seen = difference(theirs, right, question.parts, least_error(question.difference))
    return Found(found.call, seen) if seen else None
