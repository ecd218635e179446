"""Imported first by a process that is forked often: what it imports later registers no fork hooks.

The hooks of the standard library and of torch mend locks that other threads may hold and seed
`random` anew. A template has one thread, and its forks may draw what they like: the hooks only
write to a few hundred pages, in every fork, that it would share otherwise.
"""

import os


def _forget(**_: object) -> None:
    """Stand for os.register_at_fork."""


os.register_at_fork = _forget
