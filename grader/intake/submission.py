"""What a student handed in, read as bytes.

Runs in: the conductor and the judge.
"""

from dataclasses import dataclass

from grader.intake.unreadable import Unreadable

__all__ = ["NOTEBOOK", "Submission", "Unreadable"]

NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Other:
    """Another file of a submission, from which some exercises are taken."""

    called: str  # harmless to print
    is_notebook: bool
    data: bytes
    names: tuple[str, ...]  # what is taken: "f", "Class.method", or "Class" for all its methods
    module: str = ""  # by which the deliverable imports it, if it does


@dataclass(frozen=True)
class Submission:
    """The deliverable, what it can import, and other files that hold some of the exercises."""

    id: str
    main: str  # "knn.py" or "knn.ipynb", whatever the student called it
    files: dict[str, bytes]  # the deliverable, and what it can import or run: "tools/counts.py"
    digest: str  # SHA-256 over names and bytes
    notes: tuple[str, ...]
    called: str = ""  # the deliverable's own name, harmless to print, if it is not `main`
    submitted_at: str = ""  # ISO 8601, as the system of the course or an archive has it
    others: tuple[Other, ...] = ()

    @property
    def shown(self) -> str:
        """The deliverable's name in messages to the student."""
        return self.called or self.main
