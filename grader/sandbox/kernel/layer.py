"""What a layer of isolation is, and what all layers of a worker have in common.

Runs in: the warm worker, the supervisor and the worker.

`lockdown` has the table of layers. It makes one object of each layer that a policy asks for, and
calls the methods of all of them at the times that its own docstring lists.
"""

import contextlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import IntEnum, auto
from typing import ClassVar, NamedTuple

from grader.errors import SandboxError
from grader.sandbox.kernel.policy import Policy, WorkerLimits
from grader.sandbox.kernel.scratch import HostScratch
from grader.sandbox.kernel.syscalls import Call
from grader.sandbox.level import Level


class Moment(IntEnum):
    """When a worker takes a step of its lock; the steps of one moment follow the table's order."""

    PARENT = auto()  # first, so that whatever comes next, the worker ends with its supervisor
    GROUP = auto()  # while the worker still holds the descriptor of the control groups' folder
    PLACE = auto()  # its IPC objects and its working folder, while it has capabilities
    LIMITS = auto()
    CAPABILITIES = auto()  # they go once no step needs them any more
    FILES = auto()  # from here on, the worker can open only what its rules name
    CALLS = auto()  # last, because it refuses most of these calls; descriptors are closed before


class Step(NamedTuple):
    """One call that a worker makes to lock itself in."""

    moment: Moment
    call: Call


class Layer:
    """One thing that holds a worker; a subclass overrides the methods that it needs.

    A method that fails raises an OSError, which ends the process or its fork of a worker: no
    layer is left out in silence.
    """

    name: ClassVar[str]  # as reports and errors say it
    levels: ClassVar[Sequence[Level]]  # the levels that demand it; none for an extra layer

    def __init__(self, policy: Policy) -> None:
        self.policy = policy

    def find(self) -> None:
        """In the warm worker, while it sees all of the host: open what the layer needs of it."""

    def enter(self) -> None:
        """In the warm worker, after that: decide where its next child will live."""

    def words(self) -> str:
        """Return what a report says in brackets behind "on", if there is something to say."""
        return ""

    def settle(self, confinement: "Confinement") -> None:
        """In the process that supervisors are forked from: prepare what all workers share."""

    def begin(self, confinement: "Confinement") -> None:
        """In each supervisor, once: prepare it for forking workers."""

    def renewing(self) -> Iterable[Call]:
        """Return the calls that a supervisor makes before each fork of a worker."""
        return ()

    def locking(self, confinement: "Confinement", limits: WorkerLimits) -> Iterable[Step]:
        """Return the steps that a worker takes to lock itself in."""
        return ()

    def release(self, confinement: "Confinement") -> None:
        """In the supervisor, when a worker has to end: end what the layer still holds of it."""


Calls = Sequence[tuple[str, Call]]  # each with the name of the layer to blame if it fails


@dataclass
class Confinement:
    """What is made once for a policy and used for each worker."""

    policy: Policy
    layers: Sequence[Layer]
    words: dict[str, str] = field(default_factory=dict)  # layer -> "on (...)" or "off (...)"
    scratch: str | None = None  # the only folder that a worker can write to, if there is one
    links: Mapping[str, str] = field(default_factory=dict)  # in it: name -> where it leads
    place: str | None = None  # a folder on the host in which a supervisor may make `scratch`
    host_scratch: HostScratch | None = None  # `scratch`, if this supervisor has made it
    proc: int = -1  # file descriptor of /proc, which an own root does not hold
    supervisor: int = 0  # process id of the process that has called `prepare`
    renewal: Calls = ()  # before each fork of a worker
    locking: Calls = ()  # in each worker, while its descriptors are open
    filtering: Calls = ()  # in each worker, when they are closed


class LayerError(SandboxError):
    """A layer that the policy asks for does not work here."""

    def __init__(self, layer: str, reason: str) -> None:
        see = "python -m grader.sandbox.kernel.probe"
        super().__init__(f"sandbox: {layer}: {reason}; see what works here with `{see}`")
        self.layer = layer
        self.reason = reason


@contextlib.contextmanager
def blamed(layer: str) -> Iterator[None]:
    """Say of each system call that fails inside that `layer` does not work here."""
    try:
        yield
    except OSError as error:
        raise LayerError(layer, error.strerror or str(error)) from error
