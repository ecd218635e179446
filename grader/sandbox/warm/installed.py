"""One view of what is installed: to a library, a package that no worker can open does not exist.

Runs in: the warm worker, the supervisor and the worker.

Many libraries use another one if it is there, and go on without it if the import says that it is
not: `try: import rich except ImportError`. Without this view, the warm worker would find all that
is installed, and a worker would find files that the kernel does not let it open, which is a
PermissionError. With it, both find the same, at every level of isolation.
"""

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, PathFinder
from importlib.metadata import Distribution, DistributionFinder
from types import ModuleType
from typing import Self

from grader.sandbox.kernel.allowed import normal

_OUR_OWN = ("grader", "msgspec", "numpy")  # the warm worker and its forks themselves need these


class InstalledFinder(MetaPathFinder):
    """Stands in the place of Python's finder of files, and finds no more than workers can open."""

    def __init__(self, readable: Sequence[str], distributions: Mapping[str, Distribution]) -> None:
        # Some packages, as cv2, look for their parts where a folder is that a link leads to.
        self._readable = frozenset({*readable, *map(os.path.realpath, readable)})
        self._distributions = distributions
        self.hidden: dict[str, None] = {}  # packages that were looked for and not found, in order

    @classmethod
    def install(cls, readable: Sequence[str], distributions: Mapping[str, Distribution]) -> Self:
        """Let this process find only what lies in or beneath the paths `readable`."""
        finder = cls(readable, distributions)
        sys.meta_path[sys.meta_path.index(PathFinder)] = finder
        return finder

    def remove(self) -> None:
        """Let this process find everything again."""
        sys.meta_path[sys.meta_path.index(self)] = PathFinder

    def find_spec(
        self, name: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        spec = PathFinder.find_spec(name, path, target)
        if spec is None or name.partition(".")[0] in _OUR_OWN or self._is_readable(spec):
            return spec
        self.hidden[name.partition(".")[0]] = None
        return None

    def find_distributions(
        self, context: DistributionFinder.Context | None = None
    ) -> Iterator[Distribution]:
        """Yield what `importlib.metadata` asks for, found without a look into any folder."""
        wanted = None if context is None or context.name is None else normal(context.name)
        for name, distribution in self._distributions.items():
            if wanted in (None, name):
                yield distribution

    def invalidate_caches(self) -> None:
        """Keep what is known of folders: a worker could not list some of them again."""

    def _is_readable(self, spec: ModuleSpec) -> bool:
        if spec.origin is not None:
            return self._lies_in_readable(spec.origin)
        return any(map(self._holds_readable, spec.submodule_search_locations or ()))

    def _lies_in_readable(self, path: str) -> bool:
        path = os.path.abspath(path)
        while path not in self._readable:
            above = os.path.dirname(path)
            if above == path:
                return False
            path = above
        return True

    def _holds_readable(self, folder: str) -> bool:
        """Tell whether a folder of a namespace package has a part that is readable."""
        start = os.path.join(os.path.abspath(folder), "")
        return self._lies_in_readable(folder) or any(
            path.startswith(start) for path in self._readable
        )
