"""Start another process of the grader, on any system.

Runs in: the conductor and the judge.
"""

import subprocess
import sys
from pathlib import Path
from typing import IO, Any

_ROOT = Path(__file__).parents[3]  # the folder that holds the package `grader`
_RUN = "import runpy, sys; sys.path.append({!r}); runpy.run_module({!r}, run_name='__main__')"


def start(
    module: str, stdout: int | IO[Any], *, cwd: Path, env: dict[str, str], errors: int | None = None
) -> subprocess.Popen[bytes]:
    """Start `module` in a Python process that has no part of the folder around it on its path.

    A Ctrl-C in the terminal does not reach it: it ends when its standard input is closed.
    """
    flags = 0
    if sys.platform == "win32":
        flags = subprocess.CREATE_NO_WINDOW
    return subprocess.Popen(
        [sys.executable, "-P", "-B", "-c", _RUN.format(str(_ROOT), module)],
        stdin=subprocess.PIPE,
        stdout=stdout,
        stderr=errors,
        cwd=cwd,
        env=env,
        start_new_session=sys.platform != "win32",
        creationflags=flags,
    )
