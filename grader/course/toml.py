"""Read the TOML files of a course: every key known, present and of the right kind.

Each message names the file, the key, the rule and the value.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import msgspec

from grader.errors import CourseError, did_you_mean

REQUIRED = object()


@dataclass(frozen=True)
class Field:
    """One key of a table: its type as msgspec checks it, and the rule as a sentence says it."""

    type: Any
    rule: str  # the words that follow "must be" in a message
    default: Any = REQUIRED


def read_toml(file: Path) -> dict[str, Any]:
    """Return the top table of `file`.

    Raises:
        CourseError: `file` is absent or not TOML.
    """
    try:
        return msgspec.toml.decode(file.read_bytes(), type=dict[str, Any])
    except FileNotFoundError:
        raise CourseError(f"{file}: there is no such file; write one") from None
    except (OSError, UnicodeDecodeError, msgspec.DecodeError) as error:
        raise CourseError(f"{file}: cannot be read as TOML ({error}); correct it") from None


def read_fields(
    file: Path, table: Any, fields: Mapping[str, Field], where: str = ""
) -> dict[str, Any]:
    """Return the value of every field, defaults filled in.

    Args:
        file: Where the table stands, for messages.
        table: What TOML made of it; anything but a table is refused.
        fields: Every key the table may have.
        where: Path of the table in its file, with its trailing dot: "limits.".

    Raises:
        CourseError: a key is unknown or missing, or a value breaks its rule.
    """
    if not isinstance(table, dict):
        raise wrong(file, where.rstrip("."), "a table", table)
    for key in table:
        if key not in fields:
            known = did_you_mean(key, fields) or f"; known keys are {', '.join(fields)}"
            raise CourseError(f"{file}: unknown key {where + key!r}{known}")
    return {key: _value(file, table, key, field, where) for key, field in fields.items()}


def wrong(file: Path, key: str, rule: str, value: object, hint: str = "") -> CourseError:
    """Return the error for a `value` of `key` that is not what `rule` says it must be."""
    return CourseError(f"{file}: {key} must be {rule}, got {value!r}{hint}")


def _value(file: Path, table: dict[str, Any], key: str, field: Field, where: str) -> Any:
    if key not in table:
        if field.default is REQUIRED:
            raise CourseError(f"{file}: {where + key} is missing; it must be {field.rule}")
        return field.default
    try:
        return msgspec.convert(table[key], field.type)
    except msgspec.ValidationError:
        raise wrong(file, where + key, field.rule, table[key]) from None
