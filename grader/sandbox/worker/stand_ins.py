"""Packages that show something, without the showing: plots, progress bars, what a notebook adds.

Runs in: the worker.

A stand-in takes every use of it and does nothing, unless code relies on what comes back.
"""

import contextlib
import sys
import types
from collections.abc import Callable, Iterable, Iterator
from typing import Any

NOTEBOOK_PACKAGES = frozenset({"IPython", "ipywidgets", "marimo"})  # stand-ins in any assignment
_PROGRESS = ("aggregate", "apply", "applymap", "map", "transform")


class Nothing:
    """Stands for a plot, an axis, a figure: takes every use and has no effect."""

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if not kwargs and len(args) == 1 and isinstance(args[0], types.FunctionType):
            return args[0]  # it stands for a decorator
        return self

    def __iter__(self) -> Iterator["Nothing"]:
        return iter((self, self))  # figure, axes = plt.subplots()

    def __getattr__(self, name: str) -> "Nothing":
        if name.startswith("__"):
            raise AttributeError(name)
        return self

    def __getitem__(self, key: object) -> "Nothing":
        return self

    def __enter__(self) -> "Nothing":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __repr__(self) -> str:
        return ""


class Bar:
    """Stands for tqdm's progress bar: hands on what it goes through, and counts."""

    def __init__(
        self, iterable: Any = None, desc: str | None = None, total: Any = None, **options: Any
    ) -> None:
        self.iterable = iterable
        self.desc = desc or ""
        self.total = len(iterable) if total is None and hasattr(iterable, "__len__") else total
        self.n = options.get("initial", 0)

    def __iter__(self) -> Iterator[Any]:
        for item in self.iterable:
            yield item
            self.n += 1

    def __len__(self) -> int:
        return int(self.total) if self.iterable is None else len(self.iterable)

    def __bool__(self) -> bool:
        return bool(self.total) if self.total is not None else bool(self.iterable)

    def __contains__(self, item: object) -> bool:
        return item in self.iterable

    def __reversed__(self) -> Iterator[Any]:
        yield from reversed(self.iterable)

    def __enter__(self) -> "Bar":
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def __getattr__(self, name: str) -> Nothing:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()  # set_description, close, and all else that only shows something

    def update(self, n: float = 1) -> None:
        self.n += n

    def reset(self, total: Any = None) -> None:
        self.n = 0
        self.total = self.total if total is None else total

    def set_description(self, desc: str | None = None, refresh: bool = True) -> None:
        self.desc = desc or ""

    @staticmethod
    def write(text: str, file: Any = None, end: str = "\n", nolock: bool = False) -> None:
        print(text, end=end, file=file)

    @staticmethod
    @contextlib.contextmanager
    def external_write_mode(*_: object, **__: object) -> Iterator[None]:
        yield

    @staticmethod
    def pandas(*_: object, **__: object) -> None:
        """Give pandas `progress_apply` and its like, which do what `apply` does."""
        pandas: Any = sys.modules.get("pandas")
        if pandas is None:
            return
        groups = pandas.core.groupby
        kinds = (pandas.DataFrame, pandas.Series, groups.DataFrameGroupBy, groups.SeriesGroupBy)
        for kind in kinds:
            for name in _PROGRESS:
                if hasattr(kind, name):
                    setattr(kind, f"progress_{name}", getattr(kind, name))


def _range_bar(*args: int, **options: Any) -> Bar:
    return Bar(range(*args), **options)


def _mapped(function: Callable[..., Any], *iterables: Iterable[Any], **_: object) -> list[Any]:
    return list(map(function, *iterables))


def _numbered(items: Iterable[Any], start: int = 0, *_: object, **__: object) -> "enumerate[Any]":
    return enumerate(items, start)


def _zipped(*iterables: Iterable[Any], **_: object) -> Iterator[tuple[Any, ...]]:
    return zip(*iterables, strict=False)


class EmptyModule(types.ModuleType):
    """A module in which every name is found and stands for nothing."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return Nothing()


WORKING: dict[str, dict[str, object]] = {  # a package -> what works in its modules
    "past": {"xrange": range, "basestring": str, "unicode": str, "long": int},
    "six": {"xrange": range, "range": range},
    "tqdm": {
        **dict.fromkeys(("tqdm", "tqdm_gui", "tqdm_notebook"), Bar),
        **dict.fromkeys(("tgrange", "tnrange", "trange"), _range_bar),
        **dict.fromkeys(("process_map", "thread_map", "tmap"), _mapped),
        "tenumerate": _numbered,
        "tzip": _zipped,
    },
}


IN_NOTEBOOKS = {"display": Nothing(), "get_ipython": Nothing()}  # found without an import
