"""What a worker cannot do fails at once, with a sentence; what it can do still works."""

from textwrap import dedent, indent

import pytest

from grader.judge.conversation import Conversation
from grader.judge.failures import StudentError
from grader.judge.proxy import SubmissionProxy
from grader.sandbox.client import Session, WarmWorker
from grader.sandbox.level import LEVELS, probe
from grader.sandbox.terms import Limits, Terms
from grader.sandbox.wire.messages import Sources

pytestmark = pytest.mark.processes

TERMS = Terms(limits=Limits(check_seconds=20, memory_mb=512))
PROCESS = "starts a process, which is not allowed here"
SHARING = "works with other processes, which are not allowed here"
NETWORK = "reaches for a network, which is not allowed here"
REFUSED = {
    PROCESS: (
        "import subprocess; subprocess.run(['true'])",
        "import os; os.system('true')",
        "import os; os.popen('true')",
        "import os; os.fork()",
        "import os; os.execv('/bin/true', ['true'])",
        "import os; os.posix_spawn('/bin/true', ['true'], {})",
        "import multiprocessing as mp; mp.Process(target=print).start()",
        "import os; os.forkpty()",
    ),
    SHARING: (
        "import multiprocessing as mp; mp.Pool(2)",
        "import multiprocessing as mp; mp.Queue()",
        "from multiprocessing import shared_memory as s; s.SharedMemory(create=True, size=9)",
        "from concurrent.futures import ProcessPoolExecutor as P; P(2).submit(abs, 1)",
    ),
    NETWORK: (
        "import urllib.request; urllib.request.urlopen('http://example.com')",
        "import socket; socket.create_connection(('127.0.0.1', 80))",
        "import socket; socket.gethostbyname('example.com')",
    ),
}
WORKS = {
    "threads": """
        from concurrent.futures import ThreadPoolExecutor
        with ThreadPoolExecutor(2) as pool:
            assert list(pool.map(abs, [-1, -2])) == [1, 2]""",
    "asyncio": """
        import asyncio
        async def later():
            return await asyncio.to_thread(lambda: 3)
        assert asyncio.run(later()) == 3""",
    "copies": """
        import os, shutil, tarfile
        open("a", "w").close()
        shutil.copy("a", "b"), shutil.copy2("a", "c"), os.chmod("a", 0o600), os.utime("a")
        with tarfile.open("t.tar", "w") as archive:
            archive.add("a")
        with tarfile.open("t.tar") as archive:
            archive.extractall("out")
        assert os.path.exists("out/a")""",
    "touch": """
        from pathlib import Path
        Path("new").touch()
        assert Path("new").exists()""",
    "no mode for a file that is missing": """
        import os
        for change in (lambda: os.chmod("gone", 0o600), lambda: os.utime("gone")):
            try:
                change()
            except FileNotFoundError:
                continue
            raise AssertionError""",
    "locale": "import locale; locale.setlocale(locale.LC_ALL, '')",
    "user": "import getpass; assert getpass.getuser() == 'worker'",
    "time zones": "import zoneinfo; zoneinfo.ZoneInfo('Europe/Berlin')",
    "a library by its name": "import ctypes.util; ctypes.util.find_library('c')",
    "sqlite": """
        import sqlite3
        base = sqlite3.connect("a.db")
        base.execute("PRAGMA journal_mode=WAL")
        base.execute("CREATE TABLE t (a)")
        base.commit()
        base.close()""",
    "locks": """
        import fcntl
        with open("a", "w") as file:
            fcntl.flock(file, fcntl.LOCK_EX)
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)""",
    "versions": "import importlib.metadata as m; assert m.version('numpy')",
    "its own source": "import inspect; assert 'def try_it' in inspect.getsource(try_it)",
    "temporary files": """
        import tempfile
        with tempfile.NamedTemporaryFile() as file, tempfile.TemporaryDirectory() as folder:
            open(folder + "/a", "w").close()""",
    "maps of files": """
        import numpy as np
        np.memmap("a", "float32", "w+", shape=9)[:] = 2
        assert np.memmap("a", "float32").sum() == 18""",
}


@pytest.fixture(scope="module", params=["isolated", "confined", "split"])
def warm_worker(request):
    if LEVELS.index(probe().level) > LEVELS.index(request.param):
        pytest.skip(f"{request.param} does not work here")
    warm_worker = WarmWorker.start(["numpy"], request.param)
    warm_worker.wait_ready()
    yield warm_worker
    warm_worker.close()


@pytest.fixture
def run(warm_worker):
    """Return a function that runs statements in a new worker each time."""
    session = None

    def run(statements):
        nonlocal session
        text = f"def try_it():\n{indent(statements, '    ')}\n"
        session = Session(warm_worker.open(), Sources("answer", text, {}, TERMS))
        talk = Conversation(session, "answer.py", 20.0)
        try:
            return SubmissionProxy(talk).try_it()
        finally:
            talk.close()
            session.close()

    return run


@pytest.mark.parametrize("sentence", REFUSED)
def test_what_cannot_be_is_said(run, sentence):
    for statements in REFUSED[sentence]:
        with pytest.raises(StudentError, match=sentence):
            run(statements)


def test_what_courses_use_works_at_every_level(run):
    failed = {}
    for name, statements in WORKS.items():
        try:
            run(dedent(statements))
        except StudentError as error:
            failed[name] = str(error)
    assert failed == {}
