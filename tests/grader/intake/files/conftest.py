"""What the tests of finding and reading share: a user to whom files can be closed."""

import contextlib
import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

NOBODY = 65534  # the user id that owns nothing
"".encode("cp437")  # of zipfile: loaded now, for the ordinary user may not read our Python


@contextlib.contextmanager
def _as_ordinary_user() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        if os.geteuid() != 0:
            yield base
            _open(base)
            return
        os.chown(base, NOBODY, -1)
        os.seteuid(NOBODY)
        try:
            yield base
        finally:
            os.seteuid(0)
            _open(base)


def _open(base: Path) -> None:
    """Make everything removable again."""
    for path, folders, _ in os.walk(base):
        for name in folders:
            if not os.path.islink(os.path.join(path, name)):
                os.chmod(os.path.join(path, name), 0o700)


@pytest.fixture(scope="session")
def as_ordinary_user() -> Callable[[], AbstractContextManager[Path]]:
    """Return a context in which a mode of 0 closes a file, to root, too; it gives a folder."""
    return _as_ordinary_user
