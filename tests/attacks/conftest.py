"""The scripts of this folder can be imported by its tests; what it holds of data is no test."""

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))
collect_ignore = ["corpus", "course", "own"]
