"""Hundreds of kilobytes of cells of which no line parses: repairing could take for ever."""

import json
import sys
from pathlib import Path

source = "\n".join(["x = (", "def f(:", 3 * chr(39), "  y = ]", "@"] * 9000)
cells = [{"cell_type": "code", "source": part} for part in (source, "%%time\n" + source[:60_000])]
Path(sys.argv[1], "solution.ipynb").write_text(json.dumps({"cells": cells}))
