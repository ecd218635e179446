"""Start a warm worker: `python -I -m grader.sandbox.warm FD`.

Runs in: the warm worker. What registers fork hooks or fills the heap is imported after the tricks.
"""

import grader.sandbox.warm.no_fork_hooks  # noqa: F401
from grader.sandbox.warm import heap

heap.gather()

from grader.sandbox.warm.warm_worker import main  # noqa: E402

main()
