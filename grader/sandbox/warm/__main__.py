"""Start a warm worker: `python -I -m grader.sandbox.warm FD [TRICK ...]`, without those tricks.

Runs in: the warm worker.
"""

import sys

from grader.sandbox.warm import tricks

tricks.leave_out(sys.argv[2:])
tricks.play(tricks.BEFORE_IMPORTS)

from grader.sandbox.warm.warm_worker import main  # noqa: E402

main()
