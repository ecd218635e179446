"""Write reports below one folder, in which one process writes at a time.

out/<id>/           the files of formats.OF_SUBMISSION, made of a record
out/                the files of formats.OF_CLASS, made of all records
"""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TypeVar

from filelock import FileLock, Timeout

from grader.errors import ReportError, UsageError
from grader.record.files import LOG
from grader.record.identity import is_id
from grader.record.inert import inert
from grader.record.record import Record
from grader.report.formats import OF_CLASS, OF_SUBMISSION, File, Screen
from grader.report.replace import replace_file, writing
from grader.report.summary import Summary

_LOCK = ".grading.lock"  # the grader that writes locks this file, and leaves it there
_T = TypeVar("_T")


@contextlib.contextmanager
def own_folder(out: Path) -> Iterator[None]:
    """Keep other graders from writing to `out` until the block ends.

    Raises:
        UsageError: another grader writes there now.
        ReportError: nothing can be written there.
    """
    lock = FileLock(out / _LOCK, timeout=0)
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        (out / LOG).open("ab").close()
        try:
            lock.acquire()
        except Timeout as error:
            raise UsageError(f"{out}: another grader writes there; wait, or use another") from error
    try:
        yield
    finally:
        lock.release()


def write_submission(out: Path, record: Record) -> Path:
    """Write what is kept of one submission, and return its folder.

    Raises:
        ReportError: the id of the submission cannot be the name of its folder.
    """
    folder = out / _folder_name(record.submission)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write_files(folder, OF_SUBMISSION, record)
    return folder


def write_class(out: Path, summary: Summary) -> None:
    """Write the reports on a class."""
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        _write_files(out, OF_CLASS, summary)


def _write_files(folder: Path, table: Iterable[File[_T] | Screen[_T]], shown: _T) -> None:
    for row in table:
        if isinstance(row, File):
            replace_file(folder / row.name, [row.render(shown)])


def _folder_name(submission: str) -> str:
    if not is_id(submission):
        raise ReportError(
            f"{inert(submission)}: not a name for the folder of a report; "
            "give the submission an id of letters, digits and ._@+-"
        )
    return submission
