"""What a locked worker can do at each level, and that the same worked before it was locked."""

import json
from collections.abc import Callable
from typing import Any

import pytest

from grader.sandbox.level import LEVELS, Level

TryDeeds = Callable[..., Any]  # returns an `Ends` of conftest.py

CONFINING: tuple[Level, ...] = LEVELS[:3]
# The layers whose words and steps are tested here; one that is added later has its own tests.
LAYERS = ("namespaces", "root", "landlock", "seccomp", "privileges", "limits")
USERS = ("caller", "nobody")

# How a forbidden deed ends at (isolated, confined, filtered); the others end with EPERM at each.
GONE, DENIED, READ_ONLY, OK, EPERM = "ENOENT", "EACCES", "EROFS", "ok", "EPERM"
NO_MODULE = "ModuleNotFoundError: No module named 'jinja2'"
FORBIDDEN = {
    "read outside": (GONE, DENIED, OK),
    "list outside": (GONE, DENIED, OK),
    "write outside": (GONE, DENIED, EPERM),
    "create outside": (GONE, DENIED, EPERM),
    "remove outside": (GONE, DENIED, EPERM),
    "rename outside": (GONE, DENIED, EPERM),
    "make a folder outside": (GONE, DENIED, EPERM),
    "chmod outside": (GONE, EPERM, EPERM),
    "utime outside": (GONE, EPERM, EPERM),
    "truncate outside": (GONE, EPERM, EPERM),
    "truncate on opening": (GONE, DENIED, EPERM),
    "write what it reads": (READ_ONLY, DENIED, EPERM),
    "chmod what it reads": (READ_ONLY, EPERM, EPERM),
    "utime what it reads": (READ_ONLY, EPERM, EPERM),
    "read /etc/passwd": (GONE, DENIED, OK),
    "read its mounts": (GONE, DENIED, OK),
    "import an unlisted package": (NO_MODULE, DENIED, OK),
    "read another's environment": (GONE, DENIED, DENIED),
    "open another's memory": (GONE, DENIED, DENIED),
}
# Some containers, kernels and file systems refuse these to everybody.
NOT_EVERYWHERE = {
    "new user namespace",
    "name a handle",
    "open another's memory",
    "read another's memory",
    "set an attribute outside",
}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("level", CONFINING)
def test_what_is_forbidden_works_unlocked_and_is_refused_locked(
    try_deeds: TryDeeds, level: Level, user: str
) -> None:
    ends = try_deeds(level, "forbidden", user=user)
    unlocked, locked = dict(ends.unlocked), dict(ends.locked)
    if user == "nobody":  # this user may be unable to read the interpreter's files
        del unlocked["import an unlisted package"], locked["import an unlisted package"]
    assert {name: end for name, end in unlocked.items() if end != OK}.keys() <= NOT_EVERYWHERE
    at = CONFINING.index(level)
    assert locked == {name: FORBIDDEN.get(name, (EPERM,) * 3)[at] for name in locked}
    assert locked.keys() >= FORBIDDEN.keys() - {"import an unlisted package"}


@pytest.mark.parametrize("level", CONFINING)
def test_no_privileged_call_is_left(try_deeds: TryDeeds, level: Level) -> None:
    locked = try_deeds(level, "privileged").locked
    assert set(locked.values()) == {EPERM}, locked


@pytest.mark.parametrize("level", CONFINING)
def test_what_a_submission_needs_works(try_deeds: TryDeeds, level: Level) -> None:
    locked = try_deeds(level, "allowed").locked
    missing = {name: end for name, end in locked.items() if end != OK}
    if level == "filtered":  # no file can be written at all there, and no folder is its own
        names = "be clean, use a temporary folder, use what is handed out, use locks"
        assert missing.keys() == {*names.split(", "), "write to /dev/null"}
    else:
        assert missing == {}


@pytest.mark.parametrize("user", USERS)
@pytest.mark.parametrize("level", LEVELS[:2])
def test_an_unprivileged_user_can_compute(try_deeds: TryDeeds, level: Level, user: str) -> None:
    locked = try_deeds(level, "allowed", user=user).locked
    for name in ("multiply in threads", "use a temporary folder", "answer on its channel"):
        assert locked[name] == OK


@pytest.mark.parametrize("level", LEVELS[:2])
def test_torch_works_with_threads_and_what_it_imports_lazily(
    try_deeds: TryDeeds, level: Level
) -> None:
    pytest.importorskip("torch")
    locked = try_deeds(level, "torch", package="torch").locked
    assert set(locked.values()) == {OK}, locked


