"""Execute code of the course: its reference, with or without a mistake, and given modules.

Runs in: the warm judge.
"""

import __future__

import ast
import sys
import types
from collections.abc import Iterator
from pathlib import Path

from grader.errors import CourseError
from grader.sandbox.threads import Threads


def load(name: str, text: str, path: Path, threads: Threads) -> types.ModuleType:
    """Execute a module of the course.

    Raises:
        CourseError: a statement raises or starts threads.
    """
    module = types.ModuleType(name)
    module.__file__ = str(path)
    sys.modules[name] = module
    try:
        for line, code in _statements(text, str(path)):
            exec(code, module.__dict__)
            if threads.have_come():
                raise CourseError(f"{path}: {starts_threads(f' (line {line})')}")
    except CourseError:
        raise
    except (Exception, SystemExit) as error:
        raise CourseError(f"{path}: cannot be executed: {error}") from error
    return module


def starts_threads(where: str = "") -> str:
    """Return what is wrong with code of the course that starts threads."""
    return (
        f"starts threads when it is imported{where}, so that no judge can be forked after it; "
        "compute inside functions instead"
    )


def _statements(text: str, file: str) -> Iterator[tuple[int, types.CodeType]]:
    """Yield line and code of each top-level statement, one by one, to know which one does what."""
    whole = compile(text, file, "exec", dont_inherit=True)
    flags = whole.co_flags & __future__.annotations.compiler_flag
    for node in ast.parse(text, file).body:
        one = ast.Module([node], [])
        yield node.lineno, compile(one, file, "exec", flags=flags, dont_inherit=True)
