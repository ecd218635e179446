"""What lies among the submissions of a class and is none."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Aside:
    """A file or folder that was not graded, and why."""

    path: str  # in the class
    why: str
    is_open: bool = False  # it may be a student's all the same: somebody has to decide
    is_quiet: bool = False  # for the page alone: nobody needs to know
