"""Write what students receive, and the solutions that they do not.

    OUT/<name>/            <name>.py <name>.ipynb README.md assignment.toml public/ given/ data/
    OUT/solutions/<name>/  <name>.py <name>.ipynb

Everything is made before anything is written. A starter that exists and differs may hold a
student's work: it is only overwritten with `force`.
"""

import json
from collections.abc import Mapping
from pathlib import Path

import msgspec

from grader.course.assignment import MANIFEST, Assignment, handout_fields
from grader.course.course import Course
from grader.course.files import course_bytes, write_files
from grader.course.handed_out import handed_out, tree
from grader.course.readme import readme
from grader.course.stamp import Stamp, stamp
from grader.course.template import render
from grader.errors import UsageError


def write_handout(
    course: Course, assignment: Assignment, out: Path, *, force: bool = False
) -> Path:
    """Write the handout of an assignment and return its folder, OUT/<name>.

    Raises:
        CourseError: the assignment's files are wrong.
        UsageError: a starter exists and differs, or OUT would overwrite the course.
    """
    folder = out / assignment.name
    starters = _starters(assignment, solution=False)
    copied = tree(assignment.public_suite, "public") | handed_out(assignment)
    kept = {
        **{place: course_bytes(path) for place, path in copied.items()},
        **data_files(assignment),
    }
    rest = {
        "README.md": readme(assignment).encode(),
        MANIFEST: _manifest(assignment, stamp(kept)).encode(),
        **kept,
    }
    _require_outside(course, folder)
    _write(folder, starters, rest, force)
    return folder


def write_solutions(
    course: Course, assignment: Assignment, out: Path, *, force: bool = False
) -> Path:
    """Write the solution of an assignment and return its folder, OUT/solutions/<name>.

    Raises: as write_handout.
    """
    folder = out / "solutions" / assignment.name
    starters = _starters(assignment, solution=True)
    _require_outside(course, folder)
    _write(folder, starters, {}, force)
    return folder


def _starters(assignment: Assignment, *, solution: bool) -> dict[str, bytes]:
    from grader.course.notebook import notebook, written  # here: it is slow to import

    text = render(assignment, solution=solution)
    made = notebook(text, unsolved=() if solution else assignment.exercises)
    name = assignment.name
    return {f"{name}.py": text.encode(), f"{name}.ipynb": written(made).encode()}


def _manifest(assignment: Assignment, made: Stamp) -> str:
    """Return the assignment.toml of a handout; JSON strings, numbers and lists are TOML's too."""
    fields = handout_fields(assignment)
    del fields["handout"]
    limits = msgspec.structs.asdict(fields.pop("limits"))
    files = {json.dumps(name, ensure_ascii=False): digest for name, digest in made.files.items()}
    return "\n".join(
        [
            _lines(fields),
            f"[limits]\n{_lines(limits)}",
            f"[handout]\n{_lines({'grader': made.grader})}",
            f"[handout.files]\n{_lines(files)}",
        ]
    )


def _lines(table: Mapping[str, object]) -> str:
    return "".join(f"{key} = {_toml(value)}\n" for key, value in table.items())


def _toml(value: object) -> str:
    if isinstance(value, Mapping):
        pairs = (f"{json.dumps(key)} = {_toml(part)}" for key, part in value.items())
        return f"{{{', '.join(pairs)}}}"
    return json.dumps(value, ensure_ascii=False)


def data_files(assignment: Assignment) -> dict[str, bytes]:
    """Return the data of an assignment, and what lies beside it for its readers, by their places.

    Raises:
        CourseError: a file cannot be read.
    """
    files = [assignment.data_path(name) for name in assignment.data]
    beside = [assignment.data_dir / "README.md", *sorted(assignment.data_dir.glob("*.py"))]
    if files:
        files += [file for file in beside if file.is_file()]
    return {f"data/{file.name}": course_bytes(file) for file in files}


def _require_outside(course: Course, folder: Path) -> None:
    for kept in (course.assignments_dir, course.reference_dir):
        if folder.resolve().is_relative_to(kept.resolve()):
            raise UsageError(f"{folder}: lies inside the course's {kept.name}/; write elsewhere")


def _write(
    folder: Path, starters: Mapping[str, bytes], rest: Mapping[str, bytes], force: bool
) -> None:
    for name, content in starters.items():
        path = folder / name
        if path.exists() and path.read_bytes() != content and not force:
            raise UsageError(
                f"{path}: exists and differs, and may hold somebody's work; "
                "move it away, write elsewhere, or overwrite it with --force"
            )
    write_files(folder, {**starters, **rest})
