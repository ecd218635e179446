"""The confinement of a worker: one policy, four levels, nothing skipped in silence.

Runs in: the warm worker, the supervisor and the worker.

level       files that a worker can open     what else holds it
isolated    own root and Landlock            own processes, network, IPC; seccomp; limits
confined    Landlock                         seccomp; limits
filtered    all of the user's, to read       seccomp; limits
split       all of the user's                limits

Each function below is called in this order, and calls the methods of `Layer` named beside it, for
each layer in the order of the table LAYERS unless it says otherwise:

    warm worker     harden_trusted()                  started by exec with `environment()`; its
                                                      libraries are imported; it has one thread
                    confinement = enter(policy)       `find` of all layers, then `enter` of all
                    fork, at `isolated`: the child is the first process in the new namespaces and
                    goes on as the warm worker; the process outside only waits for its end
                    settle(confinement)               `words` of all layers, then `settle` of all;
                                                      at `isolated`, no path of the host is left
                    fork -> supervisor
    supervisor      prepare(confinement, limits)      `begin` once; `renewing` and `locking` make
                                                      the calls of the next two functions, so that
                                                      these need little memory: the pages that a
                                                      fork writes to are copied, and that takes
                                                      most of its time
                    renew(confinement)                what `renewing` has prepared, the last layer
                                                      first; before each fork of a worker
                    fork -> worker
    worker          its output to descriptors 1 and 2
                    lock(confinement, keep=[...])     what `locking` has prepared, by its `Moment`
                    run the submission
    supervisor      is_over_full(confinement)         now and then, while the worker runs
                    release(confinement)              `release`, once the worker has to end
                    tidy(confinement)                 once it has ended; its judge waits for this,
                                                      and not for the next fork
                    end(confinement)                  after the last worker

All but the worker are trusted, and each calls `die_with_parent` when it starts. The warm worker
goes on in a child because a process cannot move itself into a new process namespace.

Each worker finds an empty scratch folder of a limited size. At `isolated` it is a mount, made anew
for each worker, and the kernel keeps its size. At `confined` and `split` a supervisor makes one on
the host's disk, empties it before each worker, measures it while a worker runs, and removes it; at
`confined` the rules of its workers, which are tied to the folder, name this one alone. At
`filtered` nothing would keep a worker that can write to its own folder, so it can write nowhere.

An error (SandboxError) leaves a process half locked: it must end, and nothing of the student's
may run in it. A worker at `isolated` is process 1 of its namespace, which SIGXCPU and SIGABRT do
not end: the kernel sends SIGKILL a second after the first, and SIGSEGV at once after the second.

How to add a layer. It is these four files, besides a test of its own that is named after it;
tests/grader/sandbox/kernel/test_layers.py finds a layer that lacks one of the last two:

    grader/sandbox/kernel/NAME.py      a subclass of `Layer`: its name, the levels that demand it,
                                       and the methods that it needs; a `Moment` for each step
    grader/sandbox/kernel/lockdown.py  its row in LAYERS
    grader/sandbox/kernel/probe.py     a deed that it must refuse: a row of `_FORBIDDEN`
    docs/security.md                   its row in the table of layers
"""

import os
import sys
from collections.abc import Collection, Iterator

from grader.sandbox.kernel import syscalls
from grader.sandbox.kernel.cgroup import ControlGroup
from grader.sandbox.kernel.landlock import Landlock
from grader.sandbox.kernel.layer import (
    Calls,
    Confinement,
    Layer,
    LayerError,
    Moment,
    Step,
    blamed,
)
from grader.sandbox.kernel.limits import Limits
from grader.sandbox.kernel.namespaces import Namespaces
from grader.sandbox.kernel.policy import Policy, WorkerLimits
from grader.sandbox.kernel.privileges import Privileges
from grader.sandbox.kernel.root import Root
from grader.sandbox.kernel.scratch import HostScratch
from grader.sandbox.kernel.seccomp import Seccomp
from grader.sandbox.level import Level

# In this order reports name them, the extra ones last.
LAYERS: tuple[type[Layer], ...] = (
    Namespaces,
    Root,
    Landlock,
    Seccomp,
    Privileges,
    Limits,
    ControlGroup,
)
HOST_SCRATCH: tuple[Level, ...] = ("confined", "split")  # levels with a scratch folder on the host
EXTRA = tuple(layer.name for layer in LAYERS if not layer.levels)  # no level demands these


def enter(policy: Policy) -> Confinement:
    """Move this process to where the policy's workers will live: its next child is inside.

    Raises:
        LayerError: a layer does not work here, or it is an extra one that does not exist.
    """
    for name in policy.extra:
        if name not in EXTRA:
            raise LayerError(name, "there is no such extra layer")
    layers = [
        layer(policy)
        for layer in LAYERS
        if policy.level in layer.levels or layer.name in policy.extra
    ]
    for layer in layers:
        with blamed(layer.name):
            layer.find()
    for layer in layers:
        with blamed(layer.name):
            layer.enter()
    return Confinement(policy, layers)


