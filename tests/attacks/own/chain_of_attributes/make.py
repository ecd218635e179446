"""An expression of thousands of attributes, which no recursive function can walk."""

import sys
from pathlib import Path

path = Path(sys.argv[1], "solution.py")
path.write_text(
    path.read_text() + "\n\ndef f(a):\n    return a" + ".a" * 2500 + "\n\n\nsoftmax_loss.f = f\n"
)
