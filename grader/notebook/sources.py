"""What a student has defined in a kernel, as a submission: no file is read, and nothing is run.

In IPython that is the history of the cells that were executed, in their order, so the functions are
those that the kernel has now, saved or not. A definition that a later cell has replaced is left
out, and so is a cell that was no Python. Cell 7 of the submission is the one with `In [7]`.
Elsewhere (marimo, a plain prompt) the sources of what lives in the namespace are put together.
"""

import ast
import hashlib
import inspect
import json
import sys
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from pathlib import Path
from textwrap import dedent
from types import ModuleType
from typing import Any, NamedTuple

from grader.intake.submission import NOTEBOOK, Submission

_PLAIN = (bool, int, float, complex, str, bytes, type(None))
_Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


class Cell(NamedTuple):
    """A cell that was executed."""

    text: str
    python: str  # the same, line by line, without magics


def own_submission(
    name: str, namespace: Mapping[str, Any], history: Sequence[Cell] | None
) -> Submission:
    """Return what a kernel holds as the submission to the assignment called `name`.

    Args:
        history: the cells that were executed; None where there is no such history.
    """
    cells = _rebuilt(namespace) if history is None else executed(history, namespace)
    main = f"{name}{NOTEBOOK}"
    files = {main: _notebook(cells), **_modules_beside(Path.cwd())}
    digest = hashlib.sha256(b"".join(files.values())).hexdigest()
    return Submission("you", main, files, digest, notes=(), called="your notebook")


def executed(history: Sequence[Cell], names: Collection[str]) -> list[str]:
    """Return the cells without what did not take effect, or not for long; no line moves.

    Args:
        names: what the kernel has: a definition that it does not have never took effect.
    """
    kept = []
    later: set[str] = set()
    for cell in reversed(history):
        try:
            tree = ast.parse(cell.python)
        except (SyntaxError, ValueError):
            kept.append("")
            continue
        defined = [node for node in tree.body if isinstance(node, _Definition)]
        gone = [node for node in defined if node.name in later or node.name not in names]
        kept.append(_without(cell.text, gone))
        later |= {node.name for node in defined if node.name in names}
    return kept[::-1]


def _without(text: str, nodes: Sequence[_Definition]) -> str:
    lines = text.split("\n")
    for node in nodes:
        first = min([node.lineno, *(one.lineno for one in node.decorator_list)])
        last = node.end_lineno or node.lineno
        lines[first - 1 : last] = [""] * (last - first + 1)
    return "\n".join(lines)


def _notebook(cells: Sequence[str]) -> bytes:
    made = [{"cell_type": "code", "source": cell, "metadata": {}, "outputs": []} for cell in cells]
    return json.dumps({"cells": made, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}).encode()


def _modules_beside(folder: Path) -> dict[str, bytes]:
    """Return the student's own modules that the kernel has imported from the current folder."""
    found = {}
    for module in list(sys.modules.values()):
        file = getattr(module, "__file__", None)
        if isinstance(file, str) and file.endswith(".py") and _is_own(Path(file), folder):
            found[Path(file).relative_to(folder).as_posix()] = Path(file).read_bytes()
    return found


def _is_own(file: Path, folder: Path) -> bool:
    below = file.relative_to(folder).parts if file.is_relative_to(folder) else ()
    return 0 < len(below) <= 3 and file.is_file() and "site-packages" not in below


def _rebuilt(namespace: Mapping[str, Any]) -> list[str]:
    """Return imports, plain values and the sources of functions and classes, each as a cell."""
    own = namespace.get("__name__", "__main__")
    lines, definitions = [], []
    for name, value in namespace.items():
        if name.startswith("__"):
            continue
        module = getattr(value, "__module__", None)
        if isinstance(value, ModuleType):
            lines.append(f"import {value.__name__} as {name}")
        elif isinstance(value, type) or inspect.isroutine(value):
            if module not in (own, "__main__"):
                lines.append(f"from {module} import {value.__name__} as {name}")
            elif source := _source(value):
                definitions.append(source)
        elif _is_plain(value):
            lines.append(f"{name} = {value!r}")
    return ["\n".join(lines), *definitions]


def _source(value: Callable[..., Any] | type) -> str:
    try:
        return dedent(inspect.getsource(value)).strip("\n")
    except (OSError, TypeError):
        return ""


def _is_plain(value: object) -> bool:
    return isinstance(value, _PLAIN) or (
        isinstance(value, tuple | list | dict) and all(map(_is_plain, _parts(value)))
    )


def _parts(value: Any) -> Iterator[object]:
    yield from value
    if isinstance(value, dict):
        yield from value.values()
