"""What a worker may open so that it can import the allowed packages, and nothing beside them.

Runs in: the warm worker.

This list is the import policy: a package that is not on it cannot be imported, whatever the
student writes. An allowed package brings along the distributions that it requires (torch needs
sympy and networkx, lazily), without extras. Single entries of the standard library are listed,
since its folder can hold site-packages; shared libraries are the ones that the extension
modules name, and those that these name in turn. Paths are as Python uses them: links stay links.
"""

import csv
import os
import re
import sys
import sysconfig
from collections.abc import Iterable
from importlib import metadata
from importlib.util import find_spec
from pathlib import Path

from grader.errors import SandboxError
from grader.sandbox.kernel.elf import Libraries

# Folders of other packages, and parts of the standard library that install some or need a screen.
_NOT_STANDARD = {"site-packages", "dist-packages", "ensurepip", "idlelib", "tkinter", "turtledemo"}
_NO_PACKAGE = (".egg-info", ".pth", ".data")
_METADATA = ("METADATA", "entry_points.txt", "top_level.txt")  # names and versions, no addresses
_PROCESSOR = ("/proc/cpuinfo", "/sys/devices/system/cpu")  # torch chooses its kernels by these
_TIME_ZONES = ("/usr/share/zoneinfo",)  # zoneinfo reads them; they are the same for everybody
_LOCALES = ("/usr/lib/locale",)  # for locale.setlocale(LC_ALL, "")
_LOADED_LATE = ("libgcc_s.so.1",)  # glibc loads it when a thread ends early


def allowed_paths(packages: Iterable[str]) -> tuple[str, ...]:
    """Return the sorted absolute paths that importing `packages` needs.

    Args:
        packages: top-level names as in `import name`; they may be the standard library's.

    Raises:
        SandboxError: a package is not installed.
    """
    found = standard_library()
    for name in packages:
        found |= package(name)
    libraries = Libraries()
    found |= libraries.needed_by(found) | libraries.named(_LOADED_LATE)
    return tuple(sorted(found.union(_PROCESSOR, _TIME_ZONES, _LOCALES)))


def standard_library() -> set[str]:
    """Return each entry of the running interpreter's library folders."""
    found = set()
    for folder in {sysconfig.get_path("stdlib"), os.path.dirname(os.__file__), *_extensions()}:
        for entry in Path(folder).iterdir():
            if entry.name not in _NOT_STANDARD:
                found.add(str(entry))
    return found


def package(name: str) -> set[str]:
    """Return where the package `name` lies, and the distributions that it requires."""
    if name in sys.stdlib_module_names:
        return set()
    found = _module(name)
    if not found:
        raise SandboxError(f"package {name} is allowed, but not installed; install it")
    for distribution in distributions([name]).values():
        found |= _entries(distribution)
    return {os.path.abspath(path) for path in found}


def distributions(packages: Iterable[str]) -> dict[str, metadata.Distribution]:
    """Return the distributions of `packages`, and those that they require, by normal names."""
    return _with_requirements(found for name in packages for found in _distributions_of(name))


def _distributions_of(name: str) -> list[str]:
    """Return the distributions that hold the package `name`; most are named after their package."""
    try:
        metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return metadata.packages_distributions().get(name, [])
    return [name]


def _extensions() -> list[str]:
    """Return the folder of the standard library's extension modules, if it is known."""
    folder = sysconfig.get_config_var("DESTSHARED")
    return [folder] if folder and os.path.isdir(folder) else []


def _with_requirements(names: Iterable[str]) -> dict[str, metadata.Distribution]:
    """Return the installed distributions `names` and all that they require without extras."""
    found: dict[str, metadata.Distribution] = {}
    left = list(names)
    while left:
        name = normal(left.pop())
        if name in found:
            continue
        try:
            found[name] = metadata.distribution(name)
        except metadata.PackageNotFoundError:
            continue  # not required on this platform
        left += _required(found[name])
    return found


def normal(name: str) -> str:
    """Return the one name of a distribution for all its spellings."""
    return re.sub(r"[-_.]+", "-", name).lower()


def _required(distribution: metadata.Distribution) -> list[str]:
    names = []
    for requirement in distribution.requires or []:
        name = re.match(r"[\w.-]+", requirement)
        if name and not re.search(r"\bextra\s*==", requirement):
            names.append(name[0])
    return names


def _entries(distribution: metadata.Distribution) -> set[str]:
    """Return what a distribution put into site-packages: packages, modules, `<name>.libs`."""
    record = distribution.read_text("RECORD")  # as text, because torch has 20,000 files
    if record is None:  # it was installed by the system's package manager, which has its own list
        names = (distribution.read_text("top_level.txt") or "").split()
        return set().union(*map(_module, names))
    base = str(distribution.locate_file(""))
    starts = {tuple(row[0].split("/")[:2]) for row in csv.reader(record.splitlines()) if row}
    return {
        _own_part(base, start)
        for start in starts
        if start[0] not in ("..", "__pycache__") and not start[0].endswith(_NO_PACKAGE)
        if not start[0].endswith(".dist-info") or (start[1:] and start[1] in _METADATA)
    }


def _own_part(base: str, start: tuple[str, ...]) -> str:
    """Return the package or file in `base`; for a namespace, which others share, only its part."""
    top = os.path.join(base, start[0])
    if top.endswith(".libs") or os.path.exists(os.path.join(top, "__init__.py")):
        return top
    return os.path.join(base, *start)


def _module(name: str) -> set[str]:
    """Return the folders or the file of the module `name`, if it is installed."""
    spec = find_spec(name)
    if spec is None:
        return set()
    return set(spec.submodule_search_locations or []) or {str(spec.origin)}
