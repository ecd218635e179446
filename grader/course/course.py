"""A course is a folder that holds reference/ and assignments/; find the one that is meant."""

import contextlib
import importlib.metadata
import importlib.util
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import grader
from grader.course.assignment import MANIFEST, Assignment, load_assignment
from grader.course.files import unreadable
from grader.errors import CourseError, UsageError, did_you_mean

_PACKAGE = "nablagrade_course"  # of the distribution with a course; it holds no code


@dataclass(frozen=True)
class Course:
    """A course on disk."""

    root: Path

    @property
    def reference_dir(self) -> Path:
        return self.root / "reference"

    @property
    def assignments_dir(self) -> Path:
        return self.root / "assignments"

    @property
    def data_dir(self) -> Path:
        return self.assignments_dir / "data"

    def assignment_names(self) -> list[str]:
        """Return the folders of assignments/ that hold an assignment.toml, by name."""
        try:
            folders = sorted(self.assignments_dir.iterdir())
            return [folder.name for folder in folders if (folder / MANIFEST).is_file()]
        except OSError as error:
            raise unreadable(error) from None

    def assignment(self, name: str) -> Assignment:
        """Load one assignment.

        Raises:
            UsageError: the course has no assignment of that name.
            CourseError: its files are wrong.
        """
        names = self.assignment_names()
        if name not in names:
            near = did_you_mean(name, names)
            known = ", ".join(names) or f"none yet; an assignment is a folder with {MANIFEST}"
            raise UsageError(
                f"{self.assignments_dir}: there is no assignment {name!r}{near} (there is: {known})"
                f"{_elsewhere(self.root, name)}"
            )
        return load_assignment(
            self.assignments_dir / name,
            reference_dir=self.reference_dir,
            data_dir=self.data_dir,
        )


def require_suites(assignment: Assignment) -> None:
    """Refuse an assignment without a suite: students or the grader would get no checks.

    Raises:
        CourseError: it has no public/ or no hidden/.
    """
    for suite in (assignment.public_suite, assignment.hidden_suite):
        if not suite.is_dir():
            file = f"test_{assignment.name}.py"
            raise CourseError(f"{suite}: there is no such folder; write its suite, {file}")


def require_installed(assignment: Assignment) -> None:
    """Refuse an assignment that needs a package which is not installed, before anything is run.

    Raises:
        CourseError: submissions may import a package that is not installed.
    """
    for name in assignment.imports:
        if importlib.util.find_spec(name) is None:
            raise CourseError(
                f"{assignment.manifest_path}: imports names {name!r}, {_why_not_found(name)}"
            )


def _why_not_found(name: str) -> str:
    """Say what is wrong with the name of a package that cannot be imported, and what to do."""
    holders = importlib.metadata.packages_distributions()
    imported = [
        package
        for package, distributions in holders.items()
        if not package.startswith("_") and name.lower() in map(str.lower, distributions)
    ]
    if imported:
        return f"which is imported as {' and '.join(sorted(imported))}; write that"
    near = did_you_mean(name, holders)
    return f"which is not installed{near or '; install it with pip, or correct the name'}"


def find_course(explicit: Path | None) -> Course:
    """Return the course named with --course, else the one that holds the current folder, else
    the one of the checkout that the grader runs from, else the one that is installed.

    Raises:
        UsageError: `explicit` is not a course, or there is none to be found.
    """
    if explicit is not None:
        missing = _missing(explicit)
        if missing:
            raise UsageError(
                f"--course {explicit}: there is no {' and no '.join(missing)} in it; "
                f"name a folder that holds assignments/ and reference/{_nearby(explicit)}"
            )
        return Course(explicit.resolve())
    here = Path.cwd()
    for root in (here, *here.parents, *_shipped()):
        if not _missing(root):
            return Course(root)
    raise UsageError(
        "no course here, and none is installed; go into a course's folder, name one with --course "
        'DIR, begin one with `grader new`, or get one with pip install "nablagrade[course]"'
    )


def _elsewhere(root: Path, name: str) -> str:
    """Say that an assignment was looked for in a course that is not around, or where it is."""
    here = Path.cwd()
    near = next((other for other in _courses_around(here) if _has(other, name)), None)
    if near is not None and near != root:
        return f"; did you mean --course {near}?"
    if root in (here, *here.parents):
        return ""
    return (
        "; no folder from here upwards is a course, so this one was taken: name yours by --course"
    )


def _nearby(folder: Path) -> str:
    near = next(_courses_around(folder), None)
    return f"; did you mean --course {near}?" if near else ""


def _courses_around(folder: Path) -> Iterator[Path]:
    """Yield the courses above a folder, in it, and beside it."""
    folder = folder.resolve()
    for root in (folder, *folder.parents):
        if not _missing(root):
            yield root
    for around in (folder, folder.parent):
        with contextlib.suppress(OSError):
            yield from (root for root in sorted(around.iterdir()) if not _missing(root))


def _has(root: Path, name: str) -> bool:
    return (root / "assignments" / name / MANIFEST).is_file()


def _missing(root: Path) -> list[str]:
    return [f"{name}/" for name in ("assignments", "reference") if not (root / name).is_dir()]


def _shipped() -> Iterator[Path]:
    """Yield the folder around the package, which is a course in a checkout, and the installed."""
    yield Path(grader.__file__).parents[1]
    found = importlib.util.find_spec(_PACKAGE)
    if found is not None and found.origin is not None:
        yield Path(found.origin).parent
