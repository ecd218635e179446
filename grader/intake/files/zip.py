"""The members of a .zip. Its directory is parsed by the standard library; nothing is extracted.

A member's bytes are inflated here and not by `zipfile`, so that a class of a thousand students
in one archive parses its directory once, and so that nothing but the two usual kinds of
compression is ever run.
"""

import os
import struct
import zipfile
import zlib
from functools import lru_cache, partial
from pathlib import Path
from typing import BinaryIO

from grader.intake.files.folder import kind_of, open_regular
from grader.intake.files.member import Member, split
from grader.intake.limits import CLASS_MEMBERS, MEMBERS, MIB, ZIP_BYTES
from grader.intake.unreadable import Unreadable
from grader.record.inert import inert

_ENTRY = b"PK\x01\x02"  # begins each entry of the directory
_ENCRYPTED = 0x1
_CHUNK = 64 * 1024
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


def zip_members(path: Path, part: str = "") -> list[Member]:
    """Return the files of the archive, or of one `part` of it: "alice/" or "alice.py"."""
    if not part and os.path.getsize(path) > ZIP_BYTES:
        raise Unreadable(
            f"{_name(path)}: larger than {ZIP_BYTES // MIB} MiB; hand in only the code"
        )
    entries = [
        (name, entry)
        for entry in _entries(path, CLASS_MEMBERS if part else MEMBERS)
        if (name := _name_within(part, _path(entry)))
    ]
    if len(entries) > MEMBERS:
        raise _too_many(path, MEMBERS)
    return [
        Member(split(name), kind_of(entry.external_attr >> 16), partial(_read, path, entry))
        for name, entry in entries
        if not name.endswith("/")
    ]


def zip_paths(path: Path) -> list[str]:
    """Return the path of every file in an archive that may hold a class."""
    paths = map(_path, _entries(path, CLASS_MEMBERS))
    return [entry_path for entry_path in paths if not entry_path.endswith("/")]


def _name_within(part: str, entry_path: str) -> str:
    """Return the path of an entry within `part`, or "" for one that does not belong to it."""
    if part.endswith("/") or not part:
        return entry_path[len(part) :] if entry_path.startswith(part) else ""
    return entry_path.rpartition("/")[2] if entry_path == part else ""


def _path(entry: zipfile.ZipInfo) -> str:
    return "/".join(split(entry.filename))  # of a folder: ends with "/"


def _entries(path: Path, most: int) -> tuple[zipfile.ZipInfo, ...]:
    with open_regular(path) as file:
        status = os.fstat(file.fileno())
        entries = _directory(path, status.st_ino, status.st_size, status.st_mtime_ns)
    if len(entries) > most:
        raise _too_many(path, most)
    return entries


@lru_cache(maxsize=2)  # keyed by what the file was when it was opened
def _directory(path: Path, inode: int, size: int, modified: int) -> tuple[zipfile.ZipInfo, ...]:
    with open_regular(path) as file:
        if _more_entries_than(file, CLASS_MEMBERS):  # before zipfile makes an object of each
            raise _too_many(path, CLASS_MEMBERS)
        try:
            with zipfile.ZipFile(file) as archive:
                return tuple(archive.infolist())
        except _DAMAGE as error:
            raise Unreadable(
                f"{_name(path)}: not a .zip archive, or a damaged one; make it again"
            ) from error


def _more_entries_than(file: BinaryIO, most: int) -> bool:
    """Count the marks of entries in the whole file: there cannot be more entries than that."""
    count, tail = 0, b""
    while chunk := file.read(MIB):
        count += (tail + chunk).count(_ENTRY)
        tail = chunk[1 - len(_ENTRY) :]
    file.seek(0)
    return count > most


def _read(path: Path, entry: zipfile.ZipInfo, most: int) -> bytes:
    name = inert(_path(entry), 80)
    if entry.flag_bits & _ENCRYPTED:
        raise Unreadable(f"{name}: encrypted; make the archive without a password")
    if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise Unreadable(f"{name}: compressed in an unusual way; make a plain .zip")
    damaged = Unreadable(f"{name}: damaged in the archive; make the archive again")
    try:
        with open_regular(path) as file:
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
    header = file.read(30)
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


def _name(path: Path) -> str:
    return inert(path.name, 80)


def _too_many(path: Path, most: int) -> Unreadable:
    return Unreadable(f"{_name(path)}: more than {most} files; hand in only the code")
