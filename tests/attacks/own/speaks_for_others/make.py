"""An archive that holds folders called like other students, one of several that are graded."""

import sys
import zipfile
from pathlib import Path

stub = "def softmax_loss(W, X, y, reg):\n    return 0.0, W\n"
with zipfile.ZipFile(Path(sys.argv[1], "solution.zip"), "w") as archive:
    for student in ("000-honest", "002-honest", "bob"):
        archive.writestr(f"{student}/solution.py", stub)
