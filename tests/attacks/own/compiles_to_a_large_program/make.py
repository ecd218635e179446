"""Ordinary code by its size, whose every line is sixteen KiB of a constant once it is compiled."""

import sys
from pathlib import Path

LINES = 7_000  # 110 MiB: what the compiler can take, and more than a program may be

lines = ["def softmax_loss(W, X, y, reg):"]
lines += [f" a = '{chr(0x10000 + n)}' * 4096" for n in range(LINES)]
lines += [" return 1 / 0  # to be seen if it runs", ""]
Path(sys.argv[1], "solution.py").write_text("\n".join(lines), encoding="utf-8")
