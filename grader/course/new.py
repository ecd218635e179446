"""Begin a course: with one small assignment, or with a copy of one that exists."""

import keyword
from pathlib import Path

from grader.course.assignment import Assignment
from grader.course.course import require_suites
from grader.course.files import course_bytes, files_below, write_files
from grader.course.first import NAME, first_course
from grader.course.handout import data_files
from grader.errors import UsageError

_DATA = "data"  # the folder of assignments/ that holds no assignment


def new_course(out: Path, original: Assignment | None = None, name: str | None = None) -> str:
    """Write a course with one assignment to the folder `out`, and return the assignment's name.

    Args:
        out: a folder that is empty, or does not exist yet.
        original: an assignment to copy; without it, a small one is written.
        name: what the assignment is called; without it, as the one that is copied.

    Raises:
        UsageError: `out` is not empty, or `name` cannot be that of an assignment.
        CourseError: the files of `original` are wrong.
        ReportError: nothing can be written there.
    """
    _require_empty(out)
    usual = original.name if original else NAME
    called = usual if name is None else name
    _require_name(called)
    write_files(out, _copied(original, called) if original else first_course(called))
    return called


def _require_empty(out: Path) -> None:
    if out.exists() and not out.is_dir():
        raise UsageError(f"{out}: is a file; name a new folder")
    if out.exists() and any(out.iterdir()):
        raise UsageError(f"{out}: is not empty; name a new folder, so that nothing is lost")


def _require_name(name: str) -> None:
    if not name.isidentifier() or keyword.iskeyword(name):
        raise UsageError(f"--name {name}: must be a Python name, such as {NAME}")
    if name == _DATA:
        raise UsageError(f"--name {name}: assignments/{name} holds data files; take another name")


def _copied(original: Assignment, name: str) -> dict[str, bytes]:
    """Return the files of a course that holds a copy of one assignment, by their paths."""
    require_suites(original)
    assert original.reference_path is not None, "a handout holds no reference"
    files = {f"reference/{name}.py": course_bytes(original.reference_path)}
    for path in files_below(original.root):
        place = path.relative_to(original.root)
        if not any(part == "__pycache__" or part.startswith(".") for part in place.parts):
            renamed = place.with_name(_renamed(place.name, original.name, name))
            files[f"assignments/{name}/{renamed.as_posix()}"] = course_bytes(path)
    data = data_files(original)
    return files | {f"assignments/{place}": content for place, content in data.items()}


def _renamed(file: str, old: str, new: str) -> str:
    """Return the name of a file that is called after its assignment; others stay as they are."""
    return {f"{old}.py.j2": f"{new}.py.j2", f"test_{old}.py": f"test_{new}.py"}.get(file, file)
