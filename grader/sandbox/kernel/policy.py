"""What the conductor decides about workers: what they may open, how they are held, what they use.

Runs in: the warm worker, the supervisor and the worker.
"""

import os
from dataclasses import dataclass, field

from grader.sandbox.level import Level


@dataclass(frozen=True)
class Policy:
    """What every worker of a warm worker may open, and how strongly it is held."""

    readable: tuple[str, ...]  # absolute paths: files, and folders with all that is beneath them
    level: Level = "isolated"
    scratch_mb: int = 32  # the size of a scratch folder, and of the largest file in it
    files: str | None = None  # a folder, each entry of which workers find in their scratch folder
    extra: tuple[str, ...] = ()  # names of layers that hold workers though no level demands them
    conductor: int = field(default_factory=os.getpid)  # its process id; all others descend from it


@dataclass(frozen=True)
class WorkerLimits:
    """What one worker may use up."""

    memory_mb: int = 2048  # besides what the warm worker has mapped already
    cpu_seconds: int = 60  # then the worker gets SIGXCPU, and one second later SIGKILL
    open_files: int = 64
    threads: int = 256  # in a control group, or in all workers of one user namespace together
