"""A submission as the platforms of courses take the results of a grader of one's own.

gradescope     /autograder/results/results.json: a test per check. Text is sent as text, as HTML
               is shown where nothing says so. While a test with points is not shown, students see
               no total; a test that is never shown should have none
prairielearn   /grade/results/results.json: a share of 1, and a test per check. PrairieLearn drops
               a file of more than 1 MiB. What could not be read costs the student no attempt
classroom      GitHub Classroom's reporter takes this from the output `result` of a step. It records
               the sum of the tests' scores, and prints names on lines of their own making, but the
               message of an "error" as it is: so no status is "error", and all text is one line.
               The table in its log counts whole tests, so it may show fewer points
classroom50    Classroom 50's result.json takes whole points, and their sum as the score. Its runner
               knows whose it is: docs/classroom50-autograder.py adds that
coursera       /shared/feedback.json: a share of 1, and a text
"""

import math
from base64 import b64encode
from itertools import accumulate, pairwise
from typing import Any, Literal

import msgspec

from grader.record.check import Outcome
from grader.record.inert import inert
from grader.record.record import CheckResult, Record
from grader.report.losses import Loss, losses, points_of, reason
from grader.report.words import (
    LIMIT,
    number,
    one_line,
    sign,
    unread,
    without_command_lines,
    without_commands,
)

Shown = Literal["visible", "after_due_date", "after_published", "hidden"]  # as Gradescope has it

_MOST_TEXT = 200_000  # characters of all messages for PrairieLearn, of at most four bytes
_FEEDBACK = 20_000  # characters of Coursera's text


def gradescope_results(record: Record, hidden: Shown = "after_published") -> bytes:
    """Return results.json.

    Args:
        hidden: when students see a check of the hidden suite, if it is worth points. One that is
            worth none is never shown. A check of the public suite always is.
    """
    return _json(
        {
            "score": record.earned,  # Gradescope takes it instead of the sum of the tests
            "output": _told(unread(record), LIMIT),
            "output_format": "text",
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": [_gradescope_test(check, _shown(check, hidden)) for check in record.checks],
        }
    )


def _shown(check: CheckResult, hidden: Shown) -> Shown:
    if check.visibility == "public":
        return "visible"
    return hidden if check.points else "hidden"


def prairielearn_results(record: Record) -> bytes:
    """Return results.json; what could not be read is not gradable."""
    if why := unread(record):
        errors = [_told(why, LIMIT)]
        return _json({"gradable": False, "score": 0.0, "format_errors": errors, "tests": []})
    limit = min(LIMIT, _MOST_TEXT // max(1, len(record.checks)))
    return _json(
        {
            "gradable": True,
            "score": _share(record),
            "message": _told("\n".join(record.notes), LIMIT),
            "tests": [_prairielearn_test(check, limit) for check in record.checks],
        }
    )


def classroom_result(record: Record) -> bytes:
    """Return the result of one runner, in base64."""
    tests = [_classroom_test(check) for check in record.checks]
    passed = all(test["status"] == "pass" for test in tests)
    result = {
        "version": 1,
        "status": "pass" if passed else "fail",  # which ends the job
        "max_score": record.possible,
        "tests": tests,
    }
    return b64encode(msgspec.json.encode(result)) + b"\n"


def classroom50_result(record: Record) -> bytes:
    """Return the part of result.json that a record knows.

    The total is rounded down to whole points. What is left of a point at one check is added to the
    next one, so that the tests add up to the total and none has more than its maximum.
    """
    sums = accumulate((check.earned for check in record.checks), initial=0.0)
    whole = [later - earlier for earlier, later in pairwise(math.floor(round(s, 6)) for s in sums)]
    return _json(
        {
            "schema": "classroom50/result/v1",
            "score": sum(whole),
            "max-score": record.possible,
            "tests": list(map(_classroom50_test, record.checks, whole)),
        }
    )


def coursera_feedback(record: Record) -> bytes:
    """Return feedback.json, with what lost points and why."""
    total = f"{number(record.earned)} of {record.possible} points"
    lost = [unread(record)] if unread(record) else [_lost(loss) for loss in losses(record)]
    feedback = _told("\n\n".join([total, *lost]), _FEEDBACK)
    return _json({"fractionalScore": _share(record), "feedback": feedback})


def _gradescope_test(check: CheckResult, shown: Shown) -> dict[str, Any]:
    return {
        "name": _line(f"{check.exercise}: {check.title}"),
        "name_format": "text",
        "score": check.earned,
        "max_score": check.points,
        "status": "passed" if _is_full(check) else "failed",  # it knows no third
        "output": _told(f"{sign(check).word}\n{reason(check)}", 2 * LIMIT),
        "output_format": "text",
        "visibility": shown,
    }


def _classroom_test(check: CheckResult) -> dict[str, Any]:
    return {
        "name": _line(f"{check.exercise}: {check.title} ({points_of(check)})"),
        "status": "pass" if _is_full(check) else "fail",
        "score": check.earned,
        "message": _line(reason(check)),
        "test_code": "",
        "filename": "",
        "line_no": 0,  # the reporter prints no line then
        "duration": check.seconds,
    }


def _classroom50_test(check: CheckResult, points: int) -> dict[str, Any]:
    return {
        "test-name": _line(f"{check.exercise}: {check.title} ({points_of(check)})"),
        "passed": _is_full(check),
        "score": points,
        "max-score": check.points,
        "message": _line(reason(check)),
    }


def _prairielearn_test(check: CheckResult, limit: int) -> dict[str, Any]:
    return {
        "name": _line(check.title),
        "description": _line(check.exercise),
        "points": check.earned,
        "max_points": check.points,
        "message": sign(check).word,
        "output": _told(reason(check), limit),
    }


def _lost(loss: Loss) -> str:
    lines = [f"{loss.sign.word}: {check.title} ({points_of(check)})" for check in loss.checks]
    return "\n".join([*lines, *([loss.reason] if loss.reason else [])])


def _is_full(check: CheckResult) -> bool:
    return check.outcome is Outcome.PASSED and check.earned == check.points


def _share(record: Record) -> float:
    return record.earned / record.possible if record.possible else 0.0


def _line(text: str) -> str:
    return without_command_lines(one_line(text))


def _told(text: str, limit: int) -> str:
    return without_commands(inert(text.strip(), limit, keep="\n"))


def _json(value: dict[str, Any]) -> bytes:
    return msgspec.json.format(msgspec.json.encode(value), indent=2) + b"\n"
