"""Read the TOML files of a course: every key known, present and of the right kind.

The keys of a table are the fields of a struct, each with its rule in words:

    points: Annotated[int, Meta(ge=0), must_be("a whole number from 0")] = 1

Each message names the file, the key, the rule and the value.
"""

from pathlib import Path
from typing import Any, get_args

import msgspec
from msgspec import NODEFAULT, Meta, Struct
from msgspec.structs import FieldInfo

from grader.course.files import course_bytes
from grader.errors import CourseError, did_you_mean


def must_be(rule: str) -> Meta:
    """Return a note for the type of a field: the words that follow "must be" in messages."""
    return Meta(description=rule)


def read_toml(file: Path) -> dict[str, Any]:
    """Return the top table of `file`.

    Raises:
        CourseError: `file` is absent or not TOML.
    """
    try:
        return msgspec.toml.decode(course_bytes(file), type=dict[str, Any])
    except (UnicodeDecodeError, msgspec.DecodeError) as error:
        raise CourseError(f"{file}: cannot be read as TOML ({error}); correct it") from None


def read_fields(file: Path, table: Any, kind: type[Struct], where: str = "") -> dict[str, Any]:
    """Return the value of every field of `kind`, defaults filled in.

    Args:
        file: the file of the table, for messages.
        table: what TOML made of it; anything but a table is refused.
        kind: has a field for every key that the table may have; one that is a struct is a table.
        where: the place of the table in its file, with a dot at its end: "limits.".

    Raises:
        CourseError: a key is unknown or missing, or a value breaks its rule.
    """
    if not isinstance(table, dict):
        raise wrong(file, where.rstrip("."), "a table", table)
    fields = {field.name: field for field in msgspec.structs.fields(kind)}
    for key in table:
        if key not in fields:
            known = did_you_mean(key, fields) or f"; known keys are {', '.join(fields)}"
            raise CourseError(f"{file}: unknown key {where + key!r}{known}")
    return {key: _value(file, table, field, where) for key, field in fields.items()}


def wrong(file: Path, key: str, rule: str, value: object, hint: str = "") -> CourseError:
    """Return the error for a `value` of `key` that is not what `rule` says it must be."""
    return CourseError(f"{file}: {key} must be {rule}, got {value!r}{hint}")


def _value(file: Path, table: dict[str, Any], field: FieldInfo, where: str) -> Any:
    key = where + field.name
    if isinstance(field.type, type) and issubclass(field.type, Struct):
        inner = read_fields(file, table.get(field.name, {}), field.type, f"{key}.")
        return field.type(**inner)
    if field.name in table:
        try:
            return msgspec.convert(table[field.name], field.type)
        except msgspec.ValidationError:
            raise wrong(file, key, _rule(field), table[field.name]) from None
    if field.required:
        raise CourseError(f"{file}: {key} is missing; it must be {_rule(field)}")
    return field.default if field.default is not NODEFAULT else field.default_factory()


def _rule(field: FieldInfo) -> str:
    """Return the words that follow "must be" in a message on this field."""
    notes = [note.description for note in get_args(field.type) if isinstance(note, Meta)]
    return next(note for note in notes if note)
