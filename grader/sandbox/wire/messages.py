"""What the trusted processes around a worker say to each other, besides frames.

Runs in: the conductor, the judge, the warm worker and the supervisor.

    conductor -> warm worker                    warm worker -> conductor
    Settings as JSON, and a descriptor for      IMPORTING with the name of each package in turn,
        its companion                           then READY with the names of packages that were
                                                    looked for and are hidden, or one line that
                                                    says what failed
    byte FORK with a supervisor's socket

    judge -> supervisor                         supervisor -> judge
    frame with Sources as its one buffer
    byte LOAD, and other Sources in a frame
    byte FORK with the worker's socket,
        and a file for what it prints
    byte STOPPED                                byte 1 if the worker is stopped, or was since it
                                                    was asked last; else byte 0
    byte WHERE: let the worker write to its
        standard error where it is
    byte END                                    ENDING, and what of the grader failed, if it did
"""

import struct
from typing import Protocol

import msgspec

from grader.sandbox.level import Level
from grader.sandbox.terms import Terms

LOAD = b"L"
FORK = b"F"  # one byte carries the file descriptors
IMPORTING = b"\0"  # begins no line that says what failed
READY = b"\1"  # begins no line either
STOPPED = b"S"
WHERE = b"W"
END = b"E"
FILES = "files"  # in the folder of a run: each entry appears in a worker's scratch folder
AGAIN = "again"  # the operation in a frame from a judge to a worker
ENDING = struct.Struct("<iQdH")  # status as of os.wait4, peak KiB, CPU seconds, bytes that follow


class Settings(msgspec.Struct, frozen=True):
    """What the conductor tells a warm worker when it starts."""

    packages: list[str]  # what a submission may import besides the standard library
    modules: list[str]  # names below these packages, to be imported early if they are modules
    level: Level
    trains: bool  # submissions train with torch
    extra: list[str]  # names of layers that no level demands and each worker must have
    conductor: int  # its process id
    companion: str | None  # the name of a module that is a `Companion`
    folder: str  # of this run: what is in FILES is for workers, and all else is hidden from them
    scratch_mb: int  # the size of a worker's scratch folder


class Companion(Protocol):
    """A module that the warm worker imports by its name and runs in a trusted fork of itself.

    The engine names `engine.judge_process`: so the warm judge shares the libraries that the warm
    worker has imported, and nothing of the sandbox needs to know a judge. The fork is made before
    the warm worker locks itself in, and the kernel kills it when the warm worker ends.
    """

    def main(self, fd: int) -> None:
        """Serve the conductor over the socket `fd`, which came with `Settings`, until it closes."""


class Sources(msgspec.Struct, frozen=True):
    """What the judge sends of a submission to have it run: text only."""

    name: str  # the submission's own module, e.g. "knn"
    text: str
    modules: dict[str, str]  # dotted name -> text: the student's other files, and given code
    terms: Terms
    spaces: list[tuple[int, int, str]] = []  # lines of `text`, first to last, and their module
    shared: bool = False  # a worker serves one check after another, as long as they pass

    def __post_init__(self) -> None:
        if type(self.terms) is not Terms:  # an assignment would be sent with all that it holds
            raise TypeError("of an assignment, workers are told its `Terms.of` alone")

    @property
    def files(self) -> set[str]:
        """What tracebacks call the files that came with the submission."""
        return {file_of(name) for name in (self.name, *self.modules)}


def file_of(module: str) -> str:
    """Return what tracebacks call the file of a module that came with the submission."""
    return module.replace(".", "/") + ".py"
