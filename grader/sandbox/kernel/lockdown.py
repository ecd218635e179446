"""The confinement of a worker: one policy, four levels, nothing skipped in silence.

level       files a worker can open      what else holds it
isolated    own root and Landlock        own processes, network, IPC; seccomp; limits
confined    Landlock                     seccomp; limits
filtered    all of the user's, to read   seccomp; limits
split       all of the user's            limits

Six calls, in this order. T is the template, S a supervisor that forks a worker W per check;
all but W are trusted. Names in brackets happen at the level `isolated` only.

    T0  harden_trusted()           exec'd with `environment()`, libraries imported, one thread
        enter(policy)              [new namespaces; from here T0 only waits for T]
        fork -> T
    T   cell = settle(policy)      [own root: no path of the host is left to anyone below]
        fork -> S
    S   prepare(cell, limits)      what will be done below, so that it needs little memory there:
                                   what a fork writes to is copied, and takes most of its time
        renew(cell)                [process namespace of the next child], before each fork
        fork -> W
    W   its output to fds 1 and 2
        lock(cell, keep=[fd of the channel])
        run the submission
    S   release(cell)              once W has to end

T0 and T are two because a process cannot move itself into a new process namespace; T and S
call `die_with_parent`, and T0's end is then the end of all. T0 loses sight of the host, too.
At the other levels `enter` and `renew` do nothing, and T0 can go on as T. There, `settle` takes
the scratch folder of one S, so S calls it. S removes what each W left in that folder, but not
the folder: the rules are tied to it. A confined W can fill the disk through it, because only
one file's size has a limit; without a folder it cannot.

An error (SandboxError) leaves a process half locked: it must end, and nothing of the student's
may run in it. An isolated W is process 1 of its namespace, which SIGXCPU and SIGABRT do not
end: SIGKILL follows a second after the first, SIGSEGV at once after the second.
"""

import contextlib
import os
import signal
import struct
import sys
import tempfile
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from grader.sandbox.environment import environment
from grader.sandbox.kernel import landlock, namespaces, seccomp, syscalls
from grader.sandbox.kernel.cgroup import Groups
from grader.sandbox.kernel.layer import LayerError, blamed
from grader.sandbox.kernel.limits import WorkerLimits, limiting
from grader.sandbox.kernel.trusted import require_parent
from grader.sandbox.level import Level

LAYERS = ("namespaces", "root", "landlock", "seccomp", "privileges", "limits")

_LAYERS_OF: dict[Level, tuple[str, ...]] = {
    "isolated": LAYERS,
    "confined": LAYERS[2:],
    "filtered": LAYERS[3:],
    "split": LAYERS[4:],
}
_FILES: dict[Level, seccomp.Files] = {
    "isolated": "own root",
    "confined": "landlock",
    "filtered": "unguarded",
}
_Steps = Sequence[tuple[str, syscalls.Call]]  # and the layer to blame
_CAPABILITIES_V3 = 0x20080522
_MOST_CAPABILITIES = 64


@dataclass(frozen=True)
class Policy:
    """What every worker of a template may open, and how strongly it is held."""

    readable: tuple[str, ...]  # absolute paths: files, and folders with all beneath them
    level: Level = "isolated"
    scratch_mb: int = 32  # of the own root's /scratch, which only a control group counts
    groups: Groups | None = None  # a layer at any level, demanded by none


@dataclass
class Confinement:
    """What is made once and used by each worker."""

    policy: Policy
    scratch: str | None  # the only folder that a worker can write to
    filter: seccomp.Filter | None
    rules: int | None  # file descriptor of Landlock's
    pids: int | None  # file descriptor of the template's process namespace
    proc: int  # file descriptor of /proc
    layers: dict[str, str]
    supervisor: int = 0  # pid of who called `prepare`
    renewal: "_Steps" = ()  # before each fork
    locking: "_Steps" = ()  # in each worker
    filtering: "_Steps" = ()  # at last, when it has closed its files


def find_groups(conductor: int) -> Groups:
    """Return where workers get control groups, for a grader whose first process is `conductor`.

    Raises:
        LayerError: there is no such place.
    """
    with blamed("cgroup"):
        return Groups.find(conductor)


def enter(policy: Policy) -> None:
    """Move this process into the namespaces that the policy's level asks for.

    Raises:
        LayerError: it is not allowed to, or has more than one thread.
    """
    if policy.level == "isolated":
        with blamed("namespaces"):
            namespaces.enter()


def settle(policy: Policy, scratch: str | None = None) -> Confinement:
    """Prepare what all workers share, in the first child after `enter`.

    Args:
        scratch: an empty folder for workers; not at `isolated`, which mounts one for each.

    Raises:
        LayerError: something does not work here; at `isolated`, this process must end.
    """
    level = policy.level
    proc = os.open("/proc" if sys.platform == "linux" else "/", os.O_RDONLY | os.O_CLOEXEC)
    cell = Confinement(policy, scratch, filter=None, rules=None, pids=None, proc=proc, layers={})
    cell.layers = dict.fromkeys(LAYERS, f"off (level {level})")
    cell.layers |= dict.fromkeys(_LAYERS_OF[level], "on")
    if policy.groups is not None:
        cell.layers["cgroup"] = f"on ({', '.join(policy.groups.controllers)})"
    _settle_files(cell)
    if level != "split":
        with blamed("seccomp"):
            cell.filter = seccomp.build(_FILES[level])
    with blamed("privileges"):
        _give_up_for_good(cell)
        _start_empty()
    return cell


