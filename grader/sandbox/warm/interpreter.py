"""What the interpreter would write in every fork to memory that forks share, and need not.

Runs in: the warm worker and the warm judge.
"""

import gc
import sys


def collect_nothing() -> None:
    """Collect no garbage until `freeze`: hardly anything that is imported is freed again."""
    gc.disable()


def freeze(_proc: int) -> None:
    """Let no fork write to the objects that exist now, unless it changes them.

    A collection would mark each of them, and the cache of attributes counts references to names
    that lie all over the heap.
    """
    try:
        gc.freeze()
        gc.collect()  # empties the lists of freed objects that Python keeps for the next ones
    finally:
        gc.enable()
    # Python 3.13 renamed the function
    clear_cache = getattr(sys, "_clear_internal_caches", None) or sys._clear_type_cache
    clear_cache()
