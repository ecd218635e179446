"""What a student handed in, read as bytes.

Runs in: the conductor and the judge.
"""

from dataclasses import dataclass

from grader.intake.unreadable import Unreadable

__all__ = ["NOTEBOOK", "Submission", "Unreadable"]

NOTEBOOK = ".ipynb"


@dataclass(frozen=True)
class Submission:
    """The deliverable, and the modules that it can import."""

    id: str
    main: str  # "knn.py" or "knn.ipynb", whatever the student called it
    files: dict[str, bytes]  # the deliverable, and modules by their paths: "tools/counts.py"
    digest: str  # SHA-256 over names and bytes
    notes: tuple[str, ...]
    called: str = ""  # the deliverable's own name, harmless to print, if it is not `main`
    submitted_at: str = ""  # ISO 8601, as the system of the course or an archive has it

    @property
    def shown(self) -> str:
        """The deliverable's name in messages to the student."""
        return self.called or self.main