def prepare(cell: Confinement, limits: WorkerLimits) -> None:
    """Prepare what `renew` and `lock` do, for workers that this process forks; before them.

    Raises:
        LayerError: it does not work; this process must not fork a worker.
    """
    inside = cell.policy.level == "isolated"
    if cell.supervisor != os.getpid():
        cell.supervisor = os.getpid()
        if inside:
            with blamed("root"):
                namespaces.own_mounts()
                namespaces.fresh_scratch(cell.policy.scratch_mb)()
    cell.renewal = _renewal(cell) if inside else ()
    cell.locking = tuple(_locking(cell, limits))
    if cell.filter is not None:
        cell.filtering = [("seccomp", seccomp.installing(cell.filter))]


def renew(cell: Confinement) -> None:
    """Prepare the next fork of a worker; at `isolated`, no other child may come between.

    Raises:
        LayerError: it does not work; this process must not fork a worker.
    """
    _take(cell.renewal)


def lock(cell: Confinement, keep: Collection[int] = ()) -> dict[str, str]:
    """Confine this process, a child of who called `renew`, for ever.

    Args:
        keep: file descriptors that stay open, besides 0 (which is empty), 1 and 2.

    Returns:
        layer -> "on (...)" or "off (...)", one entry for each of LAYERS, and one for "cgroup"
        where the policy has groups.

    Raises:
        LayerError: a layer of the level does not work; this process must end.
    """
    _take(cell.locking)
    syscalls.close_fds({0, 1, 2, *keep})
    _take(cell.filtering)
    return cell.layers


def release(cell: Confinement) -> None:
    """Kill all in the worker's control group, if it has one; for who called `prepare`.

    Raises:
        LayerError: something of the worker's lives on.
    """
    if cell.policy.groups is not None:
        with blamed("cgroup"):
            cell.policy.groups.remove(cell.supervisor)


def _settle_files(cell: Confinement) -> None:
    """Build what decides over files; the seccomp filter refuses the rest."""
    level, readable = cell.policy.level, cell.policy.readable
    if level == "filtered":
        cell.scratch = None  # nothing would keep a worker's writes inside it
    if level in ("isolated", "confined"):
        with blamed("landlock"):
            cell.layers["landlock"] = f"on (ABI {landlock.abi()})"
    if level == "isolated":
        cell.scratch = namespaces.SCRATCH
        with blamed("root"):
            cell.pids = os.open("/proc/self/ns/pid", os.O_RDONLY | os.O_CLOEXEC)
            namespaces.build_root(readable)
        with blamed("landlock"):  # the root holds nothing else, so its rule says it all
            folder = os.path.dirname(namespaces.SCRATCH)
            cell.rules = landlock.ruleset(["/"], [folder], ["/dev/null"])
    if level == "confined":
        with blamed("landlock"):
            scratch = [cell.scratch] if cell.scratch else []
            cell.rules = landlock.ruleset([*readable, *namespaces.DEVICES], scratch, ["/dev/null"])


def _give_up_for_good(cell: Confinement) -> None:
    """Let no child ever get what this process has not now; show it the least of the host."""
    if sys.platform == "linux":
        syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
        syscalls.prctl(syscalls.PR_CAP_AMBIENT, syscalls.PR_CAP_AMBIENT_CLEAR_ALL)
        with contextlib.suppress(OSError):  # past the last, or none to give up
            for capability in range(_MOST_CAPABILITIES):
                syscalls.prctl(syscalls.PR_CAPBSET_DROP, capability)
    os.environ.clear()
    os.environ.update(environment(cell.scratch))
    tempfile.tempdir = None  # it may have been asked before, and remember


def _start_empty() -> None:
    null = os.open(os.devnull, os.O_RDONLY)
    os.dup2(null, 0)
    os.close(null)
    os.umask(0o077)


def _renewal(cell: Confinement) -> _Steps:
    assert cell.pids is not None
    scratch = [namespaces.drop_scratch(), namespaces.fresh_scratch(cell.policy.scratch_mb)]
    return [
        *(("root", step) for step in scratch),
        *(("namespaces", step) for step in namespaces.new_pids(cell.pids)),
    ]


def _locking(cell: Confinement, limits: WorkerLimits) -> Iterator[tuple[str, syscalls.Call]]:
    """Yield the steps of `lock`, in their order."""
    inside = cell.policy.level == "isolated"
    yield "privileges", os.setsid
    if sys.platform == "linux":
        die = (syscalls.PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        yield "privileges", syscalls.prepared("prctl", *die)
        yield "privileges", partial(require_parent, cell.supervisor)
    if cell.policy.groups is not None:
        yield "cgroup", partial(cell.policy.groups.join, cell.supervisor, limits)
    if inside:
        yield "root", namespaces.own_ipc()
    yield "root", partial(os.chdir, cell.scratch or "/")
    with blamed("limits"):
        limits_set = limiting(limits, cell.proc, own_user_namespace=inside)
    yield from (("limits", step) for step in limits_set)
    if sys.platform == "linux":
        header = struct.pack("<Ii", _CAPABILITIES_V3, 0)
        nothing = bytes(24)  # effective, permitted, inheritable: two words of each
        yield "privileges", syscalls.prepared("capset", header, nothing)
        yield "privileges", syscalls.prepared("prctl", syscalls.PR_SET_DUMPABLE, 0, 0, 0, 0)
    if cell.rules is not None:
        yield "landlock", landlock.restricting(cell.rules)


def _take(steps: _Steps) -> None:
    for layer, step in steps:
        try:
            step()
        except (OSError, ValueError) as error:  # ValueError: of setrlimit
            raise LayerError(layer, str(getattr(error, "strerror", "") or error)) from error
