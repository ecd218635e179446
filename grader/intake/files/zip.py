"""The members of a .zip. Its directory is parsed by the standard library; nothing is extracted.

Runs in: the conductor.

A member's bytes are inflated here and not by `zipfile`, so that a class of a thousand students
in one archive parses its directory once, and so that nothing but the two usual kinds of
compression is ever run.
"""

import os
import re
import struct
import zipfile
import zlib
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime
from functools import partial
from itertools import pairwise
from typing import BinaryIO

from grader.intake.files.blob import Blob
from grader.intake.files.folder import kind_of
from grader.intake.files.member import Member, split
from grader.intake.limits import CLASS_MEMBERS, MIB
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

_ENTRY = b"PK\x01\x02"  # begins each entry of the directory
_ENCRYPTED = 0x1
_UTF_8 = 0x800
_UNICODE_PATH = re.compile(rb"up(..)\x01....", re.DOTALL)  # the extra field 0x7075, of Info-ZIP
_HEADER = 30  # bytes before a file's name, which stands before its data
_CHUNK = 64 * 1024
_NO_DATE = (1980, 1, 1, 0, 0, 0)  # what tools write that know none
# What zipfile is known to raise on damaged input; BadZipFile alone is not enough.
_DAMAGE = (
    zipfile.BadZipFile,
    NotImplementedError,
    EOFError,
    OSError,
    OverflowError,
    ValueError,
    struct.error,
)


def zip_members(blob: Blob) -> tuple[Member, ...]:
    """Return the files of the archive, and its folders with names that end in ""."""
    return tuple(
        Member(
            split(_name(entry)),
            kind_of(entry.external_attr >> 16),
            partial(_read, blob, entry),
            _date(entry),
        )
        for entry in _directory(blob)
    )


def _directory(blob: Blob) -> tuple[zipfile.ZipInfo, ...]:
    with blob.open() as file:
        if _more_entries_than(file, CLASS_MEMBERS):  # before zipfile makes an object of each
            raise Unreadable(
                f"{blob.shown}: more than {CLASS_MEMBERS} files; hand in only the code"
            )
        try:
            with zipfile.ZipFile(file) as archive:
                entries = tuple(archive.infolist())
        except _DAMAGE as error:
            raise Unreadable(
                f"{blob.shown}: not a .zip archive, or a damaged one; make it again"
            ) from error
    if _overlap(entries):
        raise Unreadable(f"{blob.shown}: its files lie over each other; make the archive again")
    return entries


def _overlap(entries: Sequence[zipfile.ZipInfo]) -> bool:
    """Tell whether the same bytes are several files: a small archive with very much in it."""
    in_order = sorted(entries, key=lambda entry: entry.header_offset)
    return any(
        one.header_offset + _HEADER + one.compress_size > other.header_offset
        for one, other in pairwise(in_order)
    )


def _more_entries_than(file: BinaryIO, most: int) -> bool:
    """Count the marks of entries in the whole file: there cannot be more entries than that."""
    count, tail = 0, b""
    while chunk := file.read(MIB):
        count += (tail + chunk).count(_ENTRY)
        tail = chunk[1 - len(_ENTRY) :]
    file.seek(0)
    return count > most


def _name(entry: zipfile.ZipInfo) -> str:
    """Return the name of an entry; a Mac writes UTF-8 and does not say so."""
    if entry.flag_bits & _UTF_8 or entry.filename.isascii():
        return entry.filename
    if match := _UNICODE_PATH.search(entry.extra):
        size = int.from_bytes(match[1], "little") - 5
        with suppress(UnicodeDecodeError):
            return entry.extra[match.end() : match.end() + size].decode()
    with suppress(UnicodeError):
        return entry.filename.encode("cp437").decode()
    return entry.filename


def _date(entry: zipfile.ZipInfo) -> datetime | None:
    if entry.date_time != _NO_DATE:
        with suppress(ValueError):
            return datetime(*entry.date_time)
    return None


def _read(blob: Blob, entry: zipfile.ZipInfo, most: int) -> bytes:
    name = inert("/".join(split(_name(entry))), 80)
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable(f"{name}: encrypted; make the archive without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(f"{name}: compressed in an unusual way; make a plain .zip")
    damaged = Unreadable(f"{name}: damaged in the archive; make the archive again")
    try:
        with blob.open() as file:
            _seek_to_data(file, entry)
            data = _inflate(file, entry, most)
    except (zlib.error, *_DAMAGE) as error:
        raise damaged from error
    if len(data) < most and zlib.crc32(data) != entry.CRC:
        raise damaged
    return data


def _seek_to_data(file: BinaryIO, entry: zipfile.ZipInfo) -> None:
    """Skip the member's own header, whose name and extra field may have other lengths."""
    file.seek(entry.header_offset)
    header = file.read(_HEADER)
    name_length, extra_length = struct.unpack("<HH", header[26:30])
    if not header.startswith(b"PK\x03\x04"):
        raise zipfile.BadZipFile
    file.seek(name_length + extra_length, os.SEEK_CUR)


def _inflate(file: BinaryIO, entry: zipfile.ZipInfo, most: int) -> bytes:
    if entry.compress_type == zipfile.ZIP_STORED:
        return file.read(min(entry.compress_size, most))
    inflater, data, left = zlib.decompressobj(-zlib.MAX_WBITS), bytearray(), entry.compress_size
    while len(data) < most and not inflater.eof:
        packed = file.read(min(left, _CHUNK))
        if not packed:
            raise EOFError
        left -= len(packed)
        data += inflater.decompress(packed, most - len(data))
    return bytes(data)
