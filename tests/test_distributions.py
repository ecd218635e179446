"""What is built of this repository: an engine without answers, and the course by itself.

Both are built as for a release, each wheel from its source distribution. The engine is then
installed alone: in an environment that has what it asks for and nothing else, taken from ours.
"""

import os
import re
import shutil
import subprocess
import sys
import tarfile
import venv
import zipfile
from collections.abc import Callable, Iterator
from importlib.metadata import (
    Distribution,
    PathDistribution,
    distribution,
    packages_distributions,
)
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from grader.cli import EXTRAS

ROOT = Path(__file__).parents[1]
MOST_PACKAGES = 22  # of a student's install, and megabytes
MOST_MB = 100
COURSE = ("assignments", "reference")
pytestmark = [pytest.mark.processes, pytest.mark.slow]

Run = Callable[..., subprocess.CompletedProcess[str]]


@pytest.fixture(scope="module")
def built(tmp_path_factory) -> Path:
    """The folder of the four files that a release uploads."""
    out = tmp_path_factory.mktemp("dist")
    for project in (ROOT, ROOT / "course"):
        command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", out, project]
        done = subprocess.run(command, capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
    return out


@pytest.fixture(scope="module")
def engine(built) -> Path:
    (wheel,) = built.glob("nablagrade-*.whl")
    return wheel


@pytest.fixture(scope="module")
def course(built) -> Path:
    (wheel,) = built.glob("nablagrade_course-*.whl")
    return wheel


def names(path: Path) -> set[str]:
    """Return the files in a wheel or in a source distribution, without the latter's folder."""
    if path.suffix == ".whl":
        return set(zipfile.ZipFile(path).namelist())
    with tarfile.open(path) as archive:
        return {name.partition("/")[2] for name in archive.getnames()}


def answers(names: set[str]) -> set[str]:
    """Return the files that no student may have."""
    secret = re.compile(r"(^|/)(hidden|reference|assignments)/|mistakes\.toml$|\.j2$")
    return {name for name in names if secret.search(name)}


def files_of_the_course() -> set[str]:
    """Return what git knows of the course."""
    command = ["git", "-C", ROOT, "ls-files", "--", *COURSE]
    return set(subprocess.run(command, capture_output=True, text=True).stdout.split())


def metadata(wheel: Path) -> Distribution:
    (folder,) = {n.partition("/")[0] for n in names(wheel) if ".dist-info/" in n}
    return PathDistribution(zipfile.Path(wheel, f"{folder}/"))  # type: ignore[arg-type]


def needed(wheel: Path) -> dict[str, Distribution]:
    """Return the distributions that a wheel asks for, and what these ask for, as installed here."""
    found: dict[str, Distribution] = {}
    new = list(requirements(metadata(wheel), extra=""))
    while new:
        requirement = new.pop()
        if requirement.name not in found:
            found[requirement.name] = distribution(requirement.name)
            for extra in ("", *requirement.extras):
                new += requirements(found[requirement.name], extra)
    return found


def requirements(of: Distribution, extra: str) -> Iterator[Requirement]:
    for text in of.requires or ():
        requirement = Requirement(text)
        if requirement.marker is None or requirement.marker.evaluate({"extra": extra}):
            yield requirement


def megabytes(of: Distribution) -> float:
    files = (path.locate() for path in of.files or ())
    return sum(os.path.getsize(path) for path in files if os.path.isfile(path)) / 1e6


def test_the_engine_holds_no_answer_and_no_suite(built, engine):
    (source,) = built.glob("nablagrade-*.tar.gz")
    for path in (engine, source):
        assert answers(names(path)) == set()
        assert "grader/cli.py" in names(path)
    assert "grader/py.typed" in names(engine)


def test_the_course_holds_all_that_git_has_of_it(built, course):
    (source,) = built.glob("nablagrade_course-*.tar.gz")
    here = files_of_the_course()
    assert answers(here)
    assert here <= names(source)
    assert {f"nablagrade_course/{name}" for name in here} <= names(course)


def test_nothing_else_is_in_a_wheel(engine, course):
    for wheel, package in ((engine, "grader"), (course, "nablagrade_course")):
        around = {n.partition("/")[0] for n in names(wheel)} - {package}
        assert all(name.endswith(".dist-info") for name in around)
        assert not [name for name in names(wheel) if "__pycache__" in name]


def test_both_say_their_licence_and_have_one_version(engine, course):
    licence = (ROOT / "LICENSE").read_bytes()
    for wheel in (engine, course):
        (name,) = (name for name in names(wheel) if name.endswith("licenses/LICENSE"))
        assert zipfile.ZipFile(wheel).read(name) == licence
        assert metadata(wheel).metadata["License-Expression"] == "MIT"
    assert metadata(engine).version == metadata(course).version
    assert "nablagrade_course/assignments/data/README.md" in names(course)  # licences of the data


def test_nothing_but_its_command_line_keeps_users_from_newer_versions(engine, course):
    asked = [Requirement(t) for wheel in (engine, course) for t in metadata(wheel).requires or ()]
    assert {r.name for r in asked if any(s.operator != ">=" for s in r.specifier)} == {"typer"}


def test_a_students_install_is_small(engine):
    found = needed(engine)
    assert {"numpy", "pytest"} <= found.keys()
    assert not {"jupytext", "nbformat", "nablagrade-course", "torch"} & found.keys()
    assert len(found) + 1 <= MOST_PACKAGES, sorted(found)
    assert sum(map(megabytes, found.values())) <= MOST_MB


@pytest.fixture(scope="module")
def alone(engine, tmp_path_factory) -> Path:
    """The folder of packages of an environment with the engine and what it needs."""
    folder = tmp_path_factory.mktemp("alone")
    venv.create(folder, symlinks=True)
    (packages,) = folder.glob("**/site-packages")
    for found in needed(engine).values():
        for path in found.files or ():
            if ".." not in path.parts and "__pycache__" not in path.parts:
                (packages / path).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(path.locate(), packages / path)
    zipfile.ZipFile(engine).extractall(packages)
    return packages


@pytest.fixture
def installed(alone, tmp_path) -> Run:
    """Run `grader` of that environment."""

    def run(*words: str | Path) -> subprocess.CompletedProcess[str]:
        python = alone.parents[2] / "bin" / "python"
        command = [python, "-I", "-m", "grader.cli", *map(str, words)]
        environment = {**os.environ, "COLUMNS": "120"}
        return subprocess.run(
            command, cwd=tmp_path, env=environment, capture_output=True, text=True, timeout=120
        )

    return run


def test_the_engine_alone_says_what_it_can_do_and_which_it_is(installed, engine):
    assert installed("--help").returncode == 0
    assert installed("--version").stdout == f"nablagrade {metadata(engine).version}\n"


def test_the_engine_alone_checks_a_handout(installed, grader, tiny, right_text, tmp_path):
    assert grader("generate", "--course", tiny, "--out", tmp_path).returncode == 0
    (tmp_path / "tiny/tiny.py").write_text(right_text)
    done = installed("check", "tiny/tiny.py")
    assert "2 of 2 points" in done.stdout, done.stderr
    assert done.returncode == 0


@pytest.mark.parametrize(
    "words", [["demo"], ["generate", "linear", "--out", "out", "--solutions"], ["audit"]]
)
def test_the_engine_alone_has_no_answers_and_says_what_to_install(installed, tmp_path, words):
    done = installed(*words)
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.startswith("grader: no course here")
    assert 'pip install "nablagrade[course]"' in done.stderr
    assert list(tmp_path.iterdir()) == []


def test_the_engine_alone_begins_a_course_and_names_the_extras_of_the_rest(installed, tmp_path):
    assert installed("new", "mine").returncode == 0
    assert installed("audit", "--course", "mine").stdout.endswith("sound\n")
    graded = ["grade", "mine/reference/stats.py", "--assignment", "stats"]
    for words, library, extra in [
        (["generate"], "jupytext", "author"),
        (graded, "filelock", "grade"),
    ]:
        done = installed(*words, "--course", "mine", "--out", "out")
        assert (done.returncode, done.stdout) == (2, "")
        what = f'{library}, which is not installed; pip install "nablagrade[{extra}]"'
        assert done.stderr == f"grader: this takes {what}\n"
        assert not (tmp_path / "out").exists()


def test_every_library_of_an_extra_for_staff_is_known_by_its_extra(engine):
    asked = {
        extra: {r.name for r in requirements(metadata(engine), extra)} - needed(engine).keys()
        for extra in ("author", "grade")
    }
    distributed = packages_distributions()
    known = {distributed[module][0].lower(): extra for module, extra in EXTRAS.items()}
    assert {name: extra for extra, names in asked.items() for name in names} == known


def test_the_engine_finds_the_course_once_it_is_installed(installed, alone, course, tmp_path):
    zipfile.ZipFile(course).extractall(alone)
    done = installed("new", "mine", "--from", "linear")
    shutil.rmtree(alone / "nablagrade_course")
    assert done.returncode == 0, done.stderr
    copied = (tmp_path / "mine/assignments/linear/hidden/test_linear.py").read_bytes()
    assert copied == (ROOT / "assignments/linear/hidden/test_linear.py").read_bytes()
