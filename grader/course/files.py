"""Read and write files of a course; one that cannot be read is a mistake in it, and named."""

import os
from collections.abc import Mapping
from pathlib import Path

from grader.errors import CourseError, ReportError


def course_bytes(path: Path) -> bytes:
    """Return what is in a file of a course.

    Raises:
        CourseError: there is no such file, or it cannot be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise unreadable(error) from None


def course_text(path: Path) -> str:
    """Return the text of a file of a course.

    Raises:
        CourseError: there is no such file, it cannot be read, or it is not UTF-8.
    """
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise unreadable(error) from None
    except UnicodeDecodeError as error:
        raise CourseError(f"{path}: is not UTF-8 ({error.reason}); save it as UTF-8") from None


def files_below(folder: Path) -> list[Path]:
    """Return every file below a folder of a course, in order; none if there is no such folder.

    Raises:
        CourseError: a folder cannot be listed, and what it holds would be left out.
    """

    def refuse(error: OSError) -> None:
        if not isinstance(error, FileNotFoundError):
            raise error

    try:
        walk = os.walk(folder, onerror=refuse)
        found = (Path(where, name) for where, _, names in walk for name in names)
        return sorted(path for path in found if path.is_file())
    except OSError as error:
        raise unreadable(error) from None


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files below a folder, each by its place there.

    Raises:
        ReportError: one of them cannot be written.
    """
    try:
        for name, content in files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be written ({error.strerror}); make room or name another folder"
        ) from error


def unreadable(error: OSError) -> CourseError:
    """Return what to raise when a file or a folder of a course could not be read."""
    if isinstance(error, FileNotFoundError):
        return CourseError(f"{error.filename}: there is no such file; write one")
    return CourseError(f"{error.filename}: cannot be read ({error.strerror}); correct that")
