"""A submission in Markdown, for the summary of a step in GitHub Actions.

GitHub drops a summary of more than 1 MiB as a whole, so this one is cut before that, and says so.
Text of a student stands in `pre` elements only: Markdown leaves these alone up to their end, and
what could end one is escaped. The words of a course get a backslash before every sign.
"""

import re
from collections.abc import Sequence
from html import escape

from grader.record.record import CheckResult, Record
from grader.report.losses import Loss, losses, points_of
from grader.report.words import number, one_line, percent, shown, unread, without_command_lines

MOST_BYTES = 1_000_000  # of the 1,048,576 that a step may have: others may add to it

_SIGN = re.compile(r"([!-/:-@\[-`{-~])")
_CODE = re.compile(r"`([^`]+)`")


def summary_markdown(record: Record) -> bytes:
    """Return the points of each exercise, what lost some and why, and what was noted."""
    total = f"{number(record.earned)} of {record.possible} points"
    share = f"{percent(record.earned, record.possible)} %"
    heading = f"## {_words(record.assignment)}: {total} ({share})\n"
    if reason := unread(record):
        return f"{heading}\nNo check was run:\n\n{_block(reason)}".encode()
    notes = "Noted:\n\n" + _block("\n".join(record.notes)) if record.notes else ""
    start = f"{heading}\n{_exercises(record)}\n{notes}"
    return (start + _fitting(losses(record), MOST_BYTES - len(start.encode()))).encode()


def _exercises(record: Record) -> str:
    rows = [
        f"| {_words(score.name)} | {number(score.earned)} | {score.possible} |\n"
        for score in record.exercises
    ]
    return "".join(["| exercise | earned | possible |\n| --- | ---: | ---: |\n", *rows])


def _fitting(found: Sequence[Loss], room: int) -> str:
    """Return what lost points, as far as there is room, and say how much is left out."""
    end = "\n{} more checks lost points; there is no room for them here: see report.html.\n"
    pieces: list[str] = []
    room -= len(end) + 20
    for i, loss in enumerate(found):
        piece = _loss(loss)
        room -= len(piece.encode())
        if room < 0:
            return "".join(pieces) + end.format(sum(len(rest.checks) for rest in found[i:]))
        pieces.append(piece)
    return "".join(pieces)


def _loss(loss: Loss) -> str:
    lines = "".join(f"- {_heading(loss, check)}\n" for check in loss.checks)
    return f"{lines}\n{_block(loss.reason) if loss.reason else ''}"


def _heading(loss: Loss, check: CheckResult) -> str:
    outcome = f"{loss.sign.symbol} {loss.sign.word}"
    where = f"{points_of(check)}, {_words(check.exercise)}"
    return f"**{outcome}** {_words(check.title)} ({where})"


def _block(text: str) -> str:
    """Return a `pre` element, which has to start a line."""
    return f"<pre>{escape(without_command_lines(shown(text)))}</pre>\n\n"


def _words(text: str) -> str:
    """Return the words of a course as they are, but what stands in backticks as code."""
    pieces = [_SIGN.sub(r"\\\1", piece) for piece in _CODE.split(one_line(text))]
    pieces[1::2] = [f"<code>{piece}</code>" for piece in pieces[1::2]]
    return "".join(pieces)
