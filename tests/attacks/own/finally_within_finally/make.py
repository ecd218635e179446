"""A thousand characters that compile to gigabytes: each `finally` is copied for each way out."""

import sys
from pathlib import Path

DEPTH = 20  # blocks within blocks, the most that Python takes

lines = ["def softmax_loss(W, X, y, reg):"]
for depth in range(1, DEPTH):
    indent = " " * depth
    lines += [f"{indent}try:", f"{indent} a{depth} = 1", f"{indent}finally:"]
lines += [" " * DEPTH + "return 0.0, W", ""]
Path(sys.argv[1], "solution.py").write_text("\n".join(lines))
