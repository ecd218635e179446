"""Compare a group of a quiz's answers with the right ones: letters or numbers in a dict.

Runs in: the judge.

"A", " a ", "(a)", "a)" and "a." all count as "a", and "12" counts as 12.
"""

import math
import re
import unicodedata
from collections.abc import Mapping, Sequence
from typing import Any

from grader.judge.describe import describe
from grader.judge.failures import Mismatch

_AROUND = re.compile(r"^[\W_]+|[\W_]+$")  # blanks, brackets, full stops around a letter
_LISTED = 5  # questions in one message
_SAME = 1e-6  # relative: a number may have been rounded

Answer = str | float


def require_answers(
    given: Any,
    right: Mapping[str, Answer],
    *,
    name: str,
    letters: str = "",
    hint: str | None = None,
) -> None:
    """Return if `given` answers every question of `right` as `right` does.

    Args:
        given: should be a dict of the submission: question -> answer.
        right: question -> letter or number.
        name: what the student knows the dict as.
        letters: if there are any, every question of `given` must be answered by one of them.
        hint: shown if an answer is wrong; None to name the questions.

    Raises:
        Mismatch: an answer is missing, cannot be read, or is wrong; it says which.
    """
    if not isinstance(given, dict):
        raise Mismatch(f"{name} is {describe(given)}, expected a dict")
    asked = given if letters else right
    if unanswered := [question for question in asked if given.get(question) is None]:
        lacks = "not answered" if len(unanswered) < len(asked) else "not written yet"
        raise Mismatch(f"{lacks}: {_listed(unanswered)}")
    for question in asked:
        _require_readable(question, given.get(question), right.get(question, letters), letters)
    wrong = [question for question in right if not _agree(given.get(question), right[question])]
    if wrong:
        told = f"think again about {', '.join(wrong)}" if hint is None else hint
        are = "is" if len(wrong) == 1 else "are"
        raise Mismatch(f"{len(wrong)} of {len(right)} answers {are} not right", hint=told)


def _listed(questions: Sequence[str]) -> str:
    more = f" and {len(questions) - _LISTED} more" if len(questions) > _LISTED else ""
    return ", ".join(map(str, questions[:_LISTED])) + more


def _require_readable(question: str, given: Any, right: Answer, letters: str) -> None:
    read = _read(given, right)
    if read is not None and (not letters or read in set(letters)):
        return
    expected = "a letter" if isinstance(right, str) else "a number"
    expected = f"one of the letters {', '.join(letters)}" if letters else expected
    text = f"the answer to {question} is {_found(given, read)}, expected {expected}"
    raise Mismatch(text, f"found {given!r}")


def _found(given: Any, read: Answer | None) -> str:
    if isinstance(given, str):
        return f"the letter {read}" if read else f"a text of {len(given)} characters"
    return describe(given)


def _read(given: Any, right: Answer) -> Answer | None:
    """Return an answer as it counts, or None if it is not of the kind of the right one."""
    if isinstance(right, str):
        return _letter(given) if isinstance(given, str) else None
    try:
        return None if isinstance(given, (bool, complex)) else float(given)
    except (TypeError, ValueError, OverflowError):
        return None


def _letter(text: str) -> str | None:
    read = _AROUND.sub("", unicodedata.normalize("NFKC", text)).casefold()
    return read if len(read) == 1 else None


def _agree(given: Any, right: Answer) -> bool:
    read = _read(given, right)
    if isinstance(right, str) or isinstance(read, str) or read is None:
        return read == right
    return math.isclose(read, right, rel_tol=_SAME)
