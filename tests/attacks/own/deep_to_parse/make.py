"""Expressions and blocks nested until a parser or compiler written in C gives up."""

import sys
from pathlib import Path

forms = {
    "deep": "x = " + "(" * 90_000,
    "signs": "x = " + "-" * 90_000 + "1",
    "attributes": "x = a" + ".a" * 60_000,
    "calls": "x = a" + "()" * 60_000,
    "sums": "x = " + "1+" * 60_000 + "1",
    "nots": "x = " + "not " * 40_000 + "1",
    "powers": "x = " + "1**" * 50_000 + "1",
    "lambdas": "x = " + "lambda:" * 30_000 + "1",
    "elifs": "if a: pass\n" + "elif a: pass\n" * 20_000,
    "strings": "x = f'" + "{a}" * 30_000 + "'",
    "blocks": "\n".join(" " * n + "if a:" for n in range(300)) + "\n" + " " * 300 + "pass",
    "decorators": "@a\n" * 30_000 + "def f(): pass",
}
folder = Path(sys.argv[1])
for name, text in forms.items():
    (folder / f"{name}.py").write_text(text + "\n")
code = "\n".join(text for name, text in forms.items() if name not in ("deep", "blocks", "strings"))
(folder / "solution.py").write_text(
    (folder / "solution.py").read_text()
    + "softmax_loss.x = "
    + "-" * 50_000
    + "1\n"
    + "softmax_loss.y = a"
    + ".a" * 50_000
    + "\n"
    + "softmax_loss.z = "
    + "1+" * 30_000
    + "1\n"
)
