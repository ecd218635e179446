"""An own root shows what was named, links included, and an own network and process table."""

import ast
import os
from collections.abc import Callable
from pathlib import Path

from grader.sandbox.level import Level

# Prints what a process sees in its own root, without any other layer.
LOOK = """
import errno, os, socket, sys
from grader.sandbox.kernel import namespaces

def outcome(deed):
    try:
        return deed()
    except OSError as error:
        return errno.errorcode[error.errno]

folder, host, *readable = sys.argv[1:]
server = socket.create_server(("127.0.0.1", 0))
address = server.getsockname()
namespaces.enter()
if os.fork():
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
pids = os.open("/proc/self/ns/pid", os.O_RDONLY)
namespaces.build_root(readable)
namespaces.own_mounts()
for _ in range(2):
    namespaces.fresh_scratch(1)()
    for step in namespaces.new_pids(pids):
        step()
    if os.fork():
        os.wait()
        namespaces.drop_scratch()()
        continue
    namespaces.own_ipc()()
    print({
        "root": sorted(os.listdir("/")),
        "devices": sorted(os.listdir("/dev")),
        "read": {path: outcome(lambda: open(path).read()) for path in readable},
        "folder": sorted(os.listdir(folder)),
        "hidden": outcome(lambda: open(f"{folder}/hidden").read()),
        "make": outcome(lambda: open(f"{folder}/new", "w")),
        "make in root": outcome(lambda: open("/new", "w")),
        "scratch": os.listdir(namespaces.SCRATCH),
        "left": open(f"{namespaces.SCRATCH}/left", "w").close(),
        "make beside scratch": outcome(lambda: open("/scratch/new", "w")),
        "connect": outcome(lambda: socket.socket().connect(address)),
        "signal": outcome(lambda: os.kill(int(host), 0)),
        "pid": os.getpid(),
        "user": os.getuid(),
        "host name": socket.gethostname(),
    }, flush=True)
    os._exit(0)
"""


def test_an_own_root_holds_what_was_named_and_each_child_starts_afresh(
    run_python: Callable[..., str], needs_level: Callable[[Level], None], tmp_path: Path
) -> None:
    needs_level("isolated")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("file")
    (tmp_path / "hidden").write_text("hidden")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "absolute").symlink_to(tmp_path / "link" / "file")
    readable = [str(tmp_path / name) for name in ("link/file", "absolute", "missing")]
    host = str(os.getpid())
    first, second = map(
        ast.literal_eval, run_python(LOOK, str(tmp_path), host, *readable).splitlines()
    )
    assert first == second
    assert first == {
        "root": sorted({"dev", "scratch", tmp_path.parts[1]}),
        "devices": ["null", "urandom", "zero"],
        "read": dict(zip(readable, ("file", "file", "ENOENT"), strict=True)),
        "folder": ["absolute", "link", "real"],
        "hidden": "ENOENT",
        "make": "EROFS",
        "make in root": "EROFS",
        "scratch": [],
        "left": None,
        "make beside scratch": "EROFS",
        "connect": "ENETUNREACH",
        "signal": "ESRCH",
        "pid": 1,
        "user": 65534,
        "host name": "worker",
    }


def test_a_root_that_would_hide_its_own_content_is_refused(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("isolated")
    said = run_python("""
from grader.sandbox.kernel import namespaces

namespaces.enter()
try:
    namespaces.build_root(["/"])
except OSError as error:
    print(error)
""")
    assert said == "no folder in / to mount a new root on\n"
