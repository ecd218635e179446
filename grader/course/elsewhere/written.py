"""Write the beginning of an assignment into the folder of a course."""

import keyword
import re
from pathlib import Path

from grader.course.elsewhere.draft import draft
from grader.course.elsewhere.pieces import Source
from grader.course.files import write_files
from grader.errors import UsageError


def write_draft(
    source: Source, origin: Path, course: Path, name: str | None = None
) -> tuple[Path, list[str]]:
    """Write the files of an assignment, and return its folder and what needs a person.

    Raises:
        UsageError: the name is none of Python, or the course has such an assignment.
        ReportError: nothing can be written there.
    """
    called = name or re.sub(r"\W+", "_", origin.stem).strip("_").lower()
    if not called.isidentifier() or keyword.iskeyword(called):
        raise UsageError(f"{called!r}: is no Python name, such as knn; name it with --name")
    made = draft(source, called, origin.name)
    for place in made.files:
        if (course / place).exists():
            raise UsageError(f"{course / place}: is there already; name another with --name")
    write_files(course, made.files)
    return course / "assignments" / called, made.open
