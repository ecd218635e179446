"""What code leaves behind in a process, to know whether another check may be run in it.

Runs in: the worker.

A worker without sandbox serves several checks, because it cannot be forked and torch takes seconds
to import. Each check executes the submission anew; the generators of random numbers, the folder,
the environment and what `program.execute` sets start alike. If anything else differs
afterwards - a function of a library was replaced, a setting changed, a thread left running - the
process serves no other check.
"""

import linecache
import os
import random
import sys
import threading
import types
import warnings
from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from grader.sandbox.wire.messages import Sources, file_of

_Marks = dict[str, object]


class Traces:
    """The state of this process before any check, to return to and to compare with."""

    def __init__(self, packages: list[str]) -> None:
        loaded = [name for name in sys.modules if name.partition(".")[0] in packages]
        self._libraries = [
            module
            for name in ("builtins", "math", "random", "time", "itertools", "functools", *loaded)
            if type(module := sys.modules[name]) is types.ModuleType
        ]
        self._names = [dict(vars(module)) for module in self._libraries]
        self._generators = _generators()
        self._settings = _settings()
        self._finders = list(sys.meta_path)
        self._argv = list(sys.argv), list(sys.orig_argv)
        self._environment = dict(os.environ)
        self._folder = os.getcwd()
        self._files = _files()
        self._streams = sys.stdout, sys.stderr, sys.stdin

    def remove(self, sources: Sources) -> bool:
        """Undo what executing `sources` does to a process; tell whether that is all there was."""
        sys.meta_path[:] = self._finders
        sys.argv[:], sys.orig_argv[:] = self._argv
        builtins = vars(sys.modules["builtins"])
        for name in builtins.keys() - self._names[0].keys():
            del builtins[name]
        for name in (
            sources.name,
            "given",
            *sources.modules,
            *(name for *_, name in sources.spaces),
        ):
            linecache.cache.pop(file_of(name), None)
            top = name.partition(".")[0]
            for module in [m for m in sys.modules if m == top or m.startswith(f"{top}.")]:
                del sys.modules[module]
        for put_back in self._generators:
            put_back()
        return self._is_clean()

    def _is_clean(self) -> bool:
        return (
            (sys.stdout, sys.stderr, sys.stdin) == self._streams
            and os.getcwd() == self._folder
            and _files() == self._files
            and dict(os.environ) == self._environment
            and _settings() == self._settings
            and all(map(_unchanged, self._libraries, self._names))
        )


def _unchanged(module: types.ModuleType, names: Mapping[str, object]) -> bool:
    """Tell whether a module has what it had; a part that was imported since may have come."""
    now = vars(module)
    return all(now.get(name) is value for name, value in names.items()) and all(
        isinstance(now[name], types.ModuleType) or name.startswith("_")
        for name in now.keys() - names.keys()
    )


def _generators() -> list[Callable[[], object]]:
    """Return what puts the global generators of random numbers back to where they are now."""
    python, of_numpy = random.getstate(), np.random.get_state()
    found: list[Callable[[], object]] = [
        lambda: random.setstate(python),
        lambda: np.random.set_state(of_numpy),
    ]
    if torch := sys.modules.get("torch"):
        state = torch.get_rng_state()
        found.append(lambda: torch.set_rng_state(state))
    return found


def _files() -> set[tuple[str, int, int]]:
    """Return path, time of change and size of what lies in the current folder."""
    found = set()
    for folder, _, names in os.walk("."):
        for name in names:
            stat = os.lstat(os.path.join(folder, name))
            found.add((os.path.join(folder, name), stat.st_mtime_ns, stat.st_size))
    return found


def _settings() -> _Marks:
    found: _Marks = {
        "threads": threading.active_count(),
        "numpy": (np.geterr(), repr(np.get_printoptions())),
        "warnings": list(warnings.filters),
        "python": (sys.getrecursionlimit(), sys.gettrace(), sys.getprofile(), list(sys.path)),
    }
    torch: Any = sys.modules.get("torch")
    if torch:
        found["torch"] = (
            torch.get_default_dtype(),
            torch.is_grad_enabled(),
            torch.are_deterministic_algorithms_enabled(),
            torch.get_num_threads(),
        )
    return found
