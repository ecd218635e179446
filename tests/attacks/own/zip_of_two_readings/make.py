"""A .zip that holds the file twice, under names that readers tell apart differently, and links."""

import sys
import warnings
import zipfile
from pathlib import Path

stub = "def softmax_loss(W, X, y, reg):\n    return 0.0, W\n"
link = zipfile.ZipInfo("link/solution.py")
link.external_attr = 0o120777 << 16
names = (
    "solution.py",
    "solution.py",
    "./solution.py",
    "a/../solution.py",
    "/solution.py",
    "\\solution.py",
    "..\\solution.py",
    "C:solution.py",
    "SOLUTION.PY",
    "solution.py/",
)
with warnings.catch_warnings(), zipfile.ZipFile(Path(sys.argv[1], "solution.zip"), "w") as archive:
    warnings.simplefilter("ignore")
    for name in names:
        archive.writestr(name, stub)
    archive.writestr(link, "/etc/passwd")
