"""A small .tar.gz of half a million empty gzip members, each a turn of Python's loop."""

import gzip
import sys
from pathlib import Path

Path(sys.argv[1], "solution.tar.gz").write_bytes(gzip.compress(b"") * 500_000)
