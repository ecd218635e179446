"""Write reports below one folder, and keep its log of records.

    out/records.jsonl   the log: every record, as it was made
    out/<id>/           the usual files of formats.OF_SUBMISSION, made of a record
    out/                the usual files of formats.OF_CLASS, made of all records

A report appears whole or not at all. The log is flushed to the disk at every record. A crash may
cut its last line short; that line is dropped, so its submission counts as not graded. One process
writes at a time.
"""

import contextlib
import mmap
import os
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, TypeVar

from filelock import FileLock, Timeout

from grader.errors import ReportError, UsageError
from grader.record.files import LOG
from grader.record.identity import is_id
from grader.record.inert import inert
from grader.record.record import Record
from grader.report.formats import OF_CLASS, OF_SUBMISSION, File, Row, usual
from grader.report.json import load_record, record_line, record_submission
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
    with _writing(out):
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
    with _writing(folder):
        folder.mkdir(parents=True, exist_ok=True)
        _write_files(folder, rows, record)
    return folder


def write_class(
    out: Path, summary: Summary, rows: Iterable[Row[Summary]] = usual(OF_CLASS)
) -> None:
    """Write the reports on a class."""
    with _writing(out):
        out.mkdir(parents=True, exist_ok=True)
        _write_files(out, rows, summary)


def write_file(path: Path, content: bytes) -> None:
    """Write a report to where somebody asked for it.

    A pipe, a device or a link, such as /dev/stdout, stays what it is.
    """
    with _writing(path):
        if path.is_symlink() or (path.exists() and not path.is_file()):
            with path.open("ab") as there:  # it may be a file to which others write, too
                there.write(content)
        else:
            path.parent.mkdir(parents=True, exist_ok=True)
            _replace(path, content)


def _write_files(folder: Path, rows: Iterable[Row[_T]], shown: _T) -> None:
    for row in rows:
        if isinstance(row, File):
            _replace(folder / row.name, row.render(shown))


def append_record(out: Path, record: Record) -> None:
    """Add a record to the log; when this returns, it is on the disk."""
    line = record_line(record)
    out.mkdir(parents=True, exist_ok=True)
    with _writing(out / LOG), (out / LOG).open("a+b") as log:
        _drop_torn_line(log)
        log.write(line)
        log.flush()
        os.fsync(log.fileno())


def each_record(out: Path) -> Iterator[Record]:
    """Yield the records of the log, of a submission that was graded again the last one.

    One record is held at a time: a class may be too large to hold.

    Raises:
        ReportError: a complete line of the log is not a record.
    """
    last = {_read(record_submission, out, n, line): n for n, line in _complete_lines(out)}
    wanted = set(last.values())
    for n, line in _complete_lines(out):
        if n in wanted:
            yield _read(load_record, out, n, line)


def _complete_lines(out: Path) -> Iterator[tuple[int, bytes]]:
    if not (out / LOG).exists():
        return
    with (out / LOG).open("rb") as log:
        yield from ((n, line) for n, line in enumerate(log, start=1) if line.endswith(b"\n"))


def _read(decode: Callable[[bytes], _T], out: Path, n: int, line: bytes) -> _T:
    try:
        return decode(line)
    except ReportError as error:
        raise ReportError(f"{out / LOG}, line {n}: {error}") from error


def _drop_torn_line(log: BinaryIO) -> None:
    if log.seek(0, os.SEEK_END) == 0:
        return
    with mmap.mmap(log.fileno(), 0, access=mmap.ACCESS_READ) as text:
        complete = text.rfind(b"\n") + 1
    log.truncate(complete)


def _folder_name(submission: str) -> str:
    if not is_id(submission):
        raise ReportError(
            f"{inert(submission)}: not a name for the folder of a report; "
            "give the submission an id of letters, digits and ._@+-"
        )
    return submission


def _replace(path: Path, content: bytes) -> None:
    """Give `path` new content at once: a reader sees the old file or the new one."""
    part = path.with_name(f".{path.name}.part")  # always this name, to replace what a kill left
    try:
        part.write_bytes(content)
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def _writing(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be written ({error.strerror}); make room or name another folder, and "
            "start again: what is graded is kept"
        ) from error
