"""The tables of formats: all that people read of a submission, and of a class.

To add a format, write a module with its function, add a row here, and put what it makes of the
sample class into tests/golden/report. Nothing else names the formats: `write` writes the files of
these tables and `show` prints the rest, and the tests of hostile text, of secrets and of golden
files run over every row.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from rich.console import Console

from grader.record.files import CLASS_PAGE, STUDENT_PAGE
from grader.record.record import Record
from grader.report.csv import changes_csv, grades_csv
from grader.report.html import class_page, student_page
from grader.report.json import record_json
from grader.report.summary import Summary
from grader.report.text import print_check, print_class_table

_T = TypeVar("_T")  # Record or Summary: what a format shows

Reader = Literal["student", "staff"]  # a student never reads the seed


@dataclass(frozen=True)
class File(Generic[_T]):
    """A format that is a file, in the folder of a submission or beside these folders."""

    name: str
    reader: Reader
    render: Callable[[_T], bytes]


@dataclass(frozen=True)
class Screen(Generic[_T]):
    """A format for a terminal or the log of a job, as wide and as colourful as that allows."""

    name: str  # of its golden file
    reader: Reader
    show: Callable[[Console, _T], None]


OF_SUBMISSION: tuple[File[Record] | Screen[Record], ...] = (
    File("record.json", "staff", record_json),
    File(STUDENT_PAGE, "student", student_page),
    Screen("check.txt", "student", print_check),
)
OF_CLASS: tuple[File[Summary] | Screen[Summary], ...] = (
    File("grades.csv", "staff", grades_csv),
    File("changes.csv", "staff", changes_csv),
    File(CLASS_PAGE, "staff", class_page),
    Screen("class.txt", "staff", print_class_table),
)


def show(table: Iterable[File[_T] | Screen[_T]], console: Console, shown: _T) -> None:
    """Print each format of a table that is for a terminal."""
    for row in table:
        if isinstance(row, Screen):
            row.show(console, shown)
