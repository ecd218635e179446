"""A warm worker whose workers may write to one folder of the host: what no user can ask for.

python open_warm.py FD FOLDER
"""

import sys

from grader.sandbox.kernel import landlock, root
from grader.sandbox.warm import warm_worker

_FOLDER = sys.argv[2]
_ruleset, _bind, _build_root = landlock.ruleset, root._bind, root.build_root
_READ_ONLY = 1


def _open_ruleset(readable, scratch, writable_files):
    return _ruleset(readable, [*scratch, _FOLDER], writable_files)


def _open_bind(source, target, attributes):
    _bind(source, target, attributes & ~_READ_ONLY if source == _FOLDER else attributes)


def _open_build_root(readable):
    _build_root([*readable, _FOLDER])


landlock.ruleset = _open_ruleset
root._bind = _open_bind
root.build_root = _open_build_root
warm_worker.main()
