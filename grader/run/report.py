"""Make reports of the records that grading kept, in the formats that are asked for."""

from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.record.files import LOG
from grader.record.record import Record
from grader.report.formats import Chosen, File, Screen, choose, show
from grader.report.summary import Summary, summarise
from grader.report.words import one_line
from grader.report.write import each_record, own_folder, write_class, write_file, write_submission


def report(folder: Path, formats: Sequence[str], out: Path | None, console: Console) -> Summary:
    """Write reports beside the records of `folder`, or the one that is asked for to `out`.

    Returns:
        The sums over the records, which no report has changed.

    Raises:
        UsageError: `folder` holds no record, or what is asked for is not one file.
    """
    chosen = choose(formats)
    if not (folder / LOG).is_file():
        raise UsageError(f"{folder}: holds no {LOG}; name a folder that `grader grade` wrote")
    first = next(each_record(folder), None)
    if first is None:
        raise UsageError(f"{folder / LOG}: holds no record; grade a submission first")
    summary = summarise(each_record(folder), first.assignment)
    if out is not None:
        write_file(out, _content(folder, chosen, summary))
        return summary
    with own_folder(folder):
        for record in each_record(folder) if chosen.of_submission else ():
            write_submission(folder, record, chosen.of_submission)
            if any(isinstance(row, Screen) for row in chosen.of_submission):
                console.print(Text(one_line(record.submission)), style="dim")
            show(chosen.of_submission, console, record)
        write_class(folder, summary, chosen.of_class)
    show(chosen.of_class, console, summary)
    return summary


def _content(folder: Path, chosen: Chosen, summary: Summary) -> bytes:
    match chosen:
        case Chosen((File() as of_submission,), ()):
            return of_submission.render(_only_record(folder))
        case Chosen((), (File() as of_class,)):
            return of_class.render(summary)
    raise UsageError("--out takes one report that is a file; name it with --format")


def _only_record(folder: Path) -> Record:
    records = list(islice(each_record(folder), 2))
    if len(records) > 1:
        raise UsageError(
            f"{folder}: holds several submissions; without --out, each gets a file of its own"
        )
    return records[0]
