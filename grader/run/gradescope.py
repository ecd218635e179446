"""Grade one submission on Gradescope, as the zip of `grader export gradescope` makes it do.

    /autograder/source/                    what the zip holds
    /autograder/submission/                what the student handed in
    /autograder/submission_metadata.json   who and when
    /autograder/results/results.json       what Gradescope reads: written once, and whole

Gradescope kills what runs for too long and then gives no points at all. So a submission gets less
time than that, and what it did not reach is reported as not run. An error of the grader leaves no
results.json: Gradescope then says so, and no student gets a 0 for it.
"""

import shutil
import sys
import tempfile
from pathlib import Path
from typing import Annotated

import msgspec
from msgspec import Meta
from rich.console import Console
from rich.text import Text

from grader.course.assignment import Assignment
from grader.course.course import find_course
from grader.errors import GraderError, UsageError
from grader.record.record import Record
from grader.report.log import each_record
from grader.report.platforms import Shown, gradescope_results
from grader.report.text import print_check
from grader.report.words import isolation_line
from grader.report.write import write_file
from grader.run.grade import grade
from grader.sandbox.level import Level

ROOT = Path("/autograder")
SETTINGS = "settings.json"  # in the zip
COURSE = "course"  # so is this folder

_START_SECONDS = 60  # for the imports, on a part of a processor

Positive = Annotated[float, Meta(gt=0)]


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the instructor decided when exporting."""

    assignment: str
    cpus: Positive = 0.5  # of the container, as Gradescope's settings say
    minutes: Positive = 10.0  # after which Gradescope kills it
    isolation: Level | None = None
    hidden_checks: Shown = "after_published"


class _Metadata(msgspec.Struct):
    id: int = 1


def scaled(assignment: Assignment, settings: Settings) -> Assignment:
    """Return the assignment with limits of time for this part of a processor.

    The checks of a submission may wait for the judge as long as for the student's code: with half
    of the time that is left after the start for each, both end before Gradescope does.
    """
    slower = 1 / min(settings.cpus, 1)
    most = max(60 * settings.minutes - _START_SECONDS, _START_SECONDS) / 2
    limits = msgspec.structs.replace(
        assignment.limits,
        check_seconds=assignment.limits.check_seconds * slower,
        submission_seconds=min(assignment.limits.submission_seconds * slower, most),
    )
    return msgspec.structs.replace(assignment, limits=limits)


def graded(root: Path) -> tuple[Record, Settings]:
    """Return the record of what lies in `root`, and the settings it was made with.

    Raises:
        GraderError: the grader or the zip is at fault.
    """
    source = root / "source"
    settings = _decoded(source / SETTINGS)
    assignment = scaled(find_course(source / COURSE).assignment(settings.assignment), settings)
    with tempfile.TemporaryDirectory() as temporary:
        # In a folder of this name, as Gradescope exports it, everything is one student's.
        handed_in = Path(temporary) / f"submission_{_number(root)}"
        shutil.copytree(root / "submission", handed_in, symlinks=True)
        out = Path(temporary) / "reports"
        result = grade(assignment, [handed_in], out, isolation=settings.isolation)
        for _, fault in result.faults:
            raise fault
        return next(each_record(out)), settings


def _decoded(path: Path) -> Settings:
    try:
        return msgspec.json.decode(path.read_bytes(), type=Settings)
    except (OSError, msgspec.DecodeError) as error:
        raise UsageError(f"{path}: {error}; export the assignment again") from error


def _number(root: Path) -> int:
    try:
        text = (root / "submission_metadata.json").read_bytes()
        return msgspec.json.decode(text, type=_Metadata).id
    except (OSError, msgspec.DecodeError):
        return 1  # it is for a name alone


def main() -> None:
    """Grade, and write the results; what is printed, only instructors see."""
    try:
        record, settings = graded(ROOT)
        content = gradescope_results(record, settings.hidden_checks)
        write_file(ROOT / "results" / "results.json", content)
    except GraderError as error:
        print(f"grader: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    console = Console(highlight=False)
    line = f"seed {record.seed}, {isolation_line(record.sandbox)}"
    console.print(Text(line), soft_wrap=True)
    print_check(console, record)


if __name__ == "__main__":
    main()