def settle(confinement: Confinement, place: str | None = None) -> None:
    """Prepare what all workers share, in the process that goes on after `enter`.

    Args:
        place: a folder on the host, in which each supervisor makes a scratch folder at the levels
            that have no root of their own.

    Raises:
        LayerError: a layer does not work here; this process must end.
    """
    root = "/proc" if sys.platform == "linux" else "/"
    confinement.proc = os.open(root, os.O_RDONLY | os.O_CLOEXEC)
    confinement.links = _links(confinement.policy.files)
    confinement.place = place
    confinement.words = _words(confinement)
    for layer in confinement.layers:
        with blamed(layer.name):
            layer.settle(confinement)


def prepare(confinement: Confinement, limits: WorkerLimits) -> None:
    """Prepare what `renew` and `lock` do, for workers that this process will fork.

    Raises:
        LayerError: a layer does not work here; this process must not fork a worker.
    """
    if confinement.supervisor != os.getpid():
        confinement.supervisor = os.getpid()
        with blamed("scratch"):
            _make_scratch(confinement)
        for layer in confinement.layers:
            with blamed(layer.name):
                layer.begin(confinement)
    confinement.renewal = tuple(_renewal(confinement))
    steps = sorted(_steps(confinement, limits), key=lambda named: named[1].moment)  # a stable sort
    last = Moment.CALLS
    confinement.locking = [(name, step.call) for name, step in steps if step.moment < last]
    confinement.filtering = [(name, step.call) for name, step in steps if step.moment == last]


def renew(confinement: Confinement) -> None:
    """Prepare the next fork of a worker; at `isolated`, no other child may come between.

    Raises:
        LayerError: a layer does not work here; this process must not fork a worker.
    """
    _take(confinement.renewal)


def is_over_full(confinement: Confinement) -> bool:
    """Tell whether the worker has written more than it may, where the kernel does not refuse it.

    Raises:
        SandboxError: the disk has no room; nothing can be said of what the worker does.
    """
    return confinement.host_scratch is not None and confinement.host_scratch.is_over_full()


def lock(confinement: Confinement, keep: Collection[int] = ()) -> dict[str, str]:
    """Confine this process, a child of the one that called `renew`, for ever.

    Args:
        keep: file descriptors that stay open, besides 0 (which is empty), 1 and 2.

    Returns:
        layer -> "on (...)" or "off (...)", for each layer that a level demands, and for each
        extra layer of the policy.

    Raises:
        LayerError: a layer does not work here; this process must end.
    """
    _take(confinement.locking)
    syscalls.close_fds({0, 1, 2, *keep})
    _take(confinement.filtering)
    return confinement.words


def release(confinement: Confinement) -> None:
    """End what the layers still hold of a worker; for the process that called `prepare`.

    Raises:
        LayerError: something of the worker's lives on.
    """
    for layer in confinement.layers:
        with blamed(layer.name):
            layer.release(confinement)


def tidy(confinement: Confinement) -> None:
    """Remove what a worker that has ended left in its scratch folder."""
    if confinement.host_scratch is not None:
        confinement.host_scratch.renew()


def end(confinement: Confinement) -> None:
    """Remove what this process has made for its workers, the last of which has ended."""
    if confinement.host_scratch is not None:
        confinement.host_scratch.remove()


def _links(files: str | None) -> dict[str, str]:
    """Return name -> path for each entry of the folder `files`."""
    return {} if files is None else {entry.name: entry.path for entry in os.scandir(files)}


def _make_scratch(confinement: Confinement) -> None:
    level, place = confinement.policy.level, confinement.place
    if place is not None and level in HOST_SCRATCH:
        megabytes = confinement.policy.scratch_mb
        confinement.host_scratch = HostScratch(place, megabytes, confinement.links)
        confinement.scratch = confinement.host_scratch.path


def _words(confinement: Confinement) -> dict[str, str]:
    off = f"off (level {confinement.policy.level})"
    words = {layer.name: off for layer in LAYERS if layer.levels}
    for layer in confinement.layers:
        with blamed(layer.name):
            detail = layer.words()
        words[layer.name] = f"on ({detail})" if detail else "on"
    return words


def _renewal(confinement: Confinement) -> Iterator[tuple[str, syscalls.Call]]:
    if confinement.host_scratch is not None:
        yield "scratch", confinement.host_scratch.start
    for layer in reversed(confinement.layers):  # a new process namespace is for the next child
        with blamed(layer.name):
            calls = tuple(layer.renewing())
        yield from ((layer.name, call) for call in calls)


def _steps(confinement: Confinement, limits: WorkerLimits) -> Iterator[tuple[str, Step]]:
    for layer in confinement.layers:
        with blamed(layer.name):
            steps = tuple(layer.locking(confinement, limits))
        yield from ((layer.name, step) for step in steps)


def _take(calls: Calls) -> None:
    for layer, call in calls:
        try:
            call()
        except (OSError, ValueError) as error:  # setrlimit raises a ValueError
            raise LayerError(layer, str(getattr(error, "strerror", "") or error)) from error
