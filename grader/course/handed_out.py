"""The files that students get to read beside the starter: `given/` and `data/`.

A worker finds them at the same places as a student does, and no other file of the course.
"""

from pathlib import Path

from grader.course.assignment import Assignment
from grader.course.files import files_below, unreadable
from grader.errors import CourseError

MOST_MB = 256  # of all files together; each run of the grader makes a copy for its workers
_MIB = 1 << 20


def handed_out(assignment: Assignment) -> dict[str, Path]:
    """Return each file by its place: "given/layers.py", "data/digits.npz".

    Raises:
        CourseError: a file is missing, or together they are too large for workers.
    """
    files = {
        **tree(assignment.given_dir, "given"),
        **{f"data/{path.name}": path for path in map(assignment.data_path, assignment.data)},
    }
    try:
        sizes = {place: path.stat().st_size for place, path in files.items()}
    except OSError as error:
        raise unreadable(error) from None
    total = sum(sizes.values())
    if total > MOST_MB * _MIB:
        largest = max(sizes, key=lambda place: sizes[place])
        raise CourseError(
            f"{files[largest]}: has {sizes[largest] / _MIB:.0f} MiB, and given/ and data/ of an "
            f"assignment {total / _MIB:.0f} MiB; together they may have {MOST_MB}, since every "
            "run copies them for its workers: hand out less"
        )
    return files


def tree(root: Path, name: str) -> dict[str, Path]:
    """Return every file under `root` by its place in a handout; none if there is no `root`."""
    files = {}
    for path in files_below(root):
        parts = path.relative_to(root).parts
        if not any(part == "__pycache__" or part.startswith(".") for part in parts):
            files["/".join((name, *parts))] = path
    return files
