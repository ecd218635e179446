"""Write files so that a reader sees the old one or the new one, and never a part of it."""

import contextlib
from collections.abc import Iterable, Iterator
from pathlib import Path

from grader.errors import ReportError


def replace_file(path: Path, content: Iterable[bytes]) -> None:
    """Give `path` new content at once."""
    part = path.with_name(f".{path.name}.part")  # always this name, to replace what a kill left
    try:
        with part.open("wb") as file:
            file.writelines(content)
        part.replace(path)
    except BaseException:
        with contextlib.suppress(OSError):
            part.unlink(missing_ok=True)
        raise


@contextlib.contextmanager
def writing(path: Path) -> Iterator[None]:
    """Say what to do when something at `path` cannot be written.

    Raises:
        ReportError: it cannot.
    """
    try:
        yield
    except OSError as error:
        raise ReportError(
            f"{path}: cannot be written ({error.strerror}); make room or name another folder, and "
            "start again: what is graded is kept"
        ) from error
