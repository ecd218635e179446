"""Run the grader's command line as a test needs it.

    python launch.py [--no-namespaces] [--open FOLDER] grade ...

Without namespaces: a filter refuses what Docker's default profile refuses, to the grader and
all below it. Open: workers may write to FOLDER, so that an attack's proof gets out and file
isolation does not hide what the other layers let through.
"""

import errno
import subprocess
import sys
from pathlib import Path

from grader import cli
from grader.sandbox.kernel import seccomp, syscalls

_WARM = "grader.sandbox.warm"
_OPEN_WARM = Path(__file__).with_name("open_warm.py")
_NEW_NAMESPACES = 0x7E020000  # flags of clone()


def main() -> None:
    words = sys.argv[1:]
    if words[0] == "--no-namespaces":
        words.pop(0)
        _refuse_namespaces()
    if words[0] == "--open":
        words.pop(0)
        _open(words.pop(0))
    sys.argv[1:] = words
    cli.main()


def _refuse_namespaces() -> None:
    refused = ("unshare", "setns", "mount", "umount2", "pivot_root", "open_tree", "move_mount")
    actions = dict.fromkeys((*refused, "mount_setattr"), seccomp.fail(errno.EPERM))
    actions |= {
        "clone": seccomp.without(0, _NEW_NAMESPACES),
        "clone3": seccomp.fail(errno.ENOSYS),
    }
    syscalls.prctl(syscalls.PR_SET_NO_NEW_PRIVS, 1)
    seccomp.installing(seccomp.assemble(actions, seccomp.allow()))()


def _open(folder: str) -> None:
    """Start our own warm worker in the place of the grader's."""

    class Popen(subprocess.Popen[bytes]):
        def __init__(self, command: list[str], **options: object) -> None:
            if _WARM in command:
                at = command.index(_WARM)
                command = [*command[: at - 1], str(_OPEN_WARM), *command[at + 1 :], folder]
            super().__init__(command, **options)

    subprocess.Popen = Popen


if __name__ == "__main__":
    main()
