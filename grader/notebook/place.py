"""Where a check is called from: IPython's kernel, marimo, or a plain Python; and how to show there.

A student who checks in a cell sees the result below that cell. While the checks run, Jupyter's
output is updated in place.
"""

import re
import sys
from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from grader.notebook.sources import Cell

_CELL_MAGICS = re.compile(r"\A(?:\s*%%[^\n]*(?:\n|\Z))+")


class Shown(NamedTuple):
    """A result in two forms, of which the place takes the one that it can show."""

    html: str
    text: str


class Place:
    """A plain Python: what the caller's module defines is checked, and the result is printed."""

    def __init__(self, namespace: Mapping[str, Any]) -> None:
        self.namespace = namespace

    def history(self) -> Sequence[Cell] | None:
        """Return the cells that were executed; None where nobody keeps them."""
        return None

    def show_meanwhile(self, shown: Shown) -> None:
        """Show how far the checks are, where that can be replaced later."""

    def show(self, shown: Shown) -> None:
        """Show the result."""
        print(shown.text)


class Marimo(Place):
    """A marimo notebook."""

    def show(self, shown: Shown) -> None:
        marimo: Any = sys.modules["marimo"]
        marimo.output.append(marimo.Html(shown.html))


class Kernel(Place):
    """Whatever speaks to an IPython kernel: Jupyter, Colab, Kaggle, VS Code."""

    def __init__(self, shell: Any) -> None:
        super().__init__(shell.user_ns)
        self._shell = shell
        self._handle: Any = None

    def history(self) -> Sequence[Cell]:
        return [self._cell(text) for text in self._shell.history_manager.input_hist_raw[1:]]

    def show_meanwhile(self, shown: Shown) -> None:
        if hasattr(self._shell, "kernel"):  # a terminal takes nothing back
            self.show(shown)

    def show(self, shown: Shown) -> None:
        if not hasattr(self._shell, "kernel"):
            print(shown.text)
            return
        data = {"text/html": shown.html, "text/plain": shown.text}
        if self._handle is None:
            display: Any = sys.modules["IPython"].display.display
            self._handle = display(data, raw=True, display_id=True)
        else:
            self._handle.update(data, raw=True)

    def _cell(self, text: str) -> Cell:
        magics = _CELL_MAGICS.match(text)
        above = magics[0].count("\n") if magics else 0
        below = text[magics.end() :] if magics else text
        try:
            python = "\n" * above + self._shell.transform_cell(below)
        except SyntaxError:
            python = text
        is_in_step = python.rstrip("\n").count("\n") == text.rstrip("\n").count("\n")
        return Cell(text if is_in_step else python, python)


def place_of_caller() -> Place:
    """Return the place that the nearest caller outside the grader is in."""
    ipython: Any = sys.modules.get("IPython")
    shell = ipython.get_ipython() if ipython else None
    if shell is not None:
        return Kernel(shell)
    frame = sys._getframe(1)
    while frame.f_back is not None and _is_ours(frame.f_globals.get("__name__", "")):
        frame = frame.f_back
    is_marimo = "marimo" in sys.modules and "__marimo__" in frame.f_globals
    return (Marimo if is_marimo else Place)(frame.f_globals)


def _is_ours(module: str) -> bool:
    return module.partition(".")[0] == "grader"
