"""Reports for a terminal, and for the log of a CI job.

A CI job takes some lines of its log for commands: GitHub takes those that start with "::", after
spaces too, and those with "##[" anywhere (actions/runner, ActionCommand.cs). So a line never
starts with text of a submission but with a gutter or a border, and "##[" becomes "# #[". Text of
a record is printed as Rich's `Text`, whose markup nobody interprets.
"""

from collections.abc import Iterable, Iterator, Sequence

import msgspec
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from grader.record.aside import Aside
from grader.record.change import Change
from grader.record.check import Outcome
from grader.record.record import CheckResult, ExerciseScore, Record
from grader.report.causes import folded, shared_causes
from grader.report.summary import Row, Summary
from grader.report.words import (
    SIGNS,
    Sign,
    cause_lines,
    number,
    one_line,
    own_hint,
    shown,
    sign,
    without_commands,
)

ROWS = 200  # submissions in the table of a class; its page and its CSV file have all of them
UNREAD = 20  # submissions that could not be read and get a line of their own
ASIDE = 20  # paths that one line on what was left aside names
_FIXED, _EXERCISE = 70, 5  # width of a class table without exercises, and of one exercise more
NARROWEST = 20  # width of a text, however narrow the terminal

_STYLES = {"passed": "green", "failed": "red", "not run": "dim"}


def print_class_table(console: Console, summary: Summary) -> None:
    """Print a line per submission: points, points per exercise, how the checks ended, notes."""
    table = Table(box=box.ROUNDED)
    table.add_column("submission", overflow="fold")
    table.add_column("points", justify="right", no_wrap=True)
    exercises = list(summary.exercises)
    if console.width < _FIXED + _EXERCISE * len(exercises):
        exercises = []  # the page and the CSV file have them
    for i in range(len(exercises)):
        table.add_column(str(i + 1), justify="right", no_wrap=True)
    table.add_column("checks")
    table.add_column("notes", justify="right", no_wrap=True)
    for row in summary.rows[:ROWS]:
        table.add_row(*_cells(console, row, exercises))
    console.print(table)
    _print_legend(console, summary, exercises)


def print_changes(console: Console, changes: Sequence[Change]) -> None:
    """Print whose points moved by grading again: from what to what, by which checks."""
    for change in changes[:ROWS]:
        why = "handed in again" if change.handed_in_again else "graded again"
        points = f"{number(change.before)} -> {number(change.after)}"
        checks = ", ".join(
            f"{moved.check} {_points(moved.before)} -> {_points(moved.after)}"
            for moved in change.moved
        )
        who = _who(change.submission, change.name)
        console.print(Text(_line(f" moved: {who}: {points} ({why}; {checks})")), soft_wrap=True)
    if len(changes) > ROWS:
        console.print(Text(f" moved: {len(changes) - ROWS} more, see changes.csv"))


def print_absent(console: Console, absent: Sequence[str]) -> None:
    """Print who of the roster handed in nothing."""
    if absent:
        console.print(
            Text(_line(f"grader: handed in nothing: {', '.join(absent)}")), soft_wrap=True
        )


def _who(submission: str, name: str) -> str:
    return f"{submission} ({name})" if name and name != submission else submission


def _points(points: float | None) -> str:
    return "none" if points is None else number(points)


def print_left_aside(console: Console, asides: Iterable[Aside]) -> None:
    """Print what lies among submissions and is none: a line for each reason."""
    by_reason: dict[tuple[bool, str], list[str]] = {}
    for aside in (one for one in asides if not one.is_quiet):
        by_reason.setdefault((aside.is_open, aside.why), []).append(aside.path)
    for (is_open, why), paths in sorted(by_reason.items()):
        for first in range(0, len(paths), ASIDE):
            named = ", ".join(paths[first : first + ASIDE])
            text = Text(_line(f"grader: left aside: {named}: {why}"))
            text.stylize("yellow" if is_open else "dim")
            console.print(text, soft_wrap=True)


def print_check(console: Console, record: Record) -> None:
    """Print every check, the total, and what to do next, for a student."""
    gutter = _gutter(console)
    causes = shared_causes(record)
    for cause in causes:
        start = Text(f"one reason for {len(cause.checks)} checks: ", style="bold red")
        _print(console, _lines(console, start, gutter, _block(cause.text)))
        console.print()
    for score in record.exercises:
        checks = [check for check in record.checks if check.exercise == score.name]
        if words := folded(checks, causes):
            _print_folded(console, score, checks[0], words)
            continue
        points = f"  {number(score.earned)} / {score.possible}"
        console.print(Text.assemble((_line(score.name), "bold"), points))
        for label, text in cause_lines(score):
            start = Text(f"  {label}: ", style="bold yellow")
            _print(console, _lines(console, start, gutter, _block(text)))
        for check in checks:
            one = msgspec.structs.replace(check, hint=own_hint(score, check))
            _print(console, result_lines(console, one))
        console.print()
    for note in record.notes:
        _print(console, _lines(console, Text("note: "), gutter, _block(note)))
    total = f"{number(record.earned)} of {record.possible} points"
    console.print(Text(total, style="bold"))
    _print_next(console, record, gutter)


