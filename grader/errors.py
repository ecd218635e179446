"""What the grader raises on purpose. A student's mistake is an outcome, never one of these.

GraderError            no grade is recorded                          exit code 3
+-- UsageError         the caller named a wrong path or option       exit code 2
+-- CourseError        the files of a course are wrong               exit code 2
+-- SandboxError       the sandbox itself did not work               exit code 3
+-- ReportError        a record does not fit its assignment          exit code 3
"""

import difflib
from collections.abc import Iterable


class GraderError(Exception):
    """Base class; str(error) is one line that says what is wrong and what to do."""

    exit_code = 3


class UsageError(GraderError):
    exit_code = 2


class CourseError(GraderError):
    exit_code = 2


class SandboxError(GraderError):
    pass


class ReportError(GraderError):
    pass


def did_you_mean(word: str, known: Iterable[str]) -> str:
    """Return "; did you mean 'x'?" for the known word nearest to `word`, or ""."""
    near = difflib.get_close_matches(word, list(known), n=1)
    return f"; did you mean {near[0]!r}?" if near else ""


def nearest(word: str, known: Iterable[str]) -> str:
    """Return the known name that differs from `word` by case, underscores or a letter, or ""."""
    plain = {name.replace("_", "").lower(): name for name in known}
    near = difflib.get_close_matches(word.replace("_", "").lower(), plain, n=1, cutoff=0.85)
    return plain[near[0]] if near else ""
