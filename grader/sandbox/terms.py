"""The keys of assignment.toml that workers may know: what a submission may import and use up.

Runs in: the conductor, the judge, the supervisor and the worker.

Nothing else of an assignment reaches the processes that run student code. A key that is declared
here goes there by itself, so it must be one that students may read: a test compares this struct
with what stands in a handout.
"""

import math
from typing import Annotated, Self

import msgspec
from msgspec import Meta

_DAY = 86_400
_MOST_SCRATCH = 4096  # MiB; what lies in the folder is looked at again and again
_Seconds = Annotated[
    float,
    Meta(gt=0, le=_DAY),
    Meta(description=f"a number of seconds above 0 and up to {_DAY}"),
]
_Megabytes = Annotated[int, Meta(gt=0), Meta(description="a whole number of MiB above 0")]
_Package = Annotated[str, Meta(pattern=r"^[^\W\d][\w-]*$")]  # "scikit-learn" gets better words
_Packages = Annotated[
    tuple[_Package, ...],
    Meta(description='a list of top-level package names, such as "numpy"'),
]

_Dotted = Annotated[str, Meta(pattern=r"^[^\W\d]\w*(\.[^\W\d]\w*)+$")]


class Limits(msgspec.Struct, frozen=True):
    """How much a submission may use; beyond it, the sandbox kills its worker."""

    check_seconds: _Seconds = 10.0  # wall time of one check
    submission_seconds: _Seconds = 300.0  # wall time of all its checks
    memory_mb: _Megabytes = 2048
    scratch_mb: Annotated[_Megabytes, Meta(le=_MOST_SCRATCH)] = 32  # what a check may write

    @property
    def worker_seconds(self) -> float:
        """Wall time of a worker in one test; the limit on its CPU time is reached first."""
        return 2 * self.check_seconds + 1

    @property
    def cpu_seconds(self) -> int:
        """How long a worker may compute, which the kernel counts in whole seconds."""
        return math.ceil(self.check_seconds)


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What an assignment says to the workers of its submissions.

    The description of a field's type are the words that follow "must be" in an author's error.
    """

    imports: _Packages = ()  # what a submission may import besides the standard library
    tolerated: _Packages = ()  # what it may import and finds empty, such as matplotlib
    # Names of these packages that it cannot use.
    banned: Annotated[
        tuple[_Dotted, ...],
        Meta(description='a list of dotted names, such as "numpy.linalg.lstsq"'),
    ] = ()
    limits: Limits = Limits()

    @classmethod
    def of(cls, assignment: "Terms") -> Self:
        """Return the terms of an assignment without anything else that it holds."""
        return cls(**{name: getattr(assignment, name) for name in cls.__struct_fields__})
