"""What a system of courses writes beside the submissions about who handed them in, and when.

Runs in: the conductor.

    Gradescope   submission_metadata.yml: for each folder submission_N its :submitters:, each with
                 :name:, :sid: and :email:, and :created_at:
    Blackboard   <assignment>_<login>_attempt_<date>.txt: "Name: Ann Lee (alee)"

Of the first, only the lines that are needed are read: it may hold all that autograders printed.
"""

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime

from grader.intake.files.conventions import Handle
from grader.intake.files.layout import Unit
from grader.intake.files.place import Place, members_of
from grader.intake.limits import MIB
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

_LARGEST = 64 * MIB
_NAME = re.compile(r"\s*Name: (?P<name>.+?) \((?P<login>[^()]+)\)\s*")
_SUBMISSION = re.compile(r"(submission_\d+):\s*")
_CREATED = re.compile(r"  :created_at: (.+)")
_OF_SUBMITTER = re.compile(r"  (- |  ):(name|sid|email): ?(.*)")


@dataclass
class _Described:
    submitters: list[dict[str, str]] = field(default_factory=list)  # "name", "sid", "email"
    date: str = ""


def described(units: Sequence[Unit]) -> list[Unit]:
    """Return the submissions with what is written about them added."""
    of_all: dict[Place, dict[str, _Described]] = {}
    found: list[Unit] = []
    for unit in units:
        if unit.text is not None:
            unit = _named(unit, _text(unit.text, 4096))
        if unit.metadata is not None:
            if unit.metadata not in of_all:
                of_all[unit.metadata] = dict(_submissions(_text(unit.metadata, _LARGEST)))
            found += _of_gradescope(unit, of_all[unit.metadata].get(unit.source[-1]))
        else:
            found.append(unit)
    return found


def _text(place: Place, most: int) -> str:
    with suppress(Unreadable, OSError):
        for member in members_of(place):
            return member.read(most).decode("utf-8", "replace")
    return ""


def _named(unit: Unit, text: str) -> Unit:
    match = _NAME.match(text)
    if match is None:
        return unit
    handles = (*unit.handles, Handle("name", match["name"]), Handle("login", match["login"]))
    return replace(unit, student=match["name"], handles=handles)


def _of_gradescope(unit: Unit, told: _Described | None) -> Iterator[Unit]:
    """Yield what is known of a submission, for each of those who handed it in together."""
    submitters = [one for one in told.submitters if one] if told else []
    if told is None or not submitters:
        yield unit
        return
    together = " and ".join(filter(None, map(_shown, submitters)))
    notes = [inert(f"handed in together by {together}", 200)] if len(submitters) > 1 else []
    for one in submitters:
        kinds = (("sis", "sid"), ("email", "email"), ("name", "name"))
        yield replace(
            unit,
            id=one.get("sid") or one.get("email") or one["name"],
            student=one.get("name", ""),
            email=one.get("email", ""),
            handles=tuple(Handle(kind, one[key]) for kind, key in kinds if key in one),
            date=told.date or unit.date,
            notes=(*unit.notes, *notes),
        )


def _shown(submitter: dict[str, str]) -> str:
    return submitter.get("name") or next(iter(submitter.values()))


def _submissions(text: str) -> Iterator[tuple[str, _Described]]:
    """Yield the folder of each submission, and what the lines below its name say."""
    folder, found = "", _Described()
    for line in text.split("\n"):
        if match := _SUBMISSION.fullmatch(line):
            if folder:
                yield folder, found
            folder, found = match[1], _Described()
        elif match := _OF_SUBMITTER.fullmatch(line):
            if match[1] == "- " or not found.submitters:
                found.submitters.append({})
            if value := _scalar(match[3]):
                found.submitters[-1][match[2]] = value
        elif match := _CREATED.fullmatch(line):
            found.date = _time(_scalar(match[1]))
    if folder:
        yield folder, found


def _scalar(text: str) -> str:
    """Return a value of one line of YAML."""
    text = text.strip()
    if text.startswith('"'):
        with suppress(ValueError):
            return str(json.loads(text))
    if text.startswith("'") and text.endswith("'"):
        return text[1:-1].replace("''", "'")
    return "" if text in {"null", "~"} else text


def _time(text: str) -> str:
    """Return, as ISO 8601, a time like "2026-01-05 12:00:00.000000000 -08:00"."""
    match = re.fullmatch(r"([\d-]+)[ T]([\d:]+)(?:\.\d+)? ?(Z|[+-][\d:]+)?", text)
    with suppress(ValueError):
        return (
            datetime.fromisoformat(f"{match[1]}T{match[2]}{match[3] or ''}").isoformat()
            if match
            else ""
        )
    return ""
