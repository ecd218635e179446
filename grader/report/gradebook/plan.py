"""What filling a column of a gradebook changes, as it is listed before anything is written."""

from dataclasses import dataclass, field

from rich.console import Console
from rich.text import Text

from grader.report.gradebook.book import Entry, Gradebook
from grader.report.words import number, one_line, without_command_lines


@dataclass(frozen=True)
class Filled:
    """A row that gets points."""

    entry: Entry
    submission: str
    before: str
    after: str
    why: str = ""  # of a 0 for what could not be read


@dataclass
class Plan:
    """What becomes of every submission and every row."""

    book: Gradebook
    filled: list[Filled] = field(default_factory=list)
    same: int = 0  # rows that hold these points already
    kept: list[Entry] = field(default_factory=list)
    unknown: list[str] = field(default_factory=list)  # submissions that no row is of
    without: int = 0  # rows without a submission
    problems: list[str] = field(default_factory=list)  # that somebody has to solve first

    @property
    def content(self) -> bytes:
        """The file with the points in it."""
        texts = {one.entry.row: one.after for one in self.filled}
        return self.book.cells.replaced(self.book.column, texts)


def print_plan(console: Console, plan: Plan) -> None:
    """List each row that changes, and each that might have been expected to."""
    book = plan.book
    worth = "" if book.possible is None else f", worth {number(book.possible)}"
    _say(console, f"{book.system}, column {book.title}{worth}", "bold")
    for one in plan.filled:
        why = f": {one.why}" if one.why else ""
        text = f"{one.before or 'empty'} -> {one.after} ({one.submission}){why}"
        _say(console, f"  {_row(one.entry)}: {text}")
    for entry in plan.kept:
        _say(console, f"  {_row(entry)}: stays as it is: {entry.keeps}", "yellow")
    for submission in plan.unknown:
        _say(console, f"  {submission}: no row is of this student", "yellow")
    for problem in plan.problems:
        _say(console, f"  {problem}", "red")
    counts = f"{len(plan.filled)} to change, {plan.same} hold these points already"
    _say(console, f"{counts}, {plan.without} rows without a submission stay as they are")


def _row(entry: Entry) -> str:
    return f"row {entry.row + 1}, {entry.name}"


def _say(console: Console, text: str, style: str = "") -> None:
    console.print(Text(without_command_lines(one_line(text)), style=style), soft_wrap=True)
