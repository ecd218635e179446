"""Packages while they are warmed: what is not allowed does not exist, what fails says why."""

import sysconfig
import venv
from pathlib import Path
from textwrap import dedent

import msgspec
import pytest

from grader.course.course import find_course
from grader.engine.engine import Engine
from grader.engine.isolation import find_isolation
from grader.errors import SandboxError
from grader.judge.conversation import Conversation
from grader.judge.proxy import SubmissionProxy
from grader.sandbox import client
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.terms import Terms
from grader.sandbox.warm.installed import InstalledFinder
from grader.sandbox.wire.messages import Sources

TERMS = Terms(imports=("curious", "tidy"))
PACKAGES = {
    "broken": "raise RuntimeError('operator broken::nms\\ndoes not exist')",
    "leaves": "raise SystemExit(3)",
    "aborts": "import os; os.abort()",
    "lonely": "import nowhere_to_be_found",
    "threads": (
        "import threading, time\n"
        "threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"
    ),
    "tidy": "VALUE = 1",
    "tidy/writes": """\
import tempfile
from pathlib import Path

(Path.home() / ".cache" / "tidy").mkdir(parents=True)
HOME = str(Path.home())
TEMPORARY = tempfile.mkdtemp()
""",
    "tidy/fails": "raise RuntimeError",
    "extra": "",
    "needed": "",
    "curious": """\
from importlib import metadata, util

def look():
    try:
        import extra
    except ImportError as error:
        found = [type(error).__name__]
    else:
        found = ["extra"]
    found.append(str(util.find_spec("extra")))
    for name in ("extra", "Curious", "needed"):
        try:
            found.append(metadata.version(name))
        except metadata.PackageNotFoundError:
            found.append("not installed")
    found.append(util.find_spec("needed").name)
    return found

WARM = look()
""",
}
REQUIRES = {"curious": "needed"}


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    """The site-packages of an environment that has the tiny packages, besides all that we have."""
    folder = tmp_path_factory.mktemp("env")
    venv.create(folder, symlinks=True)
    paths = {"base": str(folder), "platbase": str(folder)}
    site = Path(sysconfig.get_path("purelib", "venv", paths))
    ours = sysconfig.get_path("purelib")
    (site / "ours.pth").write_text(f"import site; site.addsitedir({ours!r})\n")
    for name, text in PACKAGES.items():
        (site / name).mkdir()
        (site / name / "__init__.py").write_text(text)
        if "/" in name:
            continue
        info = site / f"{name}-1.5.dist-info"
        info.mkdir()
        needs = f"Requires-Dist: {REQUIRES[name]}\n" if name in REQUIRES else ""
        (info / "METADATA").write_text(
            f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.5\n{needs}"
        )
        (info / "RECORD").write_text(f"{name}/__init__.py,,\n{info.name}/METADATA,,\n")
    return site


@pytest.fixture
def start(site, monkeypatch):
    """Return a function that starts a warm worker in that environment."""
    python = str(site.parents[2] / "bin" / "python")
    monkeypatch.setattr(client, "_COMMAND", (python, *client._COMMAND[1:]))
    started = []

    def start(packages, level="split", modules=()):
        started.append(WarmWorker.start(packages, level, modules=modules))
        return started[-1]

    yield start
    for warm_worker in started:
        warm_worker.close()


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", "broken cannot be imported: RuntimeError: operator broken::nms does not exist"),
        ("leaves", "leaves cannot be imported: SystemExit: 3"),
        ("lonely", "lonely cannot be imported: ModuleNotFoundError: No module named"),
        (
            "aborts",
            "the warm worker died of SIGABRT while it started, after it began to import abo",
        ),
    ],
)
def test_a_package_that_cannot_be_warmed_says_why_in_one_line(start, capfd, name, words):
    with pytest.raises(SandboxError) as caught:
        start(["needed", name]).wait_ready()
    assert str(caught.value).startswith(words)
    assert "\n" not in str(caught.value)
    assert "Traceback" not in capfd.readouterr().err


