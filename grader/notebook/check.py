"""`grader.check("softmax_loss_naive")`: check what lives in the kernel, and show it in the cell.

The functions are run in a process of their own, as by `grader check`: a loop without end costs its
check, and nothing can end the kernel or change what it holds.
"""

import atexit
import contextlib
from collections.abc import Sequence
from pathlib import Path

from grader.course.assignment import MANIFEST, Assignment, load_handout
from grader.course.course import require_installed
from grader.errors import GraderError, UsageError, did_you_mean
from grader.notebook.place import Shown, place_of_caller
from grader.notebook.sources import own_submission
from grader.record.check import Step
from grader.record.inert import inert
from grader.record.record import DEMONSTRATIONS, Record
from grader.report.cell import cell_html, cell_text, progress_html
from grader.run.check import check_with
from grader.run.warm import WarmEngine

_warm = WarmEngine()
atexit.register(_warm.close)


def check(*names: str, handout: str | Path | None = None) -> None:
    """Check functions that are defined in this notebook, and show what was found in its cell.

    Args:
        names: exercises, as "softmax_loss_naive"; a class stands for its methods; none: all.
        handout: the folder of the handout; else the one around the notebook, or just below it.
    """
    place = place_of_caller()
    try:
        assignment = load_handout(find_handout(Path.cwd() if handout is None else Path(handout)))
        require_installed(assignment)
        exercises = chosen(assignment, names)
        if not any(name in place.namespace for name in assignment.defines):
            raise UsageError(
                f"this kernel defines no function of {assignment.name}: run the cells with your "
                "functions first, then check"
            )
        submission = own_submission(assignment.name, place.namespace, place.history())

        def tell(step: Step) -> None:
            place.show_meanwhile(Shown(progress_html(step), ""))

        place.show_meanwhile(Shown(progress_html(None), "checking ..."))
        with _warm.engine(assignment) as engine:
            record = check_with(engine, submission, tell, exercises)
        place.show(_shown(record))
    except GraderError as error:
        text = f"grader: {inert(str(error), 1000)}"
        place.show(Shown(progress_html(None, text), text))


def find_handout(around: Path) -> Path:
    """Return the folder of the handout at, above or just below a folder.

    Raises:
        UsageError: there is none, or there are several below.
    """
    around = around.resolve()
    for folder in (around, *around.parents):
        if (folder / MANIFEST).is_file():
            return folder
    below = sorted(path.parent for path in around.glob(f"*/{MANIFEST}"))
    if len(below) == 1:
        return below[0]
    which = f"; there are {', '.join(path.name for path in below[:5])}" if below else ""
    raise UsageError(
        f"{around}: no handout here{which}; say where its folder is: "
        'grader.check(..., handout="path/to/it")'
    )


def chosen(assignment: Assignment, names: Sequence[str]) -> list[str] | None:
    """Return the exercises of these names; None for all.

    Raises:
        UsageError: an exercise does not exist.
    """
    found = []
    for name in names:
        of_name = [one for one in assignment.exercises if one == name or one.startswith(f"{name}.")]
        if not of_name:
            near = did_you_mean(name, assignment.exercises)
            raise UsageError(f"{assignment.name} has no exercise {name!r}{near}")
        found += of_name
    return found or None


def exercises_here() -> list[str]:
    """Return the names that can be checked from the current folder, to complete what is typed."""
    with contextlib.suppress(GraderError, OSError):
        return list(load_handout(find_handout(Path.cwd())).exercises)
    return []


def _shown(record: Record) -> Shown:
    notes = [note for note in record.notes if not note.startswith(DEMONSTRATIONS)]
    return Shown(cell_html(record, notes), cell_text(record, notes))
