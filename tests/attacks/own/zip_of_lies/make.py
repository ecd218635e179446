"""A .zip whose directory lies of sizes and places, in 64 bits, and of a password."""

import struct
import sys
import zlib
from pathlib import Path

STUB = b"def softmax_loss(W, X, y, reg):\n    return 0.0, W\n"
NAME = b"solution.py"
BIG = 0xFFFFFFFF


def local(flags):
    sizes = (zlib.crc32(STUB), len(STUB), len(STUB), len(NAME), 0)
    return struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 45, flags, 0, 0, 0, *sizes) + NAME + STUB


def entry(flags, real, packed, place, extra, name=NAME, attributes=0):
    head = (b"PK\1\2", 45, 45, flags, 0, 0, 0, zlib.crc32(STUB), packed, real, len(name))
    tail = (len(extra), 0, 0, 0, attributes, place)
    return struct.pack("<4sHHHHHHIIIHHHHHII", *head, *tail) + name + extra


wide = struct.pack("<HHQQQ", 1, 24, 1 << 62, 1 << 62, 1 << 62)  # sizes and place in 64 bits
short = struct.pack("<HH", 1, 0xFFFF)  # an extra field that ends after the archive
body = local(0) + local(1)
directory = b"".join(
    [
        entry(0, BIG, BIG, BIG, wide),
        entry(1, len(STUB), len(STUB), len(local(0)), b"", b"a/solution.py"),
        entry(0, BIG - 1, BIG - 1, 0, b"", b"b/solution.py"),
        entry(0, len(STUB), len(STUB), BIG - 1, b"", b"c/solution.py"),
        entry(0x800, 1, 0, 0, b"", b"\xff\xfe/solution.py"),
    ]
)
end64 = struct.pack(
    "<4sQHHIIQQQQ", b"PK\6\6", 44, 45, 45, 0, 0, 5, 5, len(directory), len(body)
)
end64 += struct.pack("<4sIQI", b"PK\6\7", 0, len(body) + len(directory), 1)
end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 0xFFFF, 0xFFFF, BIG, BIG, 0)
Path(sys.argv[1], "solution.zip").write_bytes(body + directory + end64 + end)
