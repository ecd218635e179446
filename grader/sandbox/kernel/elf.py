"""Which shared libraries extension modules need, found as the dynamic linker finds them.

Runs in: the warm worker. It reads the headers of ELF files and the linker's cache.
"""

import mmap
import os
import struct
from collections.abc import Iterable, Iterator
from pathlib import Path

_CACHE = "/etc/ld.so.cache"
_CACHE_MAGIC = b"glibc-ld.so.cache1.1"
_CACHE_HEADER, _CACHE_ENTRY = 48, struct.Struct("<iIIIQ")  # flags, name, path, version, hardware
_FOLDERS = ("/lib64", "/lib", "/usr/lib64", "/usr/lib", "/usr/local/lib")

_MAGIC = b"\x7fELF\x02\x01"  # 64 bit, little-endian
_SEGMENTS_AT, _SEGMENTS_COUNT_AT = 32, 56
_SEGMENT = struct.Struct("<I4xQQ8xQ16x")  # type, offset, address, size in the file
_LOADED, _DYNAMIC = 1, 2
_ENTRY = struct.Struct("<qQ")
_NEEDED, _STRINGS, _RPATH, _RUNPATH = 1, 5, 15, 29


class Libraries:
    """Finds libraries by name, as the dynamic linker does."""

    def __init__(self) -> None:
        self._cached = _linker_cache()

    def needed_by(self, paths: Iterable[str]) -> set[str]:
        """Return the libraries outside `paths` that files in them need, directly or not."""
        found = {_CACHE} if self._cached else set()
        left = [file for path in paths for file in _shared_objects(path)]
        seen = set(left)
        while left:
            names, folders = _linked(left.pop())
            new = self.named(names, folders) - seen
            found |= new
            seen |= new
            left += new
        return found

    def named(self, names: Iterable[str], folders: Iterable[str] = ()) -> set[str]:
        """Return where the libraries `names` are, if anywhere; `folders` are searched first."""
        return {path for name in names if (path := self._find(name, folders))}

    def _find(self, name: str, folders: Iterable[str]) -> str | None:
        places = [os.path.join(folder, name) for folder in folders]
        places += self._cached.get(name, [])
        places += [os.path.join(folder, name) for folder in _FOLDERS]
        return next((os.path.normpath(place) for place in places if os.path.exists(place)), None)


def _shared_objects(path: str) -> Iterator[str]:
    files = [path] if os.path.isfile(path) else []
    files += [os.path.join(top, name) for top, _, names in os.walk(path) for name in names]
    return (file for file in files if ".so" in os.path.basename(file))


def _linked(path: str) -> tuple[list[str], list[str]]:
    """Return the names of the libraries that a file needs, and the folders that it names."""
    with open(path, "rb") as file:
        if file.read(len(_MAGIC)) != _MAGIC:
            return [], []  # a linker script, or for another machine
        with mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as data:
            entries = _dynamic_entries(data)
            strings = next((value for tag, value in entries if tag == _STRINGS), 0)
            texts = [
                (tag, _text(data, strings + value))
                for tag, value in entries
                if tag in (_NEEDED, _RPATH, _RUNPATH)
            ]
    names = [text for tag, text in texts if tag == _NEEDED]
    folders = [folder for tag, text in texts if tag != _NEEDED for folder in text.split(":")]
    here = os.path.dirname(path)
    return names, [
        folder.replace("${ORIGIN}", here).replace("$ORIGIN", here) for folder in folders if folder
    ]


def _dynamic_entries(data: mmap.mmap) -> list[tuple[int, int]]:
    """Return the (tag, value) entries for the linker; an address becomes a place in the file."""
    (first,) = struct.unpack_from("<Q", data, _SEGMENTS_AT)
    (count,) = struct.unpack_from("<H", data, _SEGMENTS_COUNT_AT)
    size = count * _SEGMENT.size
    segments = list(_SEGMENT.iter_unpack(data[first : first + size]))
    entries: list[tuple[int, int]] = []
    for kind, start, _, length in segments:
        if kind == _DYNAMIC:
            entries += _ENTRY.iter_unpack(data[start : start + length])
    return [(tag, _place(segments, value) if tag == _STRINGS else value) for tag, value in entries]


def _place(segments: list[tuple[int, int, int, int]], address: int) -> int:
    """Return the place in the file of what is loaded at `address`."""
    for kind, start, loaded_at, length in segments:
        if kind == _LOADED and loaded_at <= address < loaded_at + length:
            return start + address - loaded_at
    return 0


def _linker_cache() -> dict[str, list[str]]:
    """Return name -> paths, the preferred first, of glibc's linker cache."""
    data = Path(_CACHE).read_bytes() if os.path.exists(_CACHE) else b""
    start = data.find(_CACHE_MAGIC)  # an older format can precede it
    if start < 0:
        return {}
    data = data[start:]
    (count,) = struct.unpack_from("<I", data, len(_CACHE_MAGIC))
    entries = data[_CACHE_HEADER : _CACHE_HEADER + count * _CACHE_ENTRY.size]
    cached: dict[str, list[str]] = {}
    for _, name, path, _, _ in _CACHE_ENTRY.iter_unpack(entries):
        cached.setdefault(_text(data, name), []).append(_text(data, path))
    return cached


def _text(data: bytes | mmap.mmap, start: int) -> str:
    return os.fsdecode(data[start : data.find(b"\0", start)])
