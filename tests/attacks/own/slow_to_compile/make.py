"""As much code as is read, in forms that take a compiler's time and memory."""

import sys
from pathlib import Path

lines = ["def softmax_loss(W, X, y, reg):", "    return 0.0, W"]
lines += [f"def f{n}(a{n}=lambda: [b for b in c if {'not ' * 150}b]): pass" for n in range(200)]
lines += ["softmax_loss.x = " + "+".join(["1"] * 3000) for _ in range(4)]
lines += ["softmax_loss.y = " + "(" * 150 + "1" + ",)" * 150 for _ in range(20)]
lines += ["def softmax_loss(W, X, y, reg):"]
lines += [f"    if W: x{n} = [y{n} for y{n} in (lambda: x{n})]" for n in range(3000)]
lines += ["    return 0.0, W"]
Path(sys.argv[1], "solution.py").write_text("\n".join(lines)[:250_000])
