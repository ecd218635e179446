"""The global generators and settings of Python, numpy and torch, to set them back.

Runs in: the judge and the worker.
"""

import random
import sys
import warnings
from collections.abc import Callable
from functools import partial

import numpy as np


def remember() -> Callable[[], None]:
    """Return a function that sets all of them back to what they are now."""
    back: list[Callable[[], object]] = [
        partial(random.setstate, random.getstate()),
        partial(np.random.set_state, np.random.get_state(legacy=False)),
        partial(np.seterr, **np.geterr()),
        partial(np.set_printoptions, **np.get_printoptions()),
        partial(_filter_warnings, list(warnings.filters)),
    ]
    if torch := sys.modules.get("torch"):
        back += [
            partial(torch.set_rng_state, torch.get_rng_state()),
            partial(torch.set_grad_enabled, torch.is_grad_enabled()),
            partial(torch.set_default_dtype, torch.get_default_dtype()),
        ]

    def set_back() -> None:
        for setting in back:
            setting()

    return set_back


def _filter_warnings(filters: list[object]) -> None:
    warnings.resetwarnings()  # forgets which warnings were shown already, too
    warnings.filters.extend(filters)  # type: ignore[attr-defined]
