"""A submission for a job of GitHub Actions: annotations on the student's lines, and outputs.

An annotation is a workflow command, a line of the log that starts with "::". A student's text
stands in its data and its properties, where what could end either is escaped. GitHub shows the
first ten annotations of a kind that a step makes, and drops the others without a word.
"""

from collections.abc import Iterator, Sequence

from grader.record.check import Outcome
from grader.record.inert import inert
from grader.record.record import Record
from grader.report.losses import Loss, losses, points_of
from grader.report.words import number, one_line, percent, without_commands

MOST = 10  # annotations of a kind
LENGTH = 1000  # characters of one; the summary and the page have more

_KINDS = {Outcome.PASSED: "notice", Outcome.FAILED: "warning"}  # an error is any other


def annotations(record: Record) -> bytes:
    """Return a command per cause: those with a line of the student first, then by points lost.

    A line in a notebook is told in words, as GitHub would point into the JSON of the file.
    """
    by_kind: dict[str, list[Loss]] = {"error": [], "warning": [], "notice": []}
    for loss in sorted(losses(record), key=lambda loss: (loss.place is None, -loss.points)):
        by_kind[_KINDS.get(loss.first.outcome, "error")].append(loss)
    lines = (line for kind, found in by_kind.items() for line in _commands(kind, found))
    return "".join(f"{line}\n" for line in lines).encode()


def outputs(record: Record) -> bytes:
    """Return the outputs of a step, as GITHUB_OUTPUT takes them."""
    values = {
        "earned": number(record.earned),
        "possible": str(record.possible),
        "percent": str(percent(record.earned, record.possible)),
    }
    return "".join(f"{name}={value}\n" for name, value in values.items()).encode()


def _commands(kind: str, found: Sequence[Loss]) -> Iterator[str]:
    most = MOST if len(found) <= MOST else MOST - 1
    yield from (_command(kind, loss) for loss in found[:most])
    if rest := sum(len(loss.checks) for loss in found[most:]):
        yield f"::{kind}::{rest} more checks; the summary of this run has them"


def _command(kind: str, loss: Loss) -> str:
    words = f"{loss.sign.word}: {loss.first.title}"
    properties = {"title": words}
    if loss.place and loss.place.cell:
        properties["title"] = f"cell {loss.place.cell} of {loss.place.file}: {words}"
    elif loss.place:
        properties = {"file": loss.place.file, "line": str(loss.place.line), "title": words}
    written = ",".join(f"{name}={_property(value)}" for name, value in properties.items())
    return f"::{kind} {written}::{_data(_text(loss))}"


def _text(loss: Loss) -> str:
    more = f", and {len(loss.checks) - 1} more checks" if len(loss.checks) > 1 else ""
    start = f"{loss.first.exercise}: {points_of(loss.first)} points{more}"
    return inert("\n".join([start, loss.reason]).strip(), LENGTH, keep="\n")


def _data(text: str) -> str:
    return without_commands(text).replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(one_line(text)).replace(":", "%3A").replace(",", "%2C")
