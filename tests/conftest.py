"""What all tests share: the tiny course, the command line, an ordinary user, and `--quick`.

`--quick` leaves out the tests that start a process, of the sandbox or of the command line, those
that need torch, and those marked `slow`. What is left runs on any system. A test that starts a
process is marked `processes`: by its folder or a fixture, as below, or by itself. One that is not
fails.
"""

import contextlib
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from importlib.abc import MetaPathFinder
from pathlib import Path
from typing import Any

import pytest

os.environ.setdefault("OMP_NUM_THREADS", "1")  # small arrays wait for more threads, not work

HERE = Path(__file__).parent
TINY = HERE / "tiny"
STARTED_BY_FOLDER = (
    "attacks",
    "docs/test_docs.py",
    "grader/engine/test_digest.py",
    "grader/engine/test_judge_process.py",
    "grader/run",
    "grader/sandbox/kernel",
    "grader/sandbox/test_client.py",
    "grader/sandbox/warm",
    "grader/sandbox/wire/test_channel.py",
    "grader/sandbox/worker",
    "grader/test_any_system.py",
    "test_alternatives.py",
    "test_empty_answers.py",
    "test_liars.py",
    "test_notebooks.py",
    "test_odd_answers.py",
    "test_shared_workers.py",
)
STARTED_BY_FIXTURE = {"grader", "open_session"}
# What a library starts when it is first imported, in whichever test that is: jupytext and torch.
STARTED_BY_IMPORTS = ("pandoc", "/sbin/ldconfig")
TORCH_BY_FOLDER = ("reference",)

Run = Callable[..., subprocess.CompletedProcess[str]]

started: list[str] = []  # what a test started so far


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--quick", action="store_true", help="only tests without processes and torch")


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "processes: starts processes of its own")
    config.addinivalue_line("markers", "slow: takes seconds, and runs only without --quick")
    sys.addaudithook(_note_start)
    if config.getoption("quick"):
        sys.meta_path.insert(0, _WithoutTorch())


def pytest_ignore_collect(collection_path: Path, config: pytest.Config) -> bool | None:
    left_out = config.getoption("quick") and (*STARTED_BY_FOLDER, *TORCH_BY_FOLDER)
    return True if left_out and _is_below(collection_path, left_out) else None


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    for item in items:
        fixtures = STARTED_BY_FIXTURE.intersection(getattr(item, "fixturenames", ()))
        if fixtures or _is_below(item.path, STARTED_BY_FOLDER):
            item.add_marker("processes")
    if config.getoption("quick"):
        marks = ("processes", "slow")
        left_out = [item for item in items if any(map(item.get_closest_marker, marks))]
        config.hook.pytest_deselected(items=left_out)
        items[:] = [item for item in items if item not in set(left_out)]


@pytest.fixture(autouse=True)
def _says_what_it_starts(request: pytest.FixtureRequest) -> Any:
    started.clear()
    yield
    if request.node.get_closest_marker("processes") is None:
        assert started == [], "a test that starts a process needs the mark `processes`"


def _is_below(path: Path, names: Iterable[str]) -> bool:
    return any(path.is_relative_to(HERE / name) for name in names)


def _note_start(event: str, details: tuple[Any, ...]) -> None:
    by_import = event == "subprocess.Popen" and details[0] in STARTED_BY_IMPORTS
    if event in ("os.fork", "subprocess.Popen") and not by_import:
        started.append(f"{event} {details}")


class _WithoutTorch(MetaPathFinder):
    def find_spec(self, name: str, *_: object) -> None:
        if name == "torch":
            raise ModuleNotFoundError("--quick leaves torch out", name=name)


@pytest.fixture(scope="session")
def tiny() -> Path:
    """The folder of a small, sound course with one assignment, `tiny`, of 10 points."""
    return TINY


@pytest.fixture(scope="session")
def right_text() -> str:
    """A submission to `tiny` that earns everything."""
    return (TINY / "reference" / "tiny.py").read_text()


@pytest.fixture(scope="session")
def grader() -> Run:
    """Run the command line in a process of its own."""

    def run(*words: str | Path, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        command = [sys.executable, "-m", "grader.cli", *map(str, words)]
        environment = {**os.environ, "COLUMNS": "120"}
        return subprocess.run(
            command, cwd=cwd, env=environment, capture_output=True, text=True, timeout=120
        )

    return run


NOBODY = 65534  # the user id that owns nothing
for _encoding in ("cp437", "utf-8-sig"):  # loaded now: an ordinary user may not read our Python
    "".encode(_encoding)


@pytest.fixture(scope="session")
def as_ordinary_user() -> Callable[[], AbstractContextManager[Path]]:
    """Return a context in which a mode of 0 closes a file, to root, too; it gives a folder."""
    if sys.platform == "win32":
        pytest.skip("Windows has no modes that close a file")
    return _as_ordinary_user


@contextlib.contextmanager
def _as_ordinary_user() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        base = Path(folder)
        is_root = os.geteuid() == 0
        if is_root:
            os.chown(base, NOBODY, -1)
            os.seteuid(NOBODY)
        try:
            yield base
        finally:
            if is_root:
                os.seteuid(0)
            _make_removable(base)


def _make_removable(base: Path) -> None:
    for path, folders, _ in os.walk(base):
        for name in folders:
            if not os.path.islink(os.path.join(path, name)):
                os.chmod(os.path.join(path, name), 0o700)
