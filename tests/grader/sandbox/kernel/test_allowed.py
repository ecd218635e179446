"""The list of what a worker may open is the import policy: what is not on it must be missing."""

import os
import sys
import sysconfig
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.errors import SandboxError
from grader.sandbox.kernel import allowed
from grader.sandbox.kernel.allowed import allowed_paths

SITE = Path(sysconfig.get_path("purelib"))


def is_readable(path: Path, paths: tuple[str, ...]) -> bool:
    return any(path == Path(entry) or Path(entry) in path.parents for entry in paths)


@pytest.fixture(scope="module")
def for_numpy() -> tuple[str, ...]:
    return allowed_paths(["numpy"])


def test_paths_are_absolute_sorted_and_exist(for_numpy: tuple[str, ...]) -> None:
    assert list(for_numpy) == sorted(set(for_numpy))
    assert all(os.path.isabs(path) for path in for_numpy)
    missing = [path for path in for_numpy if not os.path.exists(path)]
    assert set(missing) <= {"/proc/cpuinfo", "/sys/devices/system/cpu", "/usr/share/zoneinfo"}


def test_no_folder_of_foreign_packages_is_readable(for_numpy: tuple[str, ...]) -> None:
    foreign = [Path(entry) for entry in sys.path if entry.endswith(("-packages", "-packages/"))]
    foreign += [Path(folder) / "site-packages" for folder in _library_folders()]
    assert foreign
    for folder in foreign:
        assert not is_readable(folder, for_numpy), folder
        for package in folder.iterdir() if folder.exists() else []:
            numpy_itself = package.name in ("numpy", "numpy.libs")
            assert numpy_itself or not is_readable(package, for_numpy), package


def _library_folders() -> set[str]:
    return {sysconfig.get_path(name) for name in ("stdlib", "platstdlib")}


def test_the_standard_library_is_readable_without_pip_and_screens(
    for_numpy: tuple[str, ...],
) -> None:
    for module in (os, __import__("json"), __import__("email")):
        assert is_readable(Path(module.__file__), for_numpy)
    library = Path(os.__file__).parent
    for name in ("ensurepip", "idlelib", "turtledemo"):
        assert not is_readable(library / name, for_numpy)


def test_the_grader_and_this_course_are_not_readable(for_numpy: tuple[str, ...]) -> None:
    assert not is_readable(Path(allowed.__file__), for_numpy)
    assert not is_readable(Path(__file__), for_numpy)


def test_numpy_brings_its_own_libraries_and_no_other_package(for_numpy: tuple[str, ...]) -> None:
    inside = {Path(path).name for path in for_numpy if Path(path).parent == SITE}
    assert inside <= {"numpy", "numpy.libs"}
    assert "numpy" in inside


def test_torch_brings_what_it_requires_without_extras() -> None:
    pytest.importorskip("torch")
    inside = {Path(path).name for path in allowed_paths(["torch"])}
    assert inside >= {"torch", "sympy", "mpmath", "networkx", "typing_extensions.py"}
    assert not inside & {"numpy", "yaml", "optree", "scipy", "grader", "pytest"}


def test_a_package_that_is_not_installed_is_an_error() -> None:
    with pytest.raises(SandboxError, match="package nosuchpackage is allowed, but not installed"):
        allowed_paths(["nosuchpackage"])


def test_a_module_of_the_standard_library_adds_nothing(for_numpy: tuple[str, ...]) -> None:
    assert allowed_paths(["numpy", "json", "sqlite3"]) == for_numpy


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A site-packages folder that can be imported from."""
    monkeypatch.syspath_prepend(tmp_path)
    return tmp_path


def install(site: Path, name: str, files: list[str], requires: tuple[str, ...] = ()) -> None:
    """Put a distribution into `site`, as pip would."""
    info = f"{name.replace('-', '_')}-1.0.dist-info"
    for file in files:
        (site / file).parent.mkdir(parents=True, exist_ok=True)
        (site / file).touch()
    (site / info).mkdir()
    lines = [f"Name: {name}", "Version: 1.0", *(f"Requires-Dist: {text}" for text in requires)]
    (site / info / "METADATA").write_text("\n".join(["Metadata-Version: 2.1", *lines]))
    (site / info / "RECORD").write_text(
        "\n".join(f"{file},," for file in [*files, f"{info}/RECORD"])
    )


def package_in(site: Path, name: str) -> set[str]:
    return {os.path.relpath(path, site) for path in allowed.package(name)}


def test_a_distribution_brings_its_packages_modules_and_libraries(site: Path) -> None:
    install(site, "Image-Tools", ["imt/__init__.py", "imt_helper.py", "image_tools.libs/a.so"])
    install(site, "other", ["other/__init__.py"])
    assert package_in(site, "imt") == {"imt", "imt_helper.py", "image_tools.libs"}


def test_requirements_are_followed_but_no_extras(site: Path) -> None:
    install(site, "first", ["first/__init__.py"], ("second >=1; python_version >= '3'", "gone"))
    install(site, "second", ["second.py"], ("Third.Part", "fourth; extra == 'more'", "first"))
    install(site, "third-part", ["third/__init__.py"])
    install(site, "fourth", ["fourth.py"])
    assert package_in(site, "first") == {"first", "second.py", "third"}


def test_a_shared_namespace_is_not_opened_whole(site: Path) -> None:
    install(site, "user", ["user.py"], ("space-one",))
    install(site, "space-one", ["space/one/__init__.py"])
    install(site, "space-two", ["space/two/__init__.py"])
    assert package_in(site, "user") == {"user.py", "space/one"}


def test_an_editable_install_is_found_where_it_lies(site: Path, tmp_path: Path) -> None:
    source = tmp_path / "checkout" / "src"
    install(site, "mine", ["__editable__.mine.pth"])
    (site / "__editable__.mine.pth").write_text(str(source))
    (source / "mine").mkdir(parents=True)
    (source / "mine" / "__init__.py").touch()
    sys.path.append(str(source))  # what the .pth file does at start
    try:
        assert package_in(site, "mine") == {"checkout/src/mine"}
    finally:
        sys.path.remove(str(source))


def test_a_locked_worker_imports_what_is_allowed_only(
    try_deeds: Callable[..., object],
) -> None:
    ends = try_deeds("isolated", "allowed")
    assert ends.locked["import lazily"] == "ok"
    forbidden = try_deeds("isolated", "forbidden")
    assert forbidden.unlocked["import an unlisted package"] == "ok"
    assert forbidden.locked["import an unlisted package"].startswith("ModuleNotFoundError")
