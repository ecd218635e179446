"""What the systems of courses call the files and folders that students hand in.

Runs in: the conductor.

A convention is a row of the table below: a pattern for the name of a file or a folder. Its groups:

    name    the student's name, as the system writes it
    login   the student's name in the system, or `user`, its number for the student
    file    what the student called the file
    late    there if it was handed in late
    number  how often a file of this name was handed in before
    date    when it was handed in
    text    there if it is what was typed into the system, and no file of the student's

Where the formats are from:

    Canvas       instructure/canvas-lms lib/content_zipper.rb: get_filename, add_upload_submission
    Moodle       moodle/moodle mod/assign/locallib.php: download_submissions
    Blackboard   "Download assignments" of the help for instructors; kwurst/bb-file-cleanup, README
    Brightspace  "Download" of an assignment's submissions: user-folder - name - date - file
    Gradescope   "Export submissions": folders submission_N beside submission_metadata.yml
    Sakai        "Download all" of an assignment: Last, First(login)/Submission attachment(s)/
"""

import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

TIMESTAMP = "timestamp.txt"  # of nbgrader and Sakai
METADATA = "submission_metadata.yml"  # Gradescope: who handed in what
ATTACHMENTS = "Submission attachment(s)"  # Sakai: the folder of what a student attached


class Handle(NamedTuple):
    """What a system knows a student by."""

    kind: str  # a column of a roster: "name", "login", "canvas", "moodle", ...
    value: str


@dataclass(frozen=True)
class Hand:
    """What the name of a file or folder says about who handed it in."""

    system: str
    who: str  # equal for what one student handed in
    id: str  # what to call the submission
    name: str  # of the student; "" if the system does not say
    handles: tuple[Handle, ...]
    file: str  # what the student called the file; "" for a folder
    late: bool
    again: int | None  # how often a file of this name was handed in before
    date: str  # ISO 8601
    is_text: bool


@dataclass(frozen=True)
class _Convention:
    system: str
    pattern: re.Pattern[str]
    files: bool  # else folders
    date: Callable[[str], str] = lambda text: ""
    below: str = ""  # the folder must hold one of this name


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]


def _blackboard_date(text: str) -> str:
    return _iso(f"{text[:10]}T{text[11:].replace('-', ':')}")


def _brightspace_date(text: str) -> str:
    """Read "Jan 5, 2026 1200 PM", "January 5, 2026 930 AM" and "5 January, 2026 1330"."""
    words = re.findall(r"[^\W\d]+|\d+", text)
    numbers = [word for word in words if word.isdigit()]
    names = [word for word in words if not word.isdigit()]
    if len(numbers) != 3 or not names:
        return ""
    day, year, clock = map(int, numbers)
    hour, half = clock // 100, names[1].upper() if len(names) > 1 else ""
    if half in {"AM", "PM"}:
        hour = hour % 12 + (12 if half == "PM" else 0)
    with suppress(ValueError):
        month = _MONTHS.index(names[0][:3].lower()) + 1
        return datetime(year, month, day, hour, clock % 100).isoformat()
    return ""


def _iso(text: str) -> str:
    with suppress(ValueError):
        return datetime.fromisoformat(text).isoformat()
    return ""


_AGAIN = r"(?P<file>.+?)(?:-(?P<number>\d{1,3}))?(?P<ending>(?:\.tar)?\.[^.]+)?"
_IN_MOODLE = r"(?P<name>.+?)_(?P<user>\d+)_assignsubmission_(?:file|(?P<text>[a-z]+))"
_IN_BRIGHTSPACE = (
    r"(?P<user>\d+)-\d+ - (?:(?P<login>\S*\d\S*) - )?(?P<name>.+?)"
    r" - (?P<date>(?=[^-]*\b\d{4}\b)[^-]+?)"
)
_IN_CANVAS = r"(?P<name>\w+?)(?:_(?P<late>LATE))?_(?P<user>\d+)"

