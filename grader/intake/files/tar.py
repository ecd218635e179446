"""The members of a .tar or .tar.gz, unpacked in memory up to a limit; nothing is extracted.

Runs in: the conductor.

The headers are parsed here: `tarfile` takes quadratic time over a hostile extended header
(CVE-2024-6232) and never ends on a negative size (CVE-2025-8194) in Pythons still in use.
Format: POSIX.1-1988 ustar with GNU long names and the `path` of POSIX.1-2001 (pax).
"""

import re
import zlib
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from functools import partial

from grader.intake.files.blob import Blob
from grader.intake.files.member import Kind, Member, split
from grader.intake.limits import CLASS_MEMBERS, MIB, TOTAL_BYTES
from grader.intake.unreadable import Unreadable

_BLOCK = 512
_LONGEST_NAME = 4096
_GZIP = 16 + zlib.MAX_WBITS  # one member of it: millions of empty ones could follow
_PAX_PATH = re.compile(rb"(?:\A|\n)\d{1,5} path=([^\n]{1,4096})\n")  # of b"27 path=a/name.py\n"
_DIRECTORY = "5"
_EXTENSIONS = {"L", "K", "x", "g"}  # say something about the member that follows
_KINDS = {
    "0": Kind.FILE,
    "\0": Kind.FILE,
    "7": Kind.FILE,
    "1": Kind.HARD_LINK,
    "2": Kind.SYMBOLIC_LINK,
    "3": Kind.DEVICE,
    "4": Kind.DEVICE,
    "6": Kind.PIPE,
}
_NO_DATA = {"1", "2", "3", "4", _DIRECTORY, "6"}  # whatever their size field says


@dataclass(frozen=True)
class _Header:
    name: str
    kind: str
    start: int  # of the data
    size: int
    modified: bytes  # the field that holds seconds since 1970


class _Damaged(Exception):
    pass


def tar_members(blob: Blob) -> tuple[Member, ...]:
    """Return the files of the archive, and its folders with names that end in ""."""
    try:
        data = _unpacked(blob)
        headers = list(_headers(data))
    except (_Damaged, OSError, zlib.error) as error:
        raise Unreadable(
            f"{blob.shown}: not a .tar archive, or a damaged one; make it again"
        ) from error
    if len(headers) > CLASS_MEMBERS:
        raise Unreadable(f"{blob.shown}: more than {CLASS_MEMBERS} files; hand in only the code")
    return tuple(
        Member(
            split(header.name.rstrip("/") + "/" if header.kind == _DIRECTORY else header.name),
            _KINDS.get(header.kind, Kind.OTHER),
            partial(_read, data, header),
            _date(header),
        )
        for header in headers
    )


def _unpacked(blob: Blob) -> bytes:
    with blob.open() as file:
        data = file.read(TOTAL_BYTES + 1)
    if data.startswith(b"\x1f\x8b"):
        unpacker = zlib.decompressobj(_GZIP)
        data = unpacker.decompress(data, TOTAL_BYTES + 1)
        if not unpacker.eof and len(data) <= TOTAL_BYTES:
            raise _Damaged
    if len(data) > TOTAL_BYTES:
        raise Unreadable(
            f"{blob.shown}: unpacks to more than {TOTAL_BYTES // MIB} MiB; hand in only the code"
        )
    return data


def _date(header: _Header) -> datetime | None:
    with suppress(_Damaged, OverflowError, ValueError, OSError):
        seconds = _number(header.modified)
        return datetime.fromtimestamp(seconds, UTC) if seconds else None
    return None


def _read(data: bytes, header: _Header, most: int) -> bytes:
    return data[header.start : header.start + min(header.size, most)]


def _headers(data: bytes) -> Iterator[_Header]:
    """Yield at most one header more than a class may have."""
    offset, told_name, yielded = 0, "", 0
    while yielded <= CLASS_MEMBERS:
        block = data[offset : offset + _BLOCK]
        if offset and not block.strip(b"\0"):
            return
        header = _header(block, offset)
        end = header.start + (0 if header.kind in _NO_DATA else header.size)
        if end > len(data):
            raise _Damaged
        if header.kind in _EXTENSIONS:
            told_name = _told_name(header, data[header.start : end]) or told_name
        else:
            yield replace(header, name=told_name or header.name)
            told_name = ""
            yielded += 1
        offset = header.start + -(-(end - header.start) // _BLOCK) * _BLOCK


def _header(block: bytes, offset: int) -> _Header:
    if len(block) < _BLOCK or _number(block[148:156]) != _checksum(block):
        raise _Damaged
    name = _text(block[:100])
    if block[257:263] == b"ustar\0" and block[345] != 0:
        name = f"{_text(block[345:500])}/{name}"
    size = _number(block[124:136])
    return _Header(name, chr(block[156]), offset + _BLOCK, size, block[136:148])


def _checksum(block: bytes) -> int:
    return sum(block) - sum(block[148:156]) + 8 * ord(" ")


def _number(field: bytes) -> int:
    if field[0] & 0x80:  # GNU: binary, for what does not fit in octal digits
        if field[0] != 0x80:  # negative
            raise _Damaged
        return int.from_bytes(field[1:], "big")
    digits = field.split(b"\0")[0].strip()
    if not digits:
        return 0
    if not digits.isdigit():
        raise _Damaged
    try:
        return int(digits, 8)
    except ValueError as error:
        raise _Damaged from error


def _told_name(header: _Header, data: bytes) -> str:
    """Return the name that an extension gives to the member after it, or ""."""
    if header.kind == "L":
        return _text(data[:_LONGEST_NAME])
    record = _PAX_PATH.search(data) if header.kind == "x" else None
    return _text(record[1]) if record else ""


def _text(field: bytes) -> str:
    return field.split(b"\0")[0].decode("utf-8", "surrogateescape")
