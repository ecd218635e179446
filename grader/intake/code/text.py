"""Turn the bytes of a Python file into text, as Python itself would, with fewer encodings.

Runs in: the conductor and the judge.
"""

import re

from grader.intake.code.strange import not_code
from grader.intake.unreadable import Unreadable

_COOKIE = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)")  # PEP 263
_ENCODINGS = {
    "ascii",
    "cp1252",
    "iso-8859-1",
    "iso-8859-15",
    "latin-1",
    "latin1",
    "us-ascii",
    "windows-1252",
}


def decode(data: bytes, name: str) -> str:
    """Return UTF-8 text, or text in the encoding that the file declares; lines end in "\\n".

    Raises:
        Unreadable: the bytes are neither, or not what a student wrote.
    """
    if what := not_code(data):
        raise Unreadable(f"{name}: not a file of code; {what}")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        text = _decode_as_declared(data, name, error)
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _decode_as_declared(data: bytes, name: str, error: UnicodeDecodeError) -> str:
    encoding = _declared(data)
    try:
        if encoding in _ENCODINGS:
            return data.decode(encoding)
    except UnicodeDecodeError:
        pass
    line = error.object.count(b"\n", 0, error.start) + 1
    raise Unreadable(
        f"{name}: not UTF-8 text (byte 0x{error.object[error.start]:02x} at line {line});"
        " save it as UTF-8"
    ) from error


def _declared(data: bytes) -> str:
    for line in data.split(b"\n", 2)[:2]:
        if cookie := _COOKIE.match(line):
            return cookie[1].decode("ascii", "replace").lower().replace("_", "-")
    return ""