_CONVENTIONS = (
    _Convention("Canvas", re.compile(rf"{_IN_CANVAS}_\d+_{_AGAIN}"), files=True),
    _Convention("Canvas", re.compile(rf"{_IN_CANVAS}_(?P<text>text|link)\.html"), files=True),
    _Convention(
        "Canvas",
        re.compile(rf"(?:(?P<late>LATE)_)?(?P<login>anon_[A-Za-z0-9]+)_\d+_{_AGAIN}"),
        files=True,
    ),
    _Convention("Moodle", re.compile(rf"{_IN_MOODLE}_?"), files=False),
    _Convention("Moodle", re.compile(rf"{_IN_MOODLE}_(?P<file>.+)"), files=True),
    _Convention(
        "Blackboard",
        re.compile(
            r"(?P<assignment>.+_)?(?P<login>[^_]+)_attempt_(?P<date>\d{4}(?:-\d\d){5})"
            r"(?:_(?P<file>.+)|(?P<text>\.txt))"
        ),
        files=True,
        date=_blackboard_date,
    ),
    _Convention("Brightspace", re.compile(_IN_BRIGHTSPACE), files=False, date=_brightspace_date),
    _Convention(
        "Brightspace",
        re.compile(rf"{_IN_BRIGHTSPACE} - (?P<file>.+)"),
        files=True,
        date=_brightspace_date,
    ),
    _Convention("Gradescope", re.compile(r"submission_(?P<user>\d+)"), files=False),
    _Convention(
        "Sakai", re.compile(r"(?P<name>.+?) ?\((?P<login>[^()]+)\)"), files=False, below=ATTACHMENTS
    ),
)
_NUMBERED = re.compile(r"(?P<stem>.+?) ?\((?P<number>\d{1,3})\)(?P<ending>(?:\.tar)?\.[^.]+)")
_COPY = re.compile(
    r"(?:Copy of )*(?P<stem>.+?)(?:[ -]*copy ?\d*| - Copy(?: \(\d+\))?|[-_ ]\d{1,2})?"
    r"(?: ?\(\d{1,3}\))?(?P<ending>(?:\.tar)?\.[^.]+)",
    re.IGNORECASE,
)
_OF_JUPYTER = re.compile(r"-Copy\d+\.")
_TIMESTAMPS = (
    re.compile(r"(\d{4}-\d\d-\d\d \d\d:\d\d:\d\d)(?:\.\d+)? ?(UTC)?.*", re.DOTALL),  # nbgrader
    re.compile(r"(\d{8}\d{6})\d{3}\s*"),  # Sakai
)


def hand_of(name: str, *, is_file: bool, folders: frozenset[str] = frozenset()) -> Hand | None:
    """Return what a system of courses says by the name of a file or folder, if one made it.

    Args:
        folders: what a folder of this name holds.
    """
    for convention in _CONVENTIONS:
        match = convention.pattern.fullmatch(name) if convention.files == is_file else None
        if match and (not convention.below or convention.below in folders):
            return _hand(convention, match.groupdict(""))
    return None


def numbered(name: str) -> str:
    """Return "a.py" of "a (1).py", as browsers and Google Drive call files of one name; or ""."""
    match = _NUMBERED.fullmatch(name)
    return match["stem"] + match["ending"] if match else ""


def original(name: str) -> str:
    """Return "a.py" of "Copy of a (1).py", "a copy 2.py" and "a-2.py"; or "".

    Jupyter's own "a-Copy1.ipynb" is a student's, and no download.
    """
    match = None if _OF_JUPYTER.search(name) else _COPY.fullmatch(name)
    found = match["stem"] + match["ending"] if match else ""
    return "" if found == name else found


def time_in(text: str) -> str:
    """Return the time, as ISO 8601, that the file timestamp.txt of nbgrader or Sakai holds."""
    for pattern in _TIMESTAMPS:
        if match := pattern.fullmatch(text):
            zone = "+00:00" if match.lastindex == 2 else ""
            digits = re.sub(r"\D", "", match[1])
            return _iso(f"{digits[:8]}T{digits[8:]}{zone}")
    return ""


def _hand(convention: _Convention, groups: dict[str, str]) -> Hand:
    name, login, user = groups.get("name", ""), groups.get("login", ""), groups.get("user", "")
    system = convention.system
    number = groups.get("number", "")
    handles = (
        Handle(system.lower(), user),
        Handle("login", login),
        Handle("name", name),
    )
    return Hand(
        system=system,
        who=groups.get("assignment", "") + login or "_".join((name or "submission", user)),
        id=login or "_".join((name or "submission", user)),
        name=name or login,
        handles=tuple(handle for handle in handles if handle.value),
        file=groups.get("file", "") + groups.get("ending", ""),
        late=bool(groups.get("late")),
        again=int(number) if number else None,
        date=convention.date(groups.get("date", "")),
        is_text=bool(groups.get("text")),
    )
