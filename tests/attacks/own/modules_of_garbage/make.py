"""Modules of 60 MiB that are not UTF-8, three times as large once each byte is replaced."""

import sys
from pathlib import Path

for n in range(15):
    Path(sys.argv[1], f"garbage{n}.py").write_bytes(b"\xff" * (4 << 20))