def test_an_engine_tells_the_last_words_of_its_warm_worker(start, tiny):
    assignment = msgspec.structs.replace(
        find_course(tiny).assignment("tiny"), imports=["numpy", "broken"]
    )
    engine = Engine(assignment, ["hidden"], find_isolation("split"))
    with pytest.raises(SandboxError, match="broken cannot be imported: RuntimeError"), engine:
        pass


def test_a_package_that_starts_a_thread_is_named_where_workers_are_to_be_isolated(
    start, needs_level
):
    needs_level("isolated")
    with pytest.raises(SandboxError, match="importing threads starts a thread, so that workers"):
        start(["needed", "threads"], "isolated").wait_ready()
    start(["needed", "threads"], "split").wait_ready()


@pytest.mark.parametrize("level", ["isolated", "confined", "split"])
def test_a_package_that_is_not_allowed_does_not_exist(start, needs_level, level):
    needs_level(level)
    warm_worker = start(["curious"], level)
    warm_worker.wait_ready()
    text = "import curious\ndef warm(): return curious.WARM\ndef late(): return curious.look()\n"
    session = Session(warm_worker.open(), Sources("answer", text, {}, TERMS))
    talk = Conversation(session, "answer.py", 30)
    answer = SubmissionProxy(talk)
    assert "extra" in warm_worker.hidden  # numpy looks for others that are here, too
    assert "needed" not in warm_worker.hidden
    wanted = ["ModuleNotFoundError", "None", "not installed", "1.5", "1.5", "needed"]
    assert answer.warm() == wanted
    assert answer.late() == wanted
    talk.close()
    session.close()


@pytest.mark.parametrize("level", ["isolated", "confined"])
def test_modules_are_imported_early_with_a_home_that_is_gone_afterwards(start, needs_level, level):
    needs_level(level)
    warm_worker = start(
        ["tidy"], level, ["tidy.writes", "tidy.VALUE", "tidy.VALUE.x", "tidy.gone", "tidy.fails"]
    )
    warm_worker.wait_ready()
    text = """\
        import sys
        WARM = "tidy.writes" in sys.modules
        import tidy.writes
        def f(): return WARM, tidy.writes.HOME, tidy.writes.TEMPORARY
        """
    session = Session(warm_worker.open(), Sources("answer", dedent(text), {}, TERMS))
    talk = Conversation(session, "answer.py", 30)
    warm, home, temporary = SubmissionProxy(talk).f()
    talk.close()
    session.close()
    assert warm
    assert Path(home).parent.name.startswith("nablagrade-run-")
    assert Path(home) in Path(temporary).parents
    assert not Path(home).exists()


@pytest.mark.parametrize("level", ["isolated", "confined", "split"])
def test_a_module_that_nobody_named_writes_into_the_scratch_folder(start, needs_level, level):
    needs_level(level)
    warm_worker = start(["tidy"], level)
    warm_worker.wait_ready()
    text = """\
        import os
        def f():
            import tidy.writes
            return tidy.writes.HOME == os.getcwd()
        """
    session = Session(warm_worker.open(), Sources("answer", dedent(text), {}, TERMS))
    talk = Conversation(session, "answer.py", 30)
    assert SubmissionProxy(talk).f()
    talk.close()
    session.close()


def test_a_package_is_found_behind_a_link_to_its_environment(tmp_path):
    real, link = tmp_path / "real", tmp_path / "link"
    (real / "linked").mkdir(parents=True)
    (real / "linked" / "part.py").write_text("")
    (real / "other").mkdir()
    (real / "other" / "part.py").write_text("")
    link.symlink_to(real)
    finder = InstalledFinder([str(link / "linked")], {})
    for folder in (link, real):
        assert finder.find_spec("part", [str(folder / "linked")]) is not None
        assert finder.find_spec("part", [str(folder / "other")]) is None
