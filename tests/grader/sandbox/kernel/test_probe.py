"""The level is found by trying, so a refusing kernel or container is noticed."""

import json
from collections.abc import Callable

import pytest

from grader.errors import SandboxError
from grader.sandbox import level
from grader.sandbox.kernel import lockdown
from grader.sandbox.level import Level, probe

# Docker's default profile without CAP_SYS_ADMIN; the others stand for kernels that lack a layer.
REFUSE = """
import dataclasses, errno, json, sys
from grader.sandbox import level
from grader.sandbox.kernel import probe, seccomp, syscalls

refuse = dict.fromkeys
DOCKER = {
    **refuse(("unshare", "setns", "mount", "umount2", "pivot_root"), seccomp.fail(errno.EPERM)),
    **refuse(("open_tree", "move_mount", "mount_setattr"), seccomp.fail(errno.EPERM)),
    "clone": seccomp.without(0, 0x7E020000),
    "clone3": seccomp.fail(errno.ENOSYS),
}
NO_LANDLOCK = {"landlock_create_ruleset": seccomp.fail(errno.ENOSYS)}
PR_SET_SECCOMP = ((0x20, 0, 0, 16), (0x15, 0, 1, 22))  # load the first argument, compare it
NO_SECCOMP = {"prctl": (*PR_SET_SECCOMP, *seccomp.fail(errno.EINVAL), *seccomp.allow())}
syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
actions = {name: block for rule in sys.argv[1:] for name, block in globals()[rule].items()}
seccomp.installing(seccomp.assemble(actions, seccomp.allow()))()
print(json.dumps(dataclasses.asdict(level.probe())))
"""


def test_a_level_is_found_here_and_every_layer_is_named() -> None:
    found = probe()
    demanded = [layer.name for layer in lockdown.LAYERS if layer.levels]
    assert list(found.layers) == [*demanded, *lockdown.EXTRA]
    assert {"namespaces", "root", "landlock", "seccomp", "limits", "cgroup"} <= set(found.layers)
    assert all(words.startswith(("on", "off (")) for words in found.layers.values())
    assert found.layers["cgroup"].startswith("on" if "cgroup" in found.extra else "off (")
    assert found.layers["limits"] == "on"


def test_dockers_default_profile_leaves_confined(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("confined")
    found = json.loads(run_python(REFUSE, "DOCKER"))
    assert found["level"] == "confined"
    assert found["layers"]["namespaces"] == "off (Operation not permitted)"
    assert found["layers"]["landlock"].startswith("on (ABI ")
    assert found["layers"]["seccomp"].startswith("on")


def test_without_landlock_only_filtered_is_left(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("filtered")
    found = json.loads(run_python(REFUSE, "DOCKER", "NO_LANDLOCK"))
    assert found["level"] == "filtered"
    assert found["layers"]["landlock"] == "off (Function not implemented)"
    assert found["layers"]["seccomp"].startswith("on")


def test_namespaces_alone_are_not_isolated(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("isolated")
    assert json.loads(run_python(REFUSE, "NO_LANDLOCK"))["level"] == "filtered"


def test_without_seccomp_only_split_is_left(run_python: Callable[..., str]) -> None:
    found = json.loads(run_python(REFUSE, "DOCKER", "NO_LANDLOCK", "NO_SECCOMP"))
    assert found["level"] == "split"
    assert found["layers"]["seccomp"] == "off (Invalid argument)"
    assert found["layers"]["limits"] == "on"


def test_a_machine_that_does_not_answer_in_time_is_an_error_that_says_what_to_do(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(level, "_SECONDS", 0.001)
    with pytest.raises(SandboxError, match=r"in 0\.001 seconds; see where `python -m grader\."):
        probe()


BROKEN_DEED = """
import os, sys
from grader.sandbox.kernel import probe

assert "mmap" not in sys.modules
probe._FORBIDDEN = (probe._Deed("map memory", "seccomp", lambda _: __import__("mmap")),)
found = probe.find_level(os.getpid())
print(found.level, found.layers["seccomp"])
"""


def test_a_deed_that_cannot_be_tried_counts_against_its_own_layer_and_says_why(
    run_python: Callable[..., str], needs_level: Callable[[Level], None]
) -> None:
    needs_level("confined")
    reached, _, words = run_python(BROKEN_DEED).strip().partition(" ")
    assert reached == "split"  # at `filtered`, the module can be read, and the deed is done
    assert words.startswith("off (trying to map memory ended with ")
    assert "mmap" in words
