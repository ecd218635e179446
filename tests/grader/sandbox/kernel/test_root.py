"""An own root shows what was named, links included, and a fresh scratch folder for each child."""

import ast
from collections.abc import Callable
from pathlib import Path

from grader.sandbox.level import Level

# Prints what each of two processes sees in an own root, without any other layer.
LOOK = """
import errno, os, sys
from grader.sandbox.kernel import namespaces, root

def outcome(deed):
    try:
        return deed()
    except OSError as error:
        return errno.errorcode[error.errno]

folder, *readable = sys.argv[1:]
namespaces.enter()
if os.fork():
    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))
root.build_root(readable)
namespaces.own_mounts()
for _ in range(2):
    root.fresh_scratch(1)()
    if os.fork():
        os.wait()
        root.drop_scratch()()
        continue
    print({
        "root": sorted(os.listdir("/")),
        "devices": sorted(os.listdir("/dev")),
        "read": {path: outcome(lambda: open(path).read()) for path in readable},
        "folder": sorted(os.listdir(folder)),
        "hidden": outcome(lambda: open(f"{folder}/hidden").read()),
        "make": outcome(lambda: open(f"{folder}/new", "w")),
        "make in root": outcome(lambda: open("/new", "w")),
        "scratch": os.listdir(root.SCRATCH),
        "left": open(f"{root.SCRATCH}/left", "w").close(),
        "make beside scratch": outcome(lambda: open("/scratch/new", "w")),
        "fill": outcome(lambda: open(f"{root.SCRATCH}/left", "wb", 0).write(bytes(2 << 20))),
        "fill more": outcome(lambda: open(f"{root.SCRATCH}/left", "ab", 0).write(b"x")),
    }, flush=True)
    os._exit(0)
"""


def test_an_own_root_holds_what_was_named_and_each_child_has_an_empty_scratch_folder(
    run_python: Callable[..., str], needs_level: Callable[[Level], None], tmp_path: Path
) -> None:
    needs_level("isolated")
    (tmp_path / "real").mkdir()
    (tmp_path / "real" / "file").write_text("file")
    (tmp_path / "hidden").write_text("hidden")
    (tmp_path / "link").symlink_to("real")
    (tmp_path / "absolute").symlink_to(tmp_path / "link" / "file")
    readable = [str(tmp_path / name) for name in ("link/file", "absolute", "missing")]
    first, second = map(ast.literal_eval, run_python(LOOK, str(tmp_path), *readable).splitlines())
    assert first == second
    assert first == {
        "root": sorted({"dev", "proc", "scratch", tmp_path.parts[1]}),
        "devices": ["null", "urandom", "zero"],
        "read": dict(zip(readable, ("file", "file", "ENOENT"), strict=True)),
        "folder": ["absolute", "link", "real"],
        "hidden": "ENOENT",
        "make": "EROFS",
        "make in root": "EROFS",
        "scratch": [],
        "left": None,
        "make beside scratch": "EROFS",
        "fill": 1 << 20,  # all that a folder of one megabyte takes
        "fill more": "ENOSPC",
    }


def test_a_root_that_would_hide_its_own_content_is_refused(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("isolated")
    said = run_python("""
from grader.sandbox.kernel import namespaces, root

namespaces.enter()
try:
    root.build_root(["/"])
except OSError as error:
    print(error)
""")
    assert said == "no folder in / to mount a new root on\n"