def test_an_isolated_worker_is_stopped_by_its_limits_and_leaves_nothing(
    try_deeds: TryDeeds,
) -> None:
    ends = try_deeds("isolated", "endings", cpu_seconds=1).locked
    assert ends.pop("exhaust memory").startswith("MemoryError")
    assert ends == {
        "crash": "SIGSEGV",
        "abort": "SIGSEGV",  # process 1 of a namespace cannot be ended by SIGABRT
        "compute for ever": "SIGKILL",  # SIGXCPU cannot end it, either
        "exhaust descriptors": "EMFILE",
        "write too much": "EFBIG",
        "fill the scratch folder": "ENOSPC",
        "make many files": "ENOSPC",
        "call by x32": "SIGSYS",
        "leave a file": OK,
        "find a file left": GONE,
    }


def test_a_confined_worker_is_stopped_by_its_limits(try_deeds: TryDeeds) -> None:
    ends = try_deeds("confined", "endings", cpu_seconds=1).locked
    assert ends.pop("exhaust memory").startswith("MemoryError")
    assert ends == {
        "crash": "SIGSEGV",
        "abort": "SIGABRT",
        "compute for ever": "SIGXCPU",
        "exhaust descriptors": "EMFILE",
        "write too much": "EFBIG",
        "fill the scratch folder": "ok, over full",
        "make many files": "ok, over full",
        "call by x32": "SIGSYS",
        "leave a file": OK,
        "find a file left": GONE,
    }


@pytest.mark.parametrize("level", LEVELS[2:])
def test_capabilities_are_gone_even_without_namespaces(try_deeds: TryDeeds, level: Level) -> None:
    assert try_deeds(level, "status").locked == {"have no privileges": OK}


@pytest.mark.parametrize(
    ("level", "off"),
    [
        ("isolated", set()),
        ("confined", {"namespaces", "root"}),
        ("filtered", {"namespaces", "root", "landlock"}),
        ("split", {"namespaces", "root", "landlock", "seccomp"}),
    ],
)
def test_each_layer_is_said_to_be_on_or_off(
    try_deeds: TryDeeds, level: Level, off: set[str]
) -> None:
    said = try_deeds(level, "status").layers
    layers = {name: words for name, words in said.items() if name in LAYERS}
    assert tuple(layers) == LAYERS
    assert {name for name, words in layers.items() if words == f"off (level {level})"} == off
    assert all(words.startswith("on") for name, words in layers.items() if name not in off)


# Prints the layers whose calls a supervisor has prepared, in the order in which they are made.
ORDER = """
import json, os, sys
from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.policy import Policy, WorkerLimits

confinement = lockdown.enter(Policy((), sys.argv[1]))
if os.fork() == 0:
    lockdown.settle(confinement)
    lockdown.prepare(confinement, WorkerLimits())
    calls = confinement.renewal, confinement.locking, confinement.filtering
    print(json.dumps([[name for name, _ in some] for some in calls]), flush=True)
    os._exit(0)
os.wait()
"""
MOUNTS_THEN_PIDS = ["root"] * 2 + ["namespaces"] * 2
PARENT = ["privileges"] * 3  # session, parent, and a look whether it lives
CAPABILITIES = ["privileges"] * 2


@pytest.mark.parametrize(
    ("level", "renewal", "locking", "filtering"),
    [
        (
            "isolated",
            MOUNTS_THEN_PIDS,
            [
                *PARENT,
                "namespaces",  # own IPC objects
                "privileges",  # into the scratch folder
                *["limits"] * 8,
                *CAPABILITIES,
                "landlock",
            ],
            ["seccomp"],
        ),
        (
            "confined",
            [],
            [*PARENT, "privileges", *["limits"] * 7, *CAPABILITIES, *["landlock"] * 2],
            ["seccomp"],
        ),
        ("filtered", [], [*PARENT, "privileges", *["limits"] * 7, *CAPABILITIES], ["seccomp"]),
        ("split", [], [*PARENT, "privileges", *["limits"] * 7, *CAPABILITIES], []),
    ],
)
def test_the_steps_are_taken_in_an_order_in_which_none_undoes_or_prevents_another(
    run_python: Callable[..., str],
    needs_level: Callable[[Level], None],
    level: Level,
    renewal: list[str],
    locking: list[str],
    filtering: list[str],
) -> None:
    needs_level(level)
    prepared = json.loads(run_python(ORDER, level))
    ours = [[name for name in names if name in LAYERS] for names in prepared]
    assert ours == [renewal, locking, filtering]