def _print_folded(console: Console, score: ExerciseScore, check: CheckResult, words: str) -> None:
    name = Text.assemble((_line(score.name), "bold"), f"  0 / {score.possible}  ")
    console.print(Text.assemble(name, _marked(console, sign(check), f" {words}")))


def result_lines(console: Console, check: CheckResult) -> Iterator[Text]:
    """Yield the lines on one check: how it ended, and why."""
    mark, gutter = sign(check), _gutter(console)
    points = f"{number(check.earned)} / {check.points}"
    start = Text.assemble("  ", _marked(console, mark, f" {mark.word:<7}"), f"  {points:>8}  ")
    yield from _lines(console, start, gutter, Text(_line(check.title)))
    if check.message:
        yield from _lines(console, gutter, gutter, _block(check.message))
    if check.hint:
        hint = Text.assemble(("hint: ", "bold yellow"), _block(check.hint))
        yield from _lines(console, gutter, gutter, hint)


def _print_next(console: Console, record: Record, gutter: Text) -> None:
    check = next((check for check in record.checks if check.earned < check.points), None)
    if check is not None:
        why = _line(check.message.partition("\n")[0])
        text = Text(f"{_line(check.title)} ({_line(check.exercise)}{why and f': {why}'})")
        _print(console, _lines(console, Text("Next: "), gutter, text))


def _gutter(console: Console) -> Text:
    return Text(f"  {_ascii_or(console, '│', '|')} ")


def _lines(console: Console, first: Text, gutter: Text, text: Text) -> Iterator[Text]:
    width = max(NARROWEST, console.width - max(first.cell_len, gutter.cell_len))
    for i, line in enumerate(text.wrap(console, width)):
        yield Text.assemble(gutter if i else first, line)


def _print(console: Console, lines: Iterable[Text]) -> None:
    for line in lines:
        console.print(line, no_wrap=True, overflow="ignore", crop=False)


def _cells(console: Console, row: Row, exercises: Sequence[str]) -> list[Text]:
    scores = [row.exercises.get(name) for name in exercises]
    marks = [_marked(console, SIGNS[kind], str(n)) for kind, n in row.outcomes.items()]
    return [
        Text(_line(_who(row.submission, row.name))),
        Text(f"{number(row.earned)} / {row.possible}"),
        *(Text("" if score is None else number(score.earned)) for score in scores),
        Text(" ").join(marks),
        Text(str(len(row.notes) or "")),
    ]


def _print_legend(console: Console, summary: Summary, exercises: Sequence[str]) -> None:
    for i, name in enumerate(exercises, start=1):
        console.print(Text(f" {i:>2}  {_line(name)} ({summary.exercises[name]})"))
    seen = {kind for row in summary.rows for kind in row.outcomes}
    marks = [_marked(console, SIGNS[kind], f" {kind}") for kind in Outcome if kind in seen]
    console.print(Text.assemble("  ", Text("  ").join(marks)))
    not_run = [row for row in summary.rows if row.unread]
    for row in not_run[:UNREAD]:
        line = _line(f" {row.submission}: {row.unread}")
        mark = _marked(console, SIGNS[Outcome.NOT_RUN], line)
        console.print(Text.assemble("  ", mark), soft_wrap=True)
    if len(not_run) > UNREAD:
        console.print(Text(f"  {len(not_run) - UNREAD} more, of which no check was run"))
    if len(summary.rows) > ROWS:
        console.print(Text(f"  {len(summary.rows) - ROWS} more submissions are not shown here"))


def _marked(console: Console, mark: Sign, text: str) -> Text:
    symbol = _ascii_or(console, mark.symbol, mark.ascii)
    return Text(symbol + text, style=_STYLES.get(mark.word, "yellow"))


def _ascii_or(console: Console, symbol: str, in_ascii: str) -> str:
    return in_ascii if console.options.ascii_only else symbol


def _line(text: str) -> str:
    return without_commands(one_line(text))


def _block(text: str) -> Text:
    return Text(without_commands(shown(text)))
