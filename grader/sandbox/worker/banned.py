"""Names inside allowed packages that an assignment bans: a call of one raises.

Runs in: the worker.

`np.linalg.solve`, `vars(np.linalg)["solve"]` and `getattr` with the name put together all find the
same: something that refuses. The package's own functions go on with what they imported before,
except in the modules beside the banned name, where a student could look it up as well. A student
who knows the package from within can still reach what lies below: this is no guarantee.
"""

import importlib
import sys
from collections.abc import Collection
from types import ModuleType
from typing import NoReturn

BEGINNING = "banned in this assignment"  # of what the error says


class _Refused:
    """Stands where a banned function or class stood."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __call__(self, *_: object, **__: object) -> NoReturn:
        raise RuntimeError(f"{BEGINNING}: {self._name}")


def refuse(banned: Collection[str], allowed: Collection[str]) -> None:
    """Put something that raises in the place of each banned function or class.

    A banned module stays: whatever of it is used is flagged by the judge, which reads the source.

    Args:
        allowed: packages that may be imported; names of any other are out of reach already.
    """
    for name in banned:
        place, _, attribute = name.rpartition(".")
        if name.partition(".")[0] not in allowed:
            continue
        found = getattr(_module(place), attribute, None)
        if found is not None and not isinstance(found, (ModuleType, _Refused)):
            _replace(found, place, _Refused(name))


def _module(name: str) -> object:
    try:
        return importlib.import_module(name)
    except ImportError:  # the name of a class, or of nothing
        return None


def _replace(found: object, place: str, refused: _Refused) -> None:
    for name, module in list(sys.modules.items()):
        if name == place or name.startswith(f"{place}."):
            for attribute, value in list(vars(module).items()):
                if value is found:
                    setattr(module, attribute, refused)
