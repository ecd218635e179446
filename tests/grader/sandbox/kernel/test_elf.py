"""The libraries that are found are those that the dynamic linker loads."""

import shutil
import subprocess
import sysconfig
from pathlib import Path

import numpy as np
import pytest

from grader.sandbox.kernel.elf import Libraries

EXTENSIONS = Path(sysconfig.get_config_var("DESTSHARED"))


def linked_by_the_system(path: Path) -> set[str]:
    """Return the paths that ldd prints for a shared object."""
    if not shutil.which("ldd"):
        pytest.skip("ldd is not installed")
    text = subprocess.run(["ldd", path], capture_output=True, text=True, check=True).stdout
    return {words[2] for line in text.splitlines() if len(words := line.split()) > 2}


@pytest.mark.parametrize("pattern", ["_ctypes.*.so", "_sqlite3.*.so", "_hashlib.*.so"])
def test_an_extension_module_needs_what_ldd_says(pattern: str) -> None:
    modules = list(EXTENSIONS.glob(pattern))
    if not modules:
        pytest.skip(f"{pattern} is built into this interpreter")
    found = {Path(path).resolve() for path in Libraries().needed_by([str(modules[0])])}
    assert found >= {Path(path).resolve() for path in linked_by_the_system(modules[0])}


def test_libraries_inside_the_folder_are_not_named_again() -> None:
    package = Path(np.__file__).parent
    bundled = package.with_name("numpy.libs")
    folders = [str(path) for path in (package, bundled) if path.exists()]
    found = Libraries().needed_by(folders)
    assert any(Path(path).name.startswith("libm.so") for path in found)
    assert not any(path.startswith(tuple(folders)) for path in found)


def test_other_files_and_unknown_names_need_nothing(tmp_path: Path) -> None:
    (tmp_path / "text.so").write_text("INPUT(-lncurses)")
    (tmp_path / "empty.so").touch()
    found = Libraries().needed_by([str(tmp_path), str(tmp_path / "missing")])
    assert found <= {"/etc/ld.so.cache"}
    assert Libraries().named(["libnobodyhasthis.so.9"]) == set()
