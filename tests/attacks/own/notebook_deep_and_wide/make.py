"""A notebook of JSON as deep and as wide as it takes to break a parser."""

import json
import sys
from pathlib import Path

cell = {"cell_type": "code", "source": "def softmax_loss(W, X, y, reg):\n    return 0.0, W\n"}
deep = "[" * 100_000 + "]" * 100_000
wide = "[" + ",".join(["{}"] * 500_000) + "]"
digits = "1" * 100_000
cells = json.dumps([cell] * 2000)
text = f'{{"cells": {cells}, "wide": {wide}, "digits": {digits}, "deep": {deep}}}'
Path(sys.argv[1], "solution.ipynb").write_text(text)
