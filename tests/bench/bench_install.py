"""How much an install brings: packages and MB, besides pip, in a fresh environment for each.

python tests/bench/bench_install.py            # what students get, and each extra but torch
python tests/bench/bench_install.py torch      # this extra
"""

import importlib.metadata
import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).parents[2]
USUAL = ("", "plots", "author", "grade")
OURS = {"pip", "setuptools"}  # what an environment begins with


def installed(extra: str, folder: Path) -> tuple[int, float, str]:
    """Return the packages that an install brings, their MB on disk, and the largest of them."""
    venv.create(folder, with_pip=True)
    python = folder / ("Scripts" if sys.platform == "win32" else "bin") / "python"
    what = f"{ROOT}[{extra}]" if extra else str(ROOT)
    subprocess.run([python, "-m", "pip", "install", "--quiet", what], check=True)
    (packages,) = folder.glob("**/site-packages")
    sizes = {
        found.name: sum(_size(found.locate_file(path)) for path in found.files or ())
        for found in importlib.metadata.distributions(path=[str(packages)])
        if found.name.lower() not in OURS
    }
    largest = max(sizes, key=sizes.__getitem__)
    return len(sizes), sum(sizes.values()), f"{largest} {sizes[largest]:.0f}"


def _size(path: object) -> float:
    """Return the MB of a file; 0 for one that is not there, as a script of the environment."""
    file = Path(str(path))
    return file.stat().st_size / 1e6 if file.is_file() else 0.0


def main() -> None:
    print(f"{'nablagrade':20}{'packages':>9}{'MB':>7}   the largest")
    for extra in sys.argv[1:] or USUAL:
        with tempfile.TemporaryDirectory() as folder:
            count, size, largest = installed(extra, Path(folder))
        print(f"{f'[{extra}]' if extra else 'alone':20}{count:9}{size:7.0f}   {largest}")


if __name__ == "__main__":
    main()
