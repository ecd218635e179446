"""A warm worker on a system where a trick does not work.

    python -I spoiled_warm.py HOW FD

HOW is the name of a trick that raises, or one of the functions of SPOILING.
"""

import ctypes
import gc
import runpy
import sys
import warnings

from grader.sandbox.kernel import syscalls
from grader.sandbox.warm import tricks

CLEARING = ("_clear_type_cache", "_clear_internal_caches")  # the second from Python 3.13 on
MOMENTS = (tricks.BEFORE_IMPORTS, tricks.AFTER_IMPORTS, tricks.BEFORE_FORKS)


def fail(*_):
    raise AttributeError("there is no such function here")


def raise_in(name):
    for moment in MOMENTS:
        if name in moment:
            moment[name] = fail


def raise_in_all():
    for name in tricks.NAMES:
        raise_in(name)


def raise_after_all():
    def failing(trick):
        return lambda *given: fail(trick(*given))

    for moment in MOMENTS:
        moment.update({name: failing(trick) for name, trick in moment.items()})


def have_no_functions():
    """Take away every function of C, of the kernel and of Python that only tricks use."""
    missing, call = {"malloc"}, syscalls.call

    class CDLL(ctypes.CDLL):
        def __getattr__(self, name):
            return fail() if name in missing else super().__getattr__(name)

    ctypes.CDLL, ctypes.pythonapi = CDLL, object()
    syscalls.call = lambda name, *args: fail() if name == "madvise" else call(name, *args)
    del gc.freeze
    for name in CLEARING:
        vars(sys).pop(name, None)


def warn_of_the_type_cache():
    """Do as Python does before it drops a function."""

    def clear():
        warnings.warn("use another function", DeprecationWarning, stacklevel=2)

    for name in CLEARING:
        setattr(sys, name, clear)
    warnings.simplefilter("error")


SPOILING = {
    spoil.__name__: spoil
    for spoil in (raise_in_all, raise_after_all, have_no_functions, warn_of_the_type_cache)
}

if __name__ == "__main__":
    how = sys.argv.pop(1)
    SPOILING.get(how, lambda: raise_in(how))()
    runpy.run_module("grader.sandbox.warm", run_name="__main__")
