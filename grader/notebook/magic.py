"""`%load_ext grader`, then `%grader check softmax_loss_naive`; the Tab key completes the names."""

from typing import Any

from grader.notebook.check import check, exercises_here

_USE = "use: %grader check [NAME ...]"


def load_ipython_extension(shell: Any) -> None:
    """Add the magic and the completion of names to an IPython."""
    shell.register_magic_function(_grader, "line", "grader")
    shell.set_hook("complete_command", _complete, str_key="%grader")


def _grader(line: str) -> None:
    command, *names = line.split() or [""]
    if command == "check":
        check(*names)
    else:
        print(_USE)


def _complete(shell: Any, event: Any) -> list[str]:
    return exercises_here() if "check" in event.line.split() else ["check"]