def test_an_extra_layer_that_does_not_exist_or_that_levels_demand_is_refused(
    run_python: Callable[..., str],
) -> None:
    said = run_python("""
from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.layer import LayerError
from grader.sandbox.kernel.policy import Policy

for name in ("moat", "landlock"):
    try:
        lockdown.enter(Policy((), "split", extra=(name,)))
    except LayerError as error:
        print(error.layer, error.reason)
lockdown.enter(Policy((), "split"))
print("entered")
""")
    reason = "there is no such extra layer"
    assert said == f"moat {reason}\nlandlock {reason}\nentered\n"


SUPERVISE = """
import os, sys, time
from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.policy import Policy, WorkerLimits
from grader.sandbox.kernel.trusted import harden_trusted

policy = Policy((), sys.argv[1])
harden_trusted()
confinement = lockdown.enter(policy)
reader, writer = os.pipe()
if os.fork() == 0:
    lockdown.settle(confinement)
    lockdown.prepare(confinement, WorkerLimits())
    lockdown.renew(confinement)
    if os.fork() == 0:
        lockdown.lock(confinement, keep=[writer])
        os.write(writer, b"locked")
        time.sleep(600)
    time.sleep(0.5)
    os._exit(0)
os.close(writer)
print(os.read(reader, 100).decode(), os.read(reader, 100))
"""


@pytest.mark.parametrize("level", LEVELS)
def test_a_worker_dies_with_its_supervisor(
    run_python: Callable[..., str], needs_level: Callable[[Level], None], level: Level
) -> None:
    needs_level(level)
    assert run_python(SUPERVISE, level) == "locked b''\n"  # the end of its last pipe


DENY_CALLS = """
import errno, os, sys
from grader.sandbox.kernel import lockdown, seccomp, syscalls
from grader.sandbox.kernel.layer import LayerError
from grader.sandbox.kernel.policy import Policy, WorkerLimits

def in_child(action):
    if os.fork() == 0:
        try:
            action()
        except LayerError as error:
            print(error.layer, flush=True)
        os._exit(0)
    os.wait()

def warm_worker():
    confinement = lockdown.enter(policy)
    in_child(lambda: supervisor(confinement))

def supervisor(confinement):
    lockdown.settle(confinement)
    lockdown.prepare(confinement, WorkerLimits())
    lockdown.renew(confinement)
    in_child(lambda: worker(confinement))

def worker(confinement):
    lockdown.lock(confinement)
    print("locked", flush=True)

level, *calls = sys.argv[1:]
policy = Policy((os.path.dirname(os.__file__),), level)
syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
denied = dict.fromkeys(calls, seccomp.fail(errno.EPERM))
seccomp.installing(seccomp.assemble(denied, seccomp.allow()))()
in_child(warm_worker)
"""


@pytest.mark.parametrize(
    ("end", "level", "calls"),
    [
        ("locked", "isolated", []),
        ("locked", "confined", []),
        ("locked", "filtered", []),
        ("namespaces", "isolated", ["unshare"]),
        ("namespaces", "isolated", ["setns"]),
        ("root", "isolated", ["mount"]),
        ("root", "isolated", ["move_mount"]),
        ("root", "isolated", ["mount_setattr"]),
        ("root", "isolated", ["pivot_root"]),
        ("root", "isolated", ["umount2"]),
        ("landlock", "isolated", ["landlock_create_ruleset"]),
        ("landlock", "isolated", ["landlock_restrict_self"]),
        ("landlock", "confined", ["landlock_add_rule"]),
        ("landlock", "confined", ["landlock_restrict_self"]),
        ("privileges", "filtered", ["capset"]),
        ("limits", "filtered", ["prlimit64"]),
    ],
)
def test_a_layer_that_fails_ends_the_locking(
    run_python: Callable[..., str],
    needs_level: Callable[[Level], None],
    end: str,
    level: Level,
    calls: list[str],
) -> None:
    needs_level(level)
    assert run_python(DENY_CALLS, level, *calls) == f"{end}\n"


def test_a_process_with_threads_cannot_enter(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("isolated")
    said = run_python("""
import threading, time
from grader.sandbox.kernel import lockdown
from grader.sandbox.kernel.layer import LayerError
from grader.sandbox.kernel.policy import Policy

threading.Thread(target=time.sleep, args=(1,)).start()
try:
    lockdown.enter(Policy(()))
except LayerError as error:
    print(error)
""")
    assert "namespaces: this process has 2 threads already" in said
