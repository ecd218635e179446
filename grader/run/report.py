"""Make reports of the records that grading kept, in the formats that are asked for."""

import sys
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path, PurePosixPath

from rich.console import Console
from rich.text import Text

from grader.errors import UsageError
from grader.record.files import LOG
from grader.record.record import Record
from grader.report.formats import Chosen, File, Row, Screen, choose, show
from grader.report.log import each_record, last_changes, read_gone
from grader.report.place import placed_in
from grader.report.summary import Summary, summarise
from grader.report.words import one_line
from grader.report.write import own_folder, write_file, write_submission

_HERE = PurePosixPath(".")
_STDOUT = Path("-")


def report(
    folder: Path,
    formats: Sequence[str],
    out: Path | None,
    console: Console,
    source: PurePosixPath = _HERE,
) -> Summary:
    """Write reports beside the records of `folder`, or the one that is asked for to `out`.

    Args:
        folder: holds the records.
        formats: the names of formats.
        out: a file, "-" for standard output, or None for a file in the folder of each submission.
        console: shows the formats for a terminal.
        source: the folder of the graded files in their repository.

    Returns:
        The sums over the records, which no report has changed.

    Raises:
        UsageError: `folder` holds no record, or what is asked for is not one file.
    """
    chosen = choose(formats)
    summary = _summary(folder)
    if out is not None:
        content = _content(folder, chosen, summary, source)
        if out == _STDOUT:
            sys.stdout.buffer.write(content)
        else:
            write_file(out, content)
        return summary
    _require_no_file(chosen.of_class)
    with own_folder(folder):
        for record in _records(folder, source) if chosen.of_submission else ():
            write_submission(folder, record, chosen.of_submission)
            if any(isinstance(row, Screen) for row in chosen.of_submission):
                console.print(Text(one_line(record.submission)), style="dim")
            show(chosen.of_submission, console, record)
    show(chosen.of_class, console, summary)
    return summary


def _summary(folder: Path) -> Summary:
    if not (folder / LOG).is_file():
        raise UsageError(f"{folder}: holds no {LOG}; name a folder that `grader grade` wrote")
    gone = read_gone(folder)
    first = next(each_record(folder, gone), None)
    if first is None:
        raise UsageError(f"{folder / LOG}: holds no record; grade a submission first")
    summary = summarise(each_record(folder, gone), first.about.title or first.assignment)
    summary.changes = last_changes(folder, gone)
    return summary


def _require_no_file(rows: Iterable[Row[Summary]]) -> None:
    for row in rows:
        if isinstance(row, File):
            usual = f"`grader grade` wrote {row.name}, with those who are absent, whom no record "
            why = f"{usual}knows; name another file" if row.is_usual else "name a file"
            raise UsageError(f"--format {row.format}: {why} with --out")


def _content(folder: Path, chosen: Chosen, summary: Summary, source: PurePosixPath) -> bytes:
    match chosen:
        case Chosen((File() as of_submission,), ()):
            return of_submission.render(_only_record(folder, source))
        case Chosen((), (File() as of_class,)):
            return of_class.render(summary)
    raise UsageError("--out takes one report that is a file; name it with --format")


def _only_record(folder: Path, source: PurePosixPath) -> Record:
    records = list(islice(_records(folder, source), 2))
    if len(records) > 1:
        raise UsageError(
            f"{folder}: holds several submissions; without --out, each gets a file of its own"
        )
    return records[0]


def _records(folder: Path, source: PurePosixPath) -> Iterator[Record]:
    for record in each_record(folder, read_gone(folder)):
        yield record if source == _HERE else placed_in(record, str(source))
