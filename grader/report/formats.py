"""The tables of formats: all that people and programs read of a submission, and of a class.

To add a format, write a module with its function, add a row here, and put what it makes of the
sample class into tests/golden/report. Nothing else names the formats: `write` writes the files of
these tables and `show` prints the rest, `grader report` and `grader formats` know a row by its
`format`, and the tests of hostile text, of secrets and of golden files run over every row.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, Literal, TypeVar

from rich.console import Console
from rich.table import Table

from grader.errors import UsageError, did_you_mean
from grader.record.files import CLASS_PAGE, STUDENT_PAGE
from grader.record.record import Record
from grader.report.actions import annotations, outputs
from grader.report.class_json import class_json
from grader.report.class_page import class_page
from grader.report.csv import changes_csv, grades_csv, nbgrader_csv
from grader.report.json import record_json
from grader.report.junit import junit_xml, junit_xunit1
from grader.report.markdown import summary_markdown
from grader.report.platforms import (
    classroom50_result,
    classroom_result,
    coursera_feedback,
    gradescope_results,
    prairielearn_results,
)
from grader.report.student_page import student_page
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
    format: str = ""  # what `grader report --format` calls it
    about: str = ""  # what it is for, on one line
    is_usual: bool = True  # it is written without being asked for


@dataclass(frozen=True)
class Screen(Generic[_T]):
    """A format for a terminal or the log of a job, as wide and as colourful as that allows."""

    name: str  # of its golden file
    reader: Reader
    show: Callable[[Console, _T], None]
    format: str = ""
    about: str = ""
    is_usual: bool = True


Row = File[_T] | Screen[_T]

OF_SUBMISSION: tuple[Row[Record], ...] = (
    File("record.json", "staff", record_json, "record", "all that is known of an attempt"),
    File(STUDENT_PAGE, "student", student_page, "page", "what a student reads"),
    Screen(
        "check.txt", "student", print_check, "text", "each check, on the terminal", is_usual=False
    ),
    File(
        "junit.xml",
        "student",
        junit_xml,
        "junit",
        "JUnit (xunit2): Jenkins, GitLab",
        is_usual=False,
    ),
    File(
        "junit-xunit1.xml",
        "student",
        junit_xunit1,
        "junit-xunit1",
        "JUnit with `file` and `line`",
        is_usual=False,
    ),
    File(
        "summary.md",
        "student",
        summary_markdown,
        "github-summary",
        "the summary of a step in GitHub Actions",
        is_usual=False,
    ),
    File(
        "annotations.txt",
        "student",
        annotations,
        "github-annotations",
        "notes on the student's lines, for its log",
        is_usual=False,
    ),
    File(
        "outputs.txt",
        "student",
        outputs,
        "github-outputs",
        "earned, possible and percent, for later steps",
        is_usual=False,
    ),
    File(
        "gradescope.json",
        "student",
        gradescope_results,
        "gradescope",
        "results.json of a Gradescope autograder",
        is_usual=False,
    ),
    File(
        "prairielearn.json",
        "student",
        prairielearn_results,
        "prairielearn",
        "results.json of an external grader",
        is_usual=False,
    ),
    File(
        "classroom.txt",
        "student",
        classroom_result,
        "github-classroom",
        "the result of a runner, for its reporter",
        is_usual=False,
    ),
    File(
        "classroom50.json",
        "student",
        classroom50_result,
        "classroom50",
        "Classroom 50's result, for its autograder.py",
        is_usual=False,
    ),
    File(
        "coursera.json",
        "student",
        coursera_feedback,
        "coursera",
        "feedback.json of a custom grader",
        is_usual=False,
    ),
)
OF_CLASS: tuple[Row[Summary], ...] = (
    File("grades.csv", "staff", grades_csv, "csv", "the points, for a spreadsheet"),
    File("changes.csv", "staff", changes_csv, "changes", "whose points moved when graded again"),
    File(
        "nbgrader.csv",
        "staff",
        nbgrader_csv,
        "nbgrader",
        "the columns of `nbgrader export`",
        is_usual=False,
    ),
    File("class.json", "staff", class_json, "class-json", "the same, for programs"),
    File(CLASS_PAGE, "staff", class_page, "class-page", "what a class got and where it failed"),
    Screen("class.txt", "staff", print_class_table, "class", "the class, on the terminal"),
)


@dataclass(frozen=True)
class Chosen:
    """The formats that somebody asked for."""

    of_submission: tuple[Row[Record], ...]
    of_class: tuple[Row[Summary], ...]


def usual(table: Iterable[Row[_T]]) -> tuple[Row[_T], ...]:
    """Return the rows that are made without being asked for."""
    return tuple(row for row in table if row.is_usual)


def choose(formats: Sequence[str]) -> Chosen:
    """Return the formats of these names.

    Raises:
        UsageError: no format has this name.
    """
    known = [row.format for row in (*OF_SUBMISSION, *OF_CLASS)]
    for name in formats:
        if name not in known:
            near = did_you_mean(name, known)
            raise UsageError(f"--format {name}: no such format; see `grader formats`{near}")
    return Chosen(
        tuple(row for row in OF_SUBMISSION if row.format in formats),
        tuple(row for row in OF_CLASS if row.format in formats),
    )


def show(table: Iterable[Row[_T]], console: Console, shown: _T) -> None:
    """Print each format of a table that is for a terminal."""
    for row in table:
        if isinstance(row, Screen):
            row.show(console, shown)


def print_formats(console: Console, title: str, table: Iterable[Row[_T]]) -> None:
    """Print what each row of a table is called, what it is for, and who may read it."""
    lines = Table(title, "file", "for", "", box=None, pad_edge=False)
    for row in table:
        where = row.name if isinstance(row, File) else ""
        lines.add_row(row.format, where, row.reader, row.about)
    console.print(lines)
