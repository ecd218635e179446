"""Modules of 4 MiB of statements beside the submission: each takes seconds and gigabytes."""

import sys
from pathlib import Path

text = "a = 1\n" * 690_000 + "def softmax_loss(W, X, y, reg):\n    return 0.0, W\n"
for name in ("helpers", "more", "still_more", "most"):
    Path(sys.argv[1], f"{name}.py").write_text(text)
