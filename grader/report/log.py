"""The log of records in a folder of reports: a line for each record, as it was made.

    out/records.jsonl            the log
    out/records.rejected.jsonl   lines of the log that were no records
    out/gone.json                ids whose files are gone: in the log, and not in the class

The log is flushed to the disk at every record. A crash may cut its last line short; that line is
dropped, so its submission counts as not graded.
"""

import mmap
import os
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import BinaryIO

import msgspec

from grader.errors import ReportError, UsageError
from grader.record.change import Change, Earlier, change
from grader.record.files import LOG
from grader.record.record import Record
from grader.report.json import Head, NewerRecord, load_record, record_head, record_line
from grader.report.replace import replace_file, writing

REJECTED = "records.rejected.jsonl"
_GONE = "gone.json"


def append_record(out: Path, record: Record) -> None:
    """Add a record to the log; when this returns, it is on the disk."""
    line = record_line(record)
    out.mkdir(parents=True, exist_ok=True)
    with writing(out / LOG), (out / LOG).open("a+b") as log:
        _drop_torn_line(log)
        log.write(line)
        log.flush()
        os.fsync(log.fileno())


def each_record(out: Path, gone: Collection[str] = ()) -> Iterator[Record]:
    """Yield the records of the log, of a submission that was graded again the last one.

    One record is held at a time: a class may be too large to hold.

    Args:
        gone: ids to pass over.

    Raises:
        ReportError: a complete line of the log is not a record.
    """
    wanted = {numbers[-1] for id, numbers in _numbers(out).items() if id not in gone}
    for n, line in _complete_lines(out):
        if n in wanted:
            yield load_record(line)


def last_changes(out: Path, gone: Collection[str] = ()) -> list[Change]:
    """Return how the points of each submission moved when it was last graded again."""
    pairs = [numbers for id, numbers in _numbers(out).items() if id not in gone]
    before = {numbers[-2] for numbers in pairs if len(numbers) > 1}
    after = {numbers[-1] for numbers in pairs if len(numbers) > 1}
    earlier: dict[str, Earlier] = {}
    changes = []
    for n, line in _complete_lines(out):
        if n in before:
            record = load_record(line)
            earlier[record.submission] = Earlier.of(record)
        elif n in after:
            record = load_record(line)
            if moved := change(earlier.pop(record.submission), record):
                changes.append(moved)
    return sorted(changes, key=lambda one: one.submission.casefold())


def require_own_log(out: Path, assignment: str) -> int:
    """Make sure that the log holds records of this assignment only, and nothing else.

    Lines that are no records are moved to another file; what they were of will be graded again.

    Returns:
        How many lines were moved.

    Raises:
        UsageError: it holds records of another assignment, or of a newer grader.
    """
    bad: list[bytes] = []
    for n, line in _complete_lines(out):
        try:
            _head(out, n, line)
            other = load_record(line).assignment
        except ReportError:
            bad.append(line)
        else:
            if other != assignment:
                raise UsageError(
                    f"{out}: holds records of {other}; name another folder with --out, one for "
                    "each assignment"
                )
    if bad:
        with writing(out), (out / REJECTED).open("ab") as rejected:
            rejected.writelines(bad)
            rejected.flush()
            os.fsync(rejected.fileno())
        without = {*bad}
        with writing(out):
            replace_file(
                out / LOG, (line for _, line in _complete_lines(out) if line not in without)
            )
    return len(bad)


def read_gone(out: Path) -> set[str]:
    """Return the ids whose files were found to be gone."""
    try:
        return set(msgspec.json.decode((out / _GONE).read_bytes(), type=list[str]))
    except (FileNotFoundError, msgspec.DecodeError):
        return set()


def write_gone(out: Path, gone: Collection[str]) -> None:
    if gone or (out / _GONE).exists():
        with writing(out):
            replace_file(out / _GONE, [msgspec.json.encode(sorted(gone)) + b"\n"])


def each_head(out: Path) -> Iterator[Head]:
    """Yield what identifies each record of the log, those of before included."""
    for n, line in _complete_lines(out):
        yield _head(out, n, line)


def _numbers(out: Path) -> dict[str, list[int]]:
    """Return the numbers of the last two lines of each submission."""
    found: dict[str, list[int]] = {}
    for n, line in _complete_lines(out):
        numbers = found.setdefault(_head(out, n, line).submission, [])
        numbers.append(n)
        del numbers[:-2]
    return found


def _head(out: Path, n: int, line: bytes) -> Head:
    try:
        return record_head(line)
    except (ReportError, NewerRecord) as error:
        raise type(error)(f"{out / LOG}, line {n}: {error}") from error


def _complete_lines(out: Path) -> Iterator[tuple[int, bytes]]:
    if not (out / LOG).exists():
        return
    with (out / LOG).open("rb") as log:
        yield from ((n, line) for n, line in enumerate(log, start=1) if line.endswith(b"\n"))


def _drop_torn_line(log: BinaryIO) -> None:
    if log.seek(0, os.SEEK_END) == 0:
        return
    with mmap.mmap(log.fileno(), 0, access=mmap.ACCESS_READ) as text:
        complete = text.rfind(b"\n") + 1
    log.truncate(complete)
