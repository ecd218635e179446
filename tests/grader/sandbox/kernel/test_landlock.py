"""Landlock without any other layer, as each ABI up to this kernel's."""

import ast
from collections.abc import Callable
from pathlib import Path

import pytest

from grader.sandbox.kernel import landlock

# Tries each deed before and after the restriction; prints the errno's name, or "ok".
RESTRICT = """
import errno, os, socket, sys
from grader.sandbox.kernel import landlock, syscalls

folder, abi = sys.argv[1], int(sys.argv[2])
landlock.abi = lambda: abi
server = socket.create_server(("127.0.0.1", 0))
abstract = socket.socket(socket.AF_UNIX)
abstract.bind(b"\\0nablagrade-" + str(os.getpid()).encode())
abstract.listen()

def connect(family, address):
    with socket.socket(family) as sock:
        sock.connect(address)

def write(path, flags=os.O_CREAT | os.O_WRONLY):
    os.close(os.open(f"{folder}/{path}", flags))

DEEDS = {
    "read": lambda: open(f"{folder}/readable/file").close(),
    "list": lambda: os.listdir(f"{folder}/readable"),
    "read outside": lambda: open(f"{folder}/outside").close(),
    "list outside": lambda: os.listdir(folder),
    "write": lambda: write("readable/file", os.O_WRONLY),
    "write outside": lambda: write("outside", os.O_WRONLY),
    "make": lambda: write("readable/new"),
    "truncate": lambda: os.truncate(f"{folder}/readable/file", 0),
    "make in scratch": lambda: write("scratch/new"),
    "remove in scratch": lambda: os.remove(f"{folder}/scratch/new"),
    "link in scratch": lambda: os.symlink("/", f"{folder}/scratch/link"),
    "null": lambda: open("/dev/null", "w").close(),
    "tcp": lambda: connect(socket.AF_INET, server.getsockname()),
    "abstract": lambda: connect(socket.AF_UNIX, abstract.getsockname()),
    "signal": lambda: os.kill(os.getppid(), 0),
}

def outcome(deed):
    try:
        deed()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "ok"

before = {name: outcome(deed) for name, deed in DEEDS.items()}
os.remove(f"{folder}/readable/new")
os.remove(f"{folder}/scratch/link")
rules = landlock.ruleset(
    [f"{folder}/readable", f"{folder}/missing"], [f"{folder}/scratch"], ["/dev/null"]
)
syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
landlock.restricting(rules)()
after = {name: outcome(deed) for name, deed in DEEDS.items()}
print((before, after))
"""


@pytest.fixture(scope="module")
def here() -> int:
    try:
        return landlock.abi()
    except OSError as error:
        pytest.skip(f"no Landlock: {error}")


@pytest.mark.parametrize("abi", range(1, 8))
def test_each_abi_opens_what_its_rules_name_and_nothing_else(
    run_python: Callable[..., str], tmp_path: Path, here: int, abi: int
) -> None:
    if abi > here:
        pytest.skip(f"this kernel has ABI {here}")
    for name in ("readable", "scratch"):
        (tmp_path / name).mkdir()
    for name in ("readable/file", "outside"):
        (tmp_path / name).touch()
    before, after = ast.literal_eval(run_python(RESTRICT, str(tmp_path), str(abi)))
    assert set(before.values()) == {"ok"}
    assert after == {
        "read": "ok",
        "list": "ok",
        "read outside": "EACCES",
        "list outside": "EACCES",
        "write": "EACCES",
        "write outside": "EACCES",
        "make": "EACCES",
        "truncate": "EACCES" if abi >= 3 else "ok",  # seccomp refuses it
        "make in scratch": "ok",
        "remove in scratch": "ok",
        "link in scratch": "EACCES",
        "null": "ok",
        "tcp": "EACCES" if abi >= 4 else "ok",
        "abstract": "EPERM" if abi >= 6 else "ok",
        "signal": "EPERM" if abi >= 6 else "ok",
    }
