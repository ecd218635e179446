"""How strongly a worker is held: the four levels, and which of them works on this machine.

Runs in: the conductor. It imports nothing of the kernel's layers, so that any system can.
"""

import os
import socket
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

import msgspec

from grader.errors import SandboxError
from grader.sandbox.environment import environment

Level = Literal["isolated", "confined", "filtered", "split"]
LEVELS: tuple[Level, ...] = ("isolated", "confined", "filtered", "split")  # strongest first

OWN_PROCESS = "own process"  # no level: nothing holds a worker of `sandbox.own` but its time

_PROBE = "grader.sandbox.kernel.probe"  # the module whose `main` prints an Isolation as JSON
_SECONDS = 60
_ROOT = Path(__file__).parents[2]  # the folder that holds the package `grader`


@dataclass(frozen=True)
class Isolation:
    """A level, and layer -> "on (...)" or "off (...)"."""

    level: Level
    layers: dict[str, str]
    extra: tuple[str, ...] = ()  # layers that no level demands and that work here, too

    def described(self) -> dict[str, str]:
        """Return level and layers as a record holds them."""
        return {"level": self.level, **self.layers}


def can_hold() -> bool:
    """Tell whether this system has what every level is made of: only Linux has."""
    needed = ((os, "fork"), (os, "pidfd_open"), (socket, "SOCK_SEQPACKET"), (socket, "send_fds"))
    return sys.platform == "linux" and all(hasattr(module, name) for module, name in needed)


def probe() -> Isolation:
    """Return what works for this user on this machine; takes about half a second.

    Raises:
        SandboxError: not even the lowest level works, or nothing answers in time.
    """
    if not can_hold():
        raise SandboxError(
            "this system has no sandbox for the code of others; grade on Linux, or in a container "
            "with it; `grader check` checks your own file anywhere"
        )
    try:
        found = subprocess.run(
            [sys.executable, "-B", "-m", _PROBE, str(os.getpid())],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            env={**environment(), "PYTHONPATH": str(_ROOT)},
            cwd="/",
            timeout=_SECONDS,
        )
    except subprocess.TimeoutExpired as error:
        raise SandboxError(
            f"sandbox: what works on this machine was not found out in {_SECONDS} seconds; "
            f"see where `python -m {_PROBE}` stops, or try again when the machine is less busy"
        ) from error
    if found.returncode:
        reason = found.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise SandboxError(f"sandbox: no level works here: {reason}")
    return msgspec.json.decode(found.stdout, type=Isolation)
