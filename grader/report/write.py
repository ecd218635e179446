"""Write reports below one folder, in which one process writes at a time.

out/<id>/           the usual files of formats.OF_SUBMISSION, made of a record
out/                the usual files of formats.OF_CLASS, made of all records
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
from grader.report.formats import OF_CLASS, OF_SUBMISSION, File, Row, usual
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


def write_submission(
    out: Path, record: Record, rows: Iterable[Row[Record]] = usual(OF_SUBMISSION)
) -> Path:
    """Write what is kept of one submission, and return its folder.

    Raises:
        ReportError: the id of the submission cannot be the name of its folder.
    """
    folder = out / _folder_name(record.submission)
    with writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write_files(folder, rows, record)
    return folder


def write_class(
    out: Path, summary: Summary, rows: Iterable[Row[Summary]] = usual(OF_CLASS)
) -> None:
    """Write the reports on a class."""
    with writing(out):
        out.mkdir(parents=True, exist_ok=True)
        _write_files(out, rows, summary)


def write_file(path: Path, content: bytes) -> None:
    """Write a report to where somebody asked for it.

    A pipe, a device or a link, such as /dev/stdout, stays what it is.
    """
    with writing(path):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            with path.open("ab") as there:  # it may be a file to which others write, too
                there.write(content)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            replace_file(path, [content])


def _write_files(folder: Path, rows: Iterable[Row[_T]], shown: _T) -> None:
    for row in rows:
        if isinstance(row, File):
            replace_file(folder / row.name, [row.render(shown)])


def _folder_name(submission: str) -> str:
    if not is_id(submission):
        raise ReportError(
            f"{inert(submission)}: not a name for the folder of a report; "
            "give the submission an id of letters, digits and ._@+-"
        )
    return submission
