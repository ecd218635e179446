"""The record as JSON, in which it is kept and which programs read."""

import re
from typing import TypeVar

import msgspec

from grader.errors import ReportError, UsageError
from grader.record.excerpt import Excerpt
from grader.record.inert import inert
from grader.record.record import SCHEMA, CheckResult, Digests, ExerciseScore, Record, Student

KEPT = 20_000  # characters of one text; the judge lets far fewer through

# GitHub and Azure look for "##[" and "##vso[" anywhere in a line of a job's output.
_CI_COMMAND = re.compile(rb"##(?=[\w.]*\[)")

_TEXTS_OF_A_CAUSE = ("text", "example", "place", "edit")

_T = TypeVar("_T")


class NewerRecord(UsageError):
    """A later version of the grader made this record; this one must not drop or overwrite it."""


class _Format(msgspec.Struct):
    schema: str


class Head(msgspec.Struct):
    """The part of a record that is read without making the whole."""

    submission: str
    seed: int
    digests: Digests
    student: Student | None = None
    source: str | None = None


def record_json(record: Record) -> bytes:
    """Return the record indented, for people too; its keys have the order of the fields."""
    return msgspec.json.format(encoded(_inert_record(record)), indent=2) + b"\n"


def record_line(record: Record) -> bytes:
    """Return the record as one line of records.jsonl."""
    return encoded(_inert_record(record)) + b"\n"


def load_record(data: bytes) -> Record:
    """Return the record that `record_json` or `record_line` wrote.

    Raises:
        NewerRecord: a later version made it.
        ReportError: this is not a record.
    """
    record_head(data)
    return _decode(data, Record)


def record_head(data: bytes) -> Head:
    """Return what identifies a record, without making the whole.

    Raises:
        NewerRecord: a later version made it.
        ReportError: this is not a record.
    """
    schema = _decode(data, _Format).schema
    if _number(schema) > _number(SCHEMA):
        raise NewerRecord(
            f"a newer grader made this record ({inert(schema)}; this one reads {SCHEMA}); update "
            "nablagrade, or name another folder"
        )
    if schema != SCHEMA:
        raise ReportError(f"a record of format {schema!r} cannot be read; expected {SCHEMA!r}")
    return _decode(data, Head)


def _number(schema: str) -> int:
    """Return the version of a format of records, 0 for anything else."""
    found = re.fullmatch(r"nablagrade/record/v([0-9]{1,9})", schema)
    return int(found[1]) if found else 0


def encoded(value: object) -> bytes:
    """Return plain values and structs as JSON that no CI system takes a command from."""
    return _CI_COMMAND.sub(rb"#\\u0023", msgspec.json.encode(value))


def _inert_record(record: Record) -> Record:
    return msgspec.structs.replace(
        record,
        submission=kept(record.submission),
        notes=[kept(note) for note in record.notes],
        checks=[_inert_check(check) for check in record.checks],
        exercises=[_inert_score(score) for score in record.exercises],
        student=record.student and inert_student(record.student),
        source=record.source and kept(record.source),
        code=[_inert_code(excerpt) for excerpt in record.code],
    )


def inert_student(student: Student) -> Student:
    """Return a student as a record keeps it."""
    return Student(kept(student.id), kept(student.name), kept(student.email))


def _inert_check(check: CheckResult) -> CheckResult:
    return msgspec.structs.replace(
        check,
        title=kept(check.title),
        message=kept(check.message),
        hint=kept(check.hint),
        figure=check.figure and msgspec.structs.replace(check.figure, name=kept(check.figure.name)),
    )


def _inert_code(excerpt: Excerpt) -> Excerpt:
    return msgspec.structs.replace(excerpt, file=kept(excerpt.file), text=kept(excerpt.text))


def _inert_score(score: ExerciseScore) -> ExerciseScore:
    if score.cause is None:
        return score
    texts = {name: kept(getattr(score.cause, name)) for name in _TEXTS_OF_A_CAUSE}
    return msgspec.structs.replace(score, cause=msgspec.structs.replace(score.cause, **texts))


def kept(text: str) -> str:
    """Return a text as JSON holds it: inert, and not longer than anybody reads."""
    return inert(text, KEPT, keep="\n")


def _decode(data: bytes, kind: type[_T]) -> _T:
    try:
        return msgspec.json.decode(data, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise ReportError(f"this is not a record: {error}; grade the submission again") from error
